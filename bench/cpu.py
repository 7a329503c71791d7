"""Processor time of processes, as the kernel counts it."""

import os
from pathlib import Path
from typing import Final

TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
FIRST, LAST = 11, 15
"""utime, stime, and both of children that ended, among the fields after the command's name."""


def family(pid: int) -> list[int]:
    """A process, its children, theirs, and so on."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in _read(task / "children").split()
        ]
    except OSError:  # gone meanwhile
        return []
    return [pid, *(member for child in children for member in family(child))]


def seconds(pid: int) -> float:
    """What a process and its family had of the processors so far, in seconds."""
    return sum(sum(map(int, stat[FIRST:LAST])) for member in family(pid) if (stat := _stat(member))) * TICK


def _stat(pid: int) -> list[str]:
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
