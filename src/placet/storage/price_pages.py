"""Price lists as their owner's pages show them (R4): all of them with how much stands on each and who buys by
it, and the prices of one by the names of products, however many there are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.catalog import FIRST, LISTS, NAMED
from placet.storage.db import Row
from placet.storage.order_lists import literally

COUNTED: Final = 10_000
"""Prices of a list are counted up to here."""

OWN: Final = f"""
WITH list AS ({LISTS} WHERE l.owner_id = %(owner)s AND l.id > %(after)s ORDER BY l.id LIMIT %(most)s)
SELECT list.*,
  (SELECT count(*) FROM (SELECT FROM price i WHERE i.price_list_id = list.id LIMIT {COUNTED}) few) AS prices,
  (SELECT count(*) FROM discount d WHERE d.price_list_id = list.id) AS discounts,
  (SELECT count(*) FROM contract c WHERE c.price_list_id = list.id AND c.ended_at IS NULL) AS buyers
FROM list ORDER BY list.id"""


def own_lists(owner: UUID, after: UUID | None, most: int) -> list[Row]:
    """The lists of one seller, the oldest first, with how many `prices` (up to `COUNTED`), `discounts` and
    `buyers` each has."""
    return db.fetch(OWN, {"owner": owner, "after": after or FIRST, "most": most})


BUYERS: Final = f"""
SELECT {NAMED.format("b")} AS party, b.kind FROM contract c JOIN organization b ON b.id = c.buyer_id
WHERE c.price_list_id = %(price_list)s AND c.ended_at IS NULL ORDER BY b.name, b.id LIMIT %(most)s"""


def buyers_by(price_list: UUID, most: int) -> list[Row]:
    """Who buys by that list, by name."""
    return db.fetch(BUYERS, {"price_list": price_list, "most": most})


class When(StrEnum):
    """Which prices, by their time."""

    NOW = "now"
    LATER = "later"
    OVER = "over"


TIMES: Final = {
    When.NOW: "coalesce(i.valid_from, '-infinity') <= %(at)s AND coalesce(i.valid_to, 'infinity') > %(at)s",
    When.LATER: "i.valid_from > %(at)s",
    When.OVER: "i.valid_to <= %(at)s",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a price stands among the list's, by name, product, quantity and start (none: since ever)."""

    name: str
    product: UUID
    min_quantity: int
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which prices of a list: everything that is set must hold. `text` is part of a product's name or SKU."""

    text: str = ""
    vendor: UUID | None = None
    when: When | None = None
    after: Place | None = None


PLACE: Final = "p.name, p.id, i.min_quantity, coalesce(i.valid_from, '-infinity')"
PRICES: Final = f"""
SELECT {NAMED.format("p")} AS product, p.name, p.id AS product_id, p.sku, p.billing_type, v.name AS vendor,
  i.min_quantity, i.unit_minor, i.valid_from, i.valid_to,
  ({TIMES[When.NOW]}) AS holds, ({TIMES[When.LATER]}) IS TRUE AS later
FROM product p JOIN price i ON i.product_id = p.id JOIN vendor v ON v.id = p.vendor_id
WHERE i.price_list_id = %(price_list)s{{conditions}}
ORDER BY {PLACE} LIMIT %(most)s"""

# The first condition is what an index can begin at; the second says the rest.
AFTER: Final = f"""p.name >= %(name)s AND ({PLACE}) > (%(name)s, %(product)s, %(min_quantity)s::int4,
  coalesce(%(valid_from)s::timestamptz, '-infinity'))"""
TEXT: Final = "p.id IN (SELECT w.id FROM product w WHERE w.name ILIKE %(text)s OR w.sku ILIKE %(text)s)"


def prices_of(price_list: UUID, wanted: Wanted, at: datetime, most: int) -> list[Row]:
    """Fixed prices of a list by product name, quantity and start. Planned for these very values: a short list
    is read whole and sorted, a long one read off the products in their order."""
    conditions: list[str] = []
    given: Row = {}
    if wanted.text:
        conditions.append(TEXT)
        given["text"] = f"%{literally(wanted.text)}%"
    if wanted.vendor:
        conditions.append("p.vendor_id = %(vendor)s")
        given["vendor"] = wanted.vendor
    if wanted.when:
        conditions.append(TIMES[wanted.when])
    if place := wanted.after:
        conditions.append(AFTER)
        given |= {name: getattr(place, name) for name in place.__slots__}
    statement = PRICES.format(conditions="".join(f" AND {each}" for each in conditions))
    return db.fetch_planned(statement, {"price_list": price_list, "at": at, "most": most, **given})


ONE: Final = f"""
SELECT {NAMED.format("p")} AS product, i.min_quantity, i.unit_minor, i.valid_from, i.valid_to
FROM price i JOIN product p ON p.id = i.product_id
WHERE i.price_list_id = %(price_list)s AND i.product_id = %(product)s AND i.min_quantity = %(min_quantity)s
  AND i.valid_from IS NOT DISTINCT FROM %(valid_from)s::timestamptz"""


def price_of(price_list: UUID, product: UUID, min_quantity: int, valid_from: datetime | None) -> Row | None:
    """One price of a list."""
    asked = {"price_list": price_list, "product": product, "min_quantity": min_quantity}
    return db.fetch_one(ONE, {**asked, "valid_from": valid_from})
