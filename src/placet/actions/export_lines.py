"""What an ERP takes out of Placet, each thing as its organization may see it (R2): by the same projections as
the API's, with the buyer's number in the caller's own ERP beside it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from placet.actions.list_orders import OrderFilter, find_orders, in_order
from placet.domain import view
from placet.domain.billing_view import invoice_json, payment_json
from placet.domain.exchange import csv_text, header, rows
from placet.domain.exchange_lines import limit_text
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.terms import Terms
from placet.domain.words import Exchanged, ExchangeFormat
from placet.storage import billing, contracts, exchange_lists, partners
from placet.storage.billing import Booked, InvoiceFilter
from placet.storage.db import Row
from placet.storage.exchange_lists import Since
from placet.storage.partners import PartnerFilter

BLOCK: Final = 200
"""Things read at a time for a whole file."""
LONG_AGO: Final = timedelta(days=31)
"""Who has not asked for so long gets everything: all that happened since then, to everybody, would be gone
through for what is nearly all of one's own."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted: all of a kind, or what changed since a moment."""

    kind: Exchanged
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of it; `more` is the id after which the next page begins. Who asks for what changed `since`
    `whole_up_to` next time misses nothing."""

    items: list[Row]
    more: UUID | None
    whole_up_to: datetime


def refusal_of(wanted: Export) -> Refusal | None:
    """Why there is no such export, if so."""
    if wanted.since and wanted.kind is Exchanged.ORGANIZATIONS:
        return invalid(since=sentence("Organizations come whole."))
    return None


def export_page(*, wanted: Export, by: Actor, before: UUID | None, most: int, at: datetime) -> Page:
    """A page of it, the newest first, from behind the thing of id `before` on."""
    assert refusal_of(wanted) is None, "the caller has looked"
    up_to = exchange_lists.whole_up_to(by.organization, at)
    lately = wanted.since if wanted.since and at - wanted.since < LONG_AGO else None
    since = Since(by.organization, lately, before, most + 1) if lately else None
    found = LISTS[wanted.kind](by, since, before, most + 1)
    shown = found[:most]
    more = shown[-1][0] if len(found) > most else None
    return Page([item for _, item in shown], more, up_to)


Found = list[tuple[UUID, Row]]
"""Things with their ids in the list."""


def _organizations(by: Actor, since: Since | None, before: UUID | None, most: int) -> Found:  # noqa: ARG001
    found = partners.below(by.organization, PartnerFilter(), before, most)
    return [(partner.party.id, partner.as_json(by.organization)) for partner in found]


def _limits(by: Actor, since: Since | None, before: UUID | None, most: int) -> Found:
    found = exchange_lists.limits(since) if since else contracts.of_party(by.organization, before, most)
    return [(terms.account.standing.id, _limit(terms, by)) for terms in found]


def _limit(terms: Terms, by: Actor) -> Row:
    own = terms.external_id if by.organization == terms.seller.id else None
    said = {"external_id": own, "credit_limit": limit_text(terms, by.organization)}
    return terms.account.as_json() | said


def _invoices(by: Actor, since: Since | None, before: UUID | None, most: int) -> Found:
    found = (
        exchange_lists.invoices(since)
        if since
        else billing.invoices(by.organization, InvoiceFilter(), before=before, most=most)
    )
    return _with_numbers([(row["id"], invoice_json(row)) for row in found], by)


def _payments(by: Actor, since: Since | None, before: UUID | None, most: int) -> Found:
    found = (
        exchange_lists.payments(since)
        if since
        else billing.payments(by.organization, Booked(), before=before, most=most)
    )
    return _with_numbers([(row["id"], payment_json(row, by)) for row in found], by)


def _with_numbers(found: Found, by: Actor) -> Found:
    numbers = contracts.numbers(by.organization, [UUID(item["buyer"]["id"]) for _, item in found])
    return [(id_, item | {"external_id": numbers.get(UUID(item["buyer"]["id"]))}) for id_, item in found]


def _orders(by: Actor, since: Since | None, before: UUID | None, most: int) -> Found:
    if since:
        found: list[Order] | Refusal = in_order(exchange_lists.orders(since))
    else:
        found = find_orders(by=by, wanted=OrderFilter(), before=before, most=most - 1)
    assert not isinstance(found, Refusal), "nobody's customer was named"
    bought = {order.id: _buyer(order, by) for order in found}
    numbers = contracts.numbers(by.organization, [buyer for buyer in bought.values() if buyer])
    return [
        (order.id, view.render(order, by) | {"external_id": numbers.get(bought[order.id] or order.id)})
        for order in found
    ]


def _buyer(order: Order, by: Actor) -> UUID | None:
    """Who buys from the caller in the order's chain."""
    return next((link.buyer.id for link in order.links if link.seller.id == by.organization), None)


LISTS: Final[Mapping[Exchanged, Callable[[Actor, Since | None, UUID | None, int], Found]]] = {
    Exchanged.ORGANIZATIONS: _organizations,
    Exchanged.LIMITS: _limits,
    Exchanged.INVOICES: _invoices,
    Exchanged.PAYMENTS: _payments,
    Exchanged.ORDERS: _orders,
}


# Whole files ----------------------------------------------------------------------------------


@dataclass
class Count:
    """How much of a file was written, and up to when it is whole."""

    lines: int = 0
    whole_up_to: datetime | None = None
    tell: Callable[[int], None] = field(default=lambda _: None)


def whole_file(
    *, wanted: Export, form: ExchangeFormat, by: Actor, at: datetime, count: Count
) -> Iterator[bytes]:
    """All of it as a file, a piece at a time, whatever its length."""
    pages = _pages(wanted, by, at, count)
    return _csv(wanted.kind, pages) if form is ExchangeFormat.CSV else _json(pages)


def _pages(wanted: Export, by: Actor, at: datetime, count: Count) -> Iterator[Sequence[Row]]:
    before: UUID | None = None
    while True:
        page = export_page(wanted=wanted, by=by, before=before, most=BLOCK, at=at)
        count.whole_up_to = count.whole_up_to or page.whole_up_to
        count.lines += len(page.items)
        count.tell(count.lines)
        yield page.items
        if page.more is None:
            return
        before = page.more


def _csv(kind: Exchanged, pages: Iterator[Sequence[Row]]) -> Iterator[bytes]:
    yield ("\ufeff" + csv_text([header(kind)])).encode()
    for items in pages:
        yield page_csv(kind, items)


def page_csv(kind: Exchanged, items: Sequence[Mapping[str, Any]]) -> bytes:
    """These things as rows of a file, without its header."""
    return csv_text(row for item in items for row in rows(kind, item)).encode()


def _json(pages: Iterator[Sequence[Row]]) -> Iterator[bytes]:
    yield b'{"items":['
    first = True
    for items in pages:
        if items:
            yield (b"" if first else b",\n") + b",\n".join(map(to_json, items))
            first = False
    yield b"]}"
