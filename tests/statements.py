"""How many statements something takes: ours go straight through psycopg, so Django does not see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent meanwhile, by anybody of this process, Django included."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as psycopg's
        sent.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(self, query, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        yield sent
