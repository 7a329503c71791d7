"""The user's side: having the server for as long as one wants it."""

import os
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg import pq

from placet.project.postgres import cluster
from placet.project.postgres.folder import Folder, PostgresError, opened, share, take

PATIENCE = 120.0
"""Seconds that a start may take: making a cluster, or recovering one that was killed."""

LOOK_EVERY = 0.03
LONGEST_LOG = 10_000_000
"""Bytes after which a start begins a new log."""

HANDED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR")
"""What the keeper gets of the environment: the rest holds secrets that are none of its business."""


class Server:
    """The embedded PostgreSQL of a data folder, running between `with` and its end.

    Any number of processes may have it at once. `settings` are PostgreSQL's, as `name=value`; those
    of whoever starts it first count.
    """

    def __init__(self, data_dir: Path, settings: Iterable[str] = ()) -> None:
        self._folder = Folder(data_dir.absolute())
        self._settings = tuple(settings)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Starts it, or joins those who did.

        Raises:
            PostgresError: it cannot be had here; says why and what to do.
        """
        _refuse_other_systems()
        self._folder.prepare()
        cluster.refuse_other_version(self._folder)
        with self._open:
            self._users = self._open.enter_context(opened(self._folder.users_lock))
            share(self._users)
            self.revive()
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Lets go of it, and waits for its end if nobody else has it."""
        alone = take(self._users)
        self._open.close()
        if alone:
            _wait_until_free(self._folder.keeper_lock)

    @property
    def address(self) -> str:
        """How to connect, as a `postgresql://` URL."""
        return self._folder.address

    def answers(self) -> bool:
        """Whether the server takes connections."""
        try:
            return pq.PGconn.ping(self.address.encode()) == pq.Ping.OK
        except PostgresError:
            return False

    def revive(self) -> None:
        """Returns when the server answers, having started it anew if it had died.

        Raises:
            PostgresError: it did not start, or not in time.
        """
        give_up_at = time.monotonic() + PATIENCE
        while not self.answers():
            if time.monotonic() > give_up_at:
                raise PostgresError(
                    f"The embedded PostgreSQL did not answer within {PATIENCE:.0f} seconds; "
                    f"see {self._folder.log}."
                )
            self.start_if_gone()
            time.sleep(LOOK_EVERY)

    def start_if_gone(self) -> None:
        """Starts it anew if its keeper and its last process are gone; cheap if not."""
        with opened(self._folder.keeper_lock) as lock:
            if not take(lock):
                return
            log_begins = _fresh_log(self._folder.log)
            keeper = self._start_keeper(lock)
        self._wait_for(keeper, log_begins)

    def _start_keeper(self, lock: int) -> int:
        """The number of a new keeper, which has inherited the lock."""
        log = os.fsencode(self._folder.log)
        os.set_inheritable(lock, True)  # noqa: FBT003 (the only way to call it)
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "placet.project.postgres.keeper",
             str(self._folder.path), str(lock), *self._settings],
            {name: os.environ[name] for name in HANDED_ON if name in os.environ},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # a Ctrl-C at our terminal is not for the keeper
        )  # fmt: skip

    def _wait_for(self, keeper: int, log_begins: int) -> None:
        """Returns when the server of our own keeper answers, or somebody killed one of the two.

        Raises:
            PostgresError: the keeper gave up.
        """
        while not self.answers():
            ended, status = os.waitpid(keeper, os.WNOHANG)
            if ended and os.waitstatus_to_exitcode(status) > 0:
                with self._folder.log.open(errors="replace") as log:
                    log.seek(log_begins)
                    raise PostgresError(f"The embedded PostgreSQL did not start: {log.read().strip()}")
            if ended:
                return
            time.sleep(LOOK_EVERY)


def _fresh_log(log: Path) -> int:
    """Where in the log the next keeper's words will begin."""
    size = log.stat().st_size if log.exists() else 0
    if size < LONGEST_LOG:
        return size
    log.rename(log.with_suffix(".log.1"))
    return 0


def _wait_until_free(lock: Path) -> None:
    with opened(lock) as descriptor:
        while not take(descriptor):
            time.sleep(LOOK_EVERY)


def _refuse_other_systems() -> None:
    if sys.platform != "linux":
        raise PostgresError(
            "The embedded PostgreSQL needs Linux. Run a PostgreSQL 15 or newer yourself, "
            "and name it in PLACET_DATABASE_URL."
        )
