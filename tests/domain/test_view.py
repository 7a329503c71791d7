# ruff: noqa: E501 - a table is as wide as its cases
"""Who sees what of an order: R2, R36, R54, spec §13."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain import money, view
from placet.domain.charging import postponed, wish
from placet.domain.credit import Account, limit_of
from placet.domain.ending import expired
from placet.domain.executing import Answer, Delivered, Failed, refunded
from placet.domain.order import Order
from placet.domain.parties import system
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.telling import Telling, body
from placet.domain.validating import Payer, Payers, Token, validate
from placet.domain.view import credit_risk, line_risk, render, shortfall
from placet.domain.words import PaymentMethod
from tests.domain.builders import (
    LATER,
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
    validated,
    vendors_said,
    with_all_yes,
)
from tests.domain.stages import NAMES, STAGES
from tests.domain.tables import cases

FIELDS = """
field                   ->  cust  res  sub  dist
id                          x     x    x    x
number                      x     x    x    x
kind                        x     x    x    x
version                     x     x    x    x
status                      x     x    x    x
status_label                x     x    x    x
expires_at                  x     x    x    x
customer                    x     x    x    x
seller                      x     x    x    x
placed_at                   x     x    x    x
placed_by                   x     x    x    x
closed_at                   x     x    x    x
change                      x     x    x    x
billing                     x     x    -    x
note                        x     x    -    x
delivered                   x     x    x    x
total_cost                  -     x    x    -
total_amount                x     x    x    x
approvals                   x     x    x    x
checks                      x     x    x    x
sub_orders                  x     x    x    x
rejection                   x     x    x    x
payment                     -     x    x    x
warning                     -     x    x    x
actions                     x     x    x    x
lines                       x     x    x    x
lines.id                    x     x    x    x
lines.product               x     x    x    x
lines.vendor                x     x    x    x
lines.quantity              x     x    x    x
lines.delivery_status       x     x    x    x
lines.subscription          x     x    x    x
lines.unit_cost             -     x    x    -
lines.total_cost            -     x    x    -
lines.unit_price            x     x    x    x
lines.discount              x     x    x    x
lines.tax                   x     x    x    x
lines.total_amount          x     x    x    x
lines.service_details       x     x    -    x
lines.reason                -     -    -    x
sub_orders.id               x     x    x    x
sub_orders.status           x     x    x    x
sub_orders.lines            x     x    x    x
sub_orders.reason           x     x    x    x
"""

TOTALS = """
lists                    tax            buyer  viewer  ->  cost    amount
+20% < +10% < 10.00      0              cust   cust        -       26.40
+20% < +10% < 10.00      0              cust   res         22.00   26.40
+20% < +10% < 10.00      0              cust   sub         20.00   22.00
+20% < +10% < 10.00      0              cust   dist        -       20.00
+20% < +10% < 10.00      21 < 0         cust   cust        -       31.94
+20% < +10% < 10.00      21 < 0         cust   res         22.00   31.94
+20% < +10% < 10.00      0 < 0 < 21     cust   sub         24.20   22.00
12.00 < 10.00            0              far    far         24.00   24.00
12.00 < 10.00            0              far    res         20.00   24.00
10.00                    0              cust   cust        -       20.00
10.00                    0              cust   dist        -       20.00
"""

# `*` marks a step that is seen whole: its reasons, its amount, who, when and the comment.
STEPS = """
script                               ->  cust  res                            sub                                           dist
-                                        -     res:pending* sub:pending       res:pending sub:pending* dist:pending         sub:pending dist:pending*
res approves                             -     res:approved* sub:pending      res:approved sub:pending* dist:pending        sub:pending dist:pending*
res approves, sub approves               -     res:approved* sub:approved     res:approved sub:approved* dist:pending       sub:approved dist:pending*
dist rejects                             -     res:moot* sub:moot             res:moot sub:moot* dist:rejected              sub:moot dist:rejected*
"""

CHECKS = """
stage                 ->  cust  res                        sub                        dist
pending                   -     -                          -                          -
short for cust            1-    1- 2+ automatic. token.    2+ 3+ automatic. token.    3+ automatic. token.
short for sub             1+    1+ 2+ automatic. token.    2+ 3- automatic. token.    3- automatic. token.
manual                    1+    1+ 2+ automatic- token.    2+ 3+ automatic- token.    3+ automatic- token.
charging                  1+    1+ 2+ automatic+ token2+   2+ 3+ automatic+ token2+   3+ automatic+
without a token           1+    1+ 2+ automatic+ token2-   2+ 3+ automatic+ token2-   3+ automatic+
"""

LABELS = """
stage                    ->  cust                                    res                                     sub                                     dist
pending                      Pending Reseller Approval               Pending Reseller Approval               Pending Approval                        Pending Approval
pending, res said yes        Pending Reseller Approval               Pending Approval                        Pending Approval                        Pending Approval
charging                     Pending Reseller Approval               Pending Approval                        Pending Approval                        Pending Approval
declined                     Pending Reseller Approval               Pending Reseller Approval               Pending Approval                        Pending Approval
short for cust               Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit   In progress                             In progress
short for res                In progress                             Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit   In progress
short for sub                In progress                             In progress                             Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit
short for cust, sub          Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit   Unexecuted due to Insufficient Credit
manual                       Submitted                               Submitted                               Submitted                               Submitted
failed                       Submitted                               Submitted                               Submitted                               Submitted
executed                     Executed                                Executed                                Executed                                Executed
rejected by dist             Rejected                                Rejected                                Rejected                                Rejected
cancelled                    Cancelled                               Cancelled                               Cancelled                               Cancelled
expired                      Expired                                 Expired                                 Expired                                 Expired
"""

SHORTFALLS = """
stage                 ->  cust   res    sub    dist
pending                   -      -      -      -
short for cust            26.39  26.39  -      -
short for res             -      21.99  21.99  -
short for sub             -      -      19.99  19.99
short for cust, sub       26.39  26.39  19.99  19.99
manual                    -      -      -      -
"""

# A card payer in the middle: res pays sub by card.
PAYMENTS = """
stage              ->  cust  res                        sub                        dist
pending                -     null null                  null null                  null null
manual                 -     null null                  null null                  null null
charging               -     in_progress null           in_progress null           null null
manual, charging       -     in_progress null           in_progress null           null null
declined               -     declined No_funds.         declined No_funds.         null null
without a token        -     null R47                   null R47                   null null
executed by card       -     captured null              captured null              null null
"""

REJECTIONS = """
rejected_by  ->  cust            res                  sub                  dist
res              reason at       reason at by note    reason at by         reason at
sub              reason at       reason at by         reason at by note    reason at by
dist             reason at       reason at            reason at by         reason at by note
"""

PLACERS = """
placer  ->  cust   res    sub    dist
cust        name   cust   cust   cust
res         res    name   res    res
sub         -      sub    name   sub
dist        -      -      dist   name
"""

ALL_ASKED = chain(
    "list +20% < +10% < 10.00\napproval on < off", groups={"sub": {"res": "all"}, "dist": {"sub": "all"}}
)


def _seen(order: Order, name: str) -> view.Json:
    return render(order, actor(name))


def _by_viewer(cust: str, res: str, sub: str, dist: str) -> dict[str, str]:
    return dict(zip(NAMES, (cust, res, sub, dist), strict=True))


@cases(FIELDS)
def test_fields(field: str, cust: str, res: str, sub: str, dist: str) -> None:
    """R2, spec §13: what may not be seen is absent, not null."""
    order = STAGES["executed"]()
    group, _, name = field.rpartition(".")
    shown = {}
    for viewer in NAMES:
        seen = _seen(order, viewer)
        shown[viewer] = "x" if all(name in part for part in (seen[group] if group else [seen])) else ""
    assert shown == _by_viewer(cust, res, sub, dist)


def test_there_is_no_field_that_the_table_does_not_know() -> None:
    known = {row.split()[0] for row in FIELDS.strip().splitlines()[1:]}
    for make in STAGES.values():
        for viewer in NAMES:
            seen = _seen(make(), viewer)
            parts = {
                f"{group}.{name}"
                for group in ("lines", "sub_orders")
                for part in seen[group]
                for name in part
            }
            assert set(seen) | parts <= known


@cases(TOTALS)
def test_cost_is_where_it_buys_and_amount_where_it_sells(  # noqa: PLR0913, PLR0917 - the table's columns
    lists: str,
    tax: str,
    buyer: str,
    viewer: str,
    cost: str,
    amount: str,
) -> None:
    """Spec §1: a final customer and a top seller have no cost, a reseller's own order has both."""
    seen = _seen(placed(chain(f"list {lists}\ntax {tax}", buyer=buyer), "2 bp", buyer), viewer)
    totals = [seen.get("total_cost"), seen["total_amount"]]
    assert totals == [{"amount": each, "currency": "EUR"} if each else None for each in (cost, amount)]
    assert [seen["lines"][0].get("total_cost"), seen["lines"][0]["total_amount"]] == totals


