# ruff: noqa: E501 - a table is as wide as its cases
"""Facts, as they are told later: R90, R92, R54, spec §13."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from placet.domain import view
from placet.domain.executing import Delivered, Failed, refunded, retry_sub_order
from placet.domain.order import Event, Order
from placet.domain.telling import Telling, body
from placet.domain.view import as_of, history, render
from placet.domain.words import EventType
from tests.domain.builders import (
    LATER,
    NOW,
    act,
    actor,
    approved,
    chain,
    id_of,
    line,
    machine,
    ordered,
    party,
    placed,
    played,
    told,
    vendors_said,
)
from tests.domain.stages import NAMES, STAGES
from tests.domain.tables import cases

LINKS = chain(
    "list +20% < +10% < 10.00\napproval on < off", groups={"sub": {"res": "all"}, "dist": {"sub": "all"}}
)

# Who reads which facts of an order, and of whom it reads that it was them.
HISTORIES = """
stage               who   ->  entries
executed            cust      placed:cust submitted subscription.created:Placet invoice.created:Placet subscription.created:Placet invoice.created:Placet executed:Placet
pending             cust      placed:cust
pending             res       placed:cust pending_approval:cust
pending             sub       placed
pending             dist      placed pending_approval
rejected by dist    cust      placed:cust rejected
rejected by dist    res       placed:cust pending_approval:cust approved:res rejected
rejected by dist    sub       placed approved:res rejected:dist
rejected by dist    dist      placed pending_approval rejected:dist
cancelled           cust      placed:cust cancelled:cust
cancelled           res       placed:cust pending_approval:cust cancelled:cust
cancelled           dist      placed pending_approval cancelled
expired             cust      placed:cust expired:Placet
short for cust      cust      placed:cust unexecuted
short for cust      res       placed:cust pending_approval:cust approved:res unexecuted
short for cust      sub       placed approved:res approved:dist
short for cust      dist      placed pending_approval approved:dist
failed              cust      placed:cust submitted offer.provisioning_failed:Placet
failed              sub       placed approved:res approved:dist submitted:dist offer.provisioning_failed:Placet
"""

REASONS = """
stage               fact                       ->  cust              res                sub                dist
rejected by dist    order.rejected                 Too dear.         Too dear.          Too dear.          Too dear.
rejected by dist    order.approved                 -                 Ann of res: fine   -                  -
cancelled           order.cancelled                Changed our mind.  Changed our mind.  Changed our mind.  Changed our mind.
failed              offer.provisioning_failed      -                 -                  -                  Tenant 4711 is full.
"""

MOMENTS = """
event                     ->  status            steps              lines                     checks  rejection
order.placed                  pending_approval  waiting waiting    waiting waiting           0       -
order.pending_approval        pending_approval  pending pending    waiting waiting           0       -
order.approved                pending_approval  approved pending   waiting waiting           0       -
order.submitted               submitted         approved approved  waiting waiting           4       -
offer.provisioning_failed     submitted         approved approved  failed provisioning       4       -
"""


def _rows(order: Order) -> list[view.Json]:
    """The order's facts as they are kept."""
    return [
        {
            "id": str(event.id),
            "type": event.type.value,
            "at": event.at,
            "seen_by": [str(each) for each in event.seen_by],
            "by": event.by,
            "detail": event.detail,
        }
        for event in order.events
    ]


def _entries(order: Order, who: str) -> list[view.Json]:
    return history(order, id_of(who), _rows(order))


def _told_of(order: Order, who: str, type_: EventType) -> list[view.Json]:
    """The bodies of those facts as that party is sent them."""
    return [
        body(Telling(event.type, event.at, event.detail, actor(who), "https://placet.example"), order)
        for event in order.events
        if event.type is type_ and id_of(who) in event.seen_by
    ]


def _author(entry: view.Json) -> str:
    by = entry.get("by", {})
    return ":" + (by["organization"]["ref"] if "organization" in by else by["name"]) if by else ""


@cases(HISTORIES)
def test_what_each_party_reads_of_the_past(stage: str, who: str, entries: str) -> None:
    """Spec §13: facts that it could see, and who, where it may know."""
    seen = [
        f"{entry['type'].removeprefix('order.')}{_author(entry)}" for entry in _entries(STAGES[stage](), who)
    ]
    assert " ".join(seen) == entries


