"""Invoices that an order makes (R52, R62): one for what one link's buyer owes, one for what it gets back."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from placet.domain.order import Act, Charge, Event, Invoice, InvoiceLine, Line, Order, fact, moment, recorded
from placet.domain.periods import Period
from placet.domain.words import ChargeState, EventType, InvoiceKind

Lines = tuple[InvoiceLine, ...]


def debit_invoice(order: Order, tier: int, lines: Lines, act: Act) -> Invoice:
    """What these lines cost; what a card has paid for the order is not open (R48)."""
    paid = captured(order, tier)
    invoice = _invoice(order, tier, lines, InvoiceKind.DEBIT, act)
    return replace(invoice, open=max(0, invoice.total - paid.amount)) if paid else invoice


def credit_invoice(order: Order, tier: int, lines: Lines, act: Act) -> Invoice:
    """What is given back, each line naming the debit line that it takes back; open until it is used."""
    return _invoice(order, tier, lines, InvoiceKind.CREDIT, act)


def billed_line(line: Line, tier: int, period: Period | None, act: Act, description: str = "") -> InvoiceLine:
    """A delivered line at its price on that link, for the time that it pays for."""
    price = line.prices[tier - 1]
    return InvoiceLine(
        id=act.new_id(),
        line=line.id,
        product=line.product.id,
        quantity=line.quantity,
        net=price.net,
        tax=price.tax,
        subscription=line.subscription,
        period=period,
        description=description,
    )


def with_invoices(order: Order, invoices: Iterable[Invoice], act: Act) -> Order:
    """The order with these invoices, each told to its two parties."""
    made = tuple(invoices)
    order = replace(order, invoices=order.invoices + made)
    told = (
        fact(
            order,
            EventType.INVOICE_CREATED,
            act,
            (invoice.tier - 1, invoice.tier),
            invoice=str(invoice.id),
            tier=invoice.tier,
        )
        for invoice in made
    )
    return recorded(order, *told)


def told_apart(order: Order | None, invoice: UUID, parties: tuple[UUID, UUID], act: Act) -> Event:
    """The fact that an invoice was made by hand (R90), for its seller and its buyer; of the order that it
    is about, if of any."""
    detail: dict[str, Any] = {"invoice": str(invoice)}
    if order:
        tier = next(link.tier for link in order.links if link.seller.id == parties[0])
        detail |= {"tier": tier, "order": moment(order)}
    by = act.by.as_json()
    return Event(act.new_id(), EventType.INVOICE_CREATED, act.at, parties, by, detail)


def captured(order: Order, tier: int) -> Charge | None:
    """The charge that this link's payer has paid, if any."""
    return next((c for c in order.charges if c.tier == tier and c.state is ChargeState.CAPTURED), None)


def _invoice(order: Order, tier: int, lines: Lines, kind: InvoiceKind, act: Act) -> Invoice:
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    line = next(each for each in order.lines if each.id == lines[0].line)
    return Invoice(
        id=act.new_id(),
        tier=tier,
        sub_order=line.sub_order,
        lines=lines,
        net=net,
        tax=tax,
        open=net + tax,
        kind=kind,
    )
