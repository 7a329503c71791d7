"""The files of the database server: made once, and checked before each start."""

import os
import pwd
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

from placet.project.postgres.binaries import major_version, program
from placet.project.postgres.folder import DATABASE, SUPERUSER, Folder, PostgresError
from placet.project.postgres.identity import Identity


def ensure(folder: Folder, identity: Identity, *, lock: int) -> None:
    """A whole cluster that `identity` may run; only for who holds the keeper's lock.

    Raises:
        PostgresError: it cannot be made, belongs to somebody else, or a server of others runs on it.
    """
    if folder.cluster.exists():
        _hand_over(folder.cluster, identity)
        _clear_stale_pid(folder.cluster)
    else:
        _make(folder, identity, lock)


def refuse_other_version(folder: Folder) -> None:
    """Nothing, if our programs fit the cluster, or there is none yet.

    Raises:
        PostgresError: another major version made it; nothing was changed.
    """
    mark = folder.cluster / "PG_VERSION"
    if not mark.exists() or (made_by := mark.read_text().strip()) == str(major_version()):
        return
    raise PostgresError(
        f"The data folder {folder.path} was made by PostgreSQL {made_by}; "
        f"this Placet brings PostgreSQL {major_version()}, which cannot read it. Nothing was changed. "
        f"Either run the Placet that made it, or dump the database with it (pg_dump), start this one "
        f"on another folder (--data-dir) and restore there, or run a PostgreSQL {made_by} server of "
        f"your own on {folder.cluster} and name it in PLACET_DATABASE_URL."
    )


def _make(folder: Folder, identity: Identity, lock: int) -> None:
    """Makes it beside its place and moves it there when it is whole: half a cluster is never used."""
    unfinished = folder.unfinished_cluster
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    os.chown(unfinished, identity.uid, -1)
    _run([
        program("initdb"), f"--pgdata={unfinished}", f"--username={SUPERUSER}",
        "--auth-local=trust", "--auth-host=reject",  # the socket's folder is the door
        "--data-checksums", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    ], identity, lock)  # fmt: skip
    _run(
        [program("postgres"), "--single", "-D", unfinished, "postgres"],
        identity,
        lock,
        told=f"CREATE DATABASE {DATABASE}\n",
    )
    unfinished.rename(folder.cluster)
    _remember_rename(folder.path)


def _hand_over(cluster: Path, identity: Identity) -> None:
    """Gives the cluster to `identity`, where root once ran it by another of its two identities."""
    owner = cluster.stat().st_uid
    if owner == identity.uid:
        return
    if os.geteuid() != 0 or owner not in {0, pwd.getpwnam("nobody").pw_uid}:
        raise PostgresError(
            f"{cluster} belongs to user {owner}. Run Placet as that user, "
            "or choose another data folder (--data-dir)."
        )
    for parent, _, files in os.walk(cluster):
        for path in (parent, *(os.path.join(parent, name) for name in files)):  # noqa: PTH118
            os.chown(path, identity.uid, -1, follow_symlinks=False)


def _clear_stale_pid(cluster: Path) -> None:
    """Removes the pid file of a server that was killed.

    PostgreSQL would do so itself, unless an unrelated process has got the same number by now.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = pid_file.read_text().partition("\n")[0]
    if _works_in(pid, cluster):
        raise PostgresError(
            f"A PostgreSQL server that Placet did not start (process {pid}) runs on {cluster}. "
            "Stop it, or name its address in PLACET_DATABASE_URL."
        )
    pid_file.unlink()


def _works_in(pid: str, cluster: Path) -> bool:
    """Whether this process has its working directory in the cluster, as every PostgreSQL has."""
    try:
        return Path("/proc", pid, "cwd").samefile(cluster)
    except OSError:
        return False


def _run(command: Sequence[str | Path], identity: Identity, lock: int, *, told: str = "") -> None:
    process = identity.start(command, lock=lock, farewell=signal.SIGKILL, output=PIPE)
    answer, _ = process.communicate(told)
    if process.returncode:
        raise PostgresError(f"{Path(command[0]).name} failed: {answer.strip()}")


def _remember_rename(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
