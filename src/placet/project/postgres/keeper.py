"""The keeper: a process of its own that runs PostgreSQL for as long as somebody uses it.

`python -m placet.project.postgres.keeper DATA_DIR LOCK [NAME=VALUE …]`, where LOCK is the number of
an inherited descriptor that holds the keeper's lock, and the rest are settings of PostgreSQL.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from placet.project.postgres import cluster, identity
from placet.project.postgres.binaries import program
from placet.project.postgres.folder import Folder, PostgresError, opened, take

LOOK_EVERY = 0.1
"""Seconds between two looks whether somebody is left."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "jit": "off",  # short statements: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
PATIENCE = {signal.SIGINT: 30, signal.SIGQUIT: 10, signal.SIGKILL: 10}
"""Ways to stop PostgreSQL (fast, at once, by force), with the seconds each may take."""


def keep(folder: Folder, lock: int, settings: Iterable[str]) -> None:
    """Runs PostgreSQL until its last user is gone, or it ends by itself."""
    runner = identity.fitting(program=program("postgres"), file=folder.keeper_lock)
    cluster.ensure(folder, runner, lock=lock)
    with opened(folder.users_lock) as users:
        server = _start(folder, runner, lock, settings)
        try:
            while server.poll() is None and not take(users):
                time.sleep(LOOK_EVERY)
        finally:  # still holding `users`, if it was had: newcomers wait until all is over
            _stop(server)
            folder.remove_socket_folder()
    if server.returncode > 0:
        raise PostgresError("PostgreSQL gave up.")


def _start(
    folder: Folder, runner: identity.Identity, lock: int, settings: Iterable[str]
) -> subprocess.Popen[str]:
    own = {**SETTINGS, "unix_socket_directories": str(folder.make_socket_folder(runner.uid))}
    chosen = [f"-c{name}={value}" for name, value in own.items()] + [f"-c{s}" for s in settings]
    return runner.start(
        [program("postgres"), "-D", folder.cluster, *chosen],
        lock=lock,
        farewell=signal.SIGINT,
    )


def _stop(server: subprocess.Popen[str]) -> None:
    for way, seconds in PATIENCE.items():
        server.send_signal(way)
        try:
            server.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit


def main(data_dir: str, lock: str, *settings: str) -> None:
    """What the keeper's process does."""
    signal.signal(signal.SIGTERM, _leave)
    os.chdir("/")  # no folder is kept busy, and `nobody` may be here
    try:
        keep(Folder(Path(data_dir)), int(lock), settings)
    except PostgresError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