def test_a_line_has_the_units_of_its_viewers_links() -> None:
    order = placed(chain("list 13.00 < 12.00 < 11.00\ncurrency EUR < USD < USD\ntax 21 < 0"), "3 bp")
    (seen,) = _seen(order, "res")["lines"]
    assert {name: each for name, each in seen.items() if isinstance(each, dict) and "amount" in each} == {
        "unit_cost": {"amount": "12.00", "currency": "USD"},
        "total_cost": {"amount": "36.00", "currency": "USD"},
        "unit_price": {"amount": "13.00", "currency": "EUR"},
        "discount": {"amount": "0.00", "currency": "EUR"},
        "tax": {"amount": "8.19", "currency": "EUR"},
        "total_amount": {"amount": "47.19", "currency": "EUR"},
    }


def test_an_order_without_a_customer_has_none() -> None:
    """R11."""
    order = placed(chain("list 12.00 < 10.00", buyer="far"), by="far")
    assert _seen(order, "far")["customer"] is None
    assert _seen(placed(ALL_ASKED), "dist")["customer"] == party("cust").as_json()


@cases(PLACERS)
def test_who_placed_it(placer: str, cust: str, res: str, sub: str, dist: str) -> None:
    """Nobody learns who acts above its own seller, nor another's people's names."""
    order = placed(ALL_ASKED, by=placer)
    wanted = _by_viewer(cust, res, sub, dist)
    for viewer in NAMES:
        by = _seen(order, viewer).get("placed_by")
        if wanted[viewer] == "name":
            assert by == {"organization": party(placer).as_json(), "name": f"Ann of {placer}"}
        else:
            assert by == ({"organization": party(wanted[viewer]).as_json()} if wanted[viewer] else None)


