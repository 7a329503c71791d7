"""What keeps child processes from outliving the one that started them, by a word with the kernel."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h, as all the numbers that `prctl` takes."""

libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, farewell: signal.Signals) -> None:
    """Asks the kernel to send us `farewell` when process `parent`, which started us, dies.

    The kernel forgets it when we become another user. Only Linux has it; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    prctl(PR_SET_PDEATHSIG, farewell)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def prctl(option: int, value: int, detail: int = 0) -> None:
    """The system call of that name.

    Raises:
        OSError: the kernel refuses.
    """
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(detail), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
