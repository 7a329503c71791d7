"""A loop of the worker: look what is due, do it, look again; rest only when nothing was due."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import connection

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
    is how long to wait, in seconds, when it found nothing."""

    name: str
    step: Callable[[datetime], int]
    rest: float

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. A step that fails is logged and tried again: what it had taken falls
        due again by itself."""
        while not stop.is_set():
            if not self._stepped():
                stop.wait(self.rest)
        connection.close()

    def _stepped(self) -> int:
        try:
            return self.step(datetime.now(UTC))
        except Exception:
            log.exception("work.failed", loop=self.name)
            connection.close()
            return 0
