"""What every command stands on: its settings, a database, a secret key and a started Django.

What is found is written back to the environment, for Django's settings and for child processes.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import InterfaceError, NotSupportedError, OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from placet.project import config, postgres
from placet.project.config import Config, ConfigError

MIGRATING = 7_405_300
"""The advisory lock of whoever migrates: two at once would get in each other's way."""


class DatabaseError(Exception):
    """The database cannot be used; the message says why, in plain words."""


@contextmanager
def wired(notices: Console) -> Iterator[postgres.Server | None]:
    """Django, started on the database that the environment names.

    Gives the embedded server, which is there for as long as this lasts, or nothing when the
    database is somebody else's.

    Raises:
        ConfigError: a setting is missing or wrong.
        PostgresError: the embedded server cannot be had.
    """
    settings = config.read(os.environ)
    with ExitStack() as until_the_end:
        server = None
        if settings.embedded:
            server = until_the_end.enter_context(_embedded_server(settings, notices))
            os.environ["PLACET_DATABASE_URL"] = server.address
        if not settings.secret_key:
            os.environ["PLACET_SECRET_KEY"] = kept_secret_key(settings.data_dir)
        os.environ["DJANGO_SETTINGS_MODULE"] = "placet.project.settings"
        django.setup()
        yield server


UNREACHABLE = (OperationalError, InterfaceError, NotSupportedError, psycopg.OperationalError)
"""What a database that is away, refuses us or is too old raises, through Django or by itself."""


@contextmanager
def plain_database_errors() -> Iterator[None]:
    """Says in plain words what an operator can mend; our own mistakes keep their trace.

    Raises:
        DatabaseError: the database cannot be reached, is too old, or has no tables yet.
    """
    try:
        yield
    except UNREACHABLE as error:
        raise DatabaseError(f"The database cannot be used: {str(error).strip()}") from error
    except (ProgrammingError, psycopg.ProgrammingError) as error:
        if not isinstance(error.__cause__ or error, psycopg.errors.UndefinedTable):
            raise
        raise DatabaseError("The database has no tables yet: run `placet migrate` first.") from error


def migrate() -> None:
    """Brings the tables up to date; of several who do so at once, one does it."""
    with _alone():
        if something_to_migrate():  # the command itself takes a second to find out
            call_command("migrate", verbosity=0, interactive=False)
    connection.close()


@contextmanager
def _alone() -> Iterator[None]:
    """Holds the lock in a transaction beside: a session's would stay with a pooler's connection, for good."""
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATING])
        yield
    finally:
        beside.close()


def something_to_migrate() -> bool:
    """Whether the tables are older than this code."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def kept_secret_key(data_dir: Path) -> str:
    """The key that Placet made for this data folder, made now if there is none.

    Raises:
        ConfigError: it cannot be read or written.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text()
    except OSError as error:
        raise ConfigError(
            f"The secret key cannot be kept in {path} ({error.strerror}). "
            "Choose another folder with --data-dir or PLACET_DATA_DIR, or set PLACET_SECRET_KEY."
        ) from None


@contextmanager
def _embedded_server(settings: Config, notices: Console) -> Iterator[postgres.Server]:
    with ExitStack() as until_the_end:
        with notices.status("Starting the embedded PostgreSQL …"):
            server = until_the_end.enter_context(postgres.Server(settings.data_dir))
        notices.print(
            f"[bold]The embedded PostgreSQL is in use[/bold], in {settings.data_dir}: good for trials and "
            "small installations. PLACET_DATABASE_URL names a server of your own."
        )
        yield server


def _write_once(path: Path, text: str) -> None:
    """Writes a file that only we may read; of two at once, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as whole:  # mode 0600
        whole.write(text)
        whole.flush()
        with suppress(FileExistsError):
            os.link(whole.name, path)
