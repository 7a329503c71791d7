"""Credit accounts: what is available, what moved the balance, payments, refunds, limits and papers
(R2, R60, R61, R65)."""

from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import now

from placet.storage import models
from tests.api.callers import Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.test_credit_limit import page, sent
from tests.portal.test_invoices import as_read, at_once, delivered, numbered
from tests.portal.visitors import text
from tests.stories import acts
from tests.stories.worlds import card


def account(made: Chain, buyer: str = "res") -> Json:
    """That buyer's account at its seller."""
    found: Json = made.organization(buyer, buyer)["contract"]["credit_account"]
    return found


def of(made: Chain, rest: str = "", buyer: str = "res") -> str:
    return f"/accounts/{account(made, buyer)['id']}{rest}"


@kept
def still() -> Chain:
    """A world that no test changes: an order delivered, the reseller owes 24.20, its customer 24.00."""
    return delivered()


# R2 -------------------------------------------------------------------------------------------

VIEWERS = [
    # who, whose account at its seller, status
    ("dist", "res", 200),
    ("res", "res", 200),
    ("cust", "res", 404),
    ("rival", "res", 404),
    ("dist", "cust", 404),
    ("res", "cust", 200),
    ("cust", "cust", 200),
    ("far", "cust", 404),
]


@pytest.mark.parametrize(("ref", "buyer", "status"), VIEWERS)
def test_whose_account_it_is(signed_in: SignedIn, ref: str, buyer: str, status: int) -> None:
    """R2: page, file, paper, history and forms of its two parties; acts of its seller alone."""
    made = still()
    browser, sells = signed_in(made.ref(ref)), (ref, buyer) in {("dist", "res"), ("res", "cust")}
    for rest in ("", "/limits", "/statement", "?format=csv"):
        assert browser.get(of(made, rest, buyer)).status_code == status, rest
    for rest in ("/payments/new", "/refunds/new", "/limit"):
        assert browser.get(of(made, rest, buyer)).status_code == (200 if sells else 404), rest
        if not sells:
            sent(browser, of(made, rest, buyer), {"amount": "1", "kind": "unlimited", "reason": "x"}, 404)
    assert account(made, buyer)["balance"]["amount"] == {"res": "24.20", "cust": "24.00"}[buyer]


def test_the_accounts_of_one_s_buyers(signed_in: SignedIn) -> None:
    """And of nobody else's."""
    made = still()
    upper, lower = (
        as_read(page(signed_in(made.ref("dist")), "/accounts")),
        page(signed_in(made.ref("res")), "/accounts"),
    )
    assert (f"Org {made.ref('res')}" in upper, f"Org {made.ref('cust')}" in upper, "24.20" in upper) == (
        True,
        False,
        True,
    )
    assert (f"Org {made.ref('cust')}" in lower, "24.20" in lower) == (True, False)
    page(signed_in(made.ref("cust")), "/accounts", 404)
    assert "No account is like that" in page(signed_in(made.ref("dist")), "/accounts?q=nobody")
    assert "No account is like that" not in page(
        signed_in(made.ref("dist")), f"/accounts?q={made.ref('res')}"
    )


# How it stands --------------------------------------------------------------------------------


def test_the_sum_adds_up(signed_in: SignedIn) -> None:
    """R60: and what moved the balance is there, with numbers."""
    made = chain({"credit_limit": "100.00", "opening_balance": "10.00"})
    made.ordered()
    shown = as_read(page(signed_in(made.ref("dist")), of(made)))
    assert "Credit limit 100.00 € - Balance 10.00 € - Reserved 10.00 € = Available 80.00 €" in shown
    assert "Opening balance" in shown
    provision()
    numbered()
    shown = as_read(page(signed_in(made.ref("res")), of(made)))
    assert "Balance 20.00 € - Reserved 0.00 € = Available 80.00 €" in shown
    assert f"Invoice {made.dist.items('/invoices')[0]['number']}" in shown
    assert "Your account with" in shown


def test_notes_of_payments_stay_inside(signed_in: SignedIn) -> None:
    """R65: and who booked them; a refund's reason is told."""
    made = delivered()
    contract = account(made)["contract"]
    made.dist.post("/payments", {"contract": contract, "amount": "30", "note": "From the safe"})
    made.dist.post("/refunds", {"contract": contract, "amount": "2", "reason": "Paid too much"})
    seen = {}
    for ref in ("dist", "res"):
        browser = signed_in(made.ref(ref))
        file = b"".join(browser.get(of(made, "?format=csv"))).decode()
        moved = page(browser, "/payments" if ref == "dist" else "/payments/made")
        shown = page(browser, of(made)) + file + moved
        seen[ref] = [
            word in shown for word in ("From the safe", "Paid too much", f"{made.ref('dist')}'s admin")
        ]
    assert seen == {"dist": [True, True, True], "res": [False, True, False]}