def test_nobody_placed_what_placet_itself_did() -> None:
    """R71: a renewal is named as Placet's to all, and not as its top seller's."""
    order = replace(placed(ALL_ASKED), placed_by=system(id_of("dist")).as_json(), placer=party("dist"))
    for viewer in NAMES:
        assert _seen(order, viewer)["placed_by"] == {"name": "Placet"}


@cases(STEPS)
def test_steps(script: str, cust: str, res: str, sub: str, dist: str) -> None:
    """Its own whole, a direct neighbour's without why and how much, none of anyone further."""
    order = placed(ALL_ASKED)
    order = ordered(played(order, script)) if script else order
    shown = {
        viewer: " ".join(
            f"{step['approver']['ref']}:{step['status']}{'*' if len(step) > 4 else ''}"
            for step in _seen(order, viewer)["approvals"]
        )
        for viewer in NAMES
    }
    assert shown == _by_viewer(cust, res, sub, dist)


def test_an_own_step_is_whole_and_a_neighbours_is_not() -> None:
    """R36."""
    order = ordered(played(placed(ALL_ASKED), "res approves", at=LATER))
    own, neighbour = _seen(order, "res")["approvals"]
    assert own == {
        "id": str(order.steps[0].id),
        "tier": 1,
        "approver": party("res").as_json(),
        "status": "approved",
        "reasons": [{"code": "customer_toggle"}],
        "credit_risk_amount": {"amount": "13.20", "currency": "EUR"},
        "decided_by": "Ann of res",
        "decided_at": "2026-11-22T10:05:00Z",
        "comment": "Ann of res: fine",
        "how": "said",
    }
    assert set(neighbour) == {"id", "tier", "approver", "status"}


def test_the_amount_of_a_step_is_its_owners_level() -> None:
    """R36: also a buyer's own, when somebody else ordered at the expense of its card."""
    amounts = {
        name: step["credit_risk_amount"]["amount"]
        for name in ("res", "sub", "dist")
        for step in _seen(placed(ALL_ASKED), name)["approvals"]
        if "credit_risk_amount" in step
    }
    assert amounts == {"res": "13.20", "sub": "11.00", "dist": "10.00"}
    own = placed(chain("pays card < cash\nlist 12.00 < 10.00", buyer="far"), by="dist")
    assert view.credit_risk_amount(own, 0) == {"amount": "12.00", "currency": "EUR"}
    assert _seen(own, "far")["approvals"] == []


