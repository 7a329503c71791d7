"""Validation after the last yes: available credit, automatic products, active token (R40-R49).

Each case is a reseller of its own under one distributor, with one customer. The product costs the
reseller 100.00 and its customer 120.00.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from tests.stories.client import Client, Json, until
from tests.stories.server import Server
from tests.stories.worlds import card, customer, distributor, product, reseller, world

THIS_MONTH: Final = datetime.now(UTC).date().replace(day=1)
LAST_MONTH: Final = THIS_MONTH - timedelta(days=1)

R47: Final = "Your payment method does not support this action. Please contact your distributor."
DECLINED: Final = "The bank declined this card: insufficient funds."
ERROR: Final = "The gateway could not carry out this payment: internal error."

CASES: Final = """
what               | reseller                | customer        | ordered       | -> became        | credit                | automatic | token   | says
equal credit       | limit 100.00            | limit 120.00    | seat          | executed         | passed passed         | passed    | skipped |
unlimited          | limit unlimited         | limit unlimited | seat          | executed         | passed passed         | passed    | skipped |
one cent short     | limit 99.99             | limit unlimited | seat          | unexecuted       | passed -0.01          | skipped   | skipped |
limit 0            | limit 0                 | limit unlimited | seat          | unexecuted       | passed -100.00        | skipped   | skipped |
no limit stated    | limit none              | limit unlimited | seat          | unexecuted       | passed -100.00        | skipped   | skipped |
owes already       | limit 100.00 owes 0.01  | limit unlimited | seat          | unexecuted       | passed -0.01          | skipped   | skipped |
paid in advance    | limit 99.99 owes -0.01  | limit unlimited | seat          | executed         | passed passed         | passed    | skipped |
only the customer  | limit unlimited         | limit 119.99    | seat          | unexecuted       | -0.01 passed          | skipped   | skipped |
two links short    | limit 50.00             | limit 20.00     | seat          | unexecuted       | -100.00 -50.00        | skipped   | skipped |
deposit            | limit 100.00 by deposit | limit unlimited | seat          | executed         | passed passed         | passed    | skipped |
manual             | limit 100.00            | limit unlimited | visit         | submitted        | passed passed         | failed    | skipped |
mixed              | limit 200.00            | limit unlimited | seat visit    | submitted        | passed passed         | failed    | skipped |
manual and short   | limit 99.99             | limit unlimited | visit         | unexecuted       | passed -0.01          | skipped   | skipped |
nothing to pay     | limit 0                 | limit 0         | trial         | executed         | passed passed         | passed    | skipped |
card               | tok_ok                  | limit unlimited | seat          | executed         | passed passed         | passed    | passed  | captured
card, good this month | tok_ok this-month    | limit unlimited | seat          | executed         | passed passed         | passed    | passed  | captured
card, short        | tok_ok limit 99.99      | limit unlimited | seat          | unexecuted       | passed -0.01          | skipped   | skipped |
card declined      | tok_declined            | limit unlimited | seat          | pending_approval | passed passed         | passed    | passed  | declined
card error         | tok_error               | limit unlimited | seat          | pending_approval | passed passed         | passed    | passed  | error
card, no answer    | tok_timeout             | limit unlimited | seat          | executed         | passed passed         | passed    | passed  | captured
card, last month   | tok_ok last-month       | limit unlimited | seat          | pending_approval |                       |           |         | refused
card inactive      | tok_ok inactive         | limit unlimited | seat          | pending_approval |                       |           |         | refused
card without token | card                    | limit unlimited | seat          | pending_approval |                       |           |         | refused
no gateway to store | tok_ok at none         | limit unlimited | seat          | pending_approval |                       |           |         | refused
card, manual       | card                    | limit unlimited | visit         | submitted        | passed passed         | failed    | skipped |
trial by card      | card                    | limit unlimited | trial         | pending_approval |                       |           |         | refused
"""  # noqa: E501


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    what: str
    reseller: str
    customer: str
    ordered: str
    became: str
    credit: str
    automatic: str
    token: str
    says: str

    @property
    def ref(self) -> str:
        """Its reseller."""
        return "val-" + "".join(letter if letter.isalnum() else "-" for letter in self.what)


def rows() -> list[Case]:
    lines = CASES.strip().splitlines()[1:]
    return [Case(*(cell.strip() for cell in line.split("|"))) for line in lines]


def terms(said: str) -> Json:
    """A contract's terms: `limit 9.99`, `owes 9.99`, `by deposit`, a card's token and when it ends."""
    words = said.split()
    found: Json = {"credit_limit": "unlimited"}
    for word, value in zip(words, [*words[1:], ""], strict=True):
        match word:
            case "limit":
                found["credit_limit"] = None if value == "none" else value
            case "owes":
                found["opening_balance"] = value
            case "by":
                found["payment_method"] = value
            case "card":
                found["payment_method"] = "credit_card"
            case "tok_ok" | "tok_declined" | "tok_error" | "tok_timeout":
                found |= card(word, f"{expiry(words):%Y-%m}", active="inactive" not in words)
                if "at" in words:
                    found["tokens"][0]["gateway"] = words[-1]
    return found


def expiry(words: list[str]) -> date:
    months = {"this-month": THIS_MONTH, "last-month": LAST_MONTH}
    return next((months[word] for word in words if word in months), date(2099, 12, 1))


WORLD = world(
    distributor("val-a"),
    *(
        party
        for case in rows()
        for party in (
            reseller(case.ref, "val-a", terms(case.reseller)),
            customer(f"{case.ref}-c", case.ref, terms(case.customer)),
        )
    ),
    prices={"val-seat": "100.00", "val-visit": "100.00", "val-trial": "100.00"},
    products=[product("val-visit", "manual"), product("val-trial") | {"trial": True}],
)


@pytest.mark.parametrize("case", rows(), ids=lambda case: case.what)
def test_what_becomes_of_an_order(placet: Server, case: Case) -> None:
    seller, distributor_ = placet.client(case.ref), placet.client("val-a")
    order = placet.client(f"{case.ref}-c").place(*(f"val-{name}" for name in case.ordered.split()))
    if order["status"] == "pending_approval":  # a card payer approves each order itself (R21)
        if case.says == "refused":
            assert_refused(seller, order)
            return
        seller.approve(order)
    became = until(lambda: settled(seller.read(order), case), f"{case.what} is settled")
    last = max(check["run"] for check in became["checks"])
    checks = [check for check in became["checks"] if check["run"] == last]
    assert " ".join(results(checks, "available_credit")) == case.credit
    assert results(checks, "automatic_products") == [case.automatic]
    assert results(checks, "active_token") == [case.token]
    assert_payment(became, distributor_.read(order), case.says)
    assert_books(placet, became, case)


def settled(order: Json, case: Case) -> Json | None:
    under_way = (order["payment"] or {}).get("status") in {"in_progress", "unknown"}
    return None if under_way or order["status"] != case.became else order


def assert_refused(seller: Client, order: Json) -> None:
    """R35, R47: the card payer's own yes is refused in these words, before anything is saved."""
    refusal = seller.cannot("approve", order)
    assert (refusal["status"], refusal["code"], refusal["detail"]) == (409, "no_active_token", R47)
    now = seller.read(order)
    assert (now["status"], now["version"], now["checks"]) == ("pending_approval", order["version"], [])
    assert "approve" in now["actions"]


