"""Invoices that a world file states (R60, R62): booked as of their day, paid as far as they are not open."""

# ruff: noqa: E501 - a case is best read on one line

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from placet.actions.load_world import WorldErrors, WorldReport, load_world
from placet.actions.number_invoices import number_invoices
from placet.storage import models, statements
from placet.storage.invariants import INVARIANTS, examine
from tests.domain.tables import cases
from tests.stories import ledgers
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MARKET = world(
    distributor("dist", time_zone="Europe/Riga"),
    reseller("res", "dist", {"payment_days": 14}),
    customer("saved", "dist", {"opening_balance": "-30.00"}),
    customer("owes", "dist", {"opening_balance": "30.00"}),
    customer("cust", "res"),
    prices={"bp": "10.00", "ps": "5.00"},
)


def stated(number: str = "A-1", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    lines = [{"product": "bp", "quantity": 2, "net": "20.00", "tax": "4.20"}]
    return {
        "seller": "dist",
        "buyer": "res",
        "number": number,
        "issued_on": "2026-09-01",
        "lines": lines,
    } | more


def load(*invoices: dict[str, Any]) -> WorldReport | WorldErrors:
    text = json.dumps(json.loads(MARKET) | {"invoices": invoices})
    return load_world(text, source="a test", now=NOW, progress=lambda *_: None)


def loaded(*invoices: dict[str, Any]) -> WorldReport:
    answer = load(*invoices)
    assert isinstance(answer, WorldReport), answer
    return answer


@pytest.fixture(autouse=True)
def true_books() -> Iterator[None]:
    yield
    broken = {each.holds: examine(each).named for each in INVARIANTS}
    assert {holds: named for holds, named in broken.items() if named} == {}


def test_an_invoice_stands_as_it_is_stated() -> None:
    """R62: with its number, its day where its seller is, its due date from the payment days."""
    assert loaded(stated()).differences == []
    invoice = models.Invoice.objects.get()
    assert (invoice.number, invoice.kind, invoice.status, invoice.serial) == ("A-1", "debit", "unpaid", None)
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (2000, 420, 2420)
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 9, 1), date(2026, 9, 15))
    assert (invoice.seller.ref, invoice.buyer.ref, invoice.order_id) == ("dist", "res", None)
    line = models.InvoiceLine.objects.get()
    assert (line.product.ref, line.quantity, line.net_minor, line.tax_minor) == ("bp", 2, 2000, 420)
    said = statements.statement(ledgers.account("res").id, date(2026, 9, 1), date(2026, 9, 1))
    assert (said.opening, said.closing) == (0, 2420)


@cases("""
why                               buyer  invoices                                                    stands
unpaid                            res    {}                                                          24.20 0 24.20
its state said                    res    {"status": "unpaid"}                                        24.20 0 24.20
paid                              res    {"status": "paid"}                                          0 0 0
half paid                         res    {"open": "4.20"}                                            4.20 0 4.20
paid, said by what is open        res    {"open": "0"}                                               0 0 0
cancelled                         res    {"status": "cancelled"}                                     0 0 -
the youngest stated first         res    {"issued_on": "2026-10-01", "open": "1"}; {}                25.20 0 24.20 1
a credit invoice waits            res    {"kind": "credit"}                                          -24.20 24.20 (24.20)
or settles what is owed           res    {}; {"kind": "credit"}                                      0 0 0 (0)
as does what was brought along    saved  {}                                                          -5.80 5.80 0
what is owed from before is older  owes   {}; {"kind": "credit", "issued_on": "2026-10-01"}           30 0 24.20 (0)
""")
def test_what_is_open_of_it(why: str, buyer: str, invoices: str, stands: str) -> None:
    del why
    more = [json.loads(each) for each in invoices.split("; ")]
    loaded(*(stated(f"A-{place}", buyer=buyer, **each) for place, each in enumerate(more)))
    # by the order of issue: a version-7 id is made in the order of the file
    assert ledgers.stands(buyer).split()[:2] == stands.split()[:2]
    assert sorted(ledgers.stands(buyer).split()) == sorted(stands.split())


def test_again_is_harmless() -> None:
    first = loaded(stated(), stated("A-2", status="paid"))
    again = loaded(stated(), stated("A-2", status="paid"))
    assert (again.created, again.differences) == (0, [])
    assert again.unchanged == first.created
    said = loaded(stated(issued_on="2026-09-02")).differences
    assert said == ["invoice A-1 of dist: issued_on is 2026-09-02 in the file, 2026-09-01 in the database"]
    assert ledgers.stands("res") == "24.20 0 24.20 0"


def test_payments_and_credits_go_on_from_there() -> None:
    """R62, R65."""
    loaded(stated())
    ledgers.pay("res", "20")
    ledgers.credit(models.Invoice.objects.get(), at=NOW)
    assert ledgers.stands("res") == "-20 20 0 (20)"


def test_numbers_go_on_from_those_that_were_brought_along() -> None:
    """R62."""
    loaded(stated("INV-000041"), stated("2026/7"))
    ledgers.billed("cust", "1 bp", NOW)
    while number_invoices(most=10, at=NOW + timedelta(minutes=1)):
        pass
    own = models.Invoice.objects.filter(serial__isnull=False).values_list("seller__ref", "number")
    assert sorted(own) == [("dist", "INV-000042"), ("res", "INV-000001")]
    later = load(stated("INV-000099"))
    assert isinstance(later, WorldErrors)
    assert [(each.key, each.reason) for each in later.problems] == [
        ("invoices[0].number", "is one that Placet gives dist itself, later")
    ]


@cases("""
wrong                                                            key                    reason
{"buyer": "cust"}                                                invoices[0].seller     cust does not buy from dist
{"buyer": "dist"}                                                invoices[0].seller     dist does not buy from dist
{"buyer": "nobody"}                                              invoices[0].buyer      there is no organization nobody
{"open": "24.21"}                                                invoices[0].open       is more than the whole, 24.20
{"open": "1", "status": "paid"}                                  invoices[0].open       stands against status paid
{"open": "0", "status": "unpaid"}                                invoices[0].status     stands against nothing being open
{"kind": "credit", "open": "1"}                                  invoices[0].open       is for Placet to say: a credit invoice comes unused
{"kind": "credit", "status": "paid"}                             invoices[0].status     is for Placet to say: a credit invoice comes unused
{"due_on": "2026-08-31"}                                         invoices[0].due_on     must not be before issued_on
{"issued_on": "yesterday"}                                       invoices[0].issued_on  must be a day, written 2030-12-31
{"lines": []}                                                    invoices[0].lines      must not be empty
{"number": ""}                                                   invoices[0].number     must not be empty
{"lines": [{"product": "xx", "net": "1"}]}                       invoices[0].lines[0].product  there is no product xx
{"lines": [{"product": "bp", "net": "1.001"}]}                   invoices[0].lines[0].net      1.001 cannot be an amount: EUR has 2 decimals
""")
def test_what_cannot_be(wrong: str, key: str, reason: str) -> None:
    answer = load(stated() | json.loads(wrong))
    assert isinstance(answer, WorldErrors)
    assert [(each.key, each.reason) for each in answer.problems] == [(key, reason)]
    assert not models.Organization.objects.exists()


def test_twice_in_one_file() -> None:
    answer = load(stated(), stated())
    assert isinstance(answer, WorldErrors)
    assert [each.key for each in answer.problems] == ["invoices[1].number"]
