"""What every test stands on: a real PostgreSQL, and no network but loopback.

`PLACET_TEST_DATABASE_URL` names a server whose user may create databases; without it, the embedded
PostgreSQL runs in `.cache/`, without fsync, which only tests may do.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from placet.project import postgres
from tests import databases

ADDRESS = "PLACET_TEST_DATABASE_URL"
CACHE = Path(__file__).parent.parent / ".cache" / "test-postgres"
QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"]
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 (compared with, not bound)

_whole_run = ExitStack()

hypothesis.settings.register_profile("placet", deadline=None)
hypothesis.settings.load_profile("placet")


def pytest_configure() -> None:
    """Starts the database server once for all test processes, then Django on it."""
    if not os.environ.get(ADDRESS):
        server = _whole_run.enter_context(postgres.Server(CACHE, QUICK))
        os.environ[ADDRESS] = server.address  # test processes inherit it
    os.environ["DJANGO_SETTINGS_MODULE"] = "placet.project.settings"
    os.environ["PLACET_DATABASE_URL"] = os.environ[ADDRESS]
    os.environ["PLACET_SECRET_KEY"] = "for tests"  # noqa: S105
    os.environ["PLACET_PUBLIC_URL"] = "http://testserver"
    os.environ["PLACET_ALLOWED_HOSTS"] = "testserver"
    os.environ["PLACET_LOG_LEVEL"] = "warning"  # a line for every request is for those who test that
    os.environ["PLACET_STRIPE_API_BASE"] = "http://127.0.0.1:9"  # nobody answers there
    django.setup()
    sys.addaudithook(_refuse_network)


def pytest_unconfigure() -> None:
    """Lets go of the server."""
    _whole_run.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Gives this test process its own clone of the migrated database."""
    with django_db_blocker.unblock(), databases.cloned(os.environ[ADDRESS]):
        yield


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The database, with nothing rolled back: transactions and locks are those of a running Placet. Its tests
    share it, so each has a world of its own."""
    with django_db_blocker.unblock():
        yield
        connection.close()


@pytest.fixture
def alone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """A database of nobody else's, whose books are true in the end."""
    from tests.stories import acts

    with django_db_blocker.unblock():
        databases.emptied()
        yield
        acts.proven()
        databases.emptied()
        connection.close()


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Whatever a test asks of the world must be asked of this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
    elif event == "socket.getaddrinfo":
        host = str(arguments[0])
    else:
        return
    if not host.startswith(LOOPBACK):
        raise RuntimeError(f"a test wanted to reach {host}")
