"""A loop of the worker: look what is due, do it, look again; rest only when nothing was due."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import structlog
from django.db import connection
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from placet.entrypoints import metrics
from placet.storage import tally

LONGEST_REST: Final = 1.0
"""Seconds that a loop which rests for less rests at most, however long nothing was due."""
SLACKER: Final = 1.25
"""How much longer each rest is than the one before, while nothing is due."""
log = structlog.get_logger()


NEVER: Final = threading.Event()
"""For who is not told to stop."""


around_errands: Final[list[Callable[[str, Mapping[str, str]], AbstractContextManager[None]]]] = []
"""What stands around each errand, by its kind and what it is about: tracing, where that is wished."""


def went_well(work: Callable[[], object], kind: str, **about: str) -> bool:
    """Does one errand. One that fails is logged, and the rest of its batch does not wait for it; the
    connection may be what failed, so the next one gets another. Whatever is logged meanwhile says what it is
    `about`."""
    with bound_contextvars(errand=kind, **about):
        began_at, statements, failed = perf_counter(), tally.so_far().statements, False
        try:
            with ExitStack() as around:
                for each in around_errands:
                    around.enter_context(each(kind, about))
                work()
        except Exception:
            log.exception("work.failed")
            connection.close()
            failed = True
        seconds, outcome = perf_counter() - began_at, "failed" if failed else "done"
        metrics.ran(kind, outcome, seconds)
        asked = tally.so_far().statements - statements
        log.info("errand", outcome=outcome, ms=round(seconds * 1000, 1), statements=asked)
    return not failed


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work: `step` does some of it at the given time and says how much it found; `rest`
    is how long to wait, in seconds, when it found nothing. Where it finds nothing again and again, it looks
    less often, though not rarer than each `LONGEST_REST`: so an idle worker costs next to nothing."""

    name: str
    step: Callable[[datetime], int]
    rest: float

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. A step that fails is logged and tried again: what it had taken falls
        due again by itself."""
        clear_contextvars()
        bind_contextvars(loop=self.name)
        rest = self.rest
        while not stop.is_set():
            if self._stepped():
                rest = self.rest
            else:
                stop.wait(rest)
                rest = longer(rest)
        connection.close()

    def _stepped(self) -> int:
        work = tally.begin()
        try:
            found = self.step(datetime.now(UTC))
        except Exception:
            log.exception("work.failed")
            metrics.errands.labels(self.name, "failed").inc()
            connection.close()
            return 0
        metrics.recorded(work)
        return found


def longer(rest: float) -> float:
    """The rest after one that ended with nothing to do."""
    return max(rest, min(rest * SLACKER, LONGEST_REST))
