"""Deciding, retrying, releasing and cancelling: R30-R35, R44, spec §8."""

from dataclasses import replace

import pytest

from placet.domain.deciding import approve, is_last_yes, reject
from placet.domain.ending import expired
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import OrderStatus, StepStatus
from tests.domain.builders import (
    LATER,
    act,
    actor,
    approved,
    chain,
    code,
    events,
    machine,
    open_reservations,
    ordered,
    party,
    payers,
    placed,
    played,
)
from tests.domain.tables import cases

THREE_STEPS = chain(
    "list +20% < +10% < 10.00\napproval on < off < off",
    groups={"sub": {"res": "all"}, "dist": {"sub": "all"}},
)

DECISIONS = """
script                                              ->  outcome
res approves                                            pending_approval
sub approves, dist approves                             pending_approval
res approves, sub approves, dist approves               submitted
dist approves, sub approves, res approves               submitted
res rejects                                             rejected
res approves, sub approves, dist rejects                rejected
res approves, res approves                              pending_approval
res rejects, res rejects                                rejected
res approves, sub rejects, res approves                 rejected
res approves, sub approves, dist approves, sub approves  submitted
res approves, res rejects                               already_decided
res rejects, res approves                               already_decided
res approves, sub rejects, res rejects                  already_decided
res approves, sub approves, dist approves, sub rejects  already_decided
sub rejects, res approves                               order_closed
sub rejects, res rejects                                order_closed
cust cancels, dist approves                             order_closed
res approves, cust cancels, res approves                cancelled
res approves, cust cancels, res rejects                 already_decided
cust approves                                           forbidden
cust rejects                                            forbidden
res rejects, cust approves                              forbidden
far approves                                            forbidden
far rejects                                             forbidden
"""

REPEATED = """
script
res approves, res approves
res rejects, res rejects
res approves, sub rejects, res approves
res approves, cust cancels, res approves
res approves, sub approves, dist approves, sub approves
"""

CARDS = """
lines            card            ->  outcome
1 bp             card=2030-12        charging
1 bp             card=2026-11        charging
1 bp             card=2026-10        no_active_token
1 bp             card=2030-12:off    no_active_token
1 bp             card=2030-12:none   no_active_token
1 bp             card                no_active_token
1 bp             pays=cash           submitted
1 onsite         card                submitted
1 bp, 1 onsite   card                submitted
1 onsite         card=2030-12        submitted
"""

RELEASES = """
paid                                     script                          ->  outcome
limit=1199 < limit=1099                  res releases                        unexecuted
limit=1199 < limit=1099                  res releases, sub releases          submitted
limit=1199 < limit=1099                  sub releases, res releases          submitted
limit=1199 < limit=1099                  sub releases, dist releases         forbidden
limit=1199 < limit=1099                  sub releases, cust releases         forbidden
limit=1199                               res releases                        submitted
limit=1199                               cust releases                       forbidden
- < limit=1099                           res releases                        forbidden
- < - < limit=999                        dist releases                       submitted
- < - < limit=999                        sub releases                        forbidden
"""


@cases(DECISIONS)
def test_what_becomes_of_a_decision(script: str, outcome: str) -> None:
    """R30-R33, in a chain cust < res < sub < dist where all three sellers are asked."""
    assert code(played(placed(THREE_STEPS), script)) == outcome


@cases(REPEATED)
def test_repeating_ones_own_decision_changes_nothing(script: str) -> None:
    """R33: closed or not, the order as it is."""
    before, _, again = script.rpartition(", ")
    order = ordered(played(placed(THREE_STEPS), before))
    assert played(order, again) is order


def test_undecided_of_an_expired_order_is_closed() -> None:
    """R33, R5."""
    order = expired(ordered(played(placed(THREE_STEPS), "res approves")), machine())
    assert code(played(order, "sub approves")) == "order_closed"
    assert played(order, "res approves") is order


def test_one_no_closes_everything_at_once() -> None:
    """R31: other open steps are moot, nothing is left to deliver, everybody is told the public reason."""
    order = ordered(played(placed(THREE_STEPS), "res approves, sub rejects", at=LATER))
    assert [step.status for step in order.steps] == ["approved", "rejected", "moot"]
    assert [line.state for line in order.lines] == ["cancelled"]
    assert order.closed_at == LATER
    assert order.rejection is not None
    assert (order.rejection.tier, order.rejection.reason, order.rejection.note) == (
        2,
        "Too dear.",
        "Ask again in May.",
    )
    fact = order.events[-1]
    assert (fact.type, len(fact.seen_by), fact.detail["reason"]) == ("order.rejected", 4, "Too dear.")
    assert "Ask again" not in str(fact)


def test_a_yes_is_told_to_the_approver_and_its_neighbouring_sellers() -> None:
    """R90 (choice)."""
    seen = {}
    for who in ("res", "sub", "dist"):
        fact = ordered(played(placed(THREE_STEPS), f"{who} approves")).events[-1]
        assert fact.type == "order.approved"
        seen[who] = {name for name in ("cust", "res", "sub", "dist") if party(name).id in fact.seen_by}
    assert seen == {"res": {"res", "sub"}, "sub": {"res", "sub", "dist"}, "dist": {"sub", "dist"}}


