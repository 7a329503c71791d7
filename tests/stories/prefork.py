"""Workers at once: a process that has everything imported, and forks a worker whenever it is told to.

Run as a program: a line in is a worker more, its process id comes out. A worker here is what `placet
worker` runs, and as mortal.
"""

import os
import signal
import sys
from threading import Event

import django


def main() -> None:
    """Forks until nobody writes any more."""
    django.setup()
    from placet.entrypoints.jobs.worker import run
    from placet.gateways.cards import stripe  # noqa: F401 - imported once, for all of them

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            os.close(0)
            run(Event())
        print(child, flush=True)  # noqa: T201 - this is how it answers


if __name__ == "__main__":
    main()
