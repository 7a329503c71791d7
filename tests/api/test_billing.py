"""Payments, invoices and subscriptions: the caller's own links (R2, R60, R62, R65, R70)."""

from functools import cache

import pytest
from django.db import connection
from pydantic_core import from_json

from placet.entrypoints.api import billing
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


@cache
def still() -> Chain:
    """A world that no test changes: one order of two was executed."""
    made = chain({"tax_rate": "21", "payment_days": 14})
    made.ordered(quantity=2)
    provision()
    return made


def account(made: Chain) -> Json:
    """The reseller's account at the distributor."""
    found: Json = made.dist.items("/credit-accounts")[0]
    return found


# Payments -----------------------------------------------------------------------------------


def test_a_payment_frees_credit_at_once() -> None:
    """R60, R65: the entry keeps the balance that it led to, who booked it and why."""
    made = chain({"opening_balance": "95.00"})
    assert made.ordered()["status"] == "unexecuted"
    paid = made.dist.post(
        "/payments", {"contract": account(made)["contract"], "amount": "60.5", "note": "Wire"}
    )
    billing.BookedPaymentShape.model_validate(paid)
    assert paid["amount"] == {"amount": "60.50", "currency": "EUR"}
    assert (paid["note"], paid["by"]) == ("Wire", f"{made.ref('dist')}'s admin")
    after = account(made)
    assert (after["balance"]["amount"], after["available"]["amount"]) == ("34.50", "65.50")
    entry = made.res.items(f"/credit-accounts/{after['id']}/entries")[0]
    assert (entry["kind"], entry["amount"]["amount"], entry["balance"]["amount"]) == (
        "payment",
        "-60.50",
        "34.50",
    )
    assert made.ordered()["status"] == "submitted"


def test_paid_in_advance() -> None:
    """R64: a negative balance."""
    made = chain()
    made.dist.post("/payments", {"contract": account(made)["contract"], "amount": "500"})
    assert account(made)["balance"]["amount"] == "-500.00"


def test_both_parties_read_payments_and_the_seller_alone_its_notes() -> None:
    """R2."""
    made = chain()
    for amount in ("1", "2", "3"):
        made.dist.post("/payments", {"contract": account(made)["contract"], "amount": amount, "note": "ours"})
    sold = made.dist.items("/payments?limit=2")
    assert [each["amount"]["amount"] for each in sold] == ["3.00", "2.00", "1.00"]
    bought = made.res.items("/payments")
    billing.BookedPaymentShape.model_validate(bought[0])
    assert bought == [
        {name: value for name, value in each.items() if name not in {"note", "by"}} for each in sold
    ]
    assert made.cust.items("/payments") == made.far.items("/payments") == []
    assert made.dist.items(f"/payments?contract={made.contract('cust').split('/')[-1]}") == []


@cases("""
caller  role      code
dist    approver  forbidden
dist    buyer     forbidden
dist    viewer    forbidden
res     admin     forbidden
res     viewer    forbidden
far     admin     not_found
cust    admin     not_found
cust    viewer    not_found
""")
def test_who_may_book(caller: str, role: str, code: str) -> None:
    """By the seller: admins and finance. The buyer may see the contract, a stranger knows of none."""
    made = still()
    body = {"contract": account(made)["contract"], "amount": "nonsense"}
    program = Caller(made.ref(caller), role)
    program.refused("POST", "/payments", code, body)
    program.refused("POST", "/payments", code, body | {"amount": 7})


def test_finance_books() -> None:
    made = chain()
    body = {"contract": account(made)["contract"], "amount": "1"}
    assert Caller(made.ref("dist"), "finance").post("/payments", body)["note"] is None


@cases("""
field     wrong
amount    {"amount": "0"}
amount    {"amount": "-1"}
amount    {"amount": "1.001"}
amount    {"amount": "1e3"}
amount    {"amount": "lots"}
amount    {"amount": 5}
amount    {"amount": "99999999999999999"}
invoice   {"invoice": "nonsense"}
invoice   {"invoice": "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"}
colour    {"colour": "red"}
note      {"note": 1}
""")
def test_payments_that_cannot_be(field: str, wrong: str) -> None:
    made = still()
    body = {"contract": account(made)["contract"], "amount": "1"} | from_json(wrong)
    assert list(made.dist.refused("POST", "/payments", "invalid", body)["errors"]) == [field]
    for contract in ("nonsense", "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"):
        made.dist.refused("POST", "/payments", "not_found", {"contract": contract, "amount": "1"})


def test_one_key_pays_once() -> None:
    """R14."""
    made = chain()
    body = {"contract": account(made)["contract"], "amount": "10"}
    first = made.dist.post("/payments", body, Idempotency_Key="k")
    assert made.dist.post("/payments", body, Idempotency_Key="k") == first
    assert account(made)["balance"]["amount"] == "-10.00"


