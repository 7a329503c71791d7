"""The databases that tests run in: one migrated template, one clone of it for each test process."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import errors, sql

from placet import storage

TEMPLATE = "placet_template_"
CLONE = "placet_test_"
MAKING = 7_405_301
"""The advisory lock of whoever makes, clones or clears away a template."""


@contextmanager
def cloned(address: str) -> Iterator[None]:
    """Points Django at a fresh clone of the migrated template, and drops it in the end.

    The template is named after what the migrations say, and kept for the next run.
    """
    template, clone = TEMPLATE + _fingerprint(), f"{CLONE}{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [MAKING])
        _drop_leftovers(server, template)
        if template not in _databases(server, TEMPLATE):
            _make(server, template)
        _create(server, clone, template)
        server.execute("SELECT pg_advisory_unlock(%s)", [MAKING])
    _use(clone)
    yield
    connection.close()
    with psycopg.connect(address, autocommit=True) as server:
        _drop(server, clone)


_kept: list[Callable[[], None]] = []


def kept[T](make: Callable[[], T]) -> Callable[[], T]:
    """A world that is made once and shared by the tests that only look at it; made again after somebody has
    emptied the database."""
    made = cache(make)
    _kept.append(made.cache_clear)
    return made


def emptied() -> None:
    """Takes everything out of the open connection's database, in the transaction that is open, if one is."""
    tables = [sql.Identifier(model._meta.db_table) for model in apps.get_models()]  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))
    for forget in _kept:
        forget()


def _make(server: psycopg.Connection, template: str) -> None:
    """Migrates under another name first, so that a template is always whole."""
    unfinished = f"{CLONE}{os.getpid()}_unfinished"
    _drop(server, unfinished)
    _create(server, unfinished, "template0")
    _use(unfinished)
    call_command("migrate", verbosity=0)
    connection.close()
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    server.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(template)))


def _use(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database


def _create(server: psycopg.Connection, database: str, template: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    server.execute(create.format(sql.Identifier(database), sql.Identifier(template)))


def _drop(server: psycopg.Connection, database: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(database)))


def _drop_leftovers(server: psycopg.Connection, template: str) -> None:
    """Templates of earlier migrations, and clones of runs that were killed."""
    for old in _databases(server, TEMPLATE) - {template}:
        with suppress(errors.ObjectInUse):
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
    for clone in _databases(server, CLONE):
        if not Path("/proc", clone.removeprefix(CLONE).partition("_")[0]).exists():
            _drop(server, clone)


def _databases(server: psycopg.Connection, prefix: str) -> set[str]:
    rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return {name for (name,) in rows}


def _fingerprint() -> str:
    """Changes whenever a migration does."""
    digest = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    for module in sorted(Path(storage.__path__[0], "migrations").glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]
