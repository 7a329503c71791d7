"""A loop of the worker: look what is due, do it, look again; rest only when nothing was due."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from django.db import connection

LONGEST_REST: Final = 1.0
"""Seconds that a loop which rests for less rests at most, however long nothing was due."""
SLACKER: Final = 1.25
"""How much longer each rest is than the one before, while nothing is due."""
log = structlog.get_logger()


def went_well(work: Callable[[], object], **about: str) -> bool:
    """Does one piece of a batch. One that fails is logged, with what it is about, and the rest of the batch
    does not wait for it; the connection may be what failed, so the next piece gets another."""
    try:
        work()
    except Exception:
        log.exception("work.failed", **about)
        connection.close()
        return False
    return True


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
        rest = self.rest
        while not stop.is_set():
            if self._stepped():
                rest = self.rest
            else:
                stop.wait(rest)
                rest = longer(rest)
        connection.close()

    def _stepped(self) -> int:
        try:
            return self.step(datetime.now(UTC))
        except Exception:
            log.exception("work.failed", loop=self.name)
            connection.close()
            return 0


def longer(rest: float) -> float:
    """The rest after one that ended with nothing to do."""
    return max(rest, min(rest * SLACKER, LONGEST_REST))
