"""How much a page asks of the database: as much for three rows as for thirty."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg import RawCursor

from placet.storage import db


class Asked:
    """How many statements went to the database."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        """So many."""
        return len(self.statements)


@contextmanager
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Counts every statement, those of the read models and Django's own."""
    found = Asked()

    class Counted(RawCursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> "Counted":  # noqa: ANN401 - psycopg's
            found.statements.append(str(query))
            super().execute(query, *args, **kwargs)
            return self

    with monkeypatch.context() as patched, CaptureQueriesContext(connection) as own:
        patched.setattr(db, "RawCursor", Counted)
        yield found
        found.statements += [query["sql"] for query in own.captured_queries]
