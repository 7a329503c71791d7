"""Mails (R93): put one into the outbox, take those that are due, and keep what came of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from placet.domain.mailing import Letter, Outgoing
from placet.storage import db, mails

LEASE: Final = timedelta(minutes=10)


@db.transaction
def post(*, letter: Letter, at: datetime) -> None:
    """Into the outbox, with whatever else the transaction that is open says."""
    mails.add(letter, at)


@db.transaction
def take_mails(*, most: int, at: datetime) -> list[Outgoing]:
    """Mails that are due, leased to the caller."""
    return mails.take(at, at + LEASE, most)


@db.transaction
def give_back_mails(*, ids: Sequence[UUID], at: datetime) -> None:
    """Mails that were taken and not tried: due again at once, for whoever comes next."""
    mails.give_back(ids, at)


@db.transaction
def record_tries(*, tries: Sequence[dict[str, Any]]) -> None:
    """What came of them; see `mails.record` for the fields."""
    mails.record(tries)
