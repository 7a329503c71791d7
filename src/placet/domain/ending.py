"""How an order ends without being executed (R31, R5, R72, spec §8): every exit gives back what is
reserved and closes what is undecided."""

from dataclasses import replace

from placet.domain.asking import moot, with_no, with_step
from placet.domain.order import Act, Order, Rejection, Step, fact, moved
from placet.domain.words import EventType, LineState, OrderStatus, ReservationState


def rejected(order: Order, step: Step, reason: str, note: str, act: Act) -> Order:
    """One no rejects the whole order, at once and for good (R31). The reason is public."""
    said = with_step(order, with_no(step, reason, act))
    said = replace(said, rejection=Rejection(step.tier, reason, note, act.at))
    after = given_up(said)
    return moved(after, OrderStatus.REJECTED, fact(after, EventType.ORDER_REJECTED, act, reason=reason))


def cancelled(order: Order, reason: str, act: Act) -> Order:
    """The order withdrawn, with why."""
    after = given_up(order)
    return moved(after, OrderStatus.CANCELLED, fact(after, EventType.ORDER_CANCELLED, act, reason=reason))


def expired(order: Order, act: Act) -> Order:
    """The offer no longer holds (R5)."""
    after = given_up(order)
    return moved(after, OrderStatus.EXPIRED, fact(after, EventType.ORDER_EXPIRED, act))


def given_up(order: Order) -> Order:
    """Nothing asked, nothing reserved, nothing to deliver any more."""
    lines = tuple(
        replace(line, state=LineState.CANCELLED)
        if line.state in (LineState.WAITING, LineState.FAILED)
        else line
        for line in order.lines
    )
    return released(moot(replace(order, lines=lines, warning=None)))


def released(order: Order, lines: frozenset[object] | None = None) -> Order:
    """The order with the open reservations of these lines (of all where none are named) given back."""
    return replace(
        order,
        reservations=tuple(
            replace(held, state=ReservationState.RELEASED)
            if held.state is ReservationState.OPEN and (lines is None or held.line in lines)
            else held
            for held in order.reservations
        ),
    )