@cases(CHECKS)
def test_checks(stage: str, cust: str, res: str, sub: str, dist: str) -> None:
    """Entries of the viewer's own links, with figures; a final buyer sees its own link's alone."""
    signs = {"passed": "+", "failed": "-", "skipped": "."}
    names = {"available_credit": "", "automatic_products": "automatic", "active_token": "token"}
    order = STAGES[stage]()
    tiers = {link.buyer.ref: link.tier for link in order.links}
    shown = {
        viewer: " ".join(
            f"{names[check['name']]}{tiers[check['link']['buyer']['ref']] if 'link' in check else ''}"
            f"{signs[check['result']]}"
            for check in _seen(order, viewer)["checks"]
        )
        for viewer in NAMES
    }
    assert shown == _by_viewer(cust, res, sub, dist)


def test_a_check_says_its_figures_in_the_links_currency() -> None:
    """R40, contract §3."""
    links = chain("list 12.00 < 1000\ncurrency EUR < JPY")
    order = approved(placed(links), "limit=1500 balance=400 < limit=900 reserved=1")
    credit = [check for check in _seen(order, "res")["checks"] if check["name"] == "available_credit"]
    assert [check["detail"] for check in credit] == [
        {
            "limit": {"amount": "15.00", "currency": "EUR"},
            "balance": {"amount": "4.00", "currency": "EUR"},
            "reserved": {"amount": "0.00", "currency": "EUR"},
            "available": {"amount": "11.00", "currency": "EUR"},
            "required": {"amount": "12.00", "currency": "EUR"},
            "shortfall": {"amount": "1.00", "currency": "EUR"},
        },
        {
            "limit": {"amount": "900", "currency": "JPY"},
            "balance": {"amount": "0", "currency": "JPY"},
            "reserved": {"amount": "1", "currency": "JPY"},
            "available": {"amount": "899", "currency": "JPY"},
            "required": {"amount": "1000", "currency": "JPY"},
            "shortfall": {"amount": "101", "currency": "JPY"},
        },
    ]
    assert credit[0]["link"] == {"seller": party("res").as_json(), "buyer": party("cust").as_json()}
    assert (credit[0]["run"], credit[0]["at"]) == (1, "2026-11-22T10:00:00Z")


def test_unlimited_is_said_so() -> None:
    order = approved(placed(chain("")))
    detail = _seen(order, "cust")["checks"][0]["detail"]
    assert (detail["limit"], detail["available"]) == ("unlimited", None)
    released = ordered(played(approved(placed(chain("")), "limit=1"), "dist releases", "limit=1"))
    assert _seen(released, "cust")["checks"][-1]["detail"]["released"] is True


@cases(LABELS)
def test_labels(stage: str, cust: str, res: str, sub: str, dist: str) -> None:
    """Spec §13: the status stays the same for everyone."""
    order = STAGES[stage]()
    assert {name: _seen(order, name)["status_label"] for name in NAMES} == _by_viewer(cust, res, sub, dist)
    assert {_seen(order, name)["status"] for name in NAMES} == {order.status.value}


@cases(SHORTFALLS)
def test_shortfalls(stage: str, cust: str, res: str, sub: str, dist: str) -> None:
    """R44: to the parties of a short link, of their own link."""
    order = STAGES[stage]()
    shown = {name: shortfall(order, id_of(name)) for name in NAMES}
    assert {name: each["amount"] if each else "" for name, each in shown.items()} == _by_viewer(
        cust, res, sub, dist
    )


@cases(PAYMENTS)
def test_payment_and_warning(stage: str, cust: str, res: str, sub: str, dist: str) -> None:
    """R47, R48: for the card payer and its seller; everybody else reads the same as ever."""
    order = STAGES[stage]()
    shown = {}
    for name in NAMES:
        seen = _seen(order, name)
        if "payment" not in seen:
            assert "warning" not in seen
            shown[name] = ""
            continue
        payment, warning = seen["payment"], seen["warning"]
        warning = "R47" if warning == NO_ACTIVE_TOKEN else (warning or "null").replace(" ", "_")
        shown[name] = f"{payment['status'] if payment else 'null'} {warning}"
    assert shown == _by_viewer(cust, res, sub, dist)


