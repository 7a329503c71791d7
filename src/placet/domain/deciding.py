"""Deciding, retrying, releasing and cancelling an order: the verbs people use on one that waits
(R30-R35, R44, spec §8). Each answers an order or a named no, and changes nothing on a no."""

from dataclasses import replace

from placet.domain.asking import ask_next, told_yes, with_step, with_yes
from placet.domain.ending import cancelled, rejected
from placet.domain.executing import cancel_lines, cancellable
from placet.domain.order import Act, Order, Release, Step, fact, recorded, touched
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, sentence
from placet.domain.validating import Payers, validate
from placet.domain.verbs import Verb, refusal_of
from placet.domain.words import EventType, How, OrderStatus, StepStatus, Verdict


def own_step(order: Order, by: Actor, verdict: Verdict) -> Step | Order | Refusal:
    """The actor's step to decide; the order itself where this was said before (R33); or the no."""
    place = order.place_of(by.organization)
    step = None if place is None else order.step_at(place)
    if step is None:
        return Refusal("forbidden")
    if step.decision is not None and not step.undecided:
        return order if step.decision.verdict is verdict else Refusal("already_decided")
    if order.closed:
        return Refusal("order_closed")
    if order.charging:
        return Refusal("payment_in_progress")
    if step.status is not StepStatus.PENDING:
        return Refusal("wrong_status", sentence("It is not your turn yet."))
    return step


def stale(order: Order, by: Actor, verdict: Verdict, version: int | None) -> Refusal | None:
    """The no to a decision on a version that is no longer the order's. It is the last of all noes, and none
    to what was said before, which decides nothing (R33)."""
    if version in {None, order.version} or not isinstance(own_step(order, by, verdict), Step):
        return None
    return Refusal("stale_version", facts={"version": order.version})


def approve(order: Order, comment: str, act: Act, payers: Payers | None) -> Order | Refusal:
    """The actor's yes (R30-R35); the last one validates. `payers` are needed where `is_last_yes` or
    the approver pays by card."""
    step = own_step(order, act.by, Verdict.APPROVE)
    if not isinstance(step, Step):
        return step
    if payers is not None and _card_without_token(order, step, payers, act):
        return Refusal("no_active_token")
    yes = with_yes(step, comment, How.SAID, act)
    said = replace(with_step(touched(order), yes), warning=None)
    said = ask_next(told_yes(said, yes, act), act)
    if not said.all_approved:
        return said
    assert payers is not None, "the last yes validates"
    return validate(said, payers, act)


def is_last_yes(order: Order, by: Actor) -> bool:
    """Whether only this organization's yes is missing: then validation follows in the same act."""
    return all(
        step.status is StepStatus.APPROVED or order.parties[step.tier].id == by.organization
        for step in order.steps
    )


def _card_without_token(order: Order, step: Step, payers: Payers, act: Act) -> bool:
    """A card payer cannot approve an order of automatic products without an active token (R35)."""
    payer = payers.get(step.tier + 1)
    if payer is None or not payer.by_card or any(line.manual for line in order.lines):
        return False
    return payer.token(act.at) is None


def reject(order: Order, reason: str, note: str, act: Act) -> Order | Refusal:
    """The actor's no, which ends the order (R31)."""
    step = own_step(order, act.by, Verdict.REJECT)
    if not isinstance(step, Step):
        return step
    return rejected(touched(order), step, reason, note, act)


def retry(order: Order, act: Act, payers: Payers) -> Order | Refusal:
    """Validation again from the start (R44). Still short: the order with one more run on record."""
    if refusal := refusal_of(order, Verb.RETRY, act.by):
        return refusal
    return validate(touched(order), payers, act)


def release(order: Order, reason: str, act: Act, payers: Payers) -> Order | Refusal:
    """The seller of a short link lets this one order pass beyond the limit, then validation (R44)."""
    if refusal := refusal_of(order, Verb.RELEASE, act.by):
        return refusal
    place = order.place_of(act.by.organization)
    assert place is not None, "strangers are refused"
    let = Release(place, act.by.as_json(), reason, act.at)
    after = replace(touched(order), releases=(*order.releases, let))
    told = fact(after, EventType.ORDER_RELEASED, act, (place - 1, place), reason=reason)
    return validate(recorded(after, told), payers, act)


def cancel(order: Order, reason: str, act: Act) -> Order | Refusal:
    """A withdrawal (spec §8): of the whole order while it waits, of what has not begun afterwards."""
    if refusal := refusal_of(order, Verb.CANCEL, act.by):
        return refusal
    order = touched(order)
    if order.status is OrderStatus.SUBMITTED:
        return cancel_lines(order, cancellable(order.lines), reason, act)
    return cancelled(order, reason, act)
