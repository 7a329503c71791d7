"""What is billed on a link, as its two parties read it: invoices, payments, refunds (R60-R65, R2)."""

from typing import Any

from placet.domain.money import Money
from placet.domain.parties import Actor
from placet.domain.view import timestamp

Row = dict[str, Any]
"""As a read model of storage has it."""


def invoice_json(row: Row) -> Row:
    """An invoice as both of its parties read it."""
    named = ("id", "number", "kind", "status", "seller", "buyer", "issued_on", "due_on")
    shown = {name: row[name] for name in named}
    shown |= {"contract": row["contract_id"], "order": row["order_id"], "reason": row["reason"] or None}
    shown["external_number"] = row["external_number"]
    shown |= _amounts(row, row["currency"], "net", "tax", "total", "open")
    return shown | {"lines": [_invoice_line(line, row["currency"]) for line in row["lines"] or ()]}


def _invoice_line(line: Row, currency: str) -> Row:
    named = ("id", "product", "type", "quantity", "subscription", "description")
    shown = {name: line[name] for name in named} | _amounts(line, currency, "net", "tax")
    shown["period"] = {"first": line["from"], "until": line["until"]} if line["from"] else None
    return shown | ({"credits": line["credits"]} if line["credits"] else {})


def _amounts(row: Row, currency: str, *names: str) -> Row:
    return {name: Money(row[f"{name}_minor"], currency).as_json() for name in names}


def payment_json(row: Row, viewer: Actor) -> Row:
    """A payment. The seller's note, its reference and its people's names stay inside."""
    shown = _booked(row, "invoice", "order") | _amounts(row, row["currency"], "left")
    own = {"reference": row["reference"], "note": row["note"] or None} | _who(row)
    return shown | (own if _sold_by(row, viewer) else {})


def refund_json(row: Row, viewer: Actor) -> Row:
    """Money that was given back. Who gave it is the seller's own to know."""
    shown = _booked(row, "payment", "order") | {name: row[name] for name in ("status", "reason")}
    shown["done_at"] = timestamp(row["done_at"]) if row["done_at"] else None
    return shown | (_who(row) if _sold_by(row, viewer) else {})


def _booked(row: Row, *related: str) -> Row:
    shown: dict[str, Any] = {name: row[name] for name in ("id", "seller", "buyer")}
    shown |= {name: row[f"{name}_id"] for name in ("contract", *related)}
    return shown | _amounts(row, row["currency"], "amount") | {"at": timestamp(row["at"])}


def _who(row: Row) -> Row:
    return {"by": row["by"]["name"] if row["by"] else None}


def _sold_by(row: Row, viewer: Actor) -> bool:
    return bool(row["seller"]["id"] == str(viewer.organization))
