"""What goes out to an ERP: what the API shows, what changed, and what can come in again (R2)."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from placet.actions.export_lines import Export, export_page
from placet.domain.words import Exchanged
from tests.api.callers import done, unique
from tests.api.chains import chain
from tests.api.erp import HEADER, became, exported, imported, manual, numbered, rows_of, sent
from tests.api.worker import provision
from tests.stories.acts import actor

pytestmark = pytest.mark.usefixtures("committed")


def test_what_is_exported_can_be_imported_and_says_unchanged() -> None:
    """Of each kind, by CSV and by JSON, for a top seller and for a reseller."""
    made, _ = manual(opening_balance="20.00")
    imported(made.dist, "payments", "reference,organization,amount", f"E-1,{made.ref('res')},5")
    provision()
    for caller in (made.dist, made.res):
        for kind in ("organizations", "limits", "payments", "invoices", "orders"):
            text = exported(caller, kind)
            if kind == "orders" and caller is made.res:
                continue  # not its to execute
            if len(text.splitlines()) > 1:
                run = imported(caller, kind, *text.splitlines())
                assert set(became(run)) == {"unchanged"}, (kind, run["report"]["items"])
            page = caller.get(f"/exports/{kind}?limit=200")
            if page["items"]:
                answer = done(sent(caller, kind, to_json(page), content_type="application/json"))
                assert set(became(answer)) == {"unchanged"}, (kind, answer)


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40).filter(
    lambda text: text.strip()
)
THINGS = st.lists(
    st.tuples(TEXT, TEXT, st.integers(1, 10**9)), min_size=1, max_size=3, unique_by=lambda t: t[0].strip()
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(THINGS)
def test_whatever_it_is_called_the_round_trip_says_unchanged(things: list[tuple[str, str, int]]) -> None:
    """Names, numbers, notes and amounts of any kind: exported and imported again, not a line is new."""
    made = chain()
    own = [
        {"external_id": number, "ref": unique("any"), "name": name, "kind": "reseller", "currency": "EUR"}
        for number, name, _ in things
    ]
    paid = [
        {"reference": number, "external_id": number, "amount": f"{minor / 100:.2f}", "note": name}
        for number, name, minor in things
    ]
    for kind, lines in (("organizations", own), ("payments", paid)):
        run = done(sent(made.dist, kind, to_json(lines), content_type="application/json"))
        assert set(became(run)) == {"created"}, run
    for kind in ("organizations", "limits", "payments"):
        run = done(sent(made.dist, kind, exported(made.dist, kind)))
        assert set(became(run)) == {"unchanged"}, run["report"]["items"]


def test_exports_are_what_the_api_shows() -> None:
    made, order = manual()
    (shown,) = made.dist.get("/exports/orders")["items"]
    assert shown | {} == made.dist.get(f"/orders/{order['id']}") | {"external_id": None}
    (account,) = made.dist.get("/exports/limits")["items"]
    assert (account["credit_limit"], account["external_id"]) == ("unlimited", None)
    ours = made.res.get("/exports/limits")["items"]
    assert [(each["buyer"]["ref"], each["external_id"]) for each in ours] == [
        (made.ref("cust"), "C-1"),
        (made.ref("res"), None),
    ]
    rows = rows_of(exported(made.res, "orders"))
    assert [(row["number"], row["external_id"], row["total_cost"]) for row in rows] == [
        (order["number"], "C-1", "100.00"),
        (order["number"], "C-1", "200.00"),
    ]


def lately() -> str:
    """A day ago."""
    return f"{now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def test_who_has_not_asked_for_a_month_gets_everything() -> None:
    made = chain()
    first = made.ordered()
    by, asked_at = actor(made.ref("dist")), now() + timedelta(hours=1)
    wanted = Export(Exchanged.ORDERS, since=asked_at)
    for days, found in ((1, []), (30, []), (31, [first["id"]])):
        page = export_page(wanted=wanted, by=by, before=None, most=5, at=asked_at + timedelta(days=days))
        assert [item["id"] for item in page.items] == found, days


def test_what_changed_since() -> None:
    """An ERP takes only that: from `next_since` on, nothing is missed and little comes twice."""
    made = chain({"credit_limit": "unlimited", "opening_balance": "10.00"})
    first = made.ordered()
    assert [o["id"] for o in made.dist.get(f"/exports/orders?since={lately()}")["items"]] == [first["id"]]
    assert made.dist.get("/exports/orders?since=2199-01-01T00:00:00Z")["items"] == []
    provision()
    numbered(made)
    for kind, count in (("invoices", 1), ("limits", 1), ("payments", 0)):
        assert len(made.dist.get(f"/exports/{kind}?since={lately()}")["items"]) == count, kind
        assert made.dist.get(f"/exports/{kind}?since=2199-01-01")["items"] == [], kind
    problem = made.dist.refused("GET", "/exports/organizations?since=2026-01-01T00:00:00Z", "invalid")
    assert problem["errors"] == {"since": "Organizations come whole."}
    made.dist.refused("GET", "/exports/orders?since=0001-01-01T00:00:00Z", "invalid")


def test_an_invoice_without_its_number_comes_once_it_has_one() -> None:
    made = chain({"credit_limit": "unlimited"})
    made.ordered()
    provision()
    early = made.dist.get(f"/exports/invoices?since={lately()}")
    assert early["items"] == []
    numbered(made)
    (late,) = made.dist.get(f"/exports/invoices?since={early['next_since']}")["items"]
    assert late["number"]


def test_formulas_are_made_harmless_and_read_again() -> None:
    made = chain()
    run = imported(made.dist, "organizations", HEADER, f"=1+1,{made.ref('acme')},@SUM(A1),reseller,LV,EUR,")
    assert became(run) == ["created"]
    text = exported(made.dist, "organizations")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text
    assert set(became(imported(made.dist, "organizations", *text.splitlines()))) == {"unchanged"}


def test_pages_of_an_export() -> None:
    made = chain()
    for number in range(3):
        imported(
            made.dist, "organizations", HEADER, f"P-{number},{made.ref(f'p{number}')},P,reseller,LV,EUR,"
        )
    found = made.dist.items("/exports/organizations?limit=2")
    assert len(found) == len(rows_of(exported(made.dist, "organizations"))) == 5
