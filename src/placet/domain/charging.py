"""Charging the card payers of an order (R48): both authorised, then captured; one no voids the other.

Never a second charge: what was asked and not answered is looked up by our key before it is ever
asked again. Never an execution without one: execution starts in the step that books the payment.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from placet.domain.ending import cancelled, released
from placet.domain.errands import CardCharge
from placet.domain.executing import split
from placet.domain.order import (
    Act,
    CardMovement,
    Charge,
    Order,
    Refund,
    Warned,
    fact,
    moved,
    recorded,
    touched,
)
from placet.domain.refusals import DETAILS, Refusal, sentence
from placet.domain.validating import back_to, started
from placet.domain.words import ChargeState, EventType, OrderStatus, OrganizationStatus

GIVE_UP_AFTER: Final = timedelta(hours=12)
"""After that long without an answer a person decides (R48)."""
FIRST_RETRY: Final = timedelta(seconds=5)
SLOWEST_RETRY: Final = timedelta(minutes=15)

NO_ANSWER: Final = "The card gateway has not answered yet."

Wish = Literal["authorise", "look_up", "capture", "void"]


@dataclass(frozen=True, slots=True)
class GatewayWord:
    """What the card gateway said of one charge. `unknown`: it did not answer; `absent`: looked up, it
    has never heard of it."""

    state: Literal["authorised", "captured", "declined", "voided", "unknown", "absent"]
    reference: str = ""
    reason: str = ""


def wish(order: Order) -> tuple[Charge, Wish] | None:
    """What to ask the gateway next, if anything: authorise all, then capture all; after a no, void."""
    attempts = current(order)
    for charge in attempts:
        if charge.state is ChargeState.UNKNOWN:
            return charge, "look_up"
    declined = refused(order)
    for charge in attempts:
        if declined and charge.state is ChargeState.AUTHORISED:
            return charge, "void"
        if not declined and charge.state is ChargeState.PLANNED:
            return charge, "authorise"
    for charge in attempts:
        if not declined and charge.state is ChargeState.AUTHORISED:
            return charge, "capture"
    return None


def current(order: Order) -> tuple[Charge, ...]:
    """The attempts that belong together: those of the last round, by its number and not by any clock."""
    last = max((charge.attempt for charge in order.charges), default=0)
    return tuple(charge for charge in order.charges if charge.attempt == last)


def asked(order: Order, charge: UUID, act: Act) -> Order:
    """The charge as asked and not answered yet, to authorise, to capture or to void: written down before
    the gateway is asked, so that a crash leads to a look-up, never to a second charge."""
    old = _charge(order, charge)
    if old.state is ChargeState.UNKNOWN or not old.open:
        return order
    return _with(order, replace(old, state=ChargeState.UNKNOWN, asked_at=old.asked_at or act.at))


def heard(order: Order, charge: UUID, word: GatewayWord, act: Act) -> Order:
    """The order after one word of the gateway; a word that comes too late changes nothing."""
    old = _charge(order, charge)
    if not old.open:
        return order
    match word.state:
        case "unknown":
            return asked(order, charge, act)
        case "absent":
            return settle(_with(order, replace(old, state=ChargeState.PLANNED, reason="")), act)
        case "voided" if refused(order):
            return settle(_with(order, replace(old, state=ChargeState.VOIDED, reason="")), act)
        case "declined" | "voided":  # what nobody here voided was not paid either
            why = word.reason or DETAILS["payment_declined"]
            return settle(_with(order, replace(old, state=ChargeState.DECLINED, reason=why)), act)
        case "authorised" | "captured":
            state = ChargeState(word.state)
            reference = word.reference or old.reference
            known = replace(old, state=state, reference=reference, reason="")
            return settle(_with(order, known), act)


def question(charge: Charge) -> CardCharge:
    """The charge as its gateway is asked about it."""
    return CardCharge(
        key=charge.id,
        token=charge.token,
        amount=charge.amount,
        currency=charge.currency,
        reference=charge.reference,
        asked_at=charge.asked_at,
    )


def settled_by_person(order: Order, charge: UUID, word: GatewayWord, act: Act) -> Order | Refusal:
    """The order after a person found out what became of a charge that its gateway never answered (R48).
    What is left to ask, of other payers, falls due at once."""
    if _charge(order, charge).state is not ChargeState.UNKNOWN:
        return Refusal("wrong_status", sentence("This charge does not wait for an answer."))
    after = heard(order, charge, word, act)
    if not after.charging:
        return after
    return _with(after, replace(current(after)[0], due_at=act.at))


def settle(order: Order, act: Act) -> Order:
    """Once the gateway has said its last word on every payer: paid and started, or back to the payer."""
    attempts = current(order)
    states = {charge.state for charge in attempts}
    if states == {ChargeState.CAPTURED}:
        return _paid(order, attempts, act)
    declined = refused(order)
    waiting = states & {ChargeState.UNKNOWN, ChargeState.AUTHORISED}
    if not declined or waiting:
        return order
    return _unpaid(_without_planned(order), declined, act)


def refused(order: Order) -> tuple[Charge, ...]:
    """The attempts of the last round that a gateway has said no to."""
    return tuple(charge for charge in current(order) if charge.state is ChargeState.DECLINED)


def _paid(order: Order, attempts: tuple[Charge, ...], act: Act) -> Order:
    """The payment is booked in the step that starts execution (R48)."""
    paid = tuple(CardMovement(c.tier, -c.amount, c.id, act.at) for c in attempts)
    order = replace(touched(order), card_movements=(*order.card_movements, *paid))
    order = _without_errand(order)
    if order.status is OrderStatus.PENDING_APPROVAL:
        told = fact(order, EventType.ORDER_SUBMITTED, act)
        return started(moved(order, OrderStatus.SUBMITTED, told), act)
    chosen = frozenset(attempts[0].starts)
    return started(split(order, chosen, act), act, chosen)


def _unpaid(order: Order, declined: tuple[Charge, ...], act: Act) -> Order:
    """The payer's step opens again with the gateway's reason; other approvals stay (R48). A manual
    order stays with the top seller, its credit reserved: it may be executed again (R49). A suspension
    that waited for the gateway's word cancels either (R48, R72)."""
    order = _without_errand(touched(order))
    parties = tuple({place for c in declined for place in (c.tier - 1, c.tier)})
    told = fact(order, EventType.PAYMENT_DECLINED, act, parties, tiers=[c.tier for c in declined])
    order = recorded(replace(order, warning=Warned(declined[0].tier, declined[0].reason)), told)
    order = _given_back(order, act)
    if any(party.status is not OrganizationStatus.ACTIVE for party in order.parties):
        return cancelled(order, "An organization of the chain was suspended.", act)
    if order.status is OrderStatus.SUBMITTED:
        return order
    return back_to(released(order), [c.tier - 1 for c in declined], "", act)


