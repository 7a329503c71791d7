"""Provisioning (R52): take sub-orders that are due, and book what their vendors answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.domain import executing
from placet.domain.executing import Answer
from placet.domain.order import Act
from placet.domain.parties import system
from placet.storage import db, errands, reading, subscriptions, writing
from placet.storage.errands import SubOrderErrand, give_back

LEASE: Final = timedelta(minutes=2)
"""A worker that has not answered by then is taken for dead: its errands fall due again."""
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)


@db.transaction
def begin_sub_orders(*, most: int, at: datetime) -> list[SubOrderErrand]:
    """Sub-orders to ask vendors for now, leased to the caller."""
    return errands.take_sub_orders(at, at + LEASE, most)


@db.transaction
def give_back_sub_orders(*, errands: Sequence[UUID], at: datetime) -> None:
    """Sub-orders that were taken, and nobody was asked about: due again at once, for whoever comes next."""
    give_back(errands, at)


@db.transaction
def finish_sub_order(*, errand: SubOrderErrand, answers: Mapping[UUID, Answer], at: datetime) -> None:
    """Books the answers: subscription, invoices, reservation into balance, in one transaction (R52).
    Booking the same answers twice changes nothing the second time."""
    order = reading.locked(errand.order)
    assert order is not None, "a sub-order has its order"
    act = Act(system(order.parties[-1].id), at, db.new_id)
    due_at = at + min(FIRST_PAUSE * 2.0 ** min(errand.tries - 1, 12), LONGEST_PAUSE)
    accounts = [link.account for link in order.links]
    held = subscriptions.held(order.change.subscription, accounts) if order.change else None
    after = executing.answered(order, errand.id, answers, act, due_at, held)
    writing.update(order, after)
