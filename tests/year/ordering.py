"""Orders of the year: placed, decided, short of credit, delivered, failed, expired."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.actions.approve_order import approve_order
from placet.actions.cancel_order import cancel_order
from placet.actions.execute_order import cancel_sub_order, execute_order, retry_sub_order
from placet.actions.expire_orders import expire_orders
from placet.actions.place_order import place_order
from placet.actions.provision import begin_sub_orders, finish_sub_order
from placet.actions.reject_order import reject_order
from placet.actions.retry_order import release_order, retry_order
from placet.domain.executing import Delivered, Failed
from placet.domain.order import Line, Order
from placet.domain.placing import LineRequest, OrderRequest
from placet.domain.refusals import Refusal
from placet.domain.words import LineState
from placet.storage import reading
from tests.year.accounts import Account
from tests.year.life import Bought, Life, Wanted, done, same
from tests.year.market import OFFERS, Firm, Offer, cost, rate

OFFER_HOLDS: Final = timedelta(days=30)


def buy(life: Life, at: datetime) -> bool:
    """Somebody buys, or a seller for somebody below it, or a reseller for itself."""
    buyer = life.chance.choice(life.market.customers)
    placer = buyer
    if life.chance.random() < 0.1:
        buyer = placer = life.chance.choice(life.market.resellers)
    elif life.chance.random() < 0.15:
        placer = life.chance.choice([firm.seller for firm in buyer.chain if firm.seller])
    offers = life.chance.sample(OFFERS, life.chance.choice([1, 1, 1, 2, 2, 3, 5]))
    wishes = [(offer, life.chance.choice([1, 1, 2, 3, 5, 10, 25])) for offer in offers]
    request = OrderRequest(
        tuple(LineRequest(offer.ref, many) for offer, many in wishes),
        None if placer is buyer else buyer.ref,
    )
    placed = place_order(request=request, by=life.by(placer), at=at)
    if any(not firm.active for firm in buyer.chain):
        assert placed == Refusal("organization_not_active"), placed
        return True
    order = done(placed)
    lines = {
        line.id: _item(buyer, offer, many, at)
        for line, (offer, many) in zip(order.lines, wishes, strict=True)
    }
    wanted = Wanted(order.id, buyer, at, [link.gross for link in order.links], lines)
    same(wanted.gross, wanted.held, "gross of the order's links")
    life.wanted[order.id] = wanted
    asked = buyer.asks and placer is not buyer.seller
    went_on(life, wanted, order, asked=asked)
    return True


def _item(buyer: Firm, offer: Offer, quantity: int, at: datetime) -> Bought:
    rates = [rate(firm, offer, quantity, at) for firm in buyer.chain]
    costs = [
        cost(firm, listed, 0 if offer.free else listed.unit * quantity)
        for firm, listed in zip(buyer.chain, rates, strict=True)
    ]
    return Bought(offer, quantity, rates, costs)


def went_on(life: Life, wanted: Wanted, order: Order, *, asked: bool) -> None:
    """What comes of an order that is placed, or allowed, or tried again."""
    if asked:
        wanted.state = "asked"
    elif is_short(life, wanted):
        wanted.state = "short"
    else:
        life.books.reserve(wanted.buyer, wanted.held)
        wanted.state = "held" if wanted.manual else "going"
    same(order.status.value, STATUS[wanted.state], "status")


STATUS: Final = {
    "asked": "pending_approval",
    "short": "unexecuted",
    "held": "submitted",
    "going": "submitted",
}


def is_short(life: Life, wanted: Wanted) -> list[Account]:
    """The accounts that have too little credit for it; what adds nothing needs none."""
    accounts = zip(life.books.accounts_of(wanted.buyer), wanted.gross, strict=True)
    return [a for a, gross in accounts if a.short_of(gross) and (gross > 0 or not wanted.change)]


def approve(life: Life, at: datetime) -> bool:
    """Its seller says yes."""
    if not (wanted := life.some("asked")):
        return False
    by = life.by(wanted.buyer.seller)
    order = done(approve_order(order_id=wanted.id, by=by, comment="", at=at))
    went_on(life, wanted, order, asked=False)
    return True


def reject(life: Life, at: datetime) -> bool:
    """Its seller says no."""
    if not (wanted := life.some("asked")):
        return False
    by = life.by(wanted.buyer.seller)
    done(reject_order(order_id=wanted.id, by=by, reason="No.", note="", at=at))
    life.closed(wanted)
    return True


def retry(life: Life, at: datetime) -> bool:
    """Tried again, perhaps still short."""
    if not (wanted := life.some("short")):
        return False
    order = retry_order(order_id=wanted.id, by=life.by(wanted.buyer.seller), at=at)
    if isinstance(order, Refusal):
        same(order.code, "insufficient_credit", "a retry's refusal")
        assert is_short(life, wanted), "the books have credit for it"
        return True
    went_on(life, wanted, order, asked=False)
    return True


def release(life: Life, at: datetime) -> bool:
    """Every seller of a short link lets it pass."""
    wanted = life.some("short")
    short = is_short(life, wanted) if wanted else []
    if not wanted or not short:
        return False
    for account in short:
        by = life.by(account.buyer.seller)
        outcome = release_order(order_id=wanted.id, by=by, reason="Friends.", at=at)
        same(done(outcome).status.value, "submitted" if account is short[-1] else "unexecuted", "status")
    life.books.reserve(wanted.buyer, wanted.held)
    wanted.state = "held" if wanted.manual else "going"
    return True


def withdraw(life: Life, at: datetime) -> bool:
    """Withdrawn by the buyer or its seller."""
    if not (wanted := life.some("short", "asked")):
        return False
    by = life.by(life.chance.choice([wanted.buyer, wanted.buyer.seller]))
    done(cancel_order(order_id=wanted.id, by=by, reason="No longer.", at=at))
    life.closed(wanted)
    return True


def execute(life: Life, at: datetime) -> bool:
    """The distributor does the manual ones."""
    if not (wanted := life.some("held")):
        return False
    done(execute_order(order_id=wanted.id, by=life.by(life.market.top), lines=(), at=at))
    wanted.state = "going"
    return True


def deliver(life: Life, at: datetime) -> None:
    """Vendors answer whatever they are asked; one in twenty lines fails."""
    while errands := begin_sub_orders(most=100, at=at):
        for errand in sorted(errands, key=lambda errand: (errand.order, errand.id)):
            answers = {}
            wanted = life.wanted[errand.order]
            for key in sorted(ask.key for ask in errand.asks):
                fails = life.chance.random() < 0.05
                answers[key] = Failed("Out of keys.") if fails else Delivered("V-1")
            finish_sub_order(errand=errand, answers=answers, at=at)
            good = {key for key, answer in answers.items() if isinstance(answer, Delivered)}
            _answered(life, wanted, good, all_good=len(good) == len(answers), at=at)
            life.compare()


def _answered(life: Life, wanted: Wanted, good: set[UUID], *, all_good: bool, at: datetime) -> None:
    order = reading.find(wanted.id)
    assert order, "it was asked for"
    if good and (change := wanted.change):
        life.books.reserve(wanted.buyer, wanted.gross, -1)
        life.books.changed(change.sub, change.wish, change.frozen, wanted.placed_at, at)
    elif good:
        _delivered(life, wanted, [line for line in order.lines if line.id in good], at)
    if not all_good:
        wanted.state = "failed"
    if order.closed:
        same(order.status.value, "executed", "status")
        life.closed(wanted)


def _delivered(life: Life, wanted: Wanted, lines: list[Line], at: datetime) -> None:
    before = wanted.held
    items = [(line.subscription, wanted.lines.pop(line.id)) for line in lines]
    made = [(id_, i.offer, i.quantity, i.rates, i.costs) for id_, i in items if id_]
    gone = [was - now for was, now in zip(before, wanted.held, strict=True)]
    life.books.reserve(wanted.buyer, gone, -1)
    life.books.delivered(wanted.buyer, made, at)


def mend(life: Life, at: datetime) -> bool:
    """The distributor has failed lines tried again, or gives them up."""
    if not (wanted := life.some("failed")):
        return False
    order = reading.find(wanted.id)
    assert order, "it failed"
    failed = sorted({line.sub_order for line in order.lines if line.state is LineState.FAILED})
    again = life.chance.random() < 0.6
    for sub_order in failed:
        by = life.by(life.market.top)
        if again:
            done(retry_sub_order(order_id=order.id, sub_order=sub_order, by=by, at=at))
        else:
            _given_up(life, wanted, order, sub_order)
            done(cancel_sub_order(order_id=order.id, sub_order=sub_order, by=by, reason="No.", at=at))
    now = reading.find(wanted.id)
    assert now, "it is there"
    wanted.state = "going"
    if now.closed:
        life.closed(wanted)
    return True


def _given_up(life: Life, wanted: Wanted, order: Order, sub_order: UUID) -> None:
    before = wanted.held
    for line in order.sub_order_lines(sub_order):
        wanted.lines.pop(line.id, None)
    after = [0 for _ in before] if wanted.change else wanted.held
    life.books.reserve(wanted.buyer, [was - now for was, now in zip(before, after, strict=True)], -1)


def expire(life: Life, at: datetime) -> None:
    """Offers that no longer hold."""
    due = [
        w for w in life.wanted.values() if w.state in {"asked", "short"} and w.placed_at + OFFER_HOLDS <= at
    ]
    same(expire_orders(most=10_000, at=at), len(due), "orders that expire")
    for wanted in due:
        life.closed(wanted)
