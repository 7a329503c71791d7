"""What the API's tests stand on: commits that last, in worlds of each test's own."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The database, with nothing rolled back: transactions and locks are those of a running Placet."""
    with django_db_blocker.unblock():
        yield
        connection.close()
