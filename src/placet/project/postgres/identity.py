"""Who runs PostgreSQL: it refuses to be root, so root has to become somebody else for it.

In order of preference: ourselves, if we are not root; root seen as an ordinary user from inside a
user namespace (files stay root's, so folders that only root may enter are no obstacle); `nobody`,
where namespaces are forbidden, as in most containers (the cluster is handed over to it; where it
cannot walk through the folders above, it keeps the one capability that lets it).
"""

import contextlib
import ctypes
import os
import pwd
import signal
import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from placet.project.lifeline import die_with, libc, prctl
from placet.project.postgres.folder import PostgresError

ORDINARY_USER = 1000
"""What root is called inside the namespace: anything but 0."""

# From linux/prctl.h and linux/capability.h.
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to run PostgreSQL as: `uid` owns its files, `become` turns a fresh child into it."""

    uid: int
    become: Callable[[], None]

    def start(
        self,
        command: Sequence[str | Path],
        *,
        lock: int,
        farewell: signal.Signals,
        output: int | None = None,
    ) -> subprocess.Popen[str]:
        """Runs a command as this user, with a pipe to its input.

        It shares our lock, so that the lock is free only when the last of its processes is gone,
        and gets the signal `farewell` when we die. Only for a process with one thread.
        """
        ourselves = os.getpid()

        def prepare() -> None:
            self.become()
            die_with(ourselves, farewell)  # the kernel forgets it when the user changes: so after

        return subprocess.Popen(  # noqa: S603
            command,
            pass_fds=[lock],
            preexec_fn=prepare,  # noqa: PLW1509 (one thread)
            text=True,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def fitting(*, program: Path, file: Path) -> Identity:
    """The first identity that works here: it can run the program and find the file.

    Raises:
        PostgresError: we are root, and no other identity can be had.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), become=lambda: None)
    if _works_in_child(_enter_namespace):
        return Identity(0, become=_enter_namespace)
    return _nobody(program, file)


def _enter_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{ORDINARY_USER} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{ORDINARY_USER} {group} 1")


def _nobody(program: Path, file: Path) -> Identity:
    nobody = pwd.getpwnam("nobody")
    for capability in (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        identity = Identity(nobody.pw_uid, become=partial(turn_into, nobody, capability))
        if _works_in_child(partial(_reach, identity, program, file)):
            return identity
    raise PostgresError(
        "PostgreSQL refuses to run as root, user namespaces are forbidden here, and `nobody` "
        f"cannot reach {program} and {file.parent}. Run Placet as an ordinary user, or keep it "
        "and its data folder (--data-dir) where everybody may enter."
    )


def turn_into(user: pwd.struct_passwd, capability: int | None) -> None:
    """Makes this process this user, who keeps at most one of root's capabilities."""
    prctl(PR_SET_KEEPCAPS, 1 if capability else 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if capability:
        _keep(capability)


def _keep(capability: int) -> None:
    """Keeps this one capability, also in the program that is about to be executed."""
    header, kept = struct.pack("Ii", CAPABILITY_VERSION_3, 0), 1 << capability
    sets = struct.pack("6I", kept, kept, kept, 0, 0, 0)  # effective, permitted, inheritable
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def _reach(identity: Identity, program: Path, file: Path) -> None:
    identity.become()
    for path, how in ((program, os.R_OK | os.X_OK), (file, os.F_OK)):
        if not os.access(path, how, effective_ids=True):
            raise PermissionError(path)


def _works_in_child(attempt: Callable[[], None]) -> bool:
    """Tries in a child process what would change this one for good."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            attempt()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0