@cases(REASONS)
def test_why_it_happened(  # noqa: PLR0913, PLR0917 - the table's columns
    stage: str, fact: str, cust: str, res: str, sub: str, dist: str
) -> None:
    """R31: a reason is public, a comment its organization's own; a vendor's words are the top seller's."""
    order = STAGES[stage]()
    shown = {
        who: next((entry.get("reason", "") for entry in _entries(order, who) if entry["type"] == fact), "")
        for who in NAMES
    }
    assert shown == dict(zip(NAMES, (cust, res, sub, dist), strict=True))


def test_an_entry_names_ones_own_people_alone() -> None:
    """Spec §13."""
    order = ordered(played(placed(LINKS), "res approves", at=LATER))
    (own,) = [entry for entry in _entries(order, "res") if entry["type"] == "order.approved"]
    (other,) = [entry for entry in _entries(order, "sub") if entry["type"] == "order.approved"]
    assert own == {
        "id": str(order.events[-1].id),
        "type": "order.approved",
        "at": "2026-11-22T10:05:00Z",
        "status": "pending_approval",
        "by": {"organization": party("res").as_json(), "name": "Ann of res"},
        "reason": "Ann of res: fine",
    }
    assert other["by"] == {"organization": party("res").as_json()}
    assert "reason" not in other


def test_a_fact_by_nobody_is_told_without_one() -> None:
    order = placed(LINKS)
    rows = [row | {"by": None} for row in _rows(order)]
    assert all("by" not in entry for entry in history(order, id_of("res"), rows))


TWO_STEPS = chain("list +20% < 10.00\napproval on < off", groups={"dist": {"res": "all"}})


@cases(MOMENTS)
def test_a_fact_is_told_with_the_order_as_it_stood(  # noqa: PLR0913, PLR0917 - the table's columns
    event: str, status: str, steps: str, lines: str, checks: str, rejection: str
) -> None:
    """R90: long after, when everything has ended."""
    order = _whole_life()
    fact = next(each for each in order.events if each.type == event)
    then = as_of(order, fact.detail["order"], fact.at)
    assert (then.status, len(then.checks)) == (status, int(checks))
    assert " ".join(step.status for step in then.steps) == steps
    assert " ".join(each.state for each in then.lines) == lines
    assert (then.rejection is None) == (not rejection)
    assert (then.closed_at, then.charges) == (None, ())


def _whole_life() -> Order:
    order = approved(placed(TWO_STEPS, "1 bp, 1 ps"))
    order = vendors_said(order, Failed("Tenant 4711 is full."), "bp")
    order = vendors_said(order, Delivered("V-2"), "ps", at=LATER)
    order = ordered(retry_sub_order(order, order.sub_orders[0].id, act("dist")))
    return vendors_said(order, Delivered("V-1"), at=LATER + timedelta(hours=1))


def test_a_line_has_its_subscription_only_once_it_is_delivered() -> None:
    order = _whole_life()
    first, second = [event for event in order.events if event.type == "offer.provisioned"][::2]
    then = as_of(order, first.detail["order"], first.at)
    assert [each.subscription is not None for each in then.lines] == [False, True]
    assert [each.reason for each in then.lines] == ["", ""]
    assert as_of(order, second.detail["order"], second.at).lines == order.lines


def test_a_step_that_came_later_was_not_there() -> None:
    order = approved(placed(chain("pays card")), "card")
    assert len(order.steps) == 1
    assert as_of(order, order.events[0].detail["order"], NOW).steps == ()


def test_a_decision_is_told_once_it_was_made() -> None:
    order = ordered(played(placed(LINKS), "res approves, sub rejects"))
    asked, said = (
        next(each for each in order.events if each.type == name)
        for name in ("order.pending_approval", "order.approved")
    )
    assert [step.decision for step in as_of(order, asked.detail["order"], NOW).steps] == [None] * 3
    then = as_of(order, said.detail["order"], NOW)
    assert [step.decision is not None for step in then.steps] == [True, False, False]
    assert as_of(order, order.events[-1].detail["order"], NOW).rejection == order.rejection


def test_later_charges_refunds_and_warnings_were_not_there() -> None:
    """R48."""
    links = chain("list 12.00 < 11.00 < 10.00\npays cash < card")
    paid = "cash < card=2030-12 < card=2030-12"
    order = told(approved(placed(links), paid), "captured", "declined: Stolen.")
    (declined,) = [event for event in order.events if event.type == "payment.declined"]
    again = approved(order, paid, at=LATER)
    again = refunded(again, again.refunds[0].id, machine(LATER))
    then = as_of(again, declined.detail["order"], declined.at)
    assert [charge.attempt for charge in then.charges] == [1, 1]
    assert (then.refunds, then.warning) == ((), None)
    assert as_of(order, declined.detail["order"], declined.at).warning == order.warning


