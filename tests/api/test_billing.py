"""Payments and invoices: the caller's own links (R2, R60, R62, R65)."""

import pytest
from django.db import connection
from pydantic_core import from_json

from placet.entrypoints.api import billing
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.stories.client import until

pytestmark = pytest.mark.usefixtures("committed")


@kept
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


def test_a_replay_tells_no_role_what_it_could_not_have_done() -> None:
    """R14: one organization's keys share an idempotency key; what an admin was answered, a viewer is not."""
    made = chain()
    body = {"contract": account(made)["contract"], "amount": "1.00", "note": "ours"}
    programs = [Caller(made.ref("dist"), role) for role in ("finance", "finance", "admin", "viewer", "buyer")]
    answers = [each.call("POST", "/payments", body, Idempotency_Key="once") for each in programs]
    assert [each.status_code for each in answers] == [201, 201, 201, 403, 403]
    assert answers[0].content == answers[1].content == answers[2].content
    assert len(made.dist.items("/payments")) == 1
    other = programs[3].call("POST", "/payments", body | {"amount": "2.00"}, Idempotency_Key="once")
    assert from_json(other.content)["code"] == "idempotency_conflict"


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
        {name: value for name, value in each.items() if name not in {"reference", "note", "by"}}
        for each in sold
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


# Refunds ------------------------------------------------------------------------------------


def test_money_goes_back() -> None:
    """R60, R65: what is unused first; else an invoice is open again. Who did it is the seller's own."""
    made = chain({"payment_days": 14})
    made.ordered(quantity=2)
    provision()
    contract = account(made)["contract"]
    paid = made.dist.post("/payments", {"contract": contract, "amount": "25"})
    assert (paid["amount"]["amount"], paid["left"]["amount"]) == ("25.00", "5.00")
    given = made.dist.post("/refunds", {"contract": contract, "amount": "8.00", "reason": "Paid too much."})
    billing.RefundShape.model_validate(given)
    assert (given["amount"]["amount"], given["status"], given["payment"]) == ("8.00", "done", None)
    assert given["done_at"] == given["at"]
    assert account(made)["balance"]["amount"] == "3.00"
    assert open_of(made.dist) == ["3.00"]
    assert made.dist.items("/refunds") == [given]
    (read,) = made.res.items(f"/refunds?contract={contract}")
    assert read == {name: value for name, value in given.items() if name != "by"}
    assert given["by"] == f"{made.ref('dist')}'s admin"
    assert made.cust.items("/refunds") == made.far.items("/refunds") == []
    refused = made.dist.refused(
        "POST", "/refunds", "invalid", {"contract": contract, "amount": "17.01", "reason": "More."}
    )
    assert refused["errors"] == {"amount": "At most 17.00 can be given back."}


def told_of(program: Caller) -> list[str]:
    """The invoices that it was told of."""
    facts = program.items("/events")
    return [each["data"]["invoice"] for each in facts if each["type"] == "invoice.created"]


def open_of(program: Caller) -> list[str]:
    """What is open of its invoices, the newest first."""
    return [each["open"]["amount"] for each in program.items("/invoices")]


@cases("""
field     wrong
amount    {"amount": "0"}
amount    {"amount": "-1"}
amount    {"amount": "1.001"}
amount    {"amount": "lots"}
amount    {"amount": "99999999999999999"}
amount    {"amount": 5}
amount    {"amount": "1"}
payment   {"payment": "nonsense"}
payment   {"payment": "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"}
reason    {"reason": ""}
reason    {"reason": null}
colour    {"colour": "red"}
""")
def test_refunds_that_cannot_be(field: str, wrong: str) -> None:
    made = still()
    body = {"contract": account(made)["contract"], "amount": "1", "reason": "Why not."} | from_json(wrong)
    assert list(made.dist.refused("POST", "/refunds", "invalid", body)["errors"]) == [field]
    made.dist.refused("POST", "/refunds", "not_found", body | {"contract": "nonsense"})


@cases("""
caller  role      code
dist    approver  forbidden
dist    buyer     forbidden
dist    viewer    forbidden
res     admin     forbidden
res     viewer    forbidden
far     admin     not_found
cust    admin     not_found
""")
def test_who_may_give_back_credit_and_cancel(caller: str, role: str, code: str) -> None:
    """The seller's admins and finance; said before what is wrong with the body."""
    made = still()
    (invoice,) = made.dist.items("/invoices")
    program = Caller(made.ref(caller), role)
    contract = {"contract": account(made)["contract"]}
    for path, body in {
        "/refunds": contract | {"amount": "1", "reason": "x"},
        f"/invoices/{invoice['id']}/credit": {"reason": "x"},
        f"/invoices/{invoice['id']}/cancel": {"reason": "x"},
    }.items():
        program.refused("POST", path, code, body)
        program.refused("POST", path, code, contract | {"amount": 7, "lines": 7, "reason": 7})
    assert made.dist.items("/invoices") == [invoice]


# Credit invoices and cancelled ones ---------------------------------------------------------


