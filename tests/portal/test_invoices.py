"""Invoices: found by date, kind and state on either side; each with its lines and what settled it; credited
and cancelled by its seller (R2, R62, R63, R65)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from placet.actions.number_invoices import number_invoices
from placet.domain.words import InvoiceKind, InvoiceStatus
from placet.storage import invoice_lists as lists
from placet.storage import models
from placet.storage.invoice_lists import InvoiceQuery, Place
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.test_credit_limit import page, sent
from tests.portal.visitors import text

INVOICES, RECEIVED = "/invoices", "/invoices/received"


def delivered(orders: int = 1, quantity: int = 2) -> Chain:
    """So many executed orders: to the reseller 24.20 each by the distributor, to its customer 24.00."""
    made = chain({"tax_rate": "21", "payment_days": 14, "credit_limit": "unlimited"})
    for _ in range(orders):
        made.ordered(quantity=quantity)
    provision()
    numbered()
    return made


def numbered() -> None:
    """The worker's errand, a while later."""
    from django.utils.timezone import now

    while number_invoices(most=100, at=now() + timedelta(minutes=1)):
        pass


@kept
def still() -> Chain:
    """A world that no test changes."""
    return delivered()


def first(caller: Caller) -> Json:
    found: Json = caller.items("/invoices")[-1]
    return found


def of(invoice: Json, rest: str = "") -> str:
    return f"/invoices/{invoice['id']}{rest}"


