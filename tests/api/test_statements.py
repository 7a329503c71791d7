"""Statements of account, and the history of a limit: to the two parties of the contract (R2, R60, R61)."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from placet.entrypoints.api import contracts, credit_accounts
from tests.api.callers import Caller
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


@kept
def still() -> Chain:
    """A world that no test changes: an opening balance, an invoice, a payment."""
    made = chain({"opening_balance": "7.00"})
    made.ordered(quantity=2)
    provision()
    contract = made.contract("res").split("/")[-1]
    made.dist.post("/payments", {"contract": contract, "amount": "12", "note": "ours"})
    return made


def path(made: Chain) -> str:
    return f"/credit-accounts/{made.dist.items('/credit-accounts')[0]['id']}/statement"


def test_reads_as_a_statement() -> None:
    """R60, R62: what moved the balance, what it came to, and what is open, by age."""
    made = still()
    said = made.dist.get(path(made))
    credit_accounts.StatementShape.model_validate(said)
    today = now().date()
    assert (said["from"], said["to"]) == (str(today.replace(day=1)), str(today))
    assert said["account"]["buyer"]["ref"] == made.ref("res")
    assert (said["opening_balance"]["amount"], said["closing_balance"]["amount"]) == ("0.00", "15.00")
    moved = [(each["kind"], each["amount"]["amount"], each["balance"]["amount"]) for each in said["entries"]]
    assert moved == [
        ("opening", "7.00", "7.00"),
        ("invoice", "20.00", "27.00"),
        ("payment", "-12.00", "15.00"),
    ]
    assert (said["open"]["amount"], said["unused"]["amount"]) == ("15.00", "0.00")
    (invoice,) = said["open_invoices"]
    assert (invoice["total"]["amount"], invoice["open"]["amount"]) == ("20.00", "15.00")
    assert invoice["days_overdue"] == 0
    ages = {name: age["amount"] for name, age in said["ageing"].items()}
    assert ages == {"not_due": "15.00"} | dict.fromkeys(
        ("up_to_30", "up_to_60", "up_to_90", "over_90"), "0.00"
    )
    assert made.res.get(path(made)) == said
    assert [each["note"] for each in said["entries"]] == [""] * 3


def test_what_was_before_is_the_opening_balance() -> None:
    made = still()
    tomorrow = now().date() + timedelta(days=1)
    later = made.dist.get(f"{path(made)}?from={tomorrow}&to={tomorrow + timedelta(days=60)}")
    assert (later["opening_balance"]["amount"], later["entries"]) == ("15.00", [])
    assert later["ageing"]["up_to_60"]["amount"] == "15.00"
    yesterday = now().date() - timedelta(days=2)
    before = made.dist.get(f"{path(made)}?from={yesterday}&to={yesterday}")
    assert (before["closing_balance"]["amount"], before["open_invoices"]) == ("0.00", [])


@cases("""
asked                            field
from=2026-02-01&to=2026-01-31    to
from=2025-01-01&to=2026-01-02    to
from=yesterday                   from
to=2026-02-30                    to
""")
def test_days_that_cannot_be(asked: str, field: str) -> None:
    made = still()
    for paper in ("", "/pdf"):
        assert list(made.dist.refused("GET", f"{path(made)}{paper}?{asked}", "invalid")["errors"]) == [field]


def test_a_statement_is_printed_for_its_parties() -> None:
    made = still()
    for program in (made.dist, made.res):
        printed = program.call("GET", f"{path(made)}/pdf")
        assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
        assert printed.content.startswith(b"%PDF-1.")
    for stranger in (made.cust, made.far):
        for paper in ("", "/pdf"):
            stranger.refused("GET", f"{path(made)}{paper}", "not_found")


def test_what_became_of_a_limit() -> None:
    """R61: set, lowered below what is in use, made unlimited, the group's default: who, when, why."""
    made = chain({"opening_balance": "60.00"})
    contract = made.contract("res")
    for limit in ("500", "50.00", "unlimited", None):
        made.dist.patch(contract, {"credit_limit": limit, "reason": f"To {limit}."})
        if limit == "50.00":
            assert made.res.items("/credit-accounts")[-1]["available"]["amount"] == "-10.00"
    changes = made.dist.items(f"{contract}/limits?limit=3")
    contracts.LimitShape.model_validate(changes[0])
    shown = [each["limit"] if each["limit"] == "unlimited" else each["limit"]["amount"] for each in changes]
    assert shown == ["0.00", "unlimited", "50.00", "500.00"]
    assert [each["reason"] for each in changes] == ["To None.", "To unlimited.", "To 50.00.", "To 500."]
    assert changes[-1]["previous_limit"]["amount"] == "100.00"
    assert changes[0]["by"]["name"] == f"{made.ref('dist')}'s admin"
    assert "name" not in made.res.items(f"{contract}/limits")[0]["by"]
    for stranger in (made.cust, made.far):
        stranger.refused("GET", f"{contract}/limits", "not_found")


def test_a_seller_has_short_orders_tried_again() -> None:
    """R44: its own setting, which nobody else sets or reads."""
    made = chain()
    own = f"/organizations/{made.ref('dist')}"
    assert made.dist.get(own)["retry_when_credit_frees"] is False
    assert made.dist.patch(own, {"retry_when_credit_frees": True})["retry_when_credit_frees"] is True
    assert made.res.get(f"/organizations/{made.ref('res')}")["retry_when_credit_frees"] is False
    assert "retry_when_credit_frees" not in made.dist.get(f"/organizations/{made.ref('res')}")
    wish = {"retry_when_credit_frees": True}
    made.dist.refused("PATCH", f"/organizations/{made.ref('res')}", "forbidden", wish)
    Caller(made.ref("dist"), "finance").refused("PATCH", own, "forbidden", wish)
    made.dist.refused("PATCH", own, "invalid", {"retry_when_credit_frees": "yes"})