def test_a_part_is_credited() -> None:
    """R62, R65: a credit line names the debit line; the invoice is that much less open, and it is told."""
    made = chain({"tax_rate": "21"})
    made.ordered(quantity=5)
    provision()
    (invoice,) = made.dist.items("/invoices")
    line = invoice["lines"][0]["id"]
    wanted = {"lines": [{"line": line, "quantity": 2}], "reason": "Two seats were returned."}
    credit = Caller(made.ref("dist"), "finance").post(f"/invoices/{invoice['id']}/credit", wanted)
    billing.InvoiceShape.model_validate(credit)
    amounts = {name: credit[name]["amount"] for name in ("net", "tax", "total", "open")}
    assert amounts == {"net": "20.00", "tax": "4.20", "total": "24.20", "open": "0.00"}
    assert (credit["kind"], credit["status"], credit["reason"]) == ("credit", "paid", wanted["reason"])
    assert (credit["order"], credit["contract"]) == (invoice["order"], invoice["contract"])
    (credited,) = credit["lines"]
    assert (credited["credits"], credited["quantity"]) == (line, 2)
    now = made.res.get(f"/invoices/{invoice['id']}")
    assert (now["open"]["amount"], now["status"]) == ("36.30", "unpaid")
    assert account(made)["balance"]["amount"] == "36.30"
    assert made.dist.items("/invoices?kind=credit") == [credit]
    until(lambda: credit["id"] in told_of(made.res), "the buyer is told of the credit invoice")
    rest = made.dist.post(f"/invoices/{invoice['id']}/credit", {"lines": [line], "reason": "The rest too."})
    assert (rest["lines"][0]["quantity"], rest["total"]["amount"]) == (3, "36.30")
    assert made.res.get(f"/invoices/{invoice['id']}")["status"] == "paid"
    made.dist.refused("POST", f"/invoices/{invoice['id']}/credit", "invalid", {"reason": "Again."})


@cases("""
field    wrong
lines    {"lines": []}
lines.0  {"lines": ["nonsense"]}
lines.0  {"lines": [{"line": "LINE", "quantity": 3}]}
lines.0  {"lines": [{"line": "LINE", "quantity": 0}]}
lines.0  {"lines": [{"line": "LINE", "net": "20.01"}]}
lines.0  {"lines": [{"line": "LINE", "net": "0.001"}]}
lines.0  {"lines": [{"line": "LINE", "net": "1", "quantity": 1}]}
lines.1  {"lines": ["LINE", "LINE"]}
reason   {"reason": ""}
""")
def test_credits_that_cannot_be(field: str, wrong: str) -> None:
    made = still()
    (invoice,) = made.dist.items("/invoices")
    body = {"reason": "x"} | from_json(wrong.replace("LINE", invoice["lines"][0]["id"]))
    path = f"/invoices/{invoice['id']}/credit"
    assert list(made.dist.refused("POST", path, "invalid", body)["errors"]) == [field]
    made.dist.refused("POST", "/invoices/nonsense/credit", "not_found", body)


def test_an_invoice_is_cancelled_once() -> None:
    """R60, R65: it keeps its number and counts no more; what was paid is free."""
    made = chain()
    made.ordered()
    provision()
    (invoice,) = made.dist.items("/invoices")
    made.dist.post("/payments", {"contract": account(made)["contract"], "amount": "4"})
    path, why = f"/invoices/{invoice['id']}/cancel", {"reason": "Never ordered."}
    cancelled = made.dist.post(path, why, Idempotency_Key="c")
    assert (cancelled["status"], cancelled["open"]["amount"]) == ("cancelled", "0.00")
    assert (cancelled["reason"], cancelled["total"]) == (why["reason"], invoice["total"])
    assert made.dist.post(path, why, Idempotency_Key="c") == cancelled
    assert account(made)["balance"]["amount"] == "-4.00"
    entries = made.res.items(f"/credit-accounts/{account(made)['id']}/entries")
    assert [(each["kind"], each["amount"]["amount"]) for each in entries] == [
        ("cancellation", "-10.00"),
        ("payment", "-4.00"),
        ("invoice", "10.00"),
    ]
    made.dist.refused("POST", path, "wrong_status", why)
    made.dist.refused("POST", path.replace("cancel", "credit"), "wrong_status", why)


def test_a_credited_invoice_is_cancelled_after_its_credits() -> None:
    made = chain()
    made.ordered()
    provision()
    (invoice,) = made.dist.items("/invoices")
    credit = made.dist.post(f"/invoices/{invoice['id']}/credit", {"reason": "x"})
    refused = made.dist.refused("POST", f"/invoices/{invoice['id']}/cancel", "wrong_status", {"reason": "x"})
    assert refused["credit_invoices"] == [credit["id"]]
    made.dist.post(f"/invoices/{credit['id']}/cancel", {"reason": "x"})
    assert made.res.get(f"/invoices/{invoice['id']}")["open"]["amount"] == "10.00"
    made.dist.post(f"/invoices/{invoice['id']}/cancel", {"reason": "x"})
    assert account(made)["balance"]["amount"] == "0.00"


def test_notes_of_payments_are_the_sellers_own() -> None:
    """R2: in the account's entries as well."""
    made = chain()
    made.dist.post("/payments", {"contract": account(made)["contract"], "amount": "1", "note": "ours"})
    path = f"/credit-accounts/{account(made)['id']}/entries"
    assert [each["note"] for each in made.dist.items(path)] == ["ours"]
    assert [each["note"] for each in made.res.items(path)] == [""]


# Papers -------------------------------------------------------------------------------------


def test_an_invoice_is_printed_for_its_parties() -> None:
    """R2, R62: a PDF that holds its letters, also of a seller's whose name is Greek."""
    made = still()
    (invoice,) = made.dist.items("/invoices")
    for program in (made.dist, made.res):
        printed = program.call("GET", f"/invoices/{invoice['id']}/pdf")
        assert (printed.status_code, printed["Content-Type"]) == (200, "application/pdf")
        assert printed.content.startswith(b"%PDF-1.")
        assert printed["Content-Disposition"].startswith("inline; filename=")
    for stranger in (made.cust, made.far):
        stranger.refused("GET", f"/invoices/{invoice['id']}/pdf", "not_found")


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
