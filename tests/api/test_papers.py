"""What stands on the papers (R62): read back out of the PDF, letters of four alphabets and all."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from placet.storage import models
from tests.api.callers import Caller, load, unique
from tests.api.worker import provision
from tests.stories.worlds import customer, distributor, product, world

pytestmark = pytest.mark.usefixtures("committed")

SELLER = "SIA „Mākoņu Izplatītājs”"
BUYER = "Ελληνική Πληροφορική & Партнёры"


def market() -> tuple[Caller, Caller, str]:
    """A Latvian seller, its Greek buyer, and a product."""
    seller, buyer, ref = unique("paper"), unique("paper"), unique("seat")
    terms = {"tax_rate": "21", "payment_days": 14, "payment_method": "cash"}
    contacts = [{"name": "Άννα Παπαδοπούλου", "roles": ["bill_to"]}]
    load(
        world(
            distributor(seller) | {"name": SELLER},
            customer(buyer, seller, terms, contacts=contacts, external_id="ERP-7") | {"name": BUYER},
            prices={ref: "1234.50"},
            products=[product(ref) | {"name": "Größenwahn Ąžuolas 365"}],
        )
    )
    return Caller(seller), Caller(buyer), ref


def text_of(program: Caller, path: str) -> str:
    """What a paper says, all its blanks alike."""
    pdf = PdfReader(BytesIO(program.call("GET", path).content))
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_an_invoice_and_what_becomes_of_it() -> None:
    seller, buyer, ref = market()
    order = buyer.post("/orders", {"lines": [{"product": ref, "quantity": 3}]})
    provision()
    (invoice,) = buyer.items("/invoices")
    path = f"/invoices/{invoice['id']}"
    models.Invoice.objects.filter(id=invoice["id"]).update(number="PAPER-000001")
    said = text_of(buyer, f"{path}/pdf")
    for words in (
        SELLER,
        BUYER,
        "Invoice",
        "Attn. Άννα Παπαδοπούλου",
        "Customer no. ERP-7",
        "PAPER-000001",
        order["number"],
        f"Größenwahn Ąžuolas 365 (SKU-{ref})",
        f"{invoice['lines'][0]['period']['first']} – ",  # noqa: RUF001 - as it is set
        "1 234.50",
        "Net 3 703.50 EUR",
        "Tax 21 % on 3 703.50 777.74 EUR",
        "Total 4 481.24 EUR",
        "To be paid 4 481.24 EUR",
        f"Please pay within 14 days of the invoice's date, by {invoice['due_on']}",
    ):
        assert words in said, words
    line = invoice["lines"][0]["id"]
    credit = seller.post(
        f"{path}/credit", {"lines": [{"line": line, "quantity": 1}], "reason": "One too many."}
    )
    said = text_of(seller, f"/invoices/{credit['id']}/pdf")
    for words in ("Credit invoice", "Credits invoice", "PAPER-000001", "Why it was credited: One too many."):
        assert words in said, words
    contract = invoice["contract"]
    seller.post("/payments", {"contract": contract, "amount": "2987.49"})
    assert "This invoice is paid. Thank you." in text_of(buyer, f"{path}/pdf")
    seller.post(f"/invoices/{credit['id']}/cancel", {"reason": "It was not."})
    seller.post(f"{path}/cancel", {"reason": "Wrong buyer."})
    said = text_of(buyer, f"{path}/pdf")
    for words in ("CANCELLED", "This invoice was cancelled and is not to be paid.", "Wrong buyer."):
        assert words in said, words


def test_a_statement() -> None:
    seller, buyer, ref = market()
    buyer.post("/orders", {"lines": [{"product": ref, "quantity": 1}]})
    provision()
    (account,) = buyer.items("/credit-accounts")
    seller.post("/payments", {"contract": account["contract"], "amount": "2000", "note": "ours alone"})
    said = text_of(buyer, f"/credit-accounts/{account['id']}/statement/pdf")
    for words in (
        "Statement of account",
        SELLER,
        BUYER,
        "Opening balance",
        "1 493.75",
        "\u22122 000.00",
        "\u2212506.25",
    ):
        assert words in said, words
    assert "ours alone" not in said


def test_a_long_reason_is_cut_off_and_breaks_no_paper() -> None:
    """It may have 4 000 characters; a row of a table stays on one page."""
    seller, buyer, _ = market()
    (account,) = buyer.items("/credit-accounts")
    seller.post("/payments", {"contract": account["contract"], "amount": "30"})
    for reason in ("Wrong " * 600, "line\n" * 800, "W" * 4000):
        seller.post("/refunds", {"contract": account["contract"], "amount": "1", "reason": reason})
    said = text_of(buyer, f"/credit-accounts/{account['id']}/statement/pdf")
    assert said.count("Refund ") == 3
    assert "Wrong Wrong" in said
    assert "…" in said


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("2026-0017", 'inline; filename="2026-0017.pdf"'),
        ('A"b;c', 'inline; filename="A\\"b;c.pdf"'),
        ("НДС-1", "inline; filename*=utf-8''%D0%9D%D0%94%D0%A1-1.pdf"),
    ],
)
def test_a_paper_is_kept_under_its_number(number: str, shown: str) -> None:
    """R62: a number that was brought along may have any letters."""
    seller, buyer, ref = market()
    buyer.post("/orders", {"lines": [{"product": ref, "quantity": 1}]})
    provision()
    (invoice,) = seller.items("/invoices")
    models.Invoice.objects.filter(id=invoice["id"]).update(number=number)
    answer = buyer.call("GET", f"/invoices/{invoice['id']}/pdf")
    assert answer.headers["Content-Disposition"] == shown


def test_many_lines_go_over_pages_under_their_headings() -> None:
    top, below, maker = unique("paper"), unique("paper"), unique("maker")
    refs = [unique("line") for _ in range(60)]
    sold = [product(ref, vendor=maker) for ref in refs]
    load(world(distributor(top), customer(below, top), prices=dict.fromkeys(refs, "1.00"), products=sold))
    program = Caller(below)
    program.post("/orders", {"lines": [{"product": ref, "quantity": 1} for ref in refs]})
    provision()
    (invoice,) = program.items("/invoices")
    pdf = PdfReader(BytesIO(program.call("GET", f"/invoices/{invoice['id']}/pdf").content))
    pages = [page.extract_text() for page in pdf.pages]
    assert len(pages) > 2
    assert all("Unit price" in page for page in pages)
    assert sum(page.count("SKU-") for page in pages) == len(refs)