def test_a_payment_may_name_an_invoice_of_the_contract() -> None:
    made = still()
    (invoice,) = made.dist.items("/invoices")
    (other,) = (each for each in made.res.items("/invoices") if each["id"] != invoice["id"])
    body = {"contract": account(made)["contract"], "amount": "1", "invoice": other["id"]}
    assert list(made.dist.refused("POST", "/payments", "invalid", body)["errors"]) == ["invoice"]
    made = chain()
    made.ordered()
    provision()
    (invoice,) = made.dist.items("/invoices")
    body = {"contract": account(made)["contract"], "amount": "1", "invoice": invoice["id"]}
    assert made.dist.post("/payments", body)["invoice"] == invoice["id"]


def test_the_balance_is_the_sum_of_the_entries() -> None:
    """R60."""
    made = chain({"opening_balance": "3.00"})
    made.ordered()
    provision()
    for amount in ("4", "0.01"):
        made.dist.post("/payments", {"contract": account(made)["contract"], "amount": amount})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.balance_minor, (SELECT sum(e.amount_minor) FROM account_entry e"
            " WHERE e.account_id = a.id) FROM credit_account a WHERE a.id = %s",
            [account(made)["id"]],
        )
        assert cursor.fetchone() == (899, 899)


# Invoices -----------------------------------------------------------------------------------


def test_reads_as_an_invoice() -> None:
    """R62: what the contract says, to both parties of the link alone."""
    made = still()
    (order,) = made.cust.items("/orders")
    (invoice,) = made.dist.items("/invoices")
    billing.InvoiceShape.model_validate(invoice)
    amounts = {name: invoice[name]["amount"] for name in ("net", "tax", "total", "open")}
    assert amounts == {"net": "20.00", "tax": "4.20", "total": "24.20", "open": "24.20"}
    assert (invoice["seller"]["ref"], invoice["buyer"]["ref"]) == (made.ref("dist"), made.ref("res"))
    assert (invoice["kind"], invoice["status"], invoice["order"]) == ("debit", "unpaid", order["id"])
    assert invoice["due_on"] > invoice["issued_on"]
    (line,) = invoice["lines"]
    assert (line["product"]["ref"], line["type"], line["quantity"]) == (
        made.ref("bp"),
        "software_subscription",
        2,
    )
    assert (line["net"]["amount"], line["tax"]["amount"]) == ("20.00", "4.20")


@cases("""
caller  links
dist    dist-res
res     res-cust dist-res
cust    res-cust
far     -
rival   -
""")
def test_invoices_of_the_callers_own_links_only(caller: str, links: str) -> None:
    """R2."""
    made = still()
    found = Caller(made.ref(caller)).items("/invoices?limit=1")
    parties = {f"{each['seller']['ref']} {each['buyer']['ref']}" for each in found}
    assert parties == {" ".join(map(made.ref, link.split("-"))) for link in links.split()}
    assert len(found) == len(links.split())


def test_filters_of_invoices() -> None:
    made = still()
    (order,) = made.cust.items("/orders")
    assert len(made.res.items(f"/invoices?order={order['id']}&status=unpaid")) == 2
    assert made.res.items("/invoices?status=paid") == []
    assert made.res.items("/invoices?order=0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11") == []
    made.res.refused("GET", "/invoices?status=green", "invalid")


# Subscriptions ------------------------------------------------------------------------------


def test_reads_as_a_subscription() -> None:
    """R70: to its customer and to every seller of the chain that sold it, without any money."""
    made = still()
    (order,) = made.cust.items("/orders")
    (subscription,) = made.cust.items("/subscriptions")
    billing.SubscriptionShape.model_validate(subscription)
    assert subscription == {
        "id": order["lines"][0]["subscription"],
        "product": order["lines"][0]["product"],
        "customer": order["customer"],
        "status": "active",
        "quantity": 2,
        "trial": False,
        "order": order["id"],
        "started_at": subscription["started_at"],
        "renews_on": subscription["renews_on"],
    }
    assert subscription["renews_on"] > subscription["started_at"]
    assert made.res.items("/subscriptions") == made.dist.items("/subscriptions") == [subscription]
    assert made.far.items("/subscriptions") == made.rival.items("/subscriptions") == []


def test_filters_of_subscriptions() -> None:
    made = still()
    by_customer = f"/subscriptions?customer={made.ref('cust')}"
    assert len(made.dist.items(f"{by_customer}&status=active")) == 1
    assert made.dist.items(f"{by_customer}&status=suspended") == []
    assert made.dist.items(f"/subscriptions?customer={made.ref('res')}") == []
    made.far.refused("GET", by_customer, "unknown_organization")
    made.dist.refused("GET", "/subscriptions?customer=nobody", "unknown_organization")