def as_read(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


# R2 -------------------------------------------------------------------------------------------

TOP, BOTTOM = "24.20", "24.00"
VIEWERS = [
    # who, where, reads the upper link's invoice, reads the lower link's
    ("dist", INVOICES, True, False),
    ("res", INVOICES, False, True),
    ("res", RECEIVED, True, False),
    ("cust", INVOICES, False, True),
    ("far", INVOICES, False, False),
    ("rival", INVOICES, False, False),
    ("rival", RECEIVED, False, False),
]


@pytest.mark.parametrize("role", ["admin", "approver", "buyer", "finance", "viewer"])
@pytest.mark.parametrize(("ref", "path", "upper", "lower"), VIEWERS)
def test_who_reads_which_link(  # noqa: PLR0913, PLR0917 - a row of the table
    signed_in: SignedIn,
    ref: str,
    path: str,
    upper: bool,  # noqa: FBT001
    lower: bool,  # noqa: FBT001
    role: str,
) -> None:
    """R2: table, totals and file alike."""
    browser = signed_in(still().ref(ref), role)
    sums = browser.get(path, headers={"HX-Request": "true", "HX-Target": "invoice-sums"})
    file = b"".join(browser.get(f"{path}?format=csv")).decode()
    for shown in (as_read(page(browser, path)), file):
        assert (TOP in shown, BOTTOM in shown) == (upper, lower)
    assert (TOP in text(sums), BOTTOM in text(sums)) in ((upper, lower), (False, False))  # type: ignore[arg-type]


@pytest.mark.parametrize("ref", ["dist", "res", "cust", "far", "rival"])
def test_whose_invoice_it_is(signed_in: SignedIn, ref: str) -> None:
    """R2: its two parties'; to anybody else neither page nor paper nor form is there."""
    made = still()
    browser, upper, lower = signed_in(made.ref(ref)), first(made.dist), first(made.cust)
    for invoice, parties in ((upper, {"dist", "res"}), (lower, {"res", "cust"})):
        status = 200 if ref in parties else 404
        page(browser, of(invoice), status)
        assert browser.get(of(invoice, "/pdf")).status_code == status
        if status == 404 or ref == "cust":
            page(browser, of(invoice, "/cancel"), 404)
            sent(browser, of(invoice, "/credit"), {"whole": "all", "reason": "x"}, 404)


def test_a_seller_only_side_is_not_a_customer_s(signed_in: SignedIn) -> None:
    page(signed_in(still().ref("cust")), RECEIVED, 404)


# Lists ----------------------------------------------------------------------------------------


def numbers(browser: Client, query: str = "", path: str = INVOICES) -> list[str]:
    return [row["number"] for row in browser.get(path + query).context["table"].rows]


def test_filters_and_order(signed_in: SignedIn) -> None:
    made = delivered(3)
    browser = signed_in(made.ref("dist"))
    known = sorted(i["number"] for i in made.dist.items("/invoices"))
    ids = {i["number"]: i["id"] for i in made.dist.items("/invoices")}
    old, paid, _open = known
    models.Invoice.objects.filter(id=ids[old]).update(issued_on=date(2026, 1, 5), due_on=date(2026, 1, 19))
    contract = made.organization("res", "res")["contract"]["id"]
    made.dist.post("/payments", {"contract": contract, "amount": "24.20", "invoice": ids[paid]})
    credit = made.dist.post(f"/invoices/{ids[old]}/credit", {"reason": "Faulty"})
    numbered()
    credit = made.dist.get(f"/invoices/{credit['id']}")
    every = [old, *(n for n in [paid, _open] if n), credit["number"]]
    reseller = str(models.Organization.objects.get(ref=made.ref("res")).id)
    cases: dict[str, list[str]] = {
        "?sort=issued_on": every,
        "": list(reversed(every)),
        "?status=paid&sort=issued_on": [old, paid, credit["number"]],
        "?status=unpaid": [_open],
        "?status=cancelled": [],
        "?status=overdue": [],
        "?kind=credit": [credit["number"]],
        "?issued_to=2026-02-01": [old],
        "?issued_from=2026-02-01&kind=debit&sort=issued_on": [paid, _open],
        "?issued_from=never&kind=debit&status=unpaid": [_open],
        f"?number={paid.lower()}": [paid],
        "?number=INV": [],
        f"?partner={reseller}&sort=issued_on": every,
        f"?partner={UUID(int=3)}": [],
        f"?order={made.dist.get(f'/invoices/{ids[paid]}')['order']}": [paid],
        f"?contract={contract}&sort=issued_on": every,
    }
    for query, expected in cases.items():
        assert numbers(browser, query) == expected, query
    assert numbers(signed_in(made.ref("res")), "?sort=issued_on", RECEIVED) == every
    models.Invoice.objects.filter(id=ids[_open]).update(due_on=date(2026, 1, 19))
    assert numbers(browser, "?status=overdue") == [_open]
    assert "Overdue" in page(browser, of({"id": ids[_open]}))
    sums = browser.get(INVOICES, headers={"HX-Request": "true", "HX-Target": "invoice-sums"})
    assert "24.20" in as_read(text(sums))  # type: ignore[arg-type]
    own = as_read(page(signed_in(made.ref("res")), RECEIVED))
    assert "Overdue 24.20 € 1 invoice" in own


def test_by_pages_with_as_many_questions_for_thirty_as_for_three(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = delivered(3), delivered(30)
    beside, browser = signed_in(few.ref("dist")), signed_in(many.ref("dist"))
    for path in (INVOICES, f"{INVOICES}?status=unpaid", "/accounts", "/payments"):
        with asked(monkeypatch) as small:
            page(beside, path)
        with asked(monkeypatch) as large:
            page(browser, path)
        assert large.count == small.count, path
    table = browser.get(INVOICES).context["table"]
    rest = numbers(browser, f"?cursor={table.next_cursor}")
    found = [row["number"] for row in table.rows] + rest
    assert len(found) == len(set(found)) == 30
    assert found == sorted(found, reverse=True)


def test_the_place_goes_on_within_a_day() -> None:
    """Many invoices of one day: none is left out and none comes twice, in either direction."""
    made = still()
    owner, at = models.Organization.objects.get(ref=made.ref("dist")).id, date.today()  # noqa: DTZ011
    from django.utils.timezone import now

    rows = lists.invoices(
        owner, "selling", InvoiceQuery(), Place(after=None, descending=True, most=10), now()
    )
    [row] = rows
    for descending in (True, False):
        after = (row["issued_on"], row["id"])
        place = Place(after, descending, 10)
        assert lists.invoices(owner, "selling", InvoiceQuery(), place, now()) == []
    assert row["issued_on"] <= at + timedelta(days=1)
    wanted = InvoiceQuery(status=InvoiceStatus.UNPAID, kind=InvoiceKind.DEBIT)
    assert (
        lists.invoices(owner, "selling", wanted, Place(after=None, descending=True, most=10), now()) == rows
    )


# One invoice ----------------------------------------------------------------------------------


def test_what_an_invoice_shows(signed_in: SignedIn) -> None:
    """R62: lines, sums, order, and what settled it; the paper beside it."""
    made = delivered()
    invoice, browser = first(made.dist), signed_in(made.ref("res"))
    shown = as_read(page(browser, of(invoice)))
    for words in (
        f"Invoice {invoice['number']}",
        f"Product {made.ref('bp')}",
        "20.00 €",
        "4.20 €",
        "24.20 €",
        "PL-",
    ):
        assert words in shown
    assert "Nothing yet." in shown
    paper = browser.get(of(invoice, "/pdf"))
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    made.dist.post(
        "/payments", {"contract": invoice["contract"], "amount": "4.20", "note": "Wire 7, do not tell"}
    )
    shown = as_read(page(browser, of(invoice)))
    assert ("Payment" in shown, "4.20 €" in shown, "do not tell" in shown) == (True, True, False)
    for act in ("Credit…", "Cancel…"):
        assert act not in shown


@pytest.mark.parametrize("role", ["approver", "buyer", "viewer"])
def test_who_may_not_act_is_told_so(signed_in: SignedIn, role: str) -> None:
    made = still()
    invoice, browser = first(made.dist), signed_in(made.ref("dist"), role)
    shown = page(browser, of(invoice))
    assert "Your role may look, not change: finance and admins do this." in shown
    assert f'href="{of(invoice, "/credit")}"' not in browser.get(of(invoice)).content.decode()
    for rest in ("/credit", "/cancel"):
        sent(browser, of(invoice, rest), {"whole": "all", "reason": "x"}, 403)
    assert made.dist.get(f"/invoices/{invoice['id']}")["status"] == "unpaid"


# Credited -------------------------------------------------------------------------------------


def test_credited_whole_by_finance(signed_in: SignedIn) -> None:
    """R62, R65: a credit invoice that settles it; and no cancelling before that one is cancelled."""
    made = delivered()
    invoice, browser = first(made.dist), signed_in(made.ref("dist"), "finance")
    assert "at most 24.20 € are left to credit" in as_read(page(browser, of(invoice, "/credit")))
    answer = sent(browser, of(invoice, "/credit"), {"whole": "all", "reason": "Faulty"})
    credit = made.dist.items("/invoices?kind=credit")[0]
    assert answer.headers["Location"] == of(credit)
    assert (credit["total"]["amount"], credit["reason"]) == ("24.20", "Faulty")
    after = as_read(page(browser, of(invoice)))
    assert ("Credit invoices" in after, "cancel its credit invoices first" in after) == (True, True)
    assert "Faulty" in page(signed_in(made.ref("res")), of(credit))
    assert "Nothing of this invoice is left to credit" in page(browser, of(invoice, "/credit"))


def lines(invoice: Json) -> list[str]:
    return [line["id"] for line in invoice["lines"]]


@pytest.mark.parametrize(
    ("typed", "total"),
    [({}, "24.20"), ({"quantity": "1"}, "12.10"), ({"net": "10"}, "12.10"), ({"net": "0.50"}, "0.61")],
)
def test_credited_by_line(signed_in: SignedIn, typed: dict[str, str], total: str) -> None:
    """All of it, so many, or so much net."""
    made = delivered()
    invoice = first(made.dist)
    [line] = lines(invoice)
    said = {"whole": "lines", "reason": "A part", f"line-{line}": "on"}
    said |= {f"{name}-{line}": value for name, value in typed.items()}
    sent(signed_in(made.ref("dist")), of(invoice, "/credit"), said)
    assert made.dist.items("/invoices?kind=credit")[0]["total"]["amount"] == total


WRONG: list[tuple[dict[str, str], bool, str]] = [
    ({"reason": ""}, True, "This field is required"),
    ({}, False, "Please choose at least one line"),
    ({"quantity": "3"}, True, "A quantity from 1 to 2"),
    ({"quantity": "0"}, True, "greater than or equal to 1"),
    ({"net": "20.01"}, True, "at most 20.00"),
    ({"net": "lots"}, True, "Please write an amount, like"),
    ({"quantity": "1", "net": "1"}, True, "A quantity or an amount, not both"),
]


@pytest.mark.parametrize(("typed", "ticked", "words"), WRONG)
def test_a_wrong_credit_says_so_beside_what_was_typed(
    signed_in: SignedIn,
    typed: dict[str, str],
    ticked: bool,  # noqa: FBT001
    words: str,
) -> None:
    made = still()
    invoice = first(made.dist)
    [line] = lines(invoice)
    said = {
        "whole": "lines",
        "reason": typed.get("reason", "As typed"),
        **({f"line-{line}": "on"} if ticked else {}),
    }
    said |= {f"{name}-{line}": value for name, value in typed.items() if name != "reason"}
    answer = sent(signed_in(made.ref("dist")), of(invoice, "/credit"), said, 422)
    assert words in as_read(text(answer))
    for value in typed.values():
        assert value in answer.content.decode()
    assert made.dist.items("/invoices?kind=credit") == []


def test_a_credit_is_not_credited(signed_in: SignedIn) -> None:
    made = delivered()
    credit = made.dist.post(f"/invoices/{first(made.dist)['id']}/credit", {"reason": "x"})
    page(signed_in(made.ref("dist")), of(credit, "/credit"), 404)


# Cancelled ------------------------------------------------------------------------------------


def test_cancelled_with_a_reason(signed_in: SignedIn) -> None:
    """R62: it keeps its number and counts no more; the reason is told, without it nothing happens."""
    made = delivered()
    invoice, browser = first(made.dist), signed_in(made.ref("dist"), "finance")
    answer = sent(browser, of(invoice, "/cancel"), {"reason": ""}, 422)
    assert b"open-now" in answer.content
    assert "This field is required" in text(answer)
    sent(browser, of(invoice, "/cancel"), {"reason": "Written twice"})
    assert made.dist.get(f"/invoices/{invoice['id']}")["status"] == "cancelled"
    shown = page(signed_in(made.ref("res")), of(invoice))
    assert (
        "Cancelled" in shown,
        "Written twice" in shown,
        "It was cancelled: it counts no more." in shown,
    ) == (
        True,
        True,
        True,
    )
    again = sent(browser, of(invoice, "/cancel"), {"reason": "Written thrice"})
    assert "This invoice is cancelled already." in page(browser, again.headers["Location"])
    for act in ("Credit…", "Cancel…"):
        assert act not in page(browser, of(invoice))


def test_pressed_twice_credits_once(signed_in: SignedIn) -> None:
    """R14: two requests of one form at the same instant."""
    made = delivered()
    invoice = first(made.dist)
    [line] = lines(invoice)
    said = {
        "whole": "lines",
        "reason": "Once",
        f"line-{line}": "on",
        f"quantity-{line}": "1",
        "once": "press",
    }
    answers = at_once(signed_in, made, of(invoice, "/credit"), said)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [i["total"]["amount"] for i in made.dist.items("/invoices?kind=credit")] == ["12.10"]


def at_once(signed_in: SignedIn, made: Chain, path: str, said: Json, times: int = 2) -> list[Any]:
    """The same form sent by one person's browser from several threads, let go together."""
    together, browsers = Barrier(times), [signed_in(made.ref("dist")) for _ in range(times)]

    def press(browser: Client) -> Any:  # noqa: ANN401 - Django's
        try:
            together.wait()
            return browser.post(path, said)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(press, browsers))