def test_entries_by_pages_as_many_questions(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain()
    browser, contract = signed_in(made.ref("dist")), account(made)["contract"]

    def paid(times: int) -> int:
        for _ in range(times):
            made.dist.post("/payments", {"contract": contract, "amount": "1"})
        with asked(monkeypatch) as found:
            page(browser, of(made))
        with asked(monkeypatch) as listed:
            page(browser, "/payments")
        return found.count * 100 + listed.count

    assert paid(3) == paid(27)
    table = browser.get(of(made)).context["table"]
    assert len(table.rows) == 25
    rest = browser.get(of(made, f"?cursor={table.next_cursor}")).context["table"]
    assert (len(rest.rows), rest.next_cursor) == (5, None)
    assert str(table.rows[0]["balance"]) == "-30.00 EUR"
    moved = browser.get("/payments").context["table"]
    assert len(browser.get(f"/payments?cursor={moved.next_cursor}").context["table"].rows) == 5


# Payments -------------------------------------------------------------------------------------


def test_a_payment_is_recorded_by_finance(signed_in: SignedIn) -> None:
    """R62, R65: on the invoice that it names, in the reader's way of writing amounts."""
    made = delivered(2)
    newest, browser = made.dist.items("/invoices")[0], signed_in(made.ref("dist"), "finance")
    form = page(browser, of(made, "/payments/new"))
    assert newest["number"] in form
    said = {"amount": "24.20", "invoice": newest["id"], "note": "Wire"}
    answer = sent(browser, of(made, "/payments/new"), said)
    assert "24.20 € recorded." in as_read(page(browser, answer.headers["Location"]))
    assert made.dist.get(f"/invoices/{newest['id']}")["status"] == "paid"
    assert account(made)["balance"]["amount"] == "24.20"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"amount": ""}, "This field is required"),
        ({"amount": "0"}, "Must be above 0"),
        ({"amount": "1.234"}, "EUR has 2 decimals"),
        ({"amount": "1,50"}, "Please write an amount, like"),
        ({"invoice": "01900000-0000-7000-8000-000000000000"}, "Not an invoice to be paid on this contract"),
        ({"invoice": "nonsense"}, "Not an invoice to be paid on this contract"),
    ],
)
def test_a_wrong_payment_comes_back_in_its_dialog(signed_in: SignedIn, said: Json, words: str) -> None:
    made = still()
    form = {"amount": "5", "note": "Kept as typed", **said}
    answer = sent(signed_in(made.ref("dist")), of(made, "/payments/new"), form, 422)
    shown = answer.content.decode()
    assert words in as_read(text(answer))
    assert 'id="payment" aria-labelledby="payment-title" open-now' in shown
    assert ('value="Kept as typed"' in shown, f'value="{form["amount"]}"' in shown) == (True, True)
    assert made.dist.items("/payments") == []


def test_pressed_twice_books_one_payment(signed_in: SignedIn) -> None:
    """R14: by several requests at the same instant; another form books another one."""
    made = delivered()
    path = of(made, "/payments/new")
    answers = at_once(signed_in, made, path, {"amount": "5", "once": "press"}, times=4)
    assert {answer.status_code for answer in answers} == {303}
    assert [p["amount"]["amount"] for p in made.dist.items("/payments")] == ["5.00"]
    sent(signed_in(made.ref("dist")), path, {"amount": "5", "once": "another"})
    assert len(made.dist.items("/payments")) == 2


@pytest.mark.parametrize("role", ["approver", "buyer", "viewer"])
def test_who_may_not_is_told_so_and_refused(signed_in: SignedIn, role: str) -> None:
    made = still()
    browser = signed_in(made.ref("dist"), role)
    shown = page(browser, of(made))
    assert "Your role may look, not change: finance and admins do this." in shown
    assert "Record payment" in shown
    assert "payments/new" not in browser.get(of(made)).content.decode()
    for rest in ("/payments/new", "/refunds/new", "/limit"):
        page(browser, of(made, rest), 403)
        sent(browser, of(made, rest), {"amount": "1", "kind": "unlimited", "reason": "x"}, 403)
    assert account(made)["balance"]["amount"] == "24.20"


