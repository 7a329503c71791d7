"""The one connection: Django's own, used directly for the statements of the main path.

Every statement here is prepared by the server and bound by it, and runs inside whatever transaction
the action opened. Django has psycopg leave `jsonb` as text, for its own fields; so statements select
JSON columns as `::json`.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial, wraps
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django_subatomic.db import in_transaction, run_after_commit, transaction_required
from django_subatomic.db import transaction as atomic
from psycopg import Connection, OperationalError, RawCursor
from psycopg.errors import DeadlockDetected
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_dumps
from pydantic_core import to_json
from uuid_utils.compat import uuid7

__all__ = ["fetch", "fetch_one", "new_id", "run_after_commit", "transaction", "transaction_required"]

Row = dict[str, Any]
Parameters = Mapping[str, Any]
NONE: Final[Parameters] = {}
PARAMETER: Final = re.compile(r"%\((\w+)\)s")

set_json_dumps(to_json)

TRIES: Final = 3
ONE: Final = False
"""As Django tells what stands around a statement that it is sent once, not with many sets of parameters."""


def transaction[**P, R](action: Callable[P, R]) -> Callable[P, R]:
    """One transaction around an action. It joins the one that a request with an idempotency key has
    open, which stores its answer in the same commit (R14).

    Locks are taken in one order, so deadlocks should not be; should one be all the same, its victim has
    done nothing, and is run again.
    """

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_transaction():
            return action(*args, **kwargs)
        for _ in range(TRIES - 1):
            with suppress(DeadlockDetected), atomic():
                return action(*args, **kwargs)
        with atomic():
            return action(*args, **kwargs)

    return run


new_id: Callable[[], UUID] = uuid7
"""Ids that sort by age, so that indexes on them stay narrow at any number of orders."""


def raw() -> Connection[Any]:
    """Psycopg's own connection under Django's; a new one where the server has gone since."""
    known = connection.connection
    if known is not None and known.closed and not connection.in_atomic_block:
        connection.close()
    connection.ensure_connection()
    return connection.connection  # type: ignore[no-any-return]


def fetch(statement: str, parameters: Parameters = NONE) -> list[Row]:
    """All rows of one statement, by column name. Parameters stand in it as `%(name)s`."""
    with _executed(statement, parameters) as cursor:
        return cursor.fetchall() if cursor.description else []


def fetch_planned(statement: str, parameters: Parameters = NONE) -> list[Row]:
    """The same, planned anew for these very values: for a list whose best way depends on whose it is, how
    much there is of that, and what is asked for."""
    with _executed(statement, parameters, prepare=False) as cursor:
        return cursor.fetchall() if cursor.description else []


def fetch_one(statement: str, parameters: Parameters = NONE) -> Row | None:
    """The first row of one statement, if it has one."""
    with _executed(statement, parameters) as cursor:
        return cursor.fetchone() if cursor.description else None


def _executed(statement: str, parameters: Parameters, *, prepare: bool = True) -> RawCursor[Row]:
    """Outside of a transaction we only read: what found the server gone is asked once more, of a new
    connection, so that a database that was started again is not noticed by whoever asks next."""
    try:
        return _asked(statement, parameters, prepare=prepare)
    except OperationalError:
        if connection.in_atomic_block or not connection.connection.closed:
            raise
        return _asked(statement, parameters, prepare=prepare)


def _asked(statement: str, parameters: Parameters, *, prepare: bool) -> RawCursor[Row]:
    """Through whatever stands around this connection's statements, as Django's own go."""
    cursor = RawCursor(raw(), row_factory=dict_row)

    def sent(statement: str, parameters: Parameters, *_: object) -> None:
        text, names = _numbered(statement)
        cursor.execute(text, [parameters[name] for name in names], prepare=prepare)

    execute: Callable[..., None] = sent
    for around in reversed(connection.execute_wrappers):
        execute = partial(around, execute)
    execute(statement, parameters, ONE, {"connection": connection, "cursor": cursor})
    return cursor


@lru_cache(maxsize=512)
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as PostgreSQL reads it, `$1` for the first name, and the names in their order. Made
    once a statement: psycopg would parse the longer ones every time."""
    names = tuple(dict.fromkeys(PARAMETER.findall(statement)))
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    return PARAMETER.sub(lambda found: places[found[1]], statement).encode(), names


def analyze() -> None:
    """Lets PostgreSQL know what the tables hold, after much of it changed at once. A connection that saw
    them before would plan each of its statements anew, every time."""
    fetch("ANALYZE")


def json(value: object) -> Jsonb:
    """A JSON parameter; UUIDs, dates and decimals become their text."""
    return Jsonb(value)


def number_sequence(top_seller: UUID) -> str:
    """The sequence that counts one top seller's orders (spec §13)."""
    return f"order_number_{top_seller.hex}"


def create_number_sequence(top_seller: UUID) -> None:
    """Every seller that has no seller itself counts its own orders."""
    raw().execute(f"CREATE SEQUENCE IF NOT EXISTS {number_sequence(top_seller)}")


def as_time(text: str | None) -> datetime | None:
    """A time out of a JSON column."""
    return datetime.fromisoformat(text) if text else None
