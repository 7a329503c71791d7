"""Renewals (R71): the worker's, as often and as late as it likes; each period is billed once."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from placet.domain.held import Held
from placet.domain.order import Act
from placet.domain.parties import system
from placet.domain.periods import day_of
from placet.domain.renewing import Renewed, Usage, end_of, renewed
from placet.domain.words import SubscriptionStatus
from placet.storage import db, event_log, facts, reading, subscriptions, writing

EASTERNMOST: Final = timedelta(hours=14)
"""Nowhere is it a later day than that many hours ahead of UTC."""


def renew_subscriptions(*, most: int, at: datetime) -> int:
    """Renews some of the subscriptions whose period is over; answers how many it did itself. One that is
    several periods late is due again at once."""
    due = due_subscriptions(most=most, skipped=(), at=at)
    return sum(renew_subscription(subscription=subscription, at=at) for subscription in due)


def due_subscriptions(*, most: int, skipped: Collection[UUID], at: datetime) -> list[UUID]:
    """Subscriptions whose period is over, the longest over first, without those to be skipped."""
    latest = (at.astimezone(UTC) + EASTERNMOST).date()
    return subscriptions.due(at, latest, skipped, most)


@db.transaction
def renew_subscription(*, subscription: UUID, at: datetime) -> bool:
    """Brings one into its next period, or to its end, in a transaction of its own: so that one that cannot
    be renewed holds up no other. Answers whether it was still due."""
    held = subscriptions.held(subscription)
    if not _due(held, at):
        return False
    _renew(held, at)
    return True


def _due(held: Held, at: datetime) -> bool:
    """Its period is over; no end comes by itself while a change is open, which may be what prevents it."""
    if held.ends and held.changing:
        return False
    over = held.now.period is not None and held.now.period.until <= day_of(at, held.time_zone)
    return over and held.now.status is not SubscriptionStatus.SUSPENDED


def _renew(held: Held, at: datetime) -> None:
    assert held.now.period is not None, "only what has a period falls due"
    buyer = subscriptions.buyer_of(held.now.id)
    around = facts.for_order(str(buyer), [str(held.product.id)], _noon(held.now.period.until, held))
    assert around is not None, "a buyer is never removed"
    act = Act(system(around.chain[-1].seller.party.id), at, db.new_id)
    usage = _usage(held)
    _save(renewed(held, around.chain, usage, act), usage, act)


def _noon(day: date, held: Held) -> datetime:
    """The moment by which the lists of that day are told."""
    return datetime.combine(day, time(12), ZoneInfo(held.time_zone))


def _usage(held: Held) -> Usage:
    if not held.product.metered or held.now.period is None:
        return Usage()
    return subscriptions.unbilled(held.now.id, held.now.period.until)


def _save(done: Renewed, usage: Usage, act: Act) -> None:
    if done.order is None:
        subscriptions.save(done.after)
    else:
        facts.lock_accounts([link.account for link in done.order.links])
        writing.insert(done.order)
        subscriptions.bill(usage, done.order.lines[0].id)
    sold = reading.find(done.after.order) if done.after.ended_at == act.at else None
    if sold and (told := end_of(sold, done.after, act)):
        event_log.record([told], sold.id)
