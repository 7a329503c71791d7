# ruff: noqa: E501 - a table is as wide as its cases
"""Charging card payers: R48, R49, R72."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.charging import (
    GatewayWord,
    Wish,
    asked,
    current,
    heard,
    next_look,
    postponed,
    settle,
    wish,
)
from placet.domain.executing import execute, refunded
from placet.domain.order import Order
from placet.domain.refusals import NO_ACTIVE_TOKEN, Refusal
from placet.domain.words import LineState, OrganizationStatus
from tests.domain.builders import (
    LATER,
    NOW,
    act,
    approved,
    chain,
    code,
    events,
    line,
    machine,
    open_reservations,
    ordered,
    party,
    payers,
    placed,
    played,
    told,
)
from tests.domain.tables import cases

GOOD = "cash < card=2030-12"
BOTH = "cash < card=2030-12 < card=2030-12"
ONE_PAYER = chain("list 12.00 < 10.00\npays cash < card")
TWO_PAYERS = chain("list 12.00 < 11.00 < 10.00\npays cash < card < card")

TALKS = """
words                                           ->  wishes                                      status            charge
authorised, captured                                authorise capture                           submitted         captured
captured                                            authorise                                   submitted         captured
declined: No funds.                                 authorise                                   pending_approval  declined
declined                                            authorise                                   pending_approval  declined
authorised                                          authorise                                   pending_approval  authorised
unknown                                             authorise                                   pending_approval  unknown
unknown, captured                                   authorise look_up                           submitted         captured
unknown, authorised, captured                       authorise look_up capture                   submitted         captured
unknown, declined: No funds.                        authorise look_up                           pending_approval  declined
unknown, voided                                     authorise look_up                           pending_approval  declined
unknown, unknown, unknown, captured                 authorise look_up look_up look_up           submitted         captured
unknown, absent                                     authorise look_up                           pending_approval  planned
unknown, absent, authorised, captured               authorise look_up authorise capture         submitted         captured
unknown, absent, unknown, captured                  authorise look_up authorise look_up         submitted         captured
authorised, unknown, captured                       authorise capture look_up                   submitted         captured
authorised, unknown, authorised, captured           authorise capture look_up capture           submitted         captured
authorised, declined: Expired.                      authorise capture                           pending_approval  declined
"""

TALKS_WITH_TWO = """
words                                                 ->  wishes                                                        status            charges
authorised, authorised, captured, captured                authorise2 authorise3 capture2 capture3                       submitted         captured captured
authorised, authorised, captured                          authorise2 authorise3 capture2                                pending_approval  captured authorised
authorised, declined: No., voided                         authorise2 authorise3 void2                                   pending_approval  voided declined
declined: No.                                             authorise2                                                    pending_approval  declined voided
authorised, declined: No., unknown, voided                authorise2 authorise3 void2 look_up2                          pending_approval  voided declined
authorised, declined: No., unknown, absent                authorise2 authorise3 void2 look_up2                          pending_approval  voided declined
authorised, declined: No., unknown, authorised, voided    authorise2 authorise3 void2 look_up2 void2                    pending_approval  voided declined
unknown, authorised, authorised, captured, captured       authorise2 look_up2 authorise3 capture2 capture3              submitted         captured captured
unknown, captured, authorised, captured                   authorise2 look_up2 authorise3 capture3                       submitted         captured captured
captured, declined: No.                                   authorise2 authorise3                                         pending_approval  voided declined
authorised, authorised, captured, declined: No.           authorise2 authorise3 capture2 capture3                       pending_approval  voided declined
authorised, authorised, declined: No., voided             authorise2 authorise3 capture2 void3                          pending_approval  declined voided
authorised, unknown, authorised, captured, captured       authorise2 authorise3 look_up3 capture2 capture3              submitted         captured captured
"""

PAUSES = """
tries  asked_ago  ->  pause
1      5s             5s
2      10s            10s
3      20s            20s
4      1m             40s
8      10m            640s
9      20m            900s
50     11h            900s
50     719m           900s
50     12h            -
50     13h            -
"""

LATE = """
charge    word
captured  declined
captured  voided
declined  captured
declined  unknown
"""


def talk(order: Order, words: str) -> tuple[Order, list[tuple[Wish, int]]]:
    """The order after these words of the gateway, and what it had been asked for on which link."""
    wishes: list[tuple[Wish, int]] = []
    for word in words.split(", "):
        wished = wish(order)
        assert wished is not None
        wishes.append((wished[1], wished[0].tier))
        order = told(order, word)
    return order, wishes


@cases(TALKS)
def test_one_payer(words: str, wishes: str, status: str, charge: str) -> None:
    """R48: what was asked and not answered is looked up before it is ever asked again."""
    order, asked_for = talk(approved(placed(ONE_PAYER), GOOD), words)
    assert " ".join(name for name, _ in asked_for) == wishes
    assert (order.status, order.charges[0].state) == (status, charge)
    _money_is_true(order)


@cases(TALKS_WITH_TWO)
def test_two_payers(words: str, wishes: str, status: str, charges: str) -> None:
    """R48: both authorised, then captured; one no voids the other, or gives back what was taken."""
    order, asked_for = talk(approved(placed(TWO_PAYERS), BOTH), words)
    assert " ".join(f"{name}{tier}" for name, tier in asked_for) == wishes
    assert (order.status, " ".join(c.state for c in order.charges)) == (status, charges)
    _money_is_true(order)


def _money_is_true(order: Order) -> None:
    """Never an execution without a charge, nor a charge without an execution or a refund."""
    taken = {movement.charge: -movement.amount for movement in order.card_movements}
    if order.status == "submitted":
        assert taken == {charge.id: charge.amount for charge in order.charges}
        assert {each.state for each in order.lines} == {LineState.PROVISIONING}
        assert not order.refunds
    else:
        assert taken == {refund.charge: refund.amount for refund in order.refunds}
        assert {each.state for each in order.lines} == {LineState.WAITING}
    settled = not order.charging
    held = order.status == "submitted" or not settled
    assert open_reservations(order) == {link.tier: link.gross if held else 0 for link in order.links}
    assert (wish(order) is None) == settled
    assert any(charge.due_at for charge in order.charges) == (not settled)


WORDS = st.sampled_from(["authorised", "captured", "declined", "voided", "unknown", "absent"])


@settings(max_examples=300)
@given(st.booleans(), st.lists(WORDS, max_size=12))
def test_whatever_the_gateway_says_the_money_stays_true(two: bool, words: list[str]) -> None:  # noqa: FBT001
    order = approved(placed(TWO_PAYERS if two else ONE_PAYER), BOTH if two else GOOD)
    for word in words:
        if wish(order) is None:
            break
        order = told(order, word)
        _money_is_true(order)


def test_both_are_charged_the_gross_of_their_own_link() -> None:
    """R48: one errand for both, and a key of its own for each attempt."""
    order = approved(
        placed(chain("list 12.00 < 11.00 < 10.00\ntax 0 < 21\npays cash < card < card"), "2 bp"), BOTH
    )
    assert [(c.tier, c.amount, c.currency, c.attempt) for c in order.charges] == [
        (2, 2662, "EUR", 1),
        (3, 2420, "EUR", 1),
    ]
    assert [charge.due_at for charge in order.charges] == [NOW, None]
    assert [charge.contract for charge in order.charges] == [link.contract for link in order.links[1:]]
    assert order.status == "pending_approval"
    assert order.charging


def test_who_owes_nothing_is_not_charged_beside_one_who_does() -> None:
    """R48 (choice): it needs its token all the same (R47)."""
    order = approved(placed(chain("list 12.00 < 11.00 < 0.00\npays cash < card")), BOTH)
    assert [charge.tier for charge in order.charges] == [2]
    assert told(order, "captured").status == "submitted"


def test_paid_is_booked_with_the_start() -> None:
    """R48: in one step, at one instant, told to everybody."""
    order = told(approved(placed(ONE_PAYER), GOOD), "authorised", "captured", at=LATER)
    (paid,) = order.card_movements
    assert (paid.tier, paid.amount, paid.charge, paid.at) == (2, -1000, order.charges[0].id, LATER)
    assert [sub.due_at for sub in order.sub_orders] == [LATER]
    assert (events(order)[-1], order.warning) == ("order.submitted", None)


def test_declined_opens_the_payers_step_with_the_gateways_reason() -> None:
    """R48: the other approvals stay; the payer and its seller are told."""
    links = chain("list 12.00 < 10.00\npays cash < card", groups={"dist": {"res": "all"}})
    order = told(approved(placed(links), GOOD), "declined: No funds.")
    assert [step.status for step in order.steps] == ["pending", "approved"]
    assert order.steps[0].undecided
    assert order.warning is not None
    assert (order.warning.tier, order.warning.text) == (2, "No funds.")
    declined = next(event for event in order.events if event.type == "payment.declined")
    assert declined.seen_by == (party("res").id, party("dist").id)
    assert events(order)[-1] == "order.pending_approval"


def test_a_no_without_words_gets_ours() -> None:
    order = told(approved(placed(ONE_PAYER), GOOD), "declined")
    assert order.warning is not None
    assert order.warning.text == "The card payment was declined."


def test_approving_again_is_a_new_attempt_with_a_new_key() -> None:
    """R48."""
    order = told(approved(placed(ONE_PAYER), GOOD), "declined: No funds.")
    again = ordered(played(order, "res approves", GOOD, LATER))
    assert [charge.attempt for charge in again.charges] == [1, 2]
    assert again.charges[0].id != again.charges[1].id
    assert current(again) == (again.charges[1],)
    assert (again.warning, again.charging) == (None, True)
    assert told(again, "captured").status == "submitted"


def test_a_buyers_own_card_opens_a_step_of_its_own() -> None:
    """R47, R48: where the order needed no approval."""
    order = told(approved(placed(chain("pays card")), "card=2030-12"), "declined: No funds.")
    assert [(step.tier, step.status) for step in order.steps] == [(0, "pending")]
    assert [reason.code for reason in order.steps[0].reasons] == ["payment_method"]


@pytest.mark.parametrize("who", ["cust", "res", "dist"])
def test_a_suspension_waits_for_the_outcome(who: str) -> None:
    """R48, R72: paid goes on, declined is cancelled."""
    order = approved(placed(ONE_PAYER), GOOD)
    order = _suspended(order, who)
    assert told(order, "captured").status == "submitted"
    after = told(order, "declined: No funds.")
    assert (after.status, set(open_reservations(after).values())) == ("cancelled", {0})
    assert {step.status for step in after.steps} == {"approved"}
    assert events(after)[-2:] == ["payment.declined", "order.cancelled"]


def _suspended(order: Order, who: str) -> Order:
    gone = party(who, OrganizationStatus.SUSPENDED)
    links = tuple(
        replace(
            link,
            buyer=gone if link.buyer.id == gone.id else link.buyer,
            seller=gone if link.seller.id == gone.id else link.seller,
        )
        for link in order.links
    )
    return replace(order, links=links)


@cases(LATE)
def test_a_word_that_comes_too_late_changes_nothing(charge: str, word: str) -> None:
    """R48."""
    order = told(approved(placed(ONE_PAYER), GOOD), charge)
    said = GatewayWord(word)  # type: ignore[arg-type]
    assert heard(order, order.charges[0].id, said, machine()) is order
    assert asked(order, order.charges[0].id, machine()) is order


def test_it_is_written_down_before_it_is_asked() -> None:
    """R48: a crash after this leads to a look-up; asking again changes nothing."""
    order = approved(placed(ONE_PAYER), GOOD)
    first = asked(order, order.charges[0].id, machine(LATER))
    assert (first.charges[0].state, first.charges[0].asked_at) == ("unknown", LATER)
    assert wish(first) == (first.charges[0], "look_up")
    assert asked(first, order.charges[0].id, machine(LATER)) is first


def test_without_charges_there_is_nothing_to_ask() -> None:
    order = placed(ONE_PAYER)
    assert (current(order), wish(order)) == ((), None)


def _ago(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]])


@cases(PAUSES)
def test_when_to_look_again(tries: str, asked_ago: str, pause: str) -> None:
    """R48: within ten seconds first, after twelve hours a person decides."""
    order = approved(placed(ONE_PAYER), GOOD)
    charge = replace(order.charges[0], asked_at=NOW - _ago(asked_ago))
    assert next_look(charge, int(tries), NOW) == (NOW + _ago(pause) if pause else None)


def test_no_answer_is_said_and_looked_up_later() -> None:
    """R48."""
    order = told(approved(placed(ONE_PAYER), GOOD), "unknown")
    later = postponed(order, 1, LATER)
    assert later.charges[0].due_at == LATER + timedelta(seconds=5)
    assert later.charges[0].reason == "The card gateway has not answered yet."
    answered = told(later, "authorised")
    assert (answered.charges[0].state, answered.charges[0].reason) == ("authorised", "")
    assert told(later, "absent").charges[0].reason == ""


def test_what_is_settled_is_not_looked_up_again() -> None:
    order = told(approved(placed(ONE_PAYER), GOOD), "captured")
    assert postponed(order, 1, LATER) is order


# Manual orders (R49) ------------------------------------------------------------------------


def _manual(lines: str = "1 onsite, 1 setup", paid: str = "cash < card") -> Order:
    order = approved(placed(ONE_PAYER, lines), paid)
    assert (order.status, order.charging) == ("submitted", False)
    return order


def _executed(order: Order, *products: str, paid: str = GOOD) -> tuple[Order, Refusal | None]:
    after, refusal = execute(
        order, tuple(line(order, each).id for each in products), act("dist", LATER), payers(order, paid)
    )
    assert after is not None, refusal
    return after, refusal


def test_the_whole_gross_is_charged_before_the_first_line() -> None:
    """R49: once, however the lines are executed."""
    order, _ = _executed(_manual(), "onsite")
    assert [(c.amount, c.starts) for c in order.charges] == [(2000, (line(order, "onsite").id,))]
    assert {each.state for each in order.lines} == {"waiting"}
    order = told(order, "authorised", "captured")
    assert (line(order, "onsite").state, line(order, "setup").state) == ("provisioning", "waiting")
    order, _ = _executed(order, "setup")
    assert (line(order, "setup").state, len(order.charges)) == ("provisioning", 1)


def test_without_a_token_it_is_refused_and_remembers_why() -> None:
    """R49 (choice): it stays with the top seller, its credit reserved."""
    order, refusal = _executed(_manual(), paid="cash < card=2026-10")
    assert refusal == Refusal("no_active_token")
    assert refusal.words == NO_ACTIVE_TOKEN
    assert order.warning is not None
    assert (order.warning.tier, order.warning.text) == (2, NO_ACTIVE_TOKEN)
    assert (order.status, order.charges) == ("submitted", ())
    assert open_reservations(order) == {1: 2400, 2: 2000}
    again, refusal = _executed(order)
    assert (refusal, again.warning, again.charging) == (None, None, True)


def test_declined_it_can_be_executed_again() -> None:
    """R49 (choice): it stays submitted, the reservation is held, no step opens."""
    order = told(_executed(_manual())[0], "declined: No funds.")
    assert (order.status, order.steps[0].status) == ("submitted", "approved")
    assert open_reservations(order) == {1: 2400, 2: 2000}
    assert order.warning is not None
    assert events(order)[-1] == "payment.declined"
    again, _ = _executed(order)
    assert [charge.attempt for charge in again.charges] == [1, 2]
    assert told(again, "captured").lines[0].state == "provisioning"


def test_what_was_cancelled_before_is_not_charged() -> None:
    """R49, R53."""
    from placet.domain.executing import cancel_sub_order

    order = _manual()
    order = ordered(cancel_sub_order(order, line(order, "setup").sub_order, "Out of stock.", act("dist")))
    order, _ = _executed(order)
    assert [charge.amount for charge in order.charges] == [1000]


def test_a_suspension_ends_a_declined_manual_order_too() -> None:
    """R72: `submitted` with nothing begun."""
    order = told(_suspended(_executed(_manual())[0], "res"), "declined: No funds.")
    assert (order.status, set(open_reservations(order).values())) == ("cancelled", {0})


def test_only_who_paid_by_card_at_validation_and_still_does_is_charged() -> None:
    """R22, R49."""
    started, _ = _executed(_manual(), paid="cash < cash")
    assert (started.charging, started.lines[0].state) == (False, "provisioning")
    order = approved(placed(chain("list 12.00 < 10.00"), "1 onsite"))
    started, _ = _executed(order, paid="card < card")
    assert (started.charging, started.lines[0].state) == (False, "provisioning")


def test_a_refund_is_booked_once() -> None:
    """R48, R60: what was taken of a round that another's no ended."""
    order = told(approved(placed(TWO_PAYERS), BOTH), "captured", "declined: No.")
    (refund,) = order.refunds
    assert (refund.tier, refund.amount, refund.due_at) == (2, 1100, NOW)
    done = refunded(order, refund.id, machine(LATER))
    assert [movement.amount for movement in done.card_movements] == [-1100, 1100]
    assert (done.refunds[0].done_at, done.refunds[0].due_at) == (LATER, None)
    assert refunded(done, refund.id, machine(LATER)) is done


def test_settling_an_order_that_is_half_paid_waits() -> None:
    order = told(approved(placed(TWO_PAYERS), BOTH), "authorised")
    assert settle(order, machine()) is order
    assert code(order) == "pending_approval"
