"""Asking for approvals, and writing down a yes or a no: what placing, deciding and validating share."""

from collections.abc import Iterable
from dataclasses import replace

from placet.domain.order import Act, Decision, Event, Order, Reason, Step, fact, recorded
from placet.domain.words import ApprovalOrder, EventType, How, StepStatus, Verdict


def ask_next(order: Order, act: Act) -> Order:
    """Ask those whose turn it is: everyone at once, or the next one of the buyer's side (R27)."""
    waiting = [step for step in order.steps if step.status is StepStatus.WAITING]
    if order.approval_order is ApprovalOrder.BUYER_FIRST:
        asked = any(step.status is StepStatus.PENDING for step in order.steps)
        waiting = [] if asked else waiting[:1]
    return asked_of(order, [step.tier for step in waiting], act)


def asked_of(order: Order, places: Iterable[int], act: Act) -> Order:
    """The order with these steps pending, each owner told with its own fact (R92). What was said before
    counts no longer, and stays on record."""
    turned = set(places)
    steps = tuple(
        replace(step, status=StepStatus.PENDING) if step.tier in turned else step for step in order.steps
    )
    asked = replace(order, steps=steps)
    return recorded(asked, *(_pending(asked, step, act) for step in steps if step.tier in turned))


def open_step(order: Order, place: int, reason: Reason, act: Act) -> Order:
    """The order with that party's step open again, or for the first time (R47, R48)."""
    step = order.step_at(place)
    if step is None:
        added = Step(act.new_id(), place, StepStatus.WAITING, (reason,))
        steps = tuple(sorted((*order.steps, added), key=lambda step: step.tier))
        order = replace(order, steps=steps)
    elif reason not in step.reasons:  # one step, with all its reasons (R24)
        order = with_step(order, replace(step, reasons=(*step.reasons, reason)))
    return asked_of(order, [place], act)


def with_step(order: Order, step: Step) -> Order:
    """The order with this step in the place of its former self."""
    return replace(order, steps=tuple(step if old.id == step.id else old for old in order.steps))


def with_yes(step: Step, comment: str, how: How, act: Act) -> Step:
    """The step with its owner's yes."""
    return _decided(step, Verdict.APPROVE, comment, how, act)


def with_no(step: Step, comment: str, act: Act) -> Step:
    """The step with its owner's no."""
    return _decided(step, Verdict.REJECT, comment, How.SAID, act)


def told_yes(order: Order, step: Step, act: Act) -> Order:
    """The order with the fact of this yes, which its owner and its neighbours among the sellers may know."""
    near = (step.tier, *(place for place in (step.tier - 1, step.tier + 1) if place > 0))
    comment = step.decision.comment if step.decision else ""
    told = fact(order, EventType.ORDER_APPROVED, act, near, tier=step.tier, comment=comment)
    return recorded(order, told)


def moot(order: Order) -> Order:
    """The order with its undecided steps closed: nobody needs to answer any more (R31, spec §8)."""
    return replace(
        order,
        steps=tuple(
            replace(step, status=StepStatus.MOOT) if step.undecided else step for step in order.steps
        ),
    )


def _decided(step: Step, verdict: Verdict, comment: str, how: How, act: Act) -> Step:
    yes = verdict is Verdict.APPROVE
    return replace(
        step,
        status=StepStatus.APPROVED if yes else StepStatus.REJECTED,
        decision=Decision(
            id=act.new_id(),
            verdict=verdict,
            organization=act.by.organization,
            by=act.by.as_json(),
            how=how,
            comment=comment,
            at=act.at,
        ),
    )


def _pending(order: Order, step: Step, act: Act) -> Event:
    return fact(
        order,
        EventType.ORDER_PENDING_APPROVAL,
        act,
        seen_by=(step.tier,),
        step=str(step.id),
        tier=step.tier,
    )
