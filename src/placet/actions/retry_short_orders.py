"""Orders that were short of credit, tried again by themselves when credit frees, where their seller wants
that (R44, R65)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.actions.retry_order import retry_order
from placet.domain.parties import Actor
from placet.domain.words import Role
from placet.storage import db, retrying

LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Freed:
    """An account on which credit was freed, its seller, and until when it is the caller's."""

    account: UUID
    seller: UUID
    until: datetime


@db.transaction
def take_freed(*, most: int, at: datetime) -> list[Freed]:
    """Accounts on which credit was freed, leased to the caller."""
    until = at + LEASE
    return [Freed(row["id"], row["seller"], until) for row in retrying.take(at, until, most)]


def retry_short_orders(*, freed: Freed, at: datetime) -> int:
    """Tries every order that was short on the account, each once and in a transaction of its own, the
    oldest first; one that is still short, or cannot be tried, does not stand in the way of those after it.
    Answers how many.

    Raises:
        ExceptionGroup: what became of those that could not be tried, after all the others were.
    """
    seller = Actor(freed.seller, "Placet", "system", Role.ADMIN)
    orders, failed = _short(freed.account), []
    for order in orders:
        try:
            retry_order(order_id=order, by=seller, at=at)
        except Exception as error:  # noqa: BLE001 - raised below, with all the others
            error.add_note(f"order {order}")
            failed.append(error)
    _done(freed)
    if failed:
        raise ExceptionGroup("orders could not be tried again", failed)
    return len(orders)


@db.transaction
def _short(account: UUID) -> list[UUID]:
    return retrying.short_orders(account)


@db.transaction
def _done(freed: Freed) -> None:
    retrying.done(freed.account, freed.until)
