"""Card payments of an order (R48, R53): what to ask the gateway next, and what it said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.domain import charging
from placet.domain.charging import GatewayWord, Wish
from placet.domain.errands import CardCharge, Merchant, RefundWord
from placet.domain.order import Act, Order
from placet.domain.parties import system
from placet.domain.refunding import refund_heard
from placet.domain.refusals import Refusal, sentence
from placet.storage import db, errands, merchants, reading, writing
from placet.storage.db import Row
from placet.storage.errands import RefundErrand

LEASE: Final = timedelta(seconds=30)
REFUND_LEASE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class GatewayErrand:
    """One question for a card gateway, written down before it is asked; `merchant` is the seller's
    account there that the charge was begun at, whatever the seller has chosen since."""

    order: UUID
    merchant: Merchant
    ask: CardCharge
    wish: Wish


@db.transaction
def take_charges(*, most: int, at: datetime) -> list[Row]:
    """Orders whose card payment needs its next step, leased to the caller."""
    return errands.take_charges(at, at + LEASE, most)


@db.transaction
def begin_charge(*, order_id: UUID, at: datetime) -> GatewayErrand | None:
    """The next question for the gateway, if any is left. What is going to be asked is on record before
    it is: after a crash it is looked up, never asked a second time blindly (R48)."""
    order = reading.locked(order_id)
    assert order is not None, "a charge has its order"
    wished = charging.wish(order)
    if wished is None:
        return None
    charge, wish = wished
    if wish != "look_up":
        writing.update(order, charging.asked(order, charge.id, _act(order, at)))
    merchant = merchants.find(charge.gateway, charge.merchant)
    return GatewayErrand(order_id, merchant, charging.question(charge), wish)


@db.transaction
def finish_charge(*, errand: GatewayErrand, word: GatewayWord, at: datetime) -> bool:
    """Books the gateway's word; accepted by all, execution starts in this transaction (R48).
    Answers whether the next question may be asked at once."""
    order = reading.locked(errand.order)
    assert order is not None, "a charge has its order"
    heard = charging.heard(order, errand.ask.key, word, _act(order, at))
    writing.update(order, heard)
    return word.state != "unknown" and heard.charging


@db.transaction
def postpone_charge(*, order_id: UUID, tries: int, at: datetime) -> None:
    """When the gateway is to be asked again (R48); never, once a person has to decide."""
    order = reading.locked(order_id)
    assert order is not None, "a charge has its order"
    writing.update(order, charging.postponed(order, tries, at))


@db.transaction
def take_refunds(*, most: int, at: datetime) -> list[RefundErrand]:
    """Refunds to ask gateways for, leased to the caller."""
    return errands.take_refunds(at, at + REFUND_LEASE, most)


@db.transaction
def finish_refund(*, errand: RefundErrand, word: RefundWord, at: datetime) -> None:
    """Books the gateway's word: given back, it moves the payer's account (R53, R60); refused, a person
    has to see to it; not answered, it is asked again."""
    order = reading.locked(errand.order)
    assert order is not None, "a refund has its order"
    heard = refund_heard(order, errand.ask.key, word, errand.tries, _act(order, at))
    writing.update(order, heard)


@db.transaction
def settle_charge(*, charge: UUID, word: GatewayWord, at: datetime) -> Order | Refusal:
    """What a person found out about a charge that its gateway never answered, booked as the gateway's own
    word would have been (R48). `charge` is the key that the gateway knows it by."""
    order_id = errands.order_of_charge(charge)
    order = reading.locked(order_id) if order_id else None
    if order is None:
        return Refusal("not_found", sentence("There is no such charge."))
    settled = charging.settled_by_person(order, charge, word, _act(order, at))
    if isinstance(settled, Order):
        writing.update(order, settled)
    return settled


def _act(order: Order, at: datetime) -> Act:
    return Act(system(order.parties[-1].id), at, db.new_id)