def _given_back(order: Order, act: Act) -> Order:
    """What was already captured of a round that another payer's no ended is booked, and refunded."""
    taken = [c for c in current(order) if c.state is ChargeState.CAPTURED]
    refunds = (Refund(act.new_id(), c.id, c.tier, c.amount, c.currency, due_at=act.at) for c in taken)
    booked = (CardMovement(c.tier, -c.amount, c.id, act.at) for c in taken)
    for charge in taken:
        order = _with(order, replace(charge, state=ChargeState.VOIDED))
    return replace(order, refunds=(*order.refunds, *refunds), card_movements=(*order.card_movements, *booked))


def next_look(charge: Charge, tries: int, now: datetime) -> datetime | None:
    """When to try again after so many tries (from 1): within ten seconds first, then at growing pauses;
    after twelve hours never, then a person decides (R48)."""
    if charge.asked_at is not None and now >= charge.asked_at + GIVE_UP_AFTER:
        return None
    return now + pause(tries)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries (from 1) without an answer."""
    return min(FIRST_RETRY * float(2 ** min(max(tries, 1) - 1, 10)), SLOWEST_RETRY)


def postponed(order: Order, tries: int, now: datetime) -> Order:
    """The order with its payment's errand at the next time to look."""
    first = next((charge for charge in current(order) if charge.due_at is not None), None)
    if first is None or not order.charging:
        return order
    order = _with(order, replace(first, due_at=next_look(first, tries, now)))
    return _unanswered(order)


def _unanswered(order: Order) -> Order:
    """What the gateway has not answered says so (payment `unknown`)."""
    return replace(
        order,
        charges=tuple(
            replace(c, reason=NO_ANSWER) if c.state is ChargeState.UNKNOWN else c for c in order.charges
        ),
    )


def _charge(order: Order, charge: UUID) -> Charge:
    return next(c for c in order.charges if c.id == charge)


def _with(order: Order, charge: Charge) -> Order:
    return replace(order, charges=tuple(charge if c.id == charge.id else c for c in order.charges))


def _without_errand(order: Order) -> Order:
    return replace(order, charges=tuple(replace(c, due_at=None) for c in order.charges))


def _without_planned(order: Order) -> Order:
    """Attempts that were never asked end with the round."""
    return replace(
        order,
        charges=tuple(
            replace(c, state=ChargeState.VOIDED) if c.state is ChargeState.PLANNED else c
            for c in order.charges
        ),
    )
