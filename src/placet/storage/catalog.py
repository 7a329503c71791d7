"""The catalog (R3, R4): vendors, products and price lists, as they are read and as they are added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from placet.domain.chain import PriceList
from placet.domain.words import BillingType, ProductType
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import DEEPEST, VALID, as_uuid, by_product
from placet.storage.order_lists import literally

FIRST: Final = UUID(int=0)
"""Before every id there is."""

NAMED: Final = "json_build_object('id', {0}.id, 'ref', {0}.ref, 'name', {0}.name)"
"""`{id, ref, name}`, as the API writes a party, a product or a vendor."""


# Vendors ------------------------------------------------------------------------------------

VENDORS: Final = "SELECT v.id, v.ref, v.name, v.connector FROM vendor v"
ONE: Final = "WHERE {0}.id = %(id)s OR {0}.ref = %(ref)s"


def vendors(after: UUID | None, most: int) -> list[Row]:
    """Vendors, the oldest first."""
    statement = f"{VENDORS} WHERE v.id > %(after)s ORDER BY v.id LIMIT %(most)s"
    return db.fetch(statement, {"after": after or FIRST, "most": most})


def vendor(name: str) -> Row | None:
    """The vendor of that id or ref."""
    return db.fetch_one(f"{VENDORS} {ONE.format('v')}", by_name(name))


def by_name(name: str) -> Row:
    """The parameters of a look-up by id or ref."""
    return {"id": as_uuid(name), "ref": name}


NEW_VENDOR: Final = """
INSERT INTO vendor (id, ref, name, connector) VALUES (%(id)s, %(ref)s, %(name)s, %(connector)s)
ON CONFLICT (ref) DO NOTHING RETURNING id"""


def add_vendor(row: Row) -> bool:
    """Adds a vendor; not where its ref is taken."""
    return db.fetch_one(NEW_VENDOR, row) is not None


# Products -----------------------------------------------------------------------------------

PRODUCTS: Final = f"""
SELECT p.id, p.ref, p.name, p.description, p.sku, {NAMED.format("v")} AS vendor, p.product_type,
  p.billing_type, p.fulfilment, p.trial, p.term_months
FROM product p JOIN vendor v ON v.id = p.vendor_id"""

SOME: Final = f"""{PRODUCTS}
WHERE p.id > %(after)s{{priced}}
  AND (%(vendor)s::uuid IS NULL OR p.vendor_id = %(vendor)s::uuid)
  AND (%(product_type)s::text IS NULL OR p.product_type = %(product_type)s::text)
  AND (%(billing_type)s::text IS NULL OR p.billing_type = %(billing_type)s::text)
  AND (%(text)s::text IS NULL OR p.name ILIKE %(text)s::text OR p.sku ILIKE %(text)s::text)
ORDER BY p.id LIMIT %(most)s"""

PRICED: Final = """
  AND p.id IN (SELECT i.product_id FROM price i WHERE i.price_list_id = %(priced_on)s)"""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products: everything that is set must hold."""

    vendor: UUID | None = None
    product_type: ProductType | None = None
    billing_type: BillingType | None = None
    text: str = ""


def products(wanted: ProductFilter, priced_on: UUID | None, after: UUID | None, most: int) -> list[Row]:
    """Products, the oldest first; only those with a price of their own on one list, if it is named. Planned
    for these very values: a short list among many products is read from its own end."""
    return db.fetch_planned(
        SOME.format(priced=PRICED if priced_on else ""),
        {
            "vendor": wanted.vendor,
            "product_type": wanted.product_type,
            "billing_type": wanted.billing_type,
            "text": f"%{literally(wanted.text)}%" if wanted.text else None,
            "priced_on": priced_on,
            "after": after or FIRST,
            "most": most,
        },
    )


def product(name: str) -> Row | None:
    """The product of that id or ref."""
    return db.fetch_one(f"{PRODUCTS} {ONE.format('p')}", by_name(name))


NEW_PRODUCT: Final = """
INSERT INTO product (id, ref, vendor_id, sku, name, description, product_type, billing_type, fulfilment,
  trial, term_months, sandbox)
VALUES (%(id)s, %(ref)s, %(vendor)s, %(sku)s, %(name)s, %(description)s, %(product_type)s, %(billing_type)s,
  %(fulfilment)s, %(trial)s, %(term_months)s, %(sandbox)s)
ON CONFLICT (ref) DO NOTHING RETURNING id"""


def add_product(row: Row) -> bool:
    """Adds a product; not where its ref is taken."""
    return db.fetch_one(NEW_PRODUCT, row | {"sandbox": db.json(row["sandbox"])}) is not None


IDS: Final = """
SELECT p.id, p.ref FROM product p WHERE p.id = ANY(%(ids)s) OR p.ref = ANY(%(refs)s)"""


