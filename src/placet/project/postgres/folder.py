"""What lies where in the data folder, and its locks."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

LONGEST_SOCKET_PATH = 107
"""Bytes the kernel takes for the path of a unix socket."""

SOCKET_NAME = ".s.PGSQL.5432"
SUPERUSER = DATABASE = "placet"


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be had; the message says why and what to do, in plain words."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder: absolute, and ours alone."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.path / "postgres"

    @property
    def unfinished_cluster(self) -> Path:
        """Where a cluster is made, until it is whole."""
        return self.path / "postgres.unfinished"

    @property
    def log(self) -> Path:
        """What the keeper and PostgreSQL have to say."""
        return self.path / "postgres.log"

    @property
    def users_lock(self) -> Path:
        """Shared by everybody who wants the server to run."""
        return self.path / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper and every process of PostgreSQL."""
        return self.path / "keeper.lock"

    @property
    def socket_link(self) -> Path:
        """The folder of the socket, or a link to it where this one's path is too long."""
        return self.path / "socket"

    @property
    def address(self) -> str:
        """How to connect, as a `postgresql://` URL.

        Raises:
            PostgresError: the socket's folder is not there, or not ours alone.
        """
        folder = self.socket_link.resolve()
        if not is_private(folder):
            raise PostgresError(f"The folder of the embedded PostgreSQL's socket, {folder}, is gone.")
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(folder), safe='')}"

    def prepare(self) -> None:
        """Makes the folder if there is none; its parents keep their permissions.

        Raises:
            PostgresError: the folder cannot be made or written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.users_lock.touch(mode=0o600)
            self.keeper_lock.touch(mode=0o600)
        except OSError as error:
            raise PostgresError(
                f"The data folder {self.path} cannot be used ({error.strerror}: {error.filename}). "
                "Choose another with --data-dir or PLACET_DATA_DIR, or run as its owner."
            ) from None

    def make_socket_folder(self, owner: int) -> Path:
        """A fresh private folder for the socket; `owner` is the user who runs PostgreSQL."""
        self.remove_socket_folder()
        if len(os.fsencode(self.socket_link / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            self.socket_link.mkdir(mode=0o700)
        else:
            self.socket_link.symlink_to(_short_folder())
        folder = self.socket_link.resolve()
        os.chown(folder, owner, -1)
        return folder

    def remove_socket_folder(self) -> None:
        """Leaves nothing in it, nor outside of the data folder."""
        folder = self.socket_link.resolve()
        if is_private(folder):
            for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()
        self.socket_link.unlink(missing_ok=True)


def is_private(folder: Path) -> bool:
    """Whether it is a folder that nobody else may enter, and nobody else has put there."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    closed = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700  # noqa: PLR2004
    return closed and (found.st_uid == os.geteuid() or os.geteuid() == 0)


@contextmanager
def opened(lock: Path) -> Iterator[int]:
    """A descriptor to lock with; closing it releases what it alone holds."""
    descriptor = os.open(lock, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def share(descriptor: int) -> None:
    """Waits until nobody has the lock alone, and shares it."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def take(descriptor: int) -> bool:
    """Has the lock alone, if it can be had at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _short_folder() -> Path:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"))
    return Path(tempfile.mkdtemp(prefix="placet-", dir=runtime if is_private(runtime) else "/tmp"))  # noqa: S108 (0700, random name)
