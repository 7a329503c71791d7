"""The web server: granian, with processes and threads as the settings say."""

import multiprocessing
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from os import getpid
from threading import Timer
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from placet.project.config import Config
from placet.project.lifeline import die_with

LONGEST_IDLE = 600
"""Seconds an idle thread is kept, and with it its database connection; granian's greatest."""

PATIENCE = 25
"""Seconds that requests under way may take before they are given up."""


def serve(host: str, port: int, settings: Config) -> None:
    """Serves until SIGINT or SIGTERM; requests that are under way get their answers first."""
    stopping = multiprocessing.Event()
    server = Leaving(
        "placet.project.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads,
        blocking_threads_idle_timeout=LONGEST_IDLE,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        log_level=LogLevels.error,  # it warns of more threads than cores; ours wait for the database
    )
    server.stopping, server.drain = stopping, settings.web_drain
    server.serve(target_loader=partial(_load, getpid(), stopping), wrap_loader=False)


class Leaving(MPServer):
    """A server that, told to stop, first says for a while that it is not ready, and serves on. Told again, it
    stops at once."""

    stopping: Event
    drain: int

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as granian calls it
        """SIGINT or SIGTERM."""
        told_before = self.stopping.is_set()
        self.stopping.set()
        if told_before or not self.drain:
            super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]
            return
        later = Timer(self.drain, super().signal_handler_interrupt)
        later.daemon = True
        later.start()


def _load(parent: int, stopping: Event) -> Callable[..., Any]:
    """In the web process: dies with the one that started it, however that ends."""
    die_with(parent, signal.SIGTERM)
    from placet.project import health, tracing

    tracing.set_up("placet-web")  # it adds a layer: before Django loads them
    from placet.project.wsgi import application

    health.stops_when(stopping)
    return application