def product_ids(names: Sequence[str]) -> dict[str, UUID]:
    """The ids of the products that exist, by the name they were asked for (id or ref)."""
    asked = {name: as_uuid(name) for name in names}
    rows = db.fetch(IDS, {"ids": [id_ for id_ in asked.values() if id_], "refs": list(asked)})
    known: dict[str | UUID, UUID] = {row["id"]: row["id"] for row in rows}
    known |= {row["ref"]: row["id"] for row in rows}
    return {name: known[key] for name, id_ in asked.items() if (key := id_ or name) in known}


# Price lists --------------------------------------------------------------------------------

LISTS: Final = f"""
SELECT l.id, l.ref, l.name, l.currency, trim_scale(l.markup_percent)::text AS markup_percent,
  l.valid_from, l.valid_to, {NAMED.format("g")} AS owner
FROM price_list l JOIN organization g ON g.id = l.owner_id"""


def price_lists(owner: UUID, after: UUID | None, most: int) -> list[Row]:
    """The lists of one seller, the oldest first."""
    statement = f"{LISTS} WHERE l.owner_id = %(owner)s AND l.id > %(after)s ORDER BY l.id LIMIT %(most)s"
    return db.fetch(statement, {"owner": owner, "after": after or FIRST, "most": most})


def price_list(owner: UUID, name: str) -> Row | None:
    """The seller's list of that id or ref."""
    statement = f"{LISTS} WHERE l.owner_id = %(owner)s AND (l.id = %(id)s OR l.ref = %(ref)s)"
    return db.fetch_one(statement, {"owner": owner, **by_name(name)})


def any_price_list(name: str) -> Row | None:
    """Whoever's list of that id or ref."""
    return db.fetch_one(f"{LISTS} {ONE.format('l')}", by_name(name))


CHANGE_LIST: Final = """
UPDATE price_list SET name = %(name)s, markup_percent = %(markup_percent)s::numeric,
  valid_from = %(valid_from)s, valid_to = %(valid_to)s WHERE id = %(id)s"""


def change_price_list(row: Row) -> None:
    """Writes the list as the row says."""
    db.fetch(CHANGE_LIST, row)


HOLD_LIST: Final = "SELECT id FROM price_list WHERE id = %(id)s FOR NO KEY UPDATE"


def hold_price_list(price_list: UUID) -> None:
    """Whoever else writes what is on the list waits."""
    db.fetch(HOLD_LIST, {"id": price_list})


PRICES: Final = f"""
SELECT {NAMED.format("p")} AS product, i.min_quantity, i.unit_minor, i.valid_from, i.valid_to
FROM price i JOIN product p ON p.id = i.product_id
WHERE i.price_list_id = %(price_list)s AND (%(ref)s = '' OR p.id = %(id)s OR p.ref = %(ref)s)
  AND (%(product)s::uuid IS NULL OR (i.product_id, i.min_quantity,
  coalesce(i.valid_from, '-infinity')) > (%(product)s::uuid, %(quantity)s::int4,
  coalesce(%(start)s::timestamptz, '-infinity')))
ORDER BY i.product_id, i.min_quantity, coalesce(i.valid_from, '-infinity') LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a price stands on its list: by product, quantity and start."""

    product: UUID | None = None
    min_quantity: int = 0
    valid_from: datetime | None = None


def prices_on(price_list: UUID, after: Place, most: int, product: str = "") -> list[Row]:
    """Fixed prices of one list, of that product, if one is named by id or ref; by product, the oldest first,
    then by quantity and time."""
    place = {"product": after.product, "quantity": after.min_quantity, "start": after.valid_from}
    return db.fetch(PRICES, {"price_list": price_list, "most": most, **place, **by_name(product)})


DISCOUNTS: Final = f"""
SELECT d.id, CASE WHEN p.id IS NOT NULL THEN {NAMED.format("p")} END AS product, d.min_quantity,
  trim_scale(d.percent)::text AS percent, d.valid_from, d.valid_to
FROM discount d LEFT JOIN product p ON p.id = d.product_id
WHERE d.price_list_id = %(price_list)s"""


def discounts_on(price_list: UUID, after: UUID | None, most: int) -> list[Row]:
    """Discounts of one list, the oldest first."""
    statement = f"{DISCOUNTS} AND d.id > %(after)s ORDER BY d.id LIMIT %(most)s"
    return db.fetch(statement, {"price_list": price_list, "after": after or FIRST, "most": most})


def discount(price_list: UUID, id_: UUID) -> Row | None:
    """One of the list's discounts."""
    return db.fetch_one(f"{DISCOUNTS} AND d.id = %(id)s", {"price_list": price_list, "id": id_})


