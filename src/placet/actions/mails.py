"""Mails (R93): put one into the outbox, take those that are due, and keep what came of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from placet.domain.mailing import Letter, Outgoing
from placet.storage import db, mails

LEASE: Final = timedelta(minutes=10)


@db.transaction
def post(*, letter: Letter, at: datetime) -> None:
    """Into the outbox, with whatever else the transaction that is open says."""
    mails.add(db.new_id(), letter, at)


@db.transaction
def take_mails(*, most: int, at: datetime) -> list[Outgoing]:
    """Mails that are due, leased to the caller."""
    return mails.take(at, at + LEASE, most)


@db.transaction
def record_tries(*, tries: Sequence[dict[str, Any]]) -> None:
    """What came of them; see `mails.record` for the fields."""
    mails.record(tries)
