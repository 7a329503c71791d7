"""A loop of the worker: no rest while there is something to do, longer ones the longer there is nothing."""

import threading
from datetime import datetime

from placet.entrypoints.jobs.loops import LONGEST_REST, Loop


class Counted(threading.Event):
    """Told to stop after so many rests, each of which takes no time and is written down."""

    def __init__(self, many: int) -> None:
        super().__init__()
        self.many, self.rests = many, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        """No time passes."""
        self.rests.append(timeout or 0.0)
        if len(self.rests) == self.many:
            self.set()
        return self.is_set()


def rests(rest: float, found: dict[int, int], many: int) -> list[float]:
    """How long each rest is of a loop that finds so much at the steps of these numbers, else nothing."""
    steps, stop = iter(range(1000)), Counted(many)

    def step(_at: datetime) -> int:
        return found.get(next(steps), 0)

    Loop("tested", step, rest).run(stop)
    return stop.rests


def test_the_longer_nothing_is_due_the_rarer_it_looks() -> None:
    """But at least once a second: first attempts come within five (R91)."""
    idle = rests(0.1, {}, 20)
    assert idle[0] == 0.1
    assert idle == sorted(idle)
    assert idle[-1] == LONGEST_REST == 1.0


def test_what_is_due_wakes_it_up() -> None:
    """What came of one step is often the next one's work."""
    assert rests(0.1, {12: 3}, 14)[11:13] == [1.0, 0.1]


def test_what_looks_rarely_by_itself_looks_no_more_often() -> None:
    assert rests(3600.0, {}, 3) == [3600.0] * 3
