"""What a card gets back: R53. The gateway's word, no word, a person's."""

from datetime import datetime, timedelta

import pytest

from placet.domain.charging import FIRST_RETRY, GIVE_UP_AFTER, SLOWEST_RETRY
from placet.domain.errands import RefundWord
from placet.domain.executing import Failed
from placet.domain.order import Order, Refund
from placet.domain.refunding import NO_ANSWER, UNEXPLAINED, refund_heard, retry_refund, settled_by_person
from tests.domain.builders import (
    NOW,
    act,
    approved,
    chain,
    code,
    events,
    id_of,
    machine,
    ordered,
    placed,
    played,
    told,
    vendors_said,
)

PAID_BY_CARD = chain("list 12.00 < 10.00\npays cash < card")


def given_up() -> tuple[Order, Refund]:
    """An order that a card has paid for, and that the distributor gave up."""
    paid = told(approved(placed(PAID_BY_CARD), "cash < card=2030-12"), "captured")
    order = ordered(played(vendors_said(paid, Failed("No.")), "dist cancels"))
    return order, order.refunds[0]


def heard(order: Order, state: str, *, reason: str = "", tries: int = 1, at: datetime = NOW) -> Order:
    word = RefundWord(state, reason=reason)  # type: ignore[arg-type]
    return refund_heard(order, order.refunds[0].id, word, tries, machine(at))


def test_given_back_it_is_booked_once() -> None:
    order, refund = given_up()
    done = heard(order, "done")
    assert [(m.tier, m.amount) for m in done.card_movements if m.amount > 0] == [(refund.tier, refund.amount)]
    assert (done.refunds[0].done_at, done.refunds[0].due_at) == (NOW, None)
    assert all(heard(done, state) is done for state in ("done", "declined", "unknown"))


@pytest.mark.parametrize(
    ("said", "kept"), [("The card is closed.", "The card is closed."), ("", UNEXPLAINED)]
)
def test_a_no_ends_it_and_says_why(said: str, kept: str) -> None:
    """The payer and its seller are told; the order itself stays as it is."""
    order, _ = given_up()
    failed = heard(order, "declined", reason=said)
    [refund] = failed.refunds
    assert (refund.failed_at, refund.due_at, refund.done_at, refund.reason) == (NOW, None, None, kept)
    fact = failed.events[-1]
    assert (fact.type, fact.detail["reason"]) == ("payment.refund_failed", kept)
    assert set(fact.seen_by) == {id_of("res"), id_of("dist")}
    assert (failed.status, failed.card_movements) == (order.status, order.card_movements)
    assert all(heard(failed, state) is failed for state in ("done", "declined", "unknown"))


@pytest.mark.parametrize(("tries", "pause"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (500, 900)])
def test_without_an_answer_it_is_asked_again_at_growing_pauses(tries: int, pause: int) -> None:
    order, _ = given_up()
    [refund] = heard(order, "unknown", tries=tries).refunds
    assert refund.due_at == NOW + timedelta(seconds=pause)
    assert FIRST_RETRY <= refund.due_at - NOW <= SLOWEST_RETRY


def test_after_twelve_hours_a_person_decides() -> None:
    order, _ = given_up()
    asked = heard(order, "unknown")
    still = heard(asked, "unknown", at=NOW + GIVE_UP_AFTER - timedelta(seconds=1))
    assert still.refunds[0].failed_at is None
    late = heard(asked, "unknown", at=NOW + GIVE_UP_AFTER)
    assert (late.refunds[0].reason, events(late)[-1]) == (NO_ANSWER, "payment.refund_failed")


def test_tried_again_it_is_another_attempt() -> None:
    order, refund = given_up()
    assert code(retry_refund(order, refund.id, act("dist"))) == "wrong_status"
    failed = heard(order, "declined")
    again = ordered(retry_refund(failed, refund.id, act("dist")))
    [after] = again.refunds
    assert (after.attempt, after.due_at, after.failed_at, after.reason) == (2, NOW, None, "")
    assert code(retry_refund(again, refund.id, act("dist"))) == "wrong_status"
    assert heard(again, "done").refunds[0].done_at == NOW


def test_settled_by_hand_it_is_booked() -> None:
    order, refund = given_up()
    assert code(settled_by_person(order, refund.id, machine())) == "wrong_status"
    settled = ordered(settled_by_person(heard(order, "declined"), refund.id, machine()))
    [after] = settled.refunds
    assert (after.done_at, after.failed_at, after.reason) == (NOW, None, "")
    assert [m.amount for m in settled.card_movements if m.amount > 0] == [refund.amount]
    assert code(settled_by_person(settled, refund.id, machine())) == "wrong_status"
