"""Looking at processes from outside, as the kernel shows them in /proc."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

SOON = 20.0
"""Seconds within which what should end must have ended; the machine may be busy."""


def parent(pid: int) -> int:
    """Who started it, or adopted it since."""
    return int(_stat(pid)[1])


def alive(pid: int) -> bool:
    """Whether it is there and not a mere zombie."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def family(pid: int) -> list[int]:
    """A process, its children, theirs, and so on."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # gone meanwhile
        children = []
    return [pid, *(member for child in children for member in family(int(child)))]


def command(pid: int) -> list[str]:
    """Its command line; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


def everybody() -> list[int]:
    """All processes."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def kill(pids: list[int]) -> None:
    """Ends them by force, those that have not ended by themselves meanwhile."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def all_gone(pids: list[int]) -> bool:
    """Whether they end soon."""
    give_up_at = time.monotonic() + SOON
    while any(map(alive, pids)) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return not any(map(alive, pids))


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