# Refunds --------------------------------------------------------------------------------------


def test_money_is_given_back_at_most_what_was_paid(signed_in: SignedIn) -> None:
    """R65: with a reason; too much says how much there is, and keeps what was typed."""
    made = delivered()
    contract, browser = account(made)["contract"], signed_in(made.ref("dist"), "finance")
    made.dist.post("/payments", {"contract": contract, "amount": "30"})
    assert "At most 30.00 € were paid by hand and not given back." in as_read(page(browser, of(made)))
    wrong = sent(browser, of(made, "/refunds/new"), {"amount": "30.01", "reason": "Kept"}, 422)
    assert "At most 30.00 can be given back" in as_read(text(wrong))
    assert b"Kept</textarea>" in wrong.content
    sent(browser, of(made, "/refunds/new"), {"amount": "5"}, 422)
    answer = sent(browser, of(made, "/refunds/new"), {"amount": "5", "reason": "Too much"})
    assert "5.00 € refunded." in as_read(page(browser, answer.headers["Location"]))
    [refund] = made.dist.items("/refunds")
    assert (refund["amount"]["amount"], refund["reason"]) == ("5.00", "Too much")


def test_pressed_twice_refunds_once(signed_in: SignedIn) -> None:
    made = delivered()
    made.dist.post("/payments", {"contract": account(made)["contract"], "amount": "30"})
    said = {"amount": "5", "reason": "Once", "once": "press"}
    at_once(signed_in, made, of(made, "/refunds/new"), said, times=3)
    assert [r["amount"]["amount"] for r in made.dist.items("/refunds")] == ["5.00"]


# The limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ({"kind": "amount", "credit_limit": "1 250.50"}, "1250.50"),
        ({"kind": "unlimited", "credit_limit": "7"}, "unlimited"),
        ({"kind": "default"}, "0.00"),
        ({"kind": "amount", "credit_limit": "0"}, "0.00"),
    ],
)
def test_the_limit_is_set_with_a_reason(signed_in: SignedIn, said: Json, limit: str) -> None:
    """R61: and the history says who, when and why; to the buyer not by name."""
    made = chain({"credit_limit": "10.00"})
    sent(signed_in(made.ref("dist"), "finance"), of(made, "/limit"), {**said, "reason": "Grew well"})
    found = account(made)["limit"]
    assert (found if isinstance(found, str) else found["amount"]) == limit
    for ref, named in (("dist", True), ("res", False)):
        for path in (of(made), of(made, "/limits")):
            shown = page(signed_in(made.ref(ref)), path)
            history = shown[shown.index("History of the limit") :]
            assert "Grew well" in history
            assert (f"{made.ref('dist')}'s finance" in history) == named


def test_a_wrong_limit_comes_back_in_its_dialog(signed_in: SignedIn) -> None:
    made = still()
    for amount in ("", "much"):
        said = {"kind": "amount", "credit_limit": amount, "reason": "Kept"}
        answer = sent(signed_in(made.ref("dist")), of(made, "/limit"), said, 422)
        assert "Please write an amount" in text(answer)
        assert b'id="limit" aria-labelledby="limit-title" open-now' in answer.content


# Papers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "month", ["", "?month=2026-01", "?month=2099-12", "?month=nonsense", "?month=2026-13"]
)
def test_a_month_s_statement_on_paper(signed_in: SignedIn, month: str) -> None:
    made = still()
    answer = signed_in(made.ref("cust")).get(of(made, f"/statement{month}", "cust"))
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


# Cards ----------------------------------------------------------------------------------------


def test_what_a_card_paid_is_named_as_that(signed_in: SignedIn) -> None:
    """R65: in the list and in the form that gives it back; by hand nothing was paid."""
    made = chain(card("tok-1"))
    order = made.ordered("bp")
    made.res.post(f"/orders/{order['id']}/approve")
    acts.gateways_say("captured", at=now(), order=UUID(order["id"]))
    provision()
    numbered()
    browser: Client = signed_in(made.ref("dist"))
    form = as_read(page(browser, of(made, "/refunds/new")))
    assert f"card, order {order['number']}" in form
    assert "At most 0.00 € were paid by hand" in form
    assert "Card payment" in page(browser, "/payments")
    assert "Card payment" in page(signed_in(made.ref("res")), "/payments/made")
    assert models.Payment.objects.filter(order_id=order["id"]).exists()