def results(checks: list[Json], name: str) -> list[str]:
    """The buyer's side first; a failed credit check as what it is short of."""
    named = [check for check in checks if check["name"] == name]
    short = [check["detail"].get("shortfall") for check in named]
    return [f"-{s['amount']}" if s else check["result"] for s, check in zip(short, named, strict=True)]


def assert_payment(payer: Json, seller: Json, says: str) -> None:
    """The payer and its seller read what the gateway said (R48); after a no the payer's step is open."""
    reasons = {"declined": DECLINED, "error": ERROR}
    if not says:
        assert (payer["payment"], payer["warning"]) == (None, None)
        return
    if says == "captured":
        assert (payer["payment"]["status"], payer["warning"]) == ("captured", None)
        return
    for order in (payer, seller):
        assert (order["payment"]["status"], order["warning"]) == ("declined", reasons[says])
    assert {"approve", "reject"} < set(payer["actions"])


def assert_books(placet: Server, order: Json, case: Case) -> None:
    """R43, R45, R48, R52: what is owed and reserved on both links, invoiced and provisioned."""
    lines = 0 if case.ordered == "trial" else len(case.ordered.split())
    executed, paid = case.became == "executed", case.says == "captured"
    opening = Decimal(terms(case.reseller).get("opening_balance", "0"))
    for seller, buyer, price in (("val-a", case.ref, 100), (case.ref, f"{case.ref}-c", 120)):
        account = placet.client(seller).account(seller, buyer)
        owed = price * lines if executed and not (paid and seller == "val-a") else 0
        reserved = price * lines if case.became == "submitted" else 0
        before = opening if seller == "val-a" else 0
        assert Decimal(account["balance"]["amount"]) == before + owed
        assert Decimal(account["reserved"]["amount"]) == reserved
    invoices = placet.client(case.ref).items(f"/invoices?order={order['id']}")
    assert len(invoices) == (2 if executed else 0)
    assert {bool(line["subscription"]) for line in order["lines"]} == {executed}
