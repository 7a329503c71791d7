"""What organizations and the outside do to orders, in a few words, through the real actions.

Organizations are named by their refs. Time stands still at `NOW` unless told otherwise.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from placet.actions.approve_order import approve_order
from placet.actions.cancel_order import cancel_order
from placet.actions.charge import begin_charge, finish_charge, take_charges
from placet.actions.execute_order import cancel_sub_order, execute_order, retry_sub_order
from placet.actions.load_world import WorldReport, load_world
from placet.actions.place_order import place_order
from placet.actions.provision import begin_sub_orders, finish_sub_order
from placet.actions.reject_order import reject_order
from placet.actions.retry_order import release_order, retry_order
from placet.actions.verify import verify
from placet.domain.charging import GatewayWord
from placet.domain.executing import Answer
from placet.domain.order import Line, Order
from placet.domain.parties import Actor
from placet.domain.placing import LineRequest, OrderRequest
from placet.domain.refusals import Refusal
from placet.domain.words import LineState, Role
from placet.storage import models, reading

NOW: Final = datetime(2026, 11, 22, 10, tzinfo=UTC)

Outcome = Order | Refusal


def load(world: str, at: datetime = NOW) -> None:
    """A world, loaded."""
    answer = load_world(world, source="a story", now=at, progress=lambda *_: None)
    assert isinstance(answer, WorldReport), answer


def actor(ref: str, role: Role = Role.ADMIN, name: str = "Ann") -> Actor:
    """Somebody of that organization."""
    return Actor(models.Organization.objects.get(ref=ref).id, f"{name} of {ref}", "user", role)


def done(outcome: Outcome) -> Order:
    """The order as it became; a no fails the test."""
    assert isinstance(outcome, Order), outcome
    return outcome


def now(order: Order) -> Order:
    """The order as it stands now."""
    return now_of(order.id)


def now_of(order: UUID) -> Order:
    """The order of that id as it stands now."""
    found = reading.find(order)
    assert found is not None
    return found


def proven() -> None:
    """All books are true."""
    broken = {finding.invariant: finding.broken for finding in verify() if finding.broken}
    assert not broken, broken


# People -------------------------------------------------------------------------------------


def request(lines: str, customer: str | None = None, note: str = "") -> OrderRequest:
    """`2 bp, 1 onsite`."""
    wanted = (line.split() for line in lines.split(", "))
    return OrderRequest(tuple(LineRequest(ref, int(many)) for many, ref in wanted), customer, None, note)


def place(by: Actor, lines: str, *, customer: str | None = None, note: str = "", at: datetime = NOW) -> Order:
    """The order that was placed."""
    return done(place_order(request=request(lines, customer, note), by=by, at=at))


def approve(order: Order, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of its yes."""
    return approve_order(order_id=order.id, by=by, comment="Fine.", at=at)


def reject(order: Order, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of its no."""
    return reject_order(order_id=order.id, by=by, reason="Too dear.", note="Ask in May.", at=at)


def retry(order: Order, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of trying again."""
    return retry_order(order_id=order.id, by=by, at=at)


def release(order: Order, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of letting it pass beyond the limit."""
    return release_order(order_id=order.id, by=by, reason="They pay on Friday.", at=at)


def cancel(order: Order, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of withdrawing it."""
    return cancel_order(order_id=order.id, by=by, reason="Changed our mind.", at=at)


def execute(order: Order, by: Actor, *lines: UUID, at: datetime = NOW) -> Outcome:
    """What becomes of executing these lines, or all that wait."""
    return execute_order(order_id=order.id, by=by, lines=lines, at=at)


def retry_part(order: Order, sub_order: UUID, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of sending a sub-order's failed lines again."""
    return retry_sub_order(order_id=order.id, sub_order=sub_order, by=by, at=at)


def cancel_part(order: Order, sub_order: UUID, by: Actor, at: datetime = NOW) -> Outcome:
    """What becomes of giving up what a sub-order has not delivered."""
    return cancel_sub_order(order_id=order.id, sub_order=sub_order, by=by, reason="Given up.", at=at)


# The outside --------------------------------------------------------------------------------


def vendors_say(said: Answer | Mapping[str, Answer] | Callable[[Line], Answer], at: datetime = NOW) -> None:
    """Every vendor that is to be asked answers: this, or this by product, or by line."""
    for errand in begin_sub_orders(most=1000, at=at):
        going = (
            line
            for line in now_of(errand.order).sub_order_lines(errand.id)
            if line.state is LineState.PROVISIONING
        )
        finish_sub_order(errand=errand, answers={line.id: _answer(said, line) for line in going}, at=at)


def _answer(said: Answer | Mapping[str, Answer] | Callable[[Line], Answer], line: Line) -> Answer:
    if isinstance(said, Mapping):
        return said[line.product.ref or ""]
    return said(line) if callable(said) else said


def gateways_say(*words: str, at: datetime = NOW, order: UUID | None = None) -> None:
    """The card gateway answers what it is asked about the order's charge, else about the one charge that is
    due, a word after the other, each as a state, or as `declined: no money`."""
    if order is None:
        [due] = take_charges(most=10, at=at)
        order = due["order_id"]
    for each in words:
        state, _, reason = each.partition(": ")
        errand = begin_charge(order_id=order, at=at)
        assert errand is not None, "nothing is asked of the gateway"
        word = GatewayWord(state, "CH-1", reason)  # type: ignore[arg-type]
        finish_charge(errand=errand, word=word, at=at)