NEW_DISCOUNT: Final = """
INSERT INTO discount (id, price_list_id, product_id, min_quantity, percent, valid_from, valid_to)
SELECT %(id)s::uuid, %(price_list)s::uuid, %(product)s::uuid, %(min_quantity)s::int4, %(percent)s::numeric,
  %(valid_from)s::timestamptz, %(valid_to)s::timestamptz
WHERE NOT EXISTS (SELECT FROM discount d WHERE d.price_list_id = %(price_list)s::uuid
  AND d.product_id IS NOT DISTINCT FROM %(product)s::uuid AND d.min_quantity = %(min_quantity)s::int4
  AND tstzrange(d.valid_from, d.valid_to)
    && tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz))
RETURNING id"""


def add_discount(row: Row) -> bool:
    """Adds a discount to a list that is held; not where another one holds for a part of its time."""
    return db.fetch_one(NEW_DISCOUNT, row) is not None


def remove_discount(price_list: UUID, id_: UUID) -> bool:
    """Whether it was there."""
    statement = "DELETE FROM discount WHERE price_list_id = %(price_list)s AND id = %(id)s RETURNING id"
    return db.fetch_one(statement, {"price_list": price_list, "id": id_}) is not None


STEPS: Final = f"""
SELECT
  (SELECT json_agg(json_build_array(i.product_id, i.min_quantity, i.unit_minor)) FROM price i
    WHERE i.price_list_id = %(price_list)s AND i.product_id = ANY(%(products)s) AND {VALID.format("i")})
    AS prices,
  (SELECT json_agg(json_build_array(d.product_id, d.min_quantity, d.percent::text)) FROM discount d
    WHERE d.price_list_id = %(price_list)s AND (d.product_id IS NULL OR d.product_id = ANY(%(products)s))
      AND {VALID.format("d")}) AS discounts"""


def as_priced(row: Row, products: Sequence[UUID], now: datetime) -> PriceList:
    """A row of `price_lists` as prices are made from it at that time, as far as these products need it."""
    found = db.fetch_one(STEPS, {"price_list": row["id"], "products": list(products), "now": now})
    assert found, "a statement of aggregates has its row"
    markup = row["markup_percent"]
    return PriceList(
        currency=row["currency"],
        markup_percent=Decimal(markup) if markup is not None else None,
        prices=by_product(found["prices"] or (), int),
        discounts=by_product(found["discounts"] or (), Decimal),
    )


NEW_LIST: Final = """
WITH list AS (
  INSERT INTO price_list (id, ref, owner_id, name, currency, markup_percent, valid_from, valid_to)
  VALUES (%(id)s, %(ref)s, %(owner)s, %(name)s, %(currency)s, %(markup_percent)s, %(valid_from)s,
    %(valid_to)s)
  ON CONFLICT (ref) DO NOTHING RETURNING id
), prices AS (
  INSERT INTO price (id, price_list_id, product_id, min_quantity, unit_minor, valid_from, valid_to)
  SELECT p.id, list.id, p.product, p.min_quantity, p.unit, p.valid_from, p.valid_to
  FROM list, jsonb_to_recordset(%(prices)s::jsonb) AS p(id uuid, product uuid, min_quantity int4, unit int8,
    valid_from timestamptz, valid_to timestamptz)
)
SELECT id FROM list"""


def add_price_list(row: Row, prices: Sequence[Row]) -> bool:
    """Adds a list with its fixed prices (`product`, `min_quantity`, `unit`, `valid_from`, `valid_to`); not
    where its ref is taken."""
    rows = [{"id": db.new_id(), **price} for price in prices]
    return db.fetch_one(NEW_LIST, row | {"prices": db.json(rows)}) is not None


# Who buys -----------------------------------------------------------------------------------

SUPPLY: Final = f"""
WITH RECURSIVE chain AS (
  SELECT c.seller_id, c.price_list_id, c.currency, 1 AS tier FROM contract c
  WHERE c.buyer_id = %(organization)s AND c.ended_at IS NULL
  UNION ALL
  SELECT c.seller_id, c.price_list_id, c.currency, chain.tier + 1 FROM contract c
  JOIN chain ON chain.seller_id = c.buyer_id WHERE c.ended_at IS NULL AND chain.tier < {DEEPEST}
)
SELECT (SELECT currency FROM chain WHERE tier = 1) AS currency,
  (SELECT price_list_id FROM chain ORDER BY tier DESC LIMIT 1) AS top_list
WHERE EXISTS (SELECT FROM chain)"""


@dataclass(frozen=True, slots=True)
class Supply:
    """Where a buyer's products come from: the currency it buys in, and its top seller's list, outside
    of which there is nothing to buy (R4)."""

    currency: str
    top_list: UUID | None


def supply_of(organization: UUID) -> Supply | None:
    """`None` for a top seller, which buys from nobody."""
    row = db.fetch_one(SUPPLY, {"organization": organization})
    return Supply(row["currency"], row["top_list"]) if row else None
