"""The web server: granian, with processes and threads as the settings say."""

import signal
from collections.abc import Callable
from functools import partial
from os import getpid
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from placet.project.config import Config
from placet.project.lifeline import die_with

LONGEST_IDLE = 600
"""Seconds an idle thread is kept, and with it its database connection; granian's greatest."""

PATIENCE = 25
"""Seconds that requests under way may take before they are given up."""


def serve(host: str, port: int, settings: Config) -> None:
    """Serves until SIGINT or SIGTERM; requests that are under way get their answers first."""
    Server(
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
    ).serve(target_loader=partial(_load, getpid()), wrap_loader=False)


def _load(parent: int) -> Callable[..., Any]:
    """In the web process: dies with the one that started it, however that ends."""
    die_with(parent, signal.SIGTERM)
    from placet.project.wsgi import application

    return application
