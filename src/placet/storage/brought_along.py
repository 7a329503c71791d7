"""Invoices that a world file states, into the books: each is booked as of its day, and what of it is not
open as paid on that day (R60, R62)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from placet.domain import money
from placet.domain.parties import Actor
from placet.domain.words import EntryKind, InvoiceKind, InvoiceStatus, Role
from placet.domain.world.checks import GIVEN_HERE
from placet.domain.world.matching import Thing
from placet.domain.world.shape import Invoice
from placet.storage import db, models, settling
from placet.storage.db import Row

ACCOUNTS: Final = """
SELECT a.id, a.contract_id, a.balance_minor, c.seller_id, c.buyer_id, c.currency, c.payment_days,
  s.time_zone FROM credit_account a JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id WHERE a.contract_id = ANY(%(contracts)s)
ORDER BY a.id FOR NO KEY UPDATE OF a"""

MOVED: Final = """
UPDATE credit_account SET balance_minor = %(balance)s, unused_minor = unused_minor + %(unused)s
WHERE id = %(id)s"""

COUNTED: Final = """
INSERT INTO invoice_counter (seller_id, begins_at, last) VALUES (%(seller)s, %(last)s + 1, %(last)s)
ON CONFLICT DO NOTHING"""

NOON: Final = time(12)


def bring_invoices(
    new: Sequence[Thing[Invoice]],
    *,
    ids: Mapping[str, Mapping[Any, UUID]],
    source: str,
    now: datetime,
) -> None:
    """Writes these invoices, with their entries and payments. `ids` are those of contracts, products and
    invoices, by what they are found by."""
    by_contract: dict[UUID, list[Thing[Invoice]]] = defaultdict(list)
    for thing in sorted(new, key=lambda thing: thing.entry.issued_on):
        by_contract[ids["contracts"][thing.of]].append(thing)
    if not by_contract:
        return
    for account in db.fetch(ACCOUNTS, {"contracts": list(by_contract)}):
        _bring(account, by_contract[account["contract_id"]], ids, source)
        settling.settle(account["id"], now)
    for seller, last in _numbered_as_here(new, ids["organizations"]):
        db.fetch(COUNTED, {"seller": seller, "last": last})


def _bring(
    account: Row, things: Iterable[Thing[Invoice]], ids: Mapping[str, Mapping[Any, UUID]], source: str
) -> None:
    by = Actor(account["seller_id"], source, "system", Role.VIEWER).as_json()
    rows = [_invoice(account, thing.entry, ids["invoices"][thing.match]) for thing in things]
    entries = [entry for row in rows for entry in _entries(account, row, by)]
    models.Invoice.objects.bulk_create(rows)
    models.InvoiceLine.objects.bulk_create(
        line
        for row, thing in zip(rows, things, strict=True)
        for line in _lines(row, thing.entry, ids["products"])
    )
    paid = [row for row in rows if _paid(row)]
    payments = [_payment(account, row, by) for row in paid]
    models.Payment.objects.bulk_create(payments)
    models.Allocation.objects.bulk_create(
        _allocation(payment, row) for payment, row in zip(payments, paid, strict=True)
    )
    entries += [_payment_entry(account, payment, by) for payment in payments]
    balance = account["balance_minor"]
    for entry in sorted(entries, key=lambda entry: entry.at):
        balance += entry.amount_minor
        entry.balance_minor = balance
    models.AccountEntry.objects.bulk_create(sorted(entries, key=lambda entry: entry.at))
    unused = sum(row.open_minor for row in rows if row.kind == InvoiceKind.CREDIT)
    db.fetch(MOVED, {"id": account["id"], "balance": balance, "unused": unused})


def _invoice(account: Row, stated: Invoice, id_: UUID) -> models.Invoice:
    def minor(amount: Any) -> int:  # noqa: ANN401 - a decimal
        return money.minor_units(amount, account["currency"])

    issued_at = datetime.combine(stated.issued_on, NOON, ZoneInfo(account["time_zone"]))
    open_, total = minor(stated.still_open), minor(stated.total)
    status = InvoiceStatus.UNPAID if open_ else InvoiceStatus.PAID
    cancelled = stated.status is InvoiceStatus.CANCELLED
    return models.Invoice(
        id=id_,
        number=stated.number,
        kind=stated.kind.value,
        status=(InvoiceStatus.CANCELLED if cancelled else status).value,
        seller_id=account["seller_id"],
        buyer_id=account["buyer_id"],
        contract_id=account["contract_id"],
        currency=account["currency"],
        net_minor=sum(minor(line.net) for line in stated.billed),
        tax_minor=sum(minor(line.tax) for line in stated.billed),
        total_minor=total,
        open_minor=open_,
        issued_at=issued_at,
        issued_on=stated.issued_on,
        due_on=stated.due_on or stated.issued_on + timedelta(days=account["payment_days"]),
        cancelled_at=issued_at if cancelled else None,
    )


def _lines(
    row: models.Invoice, stated: Invoice, products: Mapping[Any, UUID]
) -> Iterator[models.InvoiceLine]:
    for line in stated.billed:
        yield models.InvoiceLine(
            id=db.new_id(),
            invoice_id=row.id,
            product_id=products[line.product,],
            quantity=line.quantity,
            net_minor=money.minor_units(line.net, row.currency),
            tax_minor=money.minor_units(line.tax, row.currency),
        )


def _entries(account: Row, row: models.Invoice, by: Row) -> Iterator[models.AccountEntry]:
    credit = row.kind == InvoiceKind.CREDIT
    kind = EntryKind.CREDIT_INVOICE if credit else EntryKind.INVOICE
    amount = -row.total_minor if credit else row.total_minor
    yield _entry(account, kind, amount, row, by)
    if row.status == InvoiceStatus.CANCELLED:
        yield _entry(account, EntryKind.CANCELLATION, -amount, row, by)


def _entry(account: Row, kind: EntryKind, amount: int, row: models.Invoice, by: Row) -> models.AccountEntry:
    return models.AccountEntry(
        id=db.new_id(),
        account_id=account["id"],
        kind=kind.value,
        amount_minor=amount,
        invoice_id=row.id,
        by=by,
        at=row.issued_at,
    )


def _paid(row: models.Invoice) -> int:
    """What was paid of it."""
    counts = row.kind == InvoiceKind.DEBIT and row.status != InvoiceStatus.CANCELLED
    return row.total_minor - row.open_minor if counts else 0


def _payment(account: Row, row: models.Invoice, by: Row) -> models.Payment:
    return models.Payment(
        id=db.new_id(),
        account_id=account["id"],
        amount_minor=_paid(row),
        left_minor=0,
        invoice_id=row.id,
        by=by,
        note="brought along",
        at=row.issued_at,
    )


def _allocation(payment: models.Payment, row: models.Invoice) -> models.Allocation:
    return models.Allocation(
        id=db.new_id(),
        account_id=payment.account_id,
        source_id=payment.id,
        target_id=row.id,
        amount_minor=payment.amount_minor,
        at=payment.at,
    )


def _payment_entry(account: Row, payment: models.Payment, by: Row) -> models.AccountEntry:
    return models.AccountEntry(
        id=payment.id,
        account_id=account["id"],
        kind=EntryKind.PAYMENT.value,
        amount_minor=-payment.amount_minor,
        invoice_id=payment.invoice_id,
        by=by,
        note=payment.note,
        at=payment.at,
    )


def _numbered_as_here(
    new: Iterable[Thing[Invoice]], sellers: Mapping[Any, UUID]
) -> Iterator[tuple[UUID, int]]:
    """Whose invoices are numbered as Placet numbers them, and how far: it goes on from there."""
    last: dict[str, int] = {}
    for thing in new:
        if own := re.fullmatch(GIVEN_HERE, thing.entry.number):
            last[thing.entry.seller] = max(int(own[1]), last.get(thing.entry.seller, 0))
    for seller, number in last.items():
        yield sellers[seller,], number
