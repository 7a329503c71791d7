"""An invoice on paper (R62): to both of its parties the same, and to nobody else."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from placet.domain.words import InvoiceKind, InvoiceStatus, PaymentMethod
from placet.entrypoints.documents.paper import DASH, Paper, amount, figure
from placet.storage import statements
from placet.storage.db import Row

TITLES: Final = {InvoiceKind.DEBIT: "Invoice", InvoiceKind.CREDIT: "Credit invoice"}


def invoice_pdf(invoice: Row, at: datetime) -> bytes:
    """The PDF of one invoice, as `billing.invoice` reads it."""
    parties = statements.parties(invoice["contract_id"])
    lines = statements.paper_lines(invoice["id"])
    paper = Paper(TITLES[invoice["kind"]], parties["seller"], f"{parties['seller']} · {number(invoice)}", at)
    if invoice["status"] == InvoiceStatus.CANCELLED:
        paper.stamped = "CANCELLED"
    paper.columns(("Seller", _seller(parties)), ("Buyer", _buyer(parties)))
    paper.facts(*_facts(invoice, lines))
    _table(paper, invoice["currency"], lines)
    paper.sums(*_sums(invoice, lines))
    for sentence in _sentences(invoice, parties):
        paper.paragraph(sentence)
        paper.ln(1.5)
    return paper.bytes()


def number(invoice: Row) -> str:
    """What it is called; its number may follow a moment later."""
    return invoice["number"] or "number follows"


def _seller(parties: Row) -> list[str]:
    return [parties["seller"], *filter(None, [parties["seller_country"]])]


def _buyer(parties: Row) -> list[str]:
    attention = f"Attn. {parties['attention']}" if parties["attention"] else ""
    mine = f"Customer no. {parties['buyer_number']}" if parties["buyer_number"] else ""
    return [parties["buyer"], *filter(None, [attention, parties["buyer_country"], mine])]


def _facts(invoice: Row, lines: list[Row]) -> list[tuple[str, str]]:
    shown = [("Number", number(invoice)), ("Date", str(invoice["issued_on"]))]
    if invoice["kind"] == InvoiceKind.DEBIT:
        shown.append(("Due", str(invoice["due_on"])))
    if order := statements.order_number(invoice["order_id"]):
        shown.append(("Order", order))
    credited = sorted({line["credits"] for line in lines if line["credits"]})
    if credited:
        shown.append(("Credits invoice", ", ".join(credited)))
    return [*shown, ("Total", amount(invoice["total_minor"], invoice["currency"]))]


def _table(paper: Paper, currency: str, lines: list[Row]) -> None:
    with paper.rows((86, 18, 24, 18, 28), "LRRRR") as table:
        table.row(("Product", "Quantity", "Unit price", "Tax", f"Net, {currency}"))
        for line in lines:
            unit, quantity = _unit(line, currency), line["quantity"]
            table.row(
                (
                    _product(line),
                    str(quantity or DASH),
                    unit,
                    percent(line["tax_rate"]),
                    figure(line["net_minor"], currency),
                )
            )
    paper.ln(5)


def _product(line: Row) -> str:
    name = f"{line['product']} ({line['sku']})" if line["sku"] else line["product"]
    days = ""
    if line["period_from"]:
        days = period(line["period_from"], line["period_until"])
    return "\n".join(filter(None, [name, line["description"], days]))


def period(first: date, until: date) -> str:
    """The days from the first to the last."""
    return f"{first} {DASH} {until - timedelta(days=1)}"


def _unit(line: Row, currency: str) -> str:
    """Where a line is so many times one price."""
    if not line["quantity"] or line["net_minor"] % line["quantity"]:
        return DASH
    return figure(line["net_minor"] // line["quantity"], currency)


def percent(rate: Decimal) -> str:
    """21 %, 5.5 %."""
    return f"{Decimal(rate).normalize():f}\u00a0%"


def _sums(invoice: Row, lines: list[Row]) -> list[tuple[str, str]]:
    currency, total, open_ = invoice["currency"], invoice["total_minor"], invoice["open_minor"]
    sums = [("Net", amount(invoice["net_minor"], currency))]
    for rate, (net, tax) in sorted(_by_rate(lines).items()):
        sums.append((f"Tax {percent(rate)} on {figure(net, currency)}", amount(tax, currency)))
    sums.append(("Total", amount(total, currency)))
    if invoice["status"] == InvoiceStatus.CANCELLED:
        return [*sums, ("Cancelled", amount(0, currency))]
    settled = "Paid or credited" if invoice["kind"] == InvoiceKind.DEBIT else "Used"
    still = "To be paid" if invoice["kind"] == InvoiceKind.DEBIT else "Not used yet"
    return [*sums, (settled, amount(total - open_, currency)), (still, amount(open_, currency))]


def _by_rate(lines: list[Row]) -> dict[Decimal, tuple[int, int]]:
    found: dict[Decimal, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        net, tax = found[line["tax_rate"]]
        found[line["tax_rate"]] = (net + line["net_minor"], tax + line["tax_minor"])
    return found


def _sentences(invoice: Row, parties: Row) -> list[str]:
    said = [f"{_verb(invoice)}: {invoice['reason']}"] if invoice["reason"] else []
    if invoice["status"] == InvoiceStatus.CANCELLED:
        return ["This invoice was cancelled and is not to be paid.", *said]
    if invoice["kind"] == InvoiceKind.CREDIT:
        return [*said, "This amount is taken off what you owe us."]
    return [*said, _how_to_pay(invoice, parties)]


def _verb(invoice: Row) -> str:
    cancelled = invoice["status"] == InvoiceStatus.CANCELLED
    return "Why it was cancelled" if cancelled else "Why it was credited"


def _how_to_pay(invoice: Row, parties: Row) -> str:
    if not invoice["open_minor"]:
        return "This invoice is paid. Thank you."
    if parties["payment_method"] == PaymentMethod.CREDIT_CARD:
        return f"Payable by {invoice['due_on']}; your orders are paid by credit card."
    days = parties["payment_days"]
    terms = f"within {days} days of the invoice's date" if days else "at once"
    return f"Please pay {terms}, by {invoice['due_on']}, and name {number(invoice)} with your payment."
