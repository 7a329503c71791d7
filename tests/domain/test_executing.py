"""Execution and provisioning: R45, R50-R54."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.deciding import cancel
from placet.domain.executing import (
    UNKNOWN,
    Absent,
    Answer,
    Delivered,
    Failed,
    Unanswered,
    answered,
    cancel_sub_order,
    close_if_done,
    execute,
    retry_sub_order,
    unknown_lines,
)
from placet.domain.order import Order, status_of_lines
from placet.domain.refusals import Refusal
from placet.domain.words import LineState
from tests.domain.builders import (
    LATER,
    NOW,
    act,
    approved,
    chain,
    code,
    events,
    id_of,
    line,
    machine,
    open_reservations,
    ordered,
    party,
    payers,
    placed,
    told,
    vendors_said,
)
from tests.domain.tables import cases

LINKS = chain("list 12.00 < 10.00\ntax 21 < 0\napproval on < off", groups={"dist": {"res": "all"}})
HOUR = timedelta(hours=1)
YES = Delivered("V-1")

STATUSES = """
lines                              ->  sub_order     order
waiting                                waiting       submitted
provisioning                           provisioning  submitted
delivered                              executed      executed
failed                                 failed        submitted
cancelled                              cancelled     cancelled
delivered delivered                    executed      executed
delivered cancelled                    executed      executed
cancelled cancelled                    cancelled     cancelled
delivered waiting                      waiting       submitted
delivered failed                       failed        submitted
delivered provisioning                 provisioning  submitted
failed waiting                         failed        submitted
failed provisioning                    provisioning  submitted
waiting cancelled                      waiting       submitted
delivered cancelled failed             failed        submitted
waiting failed provisioning delivered cancelled  provisioning  submitted
"""


def _submitted(lines: str = "1 bp", paid: str = "") -> Order:
    order = approved(placed(LINKS, lines), paid)
    assert order.status == "submitted"
    return order


def _execute(order: Order, *products: str, paid: str = "") -> Order:
    chosen = tuple(line(order, each).id for each in products)
    after, refusal = execute(order, chosen, act("dist", LATER), payers(order, paid))
    assert refusal is None
    return ordered(after)  # type: ignore[arg-type]


def _together(order: Order) -> list[str]:
    """The sub-orders: their products and status."""
    return [
        " ".join([*(str(each.product.ref) for each in lines), status_of_lines(lines)])
        for lines in (order.sub_order_lines(sub.id) for sub in order.sub_orders)
    ]


@cases(STATUSES)
def test_statuses_follow_from_the_lines(lines: str, sub_order: str, order: str) -> None:
    """R50, R51."""
    states = lines.split()
    template = _submitted(", ".join(["1 bp"] * len(states)))
    made = tuple(
        replace(each, state=LineState(state)) for each, state in zip(template.lines, states, strict=True)
    )
    assert status_of_lines(made) == sub_order
    assert close_if_done(replace(template, lines=made), machine()).status == order


def test_all_automatic_goes_to_the_vendors_at_once() -> None:
    """R46, R50."""
    order = _submitted("1 bp, 1 ps")
    assert _together(order) == ["bp provisioning", "ps provisioning"]
    assert [sub.due_at for sub in order.sub_orders] == [NOW, NOW]


def test_delivered_is_billed_on_every_link_in_one_step() -> None:
    """R52: a subscription, an invoice a link, the reservation turned into what is owed."""
    order = vendors_said(_submitted("2 bp, 1 office, 1 ps"), YES, "bp", "office", at=LATER)
    assert [(made.quantity, made.vendor_reference) for made in order.subscriptions] == [
        (2, "V-1"),
        (1, "V-1"),
    ]
    assert [made.period and made.period.until for made in order.subscriptions] == [
        date(2026, 12, 22),
        date(2027, 11, 22),
    ]
    assert line(order, "bp").subscription == order.subscriptions[0].id
    bills = [(i.tier, i.net, i.tax, i.total, i.open, len(i.lines)) for i in order.invoices]
    assert bills == [(1, 3600, 756, 4356, 4356, 2), (2, 3000, 0, 3000, 3000, 2)]
    assert [(x.quantity, x.net, x.tax) for x in order.invoices[0].lines] == [(2, 2400, 504), (1, 1200, 252)]
    assert open_reservations(order) == {1: 1452, 2: 1000}
    assert order.status == "submitted"
    done = vendors_said(order, YES, "ps")
    assert (done.status, open_reservations(done)) == ("executed", {1: 0, 2: 0})
    assert {held.state for held in done.reservations} == {"billed"}
    assert done.closed_at == NOW


def test_every_approving_partner_is_told_of_every_line() -> None:
    """R54, R90."""
    order = vendors_said(_submitted("1 bp, 1 office"), YES)
    told_to = [event.seen_by for event in order.events if event.type == "offer.provisioned"]
    assert told_to == [(party("res").id,), (party("dist").id,)] * 2
    assert events(order)[-3:] == ["invoice.created", "invoice.created", "order.executed"]
    bills = [event.seen_by for event in order.events if event.type == "invoice.created"]
    assert bills == [(party("cust").id, party("res").id), (party("res").id, party("dist").id)]


def test_an_answer_counts_once() -> None:
    """R52: exactly once, whatever is repeated."""
    order = vendors_said(_submitted("1 bp, 1 office"), YES, "bp")
    again = answered(order, line(order, "bp").sub_order, {line(order, "bp").id: YES}, machine(), LATER)
    assert (again.invoices, again.subscriptions, again.version) == (
        order.invoices,
        order.subscriptions,
        order.version,
    )
    assert again.sub_orders[0].due_at == LATER
    done = vendors_said(again, YES, "office")
    late = answered(done, line(done, "bp").sub_order, {line(done, "bp").id: Failed("?")}, machine(), LATER)
    assert (late.status, late.sub_orders[0].due_at) == ("executed", None)


def test_zero_is_billed_as_paid() -> None:
    """R62 (choice)."""
    order = vendors_said(_submitted("1 trial"), YES)
    assert [(invoice.total, invoice.open) for invoice in order.invoices] == [(0, 0), (0, 0)]
    assert order.subscriptions[0].trial


def test_a_failure_keeps_the_reservation() -> None:
    """R53: and the approvals; everybody hears that it failed."""
    order = vendors_said(_submitted("1 bp, 1 ps"), Failed("No licence left."), "bp")
    assert (line(order, "bp").state, line(order, "bp").reason) == ("failed", "No licence left.")
    assert open_reservations(order) == {1: 2904, 2: 2000}
    assert _together(order) == ["bp failed", "ps provisioning"]
    assert events(order)[-1] == "offer.provisioning_failed"
    assert order.sub_orders[0].due_at is None
    order = vendors_said(order, YES, "ps")
    assert order.status == "submitted"


def test_lines_of_one_sub_order_can_end_differently() -> None:
    """R50-R53: a retried line gets an invoice of its own (choice)."""
    order = _submitted("1 bp, 1 office, 1 trial")
    ids = {each: line(order, each).id for each in ("bp", "office", "trial")}
    sub = order.sub_orders[0].id
    answers: dict[str, Answer] = {"bp": YES, "office": Failed("Later."), "trial": Unanswered()}
    order = answered(order, sub, {ids[name]: said for name, said in answers.items()}, machine(), LATER)
    assert [each.state for each in order.lines] == ["delivered", "failed", "provisioning"]
    assert order.sub_orders[0].due_at == LATER
    order = vendors_said(order, YES, "trial")
    order = ordered(retry_sub_order(order, sub, act("dist", LATER)))
    assert [each.state for each in order.lines] == ["delivered", "provisioning", "delivered"]
    assert (line(order, "office").reason, order.sub_orders[0].due_at) == ("", LATER)
    order = vendors_said(order, YES)
    assert order.status == "executed"
    assert [(invoice.tier, len(invoice.lines)) for invoice in order.invoices] == [(1, 1), (2, 1)] * 3


def test_only_what_failed_can_be_retried() -> None:
    """R53."""
    order = _submitted("1 bp")
    assert code(retry_sub_order(order, order.sub_orders[0].id, act("dist"))) == "wrong_status"
    order = vendors_said(order, YES)
    assert code(retry_sub_order(order, order.sub_orders[0].id, act("dist"))) == "wrong_status"


def test_undelivered_lines_are_given_up() -> None:
    """R53, R51: their reservation is released."""
    order = vendors_said(_submitted("1 bp, 1 ps"), Failed("No."), "bp")
    gone = ordered(cancel_sub_order(order, order.sub_orders[0].id, "Discontinued.", act("dist")))
    assert (line(gone, "bp").state, line(gone, "bp").reason) == ("cancelled", "Discontinued.")
    assert open_reservations(gone) == {1: 1452, 2: 1000}
    assert vendors_said(gone, YES, "ps").status == "executed"
    both = vendors_said(gone, Failed("No."), "ps")
    nothing = ordered(cancel_sub_order(both, order.sub_orders[1].id, "Discontinued.", act("dist")))
    assert (nothing.status, set(open_reservations(nothing).values())) == ("cancelled", {0})
    assert nothing.events[-1].detail["reason"] == "Discontinued."


def test_what_is_with_a_vendor_or_delivered_cannot_be_given_up() -> None:
    """R53, spec §8."""
    order = _submitted("1 bp")
    assert code(cancel_sub_order(order, order.sub_orders[0].id, "No.", act("dist"))) == "wrong_status"
    order = vendors_said(order, YES)
    assert code(cancel_sub_order(order, order.sub_orders[0].id, "No.", act("dist"))) == "wrong_status"


def _unanswered(order: Order, after: timedelta) -> Order:
    """Asked now, and still no answer that much later."""
    asked = tuple(replace(sub, asked_at=NOW) for sub in order.sub_orders)
    return vendors_said(replace(order, sub_orders=asked), Unanswered(), at=NOW + after)


@pytest.mark.parametrize(
    ("after", "state"),
    [(timedelta(0), "provisioning"), (HOUR - timedelta(seconds=1), "provisioning"), (HOUR, "failed")],
)
def test_no_answer_for_an_hour_has_failed_as_unknown(after: timedelta, state: str) -> None:
    """R52: until then it is asked again by our key."""
    order = _unanswered(_submitted(), after)
    assert order.lines[0].state == state
    assert (order.lines[0].reason, order.lines[0].unanswered) == (
        (UNKNOWN, True) if state == "failed" else ("", False)
    )
    assert (order.sub_orders[0].due_at is None) == (state == "failed")
    assert open_reservations(order) == {1: 1452, 2: 1000}


def test_what_was_never_asked_has_not_been_silent() -> None:
    order = vendors_said(_submitted(), Unanswered(), at=NOW + 5 * HOUR)
    assert order.lines[0].state == "provisioning"


def test_an_unanswered_line_can_be_retried() -> None:
    """R52, R53: by the same key, with an hour of its own."""
    order = _unanswered(_submitted(), HOUR)
    order = ordered(retry_sub_order(order, order.sub_orders[0].id, act("dist", LATER)))
    assert (order.sub_orders[0].asked_at, order.sub_orders[0].due_at) == (None, LATER)
    assert vendors_said(order, YES).status == "executed"


LOOKED_UP = """
answer      ->  state         reason          order
absent          cancelled     Lost.           cancelled
failed          cancelled     Never had it.   cancelled
delivered       delivered     -               executed
unanswered      provisioning  Lost.           submitted
"""


@cases(LOOKED_UP)
def test_unanswered_is_cancelled_only_once_the_vendor_does_not_have_it(
    answer: str, state: str, reason: str, order: str
) -> None:
    """R52."""
    answers: dict[str, Answer] = {
        "absent": Absent(),
        "failed": Failed("Never had it."),
        "delivered": YES,
        "unanswered": Unanswered(),
    }
    silent = _unanswered(_submitted(), HOUR)
    asked = ordered(cancel_sub_order(silent, silent.sub_orders[0].id, "Lost.", act("dist", LATER)))
    assert (asked.status, asked.lines[0].state, asked.lines[0].cancelling) == (
        "submitted",
        "provisioning",
        True,
    )
    assert asked.sub_orders[0].due_at == LATER
    assert open_reservations(asked) == {1: 1452, 2: 1000}
    after = vendors_said(asked, answers[answer])
    assert (after.lines[0].state, after.lines[0].reason, after.status) == (state, reason, order)
    held = answer == "unanswered"
    assert any(open_reservations(after).values()) is held


def test_absent_ends_nothing_that_nobody_cancelled() -> None:
    """R52: it is asked again."""
    order = vendors_said(_submitted(), Absent())
    assert (order.lines[0].state, order.status) == ("provisioning", "submitted")
    assert order.sub_orders[0].due_at is not None


def test_a_look_up_without_an_answer_fails_as_unknown_again() -> None:
    silent = _unanswered(_submitted(), HOUR)
    asked = ordered(cancel_sub_order(silent, silent.sub_orders[0].id, "Lost.", act("dist")))
    again = _unanswered(asked, HOUR)
    assert (again.lines[0].state, again.lines[0].unanswered, again.lines[0].cancelling) == (
        "failed",
        True,
        False,
    )


# Manual orders ------------------------------------------------------------------------------


def test_all_of_a_manual_order_or_chosen_lines() -> None:
    """R45, R50: what is executed together is delivered together."""
    order = _submitted("1 onsite, 1 bp, 1 office, 1 setup")
    assert _together(order) == ["onsite waiting", "bp office setup waiting"]
    part = _execute(order, "bp", "setup")
    assert _together(part) == ["onsite waiting", "office waiting", "bp setup provisioning"]
    assert [sub.due_at for sub in part.sub_orders] == [None, None, LATER]
    whole = _execute(part)
    assert _together(whole) == ["onsite provisioning", "office provisioning", "bp setup provisioning"]
    done = vendors_said(whole, YES)
    assert (done.status, len(done.invoices)) == ("executed", 6)


def test_lines_are_all_named_or_none() -> None:
    """R45: those that cannot begin are named, and nothing begins."""
    order = _execute(_submitted("1 onsite, 1 setup"), "onsite")
    ids = (line(order, "onsite").id, line(order, "setup").id)
    after, refusal = execute(order, ids, act("dist"), payers(order))
    assert after is None
    assert refusal == Refusal("wrong_status", "Some lines are not waiting.", {"lines": [str(ids[0])]})


def test_lines_of_another_order_are_invalid() -> None:
    order = _submitted("1 onsite")
    assert unknown_lines(order, (order.lines[0].id,)) is None
    assert code(unknown_lines(order, (order.lines[0].id, id_of("another")))) == "invalid"


def test_the_rest_of_a_manual_order_can_be_cancelled() -> None:
    """Spec §8: what is with a vendor or delivered goes on."""
    order = _execute(_submitted("1 onsite, 1 setup"), "onsite")
    order = ordered(cancel(order, "Enough.", act("dist")))
    assert [each.state for each in order.lines] == ["provisioning", "cancelled"]
    assert open_reservations(order) == {1: 1452, 2: 1000}
    assert vendors_said(order, YES).status == "executed"


def test_a_manual_order_cancelled_whole_says_why() -> None:
    order = ordered(cancel(_submitted("1 onsite"), "Nobody free.", act("dist")))
    assert (order.status, order.events[-1].detail["reason"]) == ("cancelled", "Nobody free.")


# Cards --------------------------------------------------------------------------------------

PAID_BY_CARD = chain("list 12.00 < 11.00 < 10.00\npays cash < card < card")
BOTH = "cash < card=2030-12 < card=2030-12"


def _paid(lines: str = "1 bp, 2 ps") -> Order:
    return told(approved(placed(PAID_BY_CARD, lines), BOTH), "captured", "captured")


def test_a_card_settles_the_invoices_of_its_link() -> None:
    """R48: nothing of them is open."""
    order = vendors_said(_paid(), YES)
    assert [(i.tier, i.total, i.open) for i in order.invoices] == [
        (1, 1200, 1200),
        (2, 1100, 0),
        (3, 1000, 0),
        (1, 2400, 2400),
        (2, 2200, 0),
        (3, 2000, 0),
    ]


def test_what_is_given_up_is_refunded_to_every_card_that_paid() -> None:
    """R53."""
    order = vendors_said(_paid(), Failed("No."), "ps")
    order = ordered(cancel_sub_order(order, order.sub_orders[1].id, "No.", act("dist", LATER)))
    refunds = [(r.tier, r.amount, r.due_at, r.done_at) for r in order.refunds]
    assert refunds == [(2, 2200, LATER, None), (3, 2000, LATER, None)]
    assert vendors_said(order, YES).refunds == order.refunds


@given(st.lists(st.sampled_from(["yes", "no", "silent"]), min_size=3, max_size=3), st.booleans())
def test_in_the_end_every_cent_is_billed_or_released(said: list[str], card: bool) -> None:  # noqa: FBT001
    """R52, R53, R60: on every link, and what a card paid is billed or refunded."""
    links = PAID_BY_CARD if card else chain("list 12.00 < 11.00 < 10.00")
    order = approved(placed(links, "1 bp, 2 ps, 3 office"), BOTH if card else "")
    order = told(order, "captured", "captured") if card else order
    answers: dict[str, Answer] = {"yes": YES, "no": Failed("No."), "silent": Unanswered()}
    for product, word in zip(("bp", "ps", "office"), said, strict=True):
        order = replace(order, sub_orders=tuple(replace(sub, asked_at=NOW) for sub in order.sub_orders))
        order = vendors_said(order, answers[word], product, at=NOW + HOUR)
    if order.status == "submitted":
        order = ordered(cancel(order, "Enough.", act("dist")))
        order = vendors_said(order, Absent())
    assert order.status == ("executed" if "yes" in said else "cancelled")
    assert set(open_reservations(order).values()) == {0}
    for link in order.links:
        billed = sum(i.total for i in order.invoices if i.tier == link.tier)
        given_up = sum(x.prices[link.tier - 1].gross for x in order.lines if x.state is LineState.CANCELLED)
        assert billed + given_up == link.gross
        paid = -sum(m.amount for m in order.card_movements if m.tier == link.tier)
        back = sum(r.amount for r in order.refunds if r.tier == link.tier)
        assert paid - back == (billed if paid else 0)