@pytest.mark.parametrize("stage", STAGES)
def test_every_fact_can_be_told_to_whoever_may_know(stage: str) -> None:
    order = STAGES[stage]()
    for event in order.events:
        for who in (name for name in NAMES if id_of(name) in event.seen_by):
            sent = body(
                Telling(event.type, event.at, event.detail, actor(who), "https://placet.example"), order
            )
            assert sent["type"] == event.type
            assert sent["timestamp"] == view.timestamp(event.at)
            assert sent["data"]["order"]["status"] == event.detail["order"]["status"]
            assert sent["data"]["order"]["version"] <= order.version


def test_the_last_fact_is_told_with_the_order_as_it_is() -> None:
    order = STAGES["executed"]()
    last = order.events[-1]
    sent = body(Telling(last.type, last.at, last.detail, actor("res"), ""), order)
    assert sent["data"]["order"] == render(order, actor("res"))


def test_whoever_is_asked_is_told_where_to_answer() -> None:
    """R92, contract §4: with the credit risk amount of its own level."""
    order = placed(LINKS)
    for tier, (who, amount) in enumerate([("res", "13.20"), ("sub", "11.00"), ("dist", "10.00")], start=1):
        (sent,) = _told_of(order, who, EventType.ORDER_PENDING_APPROVAL)
        assert sent["data"]["approval"] == {
            "id": str(order.steps[tier - 1].id),
            "tier": tier,
            "credit_risk_amount": {"amount": amount, "currency": "EUR"},
            "approve_url": f"https://placet.example/api/v1/orders/{order.id}/approve",
            "reject_url": f"https://placet.example/api/v1/orders/{order.id}/reject",
        }
        assert sent["data"]["order"]["actions"][:2] == ["approve", "reject"]


def test_every_approving_partner_is_told_the_final_details() -> None:
    """R54, contract §4: one fact a line and partner, at its own level."""
    order = vendors_said(approved(placed(LINKS, "2 bp, 1 ps")), Delivered("V-1"), at=LATER)
    for who, amount in (("res", "26.40"), ("sub", "22.00"), ("dist", "20.00")):
        bp, _ = _told_of(order, who, EventType.OFFER_PROVISIONED)
        risk = {"amount": amount, "currency": "EUR"}
        assert bp["data"]["credit_risk"] == {"estimated": risk, "final": risk}
        assert bp["data"]["line"]["delivery_status"] == "delivered"
        assert bp["data"]["line"]["id"] == str(line(order, "bp").id)
        assert bp["data"]["subscription"] == {
            "id": str(line(order, "bp").subscription),
            "product": line(order, "bp").product.as_json(),
            "customer": party("cust").as_json(),
            "status": "active",
            "quantity": 2,
            "trial": False,
            "order": str(order.id),
            "started_at": "2026-11-22T10:05:00Z",
            "renews_on": "2026-12-22",
        }
    assert _told_of(order, "cust", EventType.OFFER_PROVISIONED) == []


def test_a_subscription_is_told_to_the_whole_chain_and_an_invoice_to_its_link() -> None:
    """R90."""
    order = vendors_said(approved(placed(LINKS, "1 ps")), Delivered("V-1"), at=LATER)
    for who in NAMES:
        (sent,) = _told_of(order, who, EventType.SUBSCRIPTION_CREATED)
        assert sent["data"]["subscription"]["renews_on"] is None
    invoices = {who: len(_told_of(order, who, EventType.INVOICE_CREATED)) for who in NAMES}
    assert invoices == {"cust": 1, "res": 2, "sub": 2, "dist": 1}
    (sent,) = _told_of(order, "cust", EventType.INVOICE_CREATED)
    assert sent["data"]["invoice"] == str(order.invoices[0].id)


def test_facts_hold_no_money() -> None:
    """R90: neutral, so that each receiver's rendering decides."""
    order = STAGES["executed by card"]()
    kinds = Counter(type(value) for event in order.events for value in _leaves(event))
    assert set(kinds) <= {str, int, bool, type(None)}
    assert all(value < 100 for event in order.events for value in _leaves(event) if isinstance(value, int))


def _leaves(event: Event) -> list[object]:
    found: list[object] = []
    rest: list[object] = [event.detail]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest.extend(value.values())
        elif isinstance(value, list | tuple):
            rest.extend(value)
        else:
            found.append(value)
    return found


def test_times_are_written_in_utc() -> None:
    assert view.timestamp(datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC)) == "2026-11-22T10:00:00.000005Z"
