"""What load balancers and other watchers ask (docs/deploy.md). Both answer within seconds, also where the
database is silent, and to any host name: probes call us by our address."""

import threading
from typing import Final, Protocol

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from placet.project import wiring
from placet.project.apart import Apart
from placet.storage import db

PATIENCE: Final = 2.0
"""Seconds that the database may take."""

OK: Final = "ok"
UNREACHABLE: Final = "database unreachable"
OUTDATED: Final = "tables not up to date: run `placet migrate`"
STOPPING: Final = "stopping"


class Flag(Protocol):
    """A `threading.Event`, or one that several processes share."""

    def is_set(self) -> bool:
        """Whether somebody has set it."""
        ...


class _Process:
    """What this process knows of itself."""

    stopping: Flag = threading.Event()
    up_to_date = False


def stops_when(flag: Flag) -> None:
    """From when it is set, this process is not ready any more."""
    _Process.stopping = flag


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when this process can serve: the database answers. 503 when it does not."""
    word = _word()
    return _said(OK if word == OUTDATED else word)


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when requests should come here: the database answers, its tables are up to date, and nobody has
    told us to stop. 503 when not, with the reason."""
    return _said(STOPPING if _Process.stopping.is_set() else _word())


def _said(word: str) -> HttpResponse:
    status = 200 if word == OK else 503
    return HttpResponse(f"{word}\n", status=status, content_type="text/plain")


def _word() -> str:
    try:
        return _database.answer(PATIENCE)
    except TimeoutError:
        return UNREACHABLE


def look() -> str:
    """How the database is, by a connection of this thread's own."""
    try:
        db.fetch_one("SELECT 1")
        _Process.up_to_date = _Process.up_to_date or not wiring.something_to_migrate()
    except (DatabaseError, InterfaceError, psycopg.Error):
        connection.close()
        return UNREACHABLE
    return OK if _Process.up_to_date else OUTDATED


_database = Apart(look)

urls = [path("healthz", healthz), path("readyz", readyz)]