def test_a_customers_own_card_is_its_own_business() -> None:
    """R47, R48."""
    links = chain("list 12.00 < 10.00\npays card < cash")
    declined = told(approved(placed(links), "card=2030-12"), "declined: No funds.")
    seen = _seen(declined, "cust")
    assert (seen["payment"]["status"], seen["warning"]) == ("declined", "No funds.")
    assert seen["actions"] == ["approve", "reject", "cancel"]
    assert (_seen(declined, "dist")["payment"], _seen(declined, "dist")["warning"]) == (None, None)
    assert _seen(placed(links), "cust")["warning"] is None


def test_each_of_two_card_payers_reads_its_own_words() -> None:
    """R47: both see exactly the sentence, though the order keeps it once."""
    links = chain("list 13.00 < 12.00 < 11.00 < 10.00\npays cash < card < cash < card")
    order = validated(with_all_yes(placed(links)), "cash < card < cash < card")
    words = {name: _seen(order, name)["warning"] for name in ("res", "sub", "mid", "dist")}
    assert words == dict.fromkeys(words, NO_ACTIVE_TOKEN)
    one = validated(with_all_yes(placed(links)), "cash < card < cash < card=2030-12")
    words = {name: _seen(one, name)["warning"] for name in ("res", "sub", "mid", "dist")}
    assert words == {"res": NO_ACTIVE_TOKEN, "sub": NO_ACTIVE_TOKEN, "mid": None, "dist": None}
    good = "cash < card=2030-12 < cash < card=2030-12"
    declined = told(approved(placed(links), good), "authorised", "declined: Stolen.", "voided")
    words = {name: _seen(declined, name)["warning"] for name in ("res", "sub", "mid", "dist")}
    assert words == {"res": None, "sub": None, "mid": "Stolen.", "dist": "Stolen."}
    statuses = {name: _seen(declined, name)["payment"]["status"] for name in ("res", "mid")}
    assert statuses == {"res": "declined", "mid": "declined"}


def test_of_two_declined_at_once_each_reads_its_gateways_reason() -> None:
    links = chain("list 13.00 < 12.00 < 11.00 < 10.00\npays cash < card < cash < card")
    order = approved(placed(links), "cash < card=2030-12 < cash < card=2030-12")
    order = told(order, "authorised", "authorised", "declined: Expired.", "declined: Stolen.")
    words = {name: _seen(order, name)["warning"] for name in ("res", "sub", "mid", "dist")}
    assert words == {"res": "Expired.", "sub": "Expired.", "mid": "Stolen.", "dist": "Stolen."}


def test_a_payment_is_in_progress_until_the_whole_round_is_settled() -> None:
    """R48: one payer's no is not told before the other's money is let go of, since nobody can act yet."""
    links = chain("list 13.00 < 12.00 < 11.00 < 10.00\npays cash < card < cash < card")
    order = approved(placed(links), "cash < card=2030-12 < cash < card=2030-12")
    for words in (["authorised", "declined: Stolen."], ["authorised", "authorised", "captured"]):
        halfway = told(order, *words)
        for name in ("res", "mid"):
            seen = _seen(halfway, name)
            assert set(seen["payment"]) == {"status", "at"}
            assert (seen["payment"]["status"], seen["actions"]) == ("in_progress", [])
    done = told(order, "authorised", "declined: Stolen.", "voided")
    assert _seen(done, "mid")["payment"] | {"at": ""} == {"status": "declined", "at": "", "reason": "Stolen."}


def test_payment_statuses() -> None:
    """Contract §3: in progress, unknown, captured, declined, refunded."""
    order = STAGES["charging"]()
    assert _seen(told(order, "authorised"), "res")["payment"]["status"] == "in_progress"
    asked = told(order, "unknown")
    assert _seen(asked, "res")["payment"]["status"] == "in_progress"
    silent = postponed(asked, 1, LATER)
    unknown = _seen(silent, "res")["payment"]
    assert (unknown["status"], unknown["charge"]) == ("unknown", str(silent.charges[0].id))
    assert _seen(told(silent, "absent"), "res")["payment"]["status"] == "in_progress"
    paid = told(order, "captured")
    failed = vendors_said(paid, Failed("No."))
    given_up = ordered(played(failed, "dist cancels"))
    assert _seen(given_up, "res")["payment"]["status"] == "captured"
    back = refunded(given_up, given_up.refunds[0].id, machine(LATER))
    payment = _seen(back, "res")["payment"]
    assert (payment["status"], payment["at"]) == ("refunded", "2026-11-22T10:05:00Z")


