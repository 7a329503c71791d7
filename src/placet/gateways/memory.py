"""What a simulated outside remembers: a small SQLite file that outlives every crash of ours."""

import fcntl
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final

Row = tuple[Any, ...]

PATIENCE: Final = 10.0
"""Seconds to wait for another process that is writing."""


class Memory:
    """A file of tables, shared by processes and by threads; opened when it is first needed.

    One connection under a lock is all a process needs: SQLite has one writer at a time anyway. Nothing
    is flushed to the disk: what a killed process wrote stays, and a simulation need not survive a power
    cut.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def run(self, statement: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of one statement, which is indivisible, here and towards other processes."""
        with self._lock:
            self._connection = self._connection or self._opened()
            return self._connection.execute(statement, values or {}).fetchall()

    def close(self) -> None:
        """Lets go of the file; it is opened again when needed."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        with self._path.with_suffix(".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # SQLite does not wait for whoever also turns to WAL just now
            connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + self._schema)
        return connection
