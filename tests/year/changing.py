"""What becomes of subscriptions in the year: more, fewer, another, over, paused, used, renewed."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from placet.actions.change_subscription import (
    cancel_subscription,
    change_subscription,
    resume_subscription,
    suspend_subscription,
)
from placet.actions.import_usage import Used, import_usage
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from tests.year.books import Sub, Wish
from tests.year.life import Changing, Life, Wanted, done, same
from tests.year.market import BY_REF
from tests.year.ordering import went_on

SWITCHES: Final = {
    "office": "office-plus",
    "office-plus": "office",
    "office-try": "office",
    "design": "backup",
    "backup": "design",
}


def _sub(life: Life, *statuses: str, billing_type: str = "") -> Sub | None:
    found = [
        s
        for s in life.books.subs.values()
        if s.status in statuses and not s.changing and billing_type in {"", s.offer.billing_type}
    ]
    return life.chance.choice(found) if found else None


def change(life: Life, at: datetime) -> bool:
    """More seats, or fewer, or another offer."""
    if not (sub := _sub(life, "active")):
        return False
    offer, quantity = sub.offer, max(1, sub.quantity + life.chance.choice([-5, -2, -1, 1, 1, 2, 5, 20]))
    if sub.offer.ref in SWITCHES and life.chance.random() < 0.3:
        offer, quantity = BY_REF[SWITCHES[sub.offer.ref]], life.chance.choice([quantity, sub.quantity])
    if (offer, quantity) == (sub.offer, sub.quantity):
        return False
    _wished(life, sub, Wish("change", offer, quantity), at)
    return True


def convert(life: Life, at: datetime) -> bool:
    """A trial is bought."""
    found = [s for s in life.books.subs.values() if s.trial and s.status == "active" and not s.changing]
    if not found:
        return False
    sub = life.chance.choice(found)
    offer = BY_REF[SWITCHES[sub.offer.ref]]
    _wished(life, sub, Wish("change", offer, sub.quantity + life.chance.choice([0, 0, 1, 4])), at)
    return True


def end_now(life: Life, at: datetime) -> bool:
    """The end, at once."""
    return _as_it_is(life, _sub(life, "active", "pending_cancellation", "suspended"), "cancel", at)


def end_later(life: Life, at: datetime) -> bool:
    """The end, when its period is over."""
    sub = _sub(life, "active")
    return _as_it_is(life, sub if sub and sub.days else None, "cancel_at_end", at)


def suspend(life: Life, at: datetime) -> bool:
    """A pause."""
    return _as_it_is(life, _sub(life, "active"), "suspend", at)


def resume(life: Life, at: datetime) -> bool:
    """The end of a pause."""
    return _as_it_is(life, _sub(life, "suspended"), "resume", at)


def _as_it_is(life: Life, sub: Sub | None, does: str, at: datetime) -> bool:
    """What changes neither offer nor quantity."""
    if sub:
        _wished(life, sub, Wish(does, sub.offer, sub.quantity), at)
    return sub is not None


def _wished(life: Life, sub: Sub, wish: Wish, at: datetime) -> None:
    by_seller = wish.does in {"suspend", "resume"} or life.chance.random() < 0.5
    order = _ordered(sub, wish, life.by(sub.buyer.seller if by_seller else sub.buyer), at)
    if wish.does in {"change", "resume"} and any(not firm.active for firm in sub.buyer.chain):
        assert order == Refusal("organization_not_active"), order
        return
    change = Changing(sub, wish, life.books.difference(sub, wish, at))
    made = done(order)
    same([link.gross for link in made.links], change.frozen.gross, f"gross of the links of {wish}")
    wanted = Wanted(made.id, sub.buyer, at, change.frozen.gross, change=change)
    life.wanted[made.id], sub.changing = wanted, True
    went_on(life, wanted, made, asked=sub.buyer.asks and not by_seller and not change.lowers)


def _ordered(sub: Sub, wish: Wish, by: Actor, at: datetime) -> Order | Refusal:
    match wish.does:
        case "change":
            other = wish.offer.ref if wish.offer is not sub.offer else None
            many = wish.quantity
            return change_subscription(subscription=sub.id, quantity=many, product=other, by=by, at=at)
        case "suspend":
            return suspend_subscription(subscription=sub.id, reason="Late.", by=by, at=at)
        case "resume":
            return resume_subscription(subscription=sub.id, by=by, at=at)
    later = wish.does == "cancel_at_end"
    return cancel_subscription(subscription=sub.id, at_period_end=later, reason="Done.", by=by, at=at)


def use(life: Life, at: datetime) -> bool:
    """Usage, told twice."""
    if not (sub := _sub(life, "active", "pending_cancellation", "suspended", billing_type="usage")):
        return False
    day, top = life.market.top.day(at), life.by(life.market.top)
    units = Decimal(life.chance.randrange(1, 10_000_000)).scaleb(life.chance.choice([-6, -3, 0]))
    life.keys += 1
    used = Used(f"u-{life.keys}", sub.id, day, units)
    for expected in ("added", "unchanged"):
        same(import_usage(records=[used], by=top, at=at), [expected], "an import of usage")
    sub.used.append((day, Fraction(units)))
    return True


def renew(life: Life, at: datetime) -> int:
    """The worker's daily round, until nothing is due."""
    times = 0
    while renewed := renew_subscriptions(most=50, at=at):
        times += renewed
    same(times, life.books.renew(at), "renewals")
    life.compare()
    return times