@cases(REJECTIONS)
def test_rejections(rejected_by: str, cust: str, res: str, sub: str, dist: str) -> None:
    """R31: the public reason; who, to its neighbours among the sellers; the note stays inside."""
    order = ordered(played(placed(ALL_ASKED), f"{rejected_by} rejects"))
    shown = {name: _seen(order, name)["rejection"] for name in NAMES}
    assert {name: " ".join(each) for name, each in shown.items()} == _by_viewer(cust, res, sub, dist)
    assert {each["reason"] for each in shown.values()} == {"Too dear."}
    assert shown[rejected_by]["note"] == "Ask again in May."
    assert json.dumps(shown).count("Ask again in May.") == 1


def test_a_vendors_reason_is_the_top_sellers() -> None:
    """R53, spec §13: the others see that it failed."""
    order = STAGES["failed"]()
    for name in NAMES:
        seen = _seen(order, name)
        assert seen["lines"][0]["delivery_status"] == "failed"
        assert ("Tenant 4711" in json.dumps(seen)) is (name == "dist")
    assert _seen(order, "dist")["sub_orders"][0]["reason"] == "Tenant 4711 is full."
    assert "reason" not in _seen(order, "res")["sub_orders"][0]
    assert _seen(order, "res")["sub_orders"][1]["reason"] is None


def test_credit_risk_is_estimated_first_and_final_once_billed() -> None:
    """R54, R36: of one's own level, by line."""
    order = STAGES["failed"]()
    bp, ps = (str(line(order, each).id) for each in ("bp", "ps"))
    ten, twenty = ({"amount": each, "currency": "EUR"} for each in ("10.00", "20.00"))
    assert credit_risk(order, id_of("dist")) == {
        "estimated": twenty,
        "items": [{"line": bp, "estimated": ten}, {"line": ps, "estimated": ten}],
    }
    order = vendors_said(order, Delivered("V-1"), "ps")
    assert line_risk(order, line(order, "ps").id, id_of("dist")) == {
        "line": ps,
        "estimated": ten,
        "final": ten,
    }
    order = ordered(played(order, "dist cancels"))
    assert credit_risk(order, id_of("dist")) == {
        "estimated": twenty,
        "final": ten,
        "items": [{"line": bp, "estimated": ten}, {"line": ps, "estimated": ten, "final": ten}],
    }
    assert credit_risk(order, id_of("res"))["final"] == {"amount": "13.20", "currency": "EUR"}


def test_a_stranger_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="parties"):
        _seen(placed(ALL_ASKED), "far")


# No amount of a link ever reaches anyone but its two parties (R2) ----------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_shows_an_amount_of_another_link(stage: str) -> None:
    order = STAGES[stage]()
    for name in NAMES:
        _shows_no_foreign_amount(order, name, {})


UNITS = st.integers(10**6, 10**9)
FIGURES = st.integers(10**6, 10**10)
ANSWERS: st.SearchStrategy[Answer] = st.sampled_from([Delivered("V-1"), Failed("No.")])
WORDS = st.lists(st.sampled_from(["authorised", "captured", "declined", "unknown", "voided"]), max_size=6)
ENDS = st.sampled_from(["", "cust cancels", "res rejects", "dist rejects", "res retries", "dist cancels"])


@settings(max_examples=60)
@given(st.data())
def test_nobody_ever_reads_an_amount_of_a_link_that_is_not_its_own(data: st.DataObject) -> None:
    """Whatever the prices, accounts, cards and turns of an order's life, and in all that is told of it."""
    depth = data.draw(st.integers(2, 5))
    figures = data.draw(st.lists(UNITS, min_size=depth, max_size=depth, unique=True))
    table = {
        "list": " < ".join(money.text(unit, "EUR") for unit in figures),
        "tax": data.draw(st.sampled_from(["0", "21", "7.25 < 0 < 19"])),
        "approval": data.draw(st.sampled_from(["on", "off"])),
        "pays": " < ".join(
            data.draw(st.lists(st.sampled_from(["cash", "card"]), min_size=1, max_size=depth))
        ),
    }
    links = chain(
        "\n".join(f"{key} {row}" for key, row in table.items()),
        groups={"dist": {"cust": "all"}} if data.draw(st.booleans()) else {},
    )
    order = placed(links, data.draw(st.sampled_from(["1 bp", "3 bp, 2 ps", "1 bp, 7 onsite"])))
    accounts = {link.tier: _payer(data, link.account, link.payment_method) for link in order.links}
    order = _lived(data, order, accounts)
    for name in [str(each.ref) for each in order.parties]:
        _shows_no_foreign_amount(order, name, accounts)