def test_a_buyers_own_yes_is_told_to_itself_too() -> None:
    """Its seller placed the order at the expense of its card."""
    order = placed(chain("pays card < cash"), by="res")
    order = ordered(approve(order, "", act("cust"), payers(order, "card=2030-12")))
    fact = next(event for event in order.events if event.type == "order.approved")
    assert fact.seen_by == (party("cust").id, party("res").id)


def test_a_decision_says_who_for_whom_how_and_when() -> None:
    """R24, spec §14."""
    order = placed(THREE_STEPS)
    decided = ordered(approve(order, "Good customer.", act("res", LATER), None))
    decision = decided.steps[0].decision
    assert decision is not None
    assert (decision.verdict, decision.how, decision.comment) == ("approve", "said", "Good customer.")
    assert (decision.organization, decision.at) == (party("res").id, LATER)
    assert decision.by == {"organization": str(party("res").id), "name": "Ann of res", "kind": "user"}
    assert decided.version == order.version + 1


@cases(CARDS)
def test_a_card_payer_needs_a_token_to_approve(lines: str, card: str, outcome: str) -> None:
    """R35, also where others still have to decide: before anything is saved."""
    for others in ({}, {"dist": {"res": "all"}}):
        pays = "cash" if "cash" in card else "card"
        order = placed(chain(f"approval on < off\npays cash < {pays}", groups=others), lines)
        answer = approve(order, "", act("res"), payers(order, f"< {card}"))
        if isinstance(answer, Order) and others:
            assert answer.status is OrderStatus.PENDING_APPROVAL
            assert not answer.charging
        else:
            charging = isinstance(answer, Order) and answer.charging
            assert ("charging" if charging else code(answer)) == outcome


def test_somebody_elses_card_does_not_stop_an_approval() -> None:
    """R35 is about the approver's own card; R47 catches the other's at validation."""
    order = placed(chain("approval on < off < off\npays cash < cash < card"))
    answer = ordered(approve(order, "", act("res"), payers(order, "< < card")))
    assert [step.status for step in answer.steps] == ["approved", "pending"]


@cases(RELEASES)
def test_the_seller_of_a_short_link_may_let_one_order_pass(paid: str, script: str, outcome: str) -> None:
    """R44: links of 12.00, 11.00 and 10.00; other short links stay short."""
    order = approved(placed(chain("list 12.00 < 11.00 < 10.00")), paid)
    assert order.status is OrderStatus.UNEXECUTED
    assert code(played(order, script, paid)) == outcome


def test_a_release_is_recorded_and_shown_by_the_check() -> None:
    """R44: with who and why, and not as if there had been credit."""
    order = ordered(played(approved(placed(chain("")), "limit=999"), "dist releases", "limit=999", LATER))
    (let,) = order.releases
    assert (let.tier, let.by["name"], let.reason, let.at) == (1, "Ann of dist", "They pay on Friday.", LATER)
    credit = order.last_run[0]
    assert (credit.result, credit.detail["released"], credit.detail["available"]) == ("passed", True, 999)
    assert "shortfall" not in credit.detail
    assert open_reservations(order) == {1: 1000}


def test_a_retry_validates_again_from_the_start() -> None:
    """R44, R40: still short is one more run on record, and nothing else."""
    order = approved(placed(chain("")), "limit=999")
    short = ordered(played(order, "dist retries", "limit=998", LATER))
    assert short.status is OrderStatus.UNEXECUTED
    assert [check.detail["shortfall"] for check in short.checks if "shortfall" in check.detail] == [1, 2]
    assert events(short) == events(order)
    enough = ordered(played(short, "cust retries", "limit=1000"))
    assert enough.status is OrderStatus.SUBMITTED
    assert {check.run for check in enough.checks} == {1, 2, 3}


def test_cancelling_closes_open_steps_and_says_why() -> None:
    """Spec §8."""
    order = ordered(played(placed(THREE_STEPS), "res approves, cust cancels"))
    assert [step.status for step in order.steps] == ["approved", "moot", "moot"]
    assert [line.state for line in order.lines] == ["cancelled"]
    assert (order.events[-1].type, order.events[-1].detail["reason"]) == (
        "order.cancelled",
        "Changed our mind.",
    )


@pytest.mark.parametrize(("who", "last"), [("res", False), ("sub", False), ("dist", True), ("cust", False)])
def test_the_last_yes_is_known_beforehand(who: str, last: bool) -> None:  # noqa: FBT001 - the case
    """So that accounts are locked exactly where validation follows."""
    order = ordered(played(placed(THREE_STEPS), "res approves, sub approves"))
    assert is_last_yes(order, actor(who)) is last


def test_nobody_decides_while_a_card_is_charged() -> None:
    """R48: not even on a step that would be open; one's own yes can still be repeated."""
    order = approved(placed(chain("approval on < off\npays cash < card")), "< card=2030-12")
    assert order.charging
    assert played(order, "res approves", "< card=2030-12") is order
    unsaid = replace(order, steps=(replace(order.steps[0], status=StepStatus.PENDING, decision=None),))
    assert reject(unsaid, "No", "", act("res")) == Refusal("payment_in_progress")
