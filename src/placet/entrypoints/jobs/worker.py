"""The background worker."""

import threading


def run(stop: threading.Event) -> None:
    """Does what is due until `stop` is set."""
    stop.wait()