def _payer(data: st.DataObject, account: UUID, method: PaymentMethod) -> Payer:
    unlimited = data.draw(st.booleans())
    limit = None if unlimited else data.draw(FIGURES) * data.draw(st.sampled_from([1, 10**4]))
    tokens = (Token("sandbox", "tok", "2030-12", data.draw(st.booleans())),)
    held = Account(account, limit_of(limit), data.draw(FIGURES), data.draw(FIGURES))
    return Payer(held, method, tokens)


def _lived(data: st.DataObject, order: Order, accounts: Payers) -> Order:
    """Some life of an order: as far as the draws take it."""
    order = validate(with_all_yes(order), accounts, machine()) if data.draw(st.booleans()) else order
    for word in data.draw(WORDS):
        order = told(order, word) if wish(order) else order
    if order.status == "submitted":
        answer = data.draw(ANSWERS)
        order = vendors_said(order, answer, *data.draw(st.sampled_from([(), ("bp",)])))
    end = data.draw(ENDS)
    outcome = played(order, end) if end and not order.charging else order
    order = outcome if isinstance(outcome, Order) else order
    waits = order.status in ("pending_approval", "unexecuted")
    return expired(order, machine()) if waits and not order.charging and data.draw(st.booleans()) else order


def _shows_no_foreign_amount(order: Order, name: str, accounts: Payers) -> None:
    place = order.place_of(id_of(name))
    assert place is not None
    amounts = {link.tier: set(_amounts(order, link.tier, accounts)) for link in order.links}
    own = set().union(*(amounts.get(tier, set()) for tier in (place, place + 1)))
    foreign = set().union(*amounts.values()) - own
    shown = _numbers(_everything(order, name))
    assert not {text for minor in foreign for text in (str(minor), money.text(minor, "EUR"))} & shown


def _amounts(order: Order, tier: int, accounts: Payers) -> Iterator[int]:
    """Everything that is the business of this link's two parties alone; small numbers tell nothing."""
    link = order.links[tier - 1]
    every = [link.net, link.tax, link.gross]
    for price in (each.prices[tier - 1] for each in order.lines):
        every += [price.unit, price.net, price.tax, price.gross]
    if tier in accounts:
        account = accounts[tier].account
        every += [account.balance, account.reserved, account.available or 0, account.shortfall(link.gross)]
    every += [
        minor for check in order.checks if check.tier == tier for minor in check.detail.values() if minor
    ]
    yield from (minor for minor in every if minor > 10_000)


def _everything(order: Order, name: str) -> str:
    """All that this party can ever read of the order."""
    mine = [event for event in order.events if id_of(name) in event.seen_by]
    told_of = [body(Telling(e.type, e.at, e.detail, actor(name), "http://placet"), order) for e in mine]
    rows = [
        {
            "id": str(e.id),
            "type": e.type.value,
            "at": e.at,
            "seen_by": [str(each) for each in e.seen_by],
            "by": e.by,
            "detail": e.detail,
        }
        for e in order.events
    ]
    risk = credit_risk(order, id_of(name))
    past = view.history(order, id_of(name), rows)
    return json.dumps([_seen(order, name), told_of, past, risk, shortfall(order, id_of(name))])


def _numbers(text: str) -> set[str]:
    without_ids = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)
    return set(re.findall(r"\d+(?:\.\d+)?", without_ids))


def test_the_search_for_foreign_amounts_finds_one() -> None:
    """The test of the test: a line that carries another link's price is found out."""
    order = placed(chain("list 47110.00 < 30000.00 < 20000.00"))
    _shows_no_foreign_amount(order, "dist", {})
    leaking = replace(order.lines[0], product=replace(order.lines[0].product, name="for 47110.00"))
    with pytest.raises(AssertionError):
        _shows_no_foreign_amount(replace(order, lines=(leaking,)), "dist", {})
