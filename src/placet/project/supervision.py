"""Several processes that stand and fall together: started, watched, started again, stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import getpid
from threading import Event

LOOK_EVERY = 0.2
PAUSE = 2.0
"""Seconds before what died is started again."""

PATIENCE = 30.0
"""Seconds that a part gets to finish what it has begun."""


class PartError(Exception):
    """A part ended before all was ready; it has said why."""


@dataclass
class Part:
    """A `placet` command as a process of its own; it dies with us, however we end."""

    command: Sequence[str]
    process: subprocess.Popen[bytes]
    died_at: float | None = None

    @property
    def name(self) -> str:
        """The command's name, for people."""
        return self.command[0]

    def has_died(self) -> bool:
        """Whether it is gone."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """Asks it to finish."""
        if not self.has_died():
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Returns when it is gone, by force if it takes longer than that."""
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(*commands: Sequence[str], patience: float = PATIENCE) -> Iterator[list[Part]]:
    """Starts `placet` commands; in the end all are told to stop, and waited for, so many seconds at most."""
    parts: list[Part] = []
    try:
        parts.extend(Part(command, start(command)) for command in commands)
        yield parts
    finally:
        for part in parts:
            part.stop()
        until = time.monotonic() + patience
        for part in parts:
            part.wait(until)


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Runs a `placet` command that ends when we do.

    It has a process group of its own: a Ctrl-C is for us, and we tell it in good order.
    """
    placet = [sys.executable, "-P", "-m", "placet"]
    return subprocess.Popen([*placet, f"--parent={getpid()}", *command], process_group=0)  # noqa: S603


def wait_until(ready: Callable[[], bool], parts: Sequence[Part], stop: Event) -> bool:
    """Whether all became ready before somebody asked to stop.

    Raises:
        PartError: a part ended instead.
    """
    while not (is_ready := ready()) and not stop.wait(LOOK_EVERY / 4):
        for part in parts:
            if part.has_died():
                raise PartError(f"`placet {part.name}` ended with status {part.process.returncode}.")
    return is_ready


def watch(parts: Sequence[Part], stop: Event, also: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Until somebody asks to stop: starts again, after a pause, what died, and calls `also`."""
    while not stop.wait(LOOK_EVERY):
        also()
        for part in parts:
            if part.has_died():
                _start_again(part, tell)


def _start_again(part: Part, tell: Callable[[str], None]) -> None:
    now = time.monotonic()
    if part.died_at is None:
        tell(f"`placet {part.name}` ended with status {part.process.returncode}; it is started again.")
        part.died_at = now
    elif now - part.died_at >= PAUSE:
        part.process, part.died_at = start(part.command), None


def stop_on_signals() -> Event:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
