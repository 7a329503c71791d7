"""What a card gets back (R53): asked for until the gateway has given it, or has said no; then a person
sees it, and may have it tried again or settle it by hand."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from placet.domain.charging import GIVE_UP_AFTER, pause
from placet.domain.errands import RefundWord
from placet.domain.executing import refunded
from placet.domain.order import Act, Order, Refund, fact, recorded, touched
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import EventType

NO_ANSWER: Final = "The card gateway has not answered. It is not known whether this was given back."
UNEXPLAINED: Final = "The card gateway did not give this back."


def refund_heard(order: Order, refund: UUID, word: RefundWord, tries: int, act: Act) -> Order:
    """The order after one word of the gateway, the `tries`-th of this refund; what is done stays so.
    Without an answer it is asked again at growing pauses, for twelve hours."""
    asked = _refund(order, refund)
    if asked.done_at is not None or asked.failed_at is not None:
        return order
    if word.state == "done":
        return refunded(order, refund, act)
    if word.state == "declined":
        return _failed(order, asked, word.reason or UNEXPLAINED, act)
    asked_at = asked.asked_at or act.at
    if act.at >= asked_at + GIVE_UP_AFTER:
        return _failed(order, asked, word.reason or NO_ANSWER, act)
    return _with(order, replace(asked, asked_at=asked_at, due_at=act.at + pause(tries)))


def _failed(order: Order, refund: Refund, reason: str, act: Act) -> Order:
    """Nobody asks any more, and the payer and its seller are told."""
    order = _with(touched(order), replace(refund, failed_at=act.at, due_at=None, reason=reason))
    parties = (refund.tier - 1, refund.tier)
    told = fact(
        order, EventType.REFUND_FAILED, act, parties, refund=str(refund.id), tier=refund.tier, reason=reason
    )
    return recorded(order, told)


def retry_refund(order: Order, refund: UUID, act: Act) -> Order | Refusal:
    """One that failed is asked for again, as another attempt. What the gateway has given back meanwhile
    is found there first, so that nothing goes back twice."""
    failed = _refund(order, refund)
    if failed.failed_at is None:
        return Refusal("wrong_status", sentence("This refund has not failed."))
    again = replace(
        failed, attempt=failed.attempt + 1, asked_at=None, failed_at=None, reason="", due_at=act.at
    )
    return _with(touched(order), again)


def settled_by_person(order: Order, refund: UUID, act: Act) -> Order | Refusal:
    """One that failed, given back in some other way: booked as the gateway's own word would have been."""
    failed = _refund(order, refund)
    if failed.failed_at is None:
        return Refusal("wrong_status", sentence("This refund has not failed."))
    return refunded(order, refund, act)


def asked_for(order: Order, refund: UUID, charge: UUID, amount: int, act: Act) -> Order:
    """What a seller gives back of a charge, whatever of it was delivered (R65): the gateway is asked."""
    paid = next(each for each in order.charges if each.id == charge)
    asked = Refund(refund, charge, paid.tier, amount, paid.currency, due_at=act.at)
    return replace(touched(order), refunds=(*order.refunds, asked))


def _refund(order: Order, refund: UUID) -> Refund:
    return next(r for r in order.refunds if r.id == refund)


def _with(order: Order, refund: Refund) -> Order:
    return replace(order, refunds=tuple(refund if r.id == refund.id else r for r in order.refunds))
