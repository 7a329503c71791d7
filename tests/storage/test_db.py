"""The one connection: what is asked when the server has gone and come back."""

from collections.abc import Iterator

import pytest
from django.db import connection
from psycopg import OperationalError, connect
from pytest_django.plugin import DjangoDbBlocker

from placet.storage import db

MINE = "SELECT pg_backend_pid() AS pid"


@pytest.fixture(autouse=True)
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    with django_db_blocker.unblock():
        yield
        connection.close()


def test_a_lost_connection_is_replaced_by_whoever_asks_next() -> None:
    lost = pid()
    end(lost)
    assert pid() != lost


def test_a_lost_transaction_is_an_error_and_the_next_one_begins_anew() -> None:
    lost = []

    @db.transaction
    def interrupted() -> None:
        lost.append(pid())
        end(lost[0])
        pid()

    with pytest.raises(OperationalError):
        interrupted()
    assert db.transaction(pid)() != lost[0]


def pid() -> int:
    row = db.fetch_one(MINE)
    assert row
    return int(row["pid"])


def end(backend: int) -> None:
    """Ends it as a server does that is stopped; the answer comes once it is gone."""
    with connect(db.raw().info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
