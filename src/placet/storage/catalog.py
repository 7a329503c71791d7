"""The catalog (R3, R4): vendors, products and price lists, as they are read and as they are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from placet.domain.chain import PriceList
from placet.domain.words import BillingType, ProductType
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import DEEPEST, as_uuid
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
SELECT p.id, p.ref, p.name, p.sku, {NAMED.format("v")} AS vendor, p.product_type, p.billing_type,
  p.fulfilment, p.trial
FROM product p JOIN vendor v ON v.id = p.vendor_id"""

SOME: Final = f"""{PRODUCTS}
WHERE p.id > %(after)s
  AND (%(priced_on)s::uuid IS NULL OR EXISTS (SELECT FROM price i
    WHERE i.price_list_id = %(priced_on)s::uuid AND i.product_id = p.id))
  AND (%(vendor)s::uuid IS NULL OR p.vendor_id = %(vendor)s::uuid)
  AND (%(product_type)s::text IS NULL OR p.product_type = %(product_type)s::text)
  AND (%(billing_type)s::text IS NULL OR p.billing_type = %(billing_type)s::text)
  AND (%(text)s::text IS NULL OR p.name ILIKE %(text)s::text OR p.sku ILIKE %(text)s::text)
ORDER BY p.id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products: everything that is set must hold."""

    vendor: UUID | None = None
    product_type: ProductType | None = None
    billing_type: BillingType | None = None
    text: str = ""


def products(wanted: ProductFilter, priced_on: UUID | None, after: UUID | None, most: int) -> list[Row]:
    """Products, the oldest first; only those with a price of their own on one list, if it is named."""
    return db.fetch(
        SOME,
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
INSERT INTO product (id, ref, vendor_id, sku, name, product_type, billing_type, fulfilment, trial, sandbox)
VALUES (%(id)s, %(ref)s, %(vendor)s, %(sku)s, %(name)s, %(product_type)s, %(billing_type)s, %(fulfilment)s,
  %(trial)s, %(sandbox)s)
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
FROM price_list l JOIN organization g ON g.id = l.owner_id WHERE l.owner_id = %(owner)s"""


def price_lists(owner: UUID, after: UUID | None, most: int) -> list[Row]:
    """The lists of one seller, the oldest first."""
    statement = f"{LISTS} AND l.id > %(after)s ORDER BY l.id LIMIT %(most)s"
    return db.fetch(statement, {"owner": owner, "after": after or FIRST, "most": most})


def price_list(owner: UUID, name: str) -> Row | None:
    """The seller's list of that id or ref."""
    statement = f"{LISTS} AND (l.id = %(id)s OR l.ref = %(ref)s)"
    return db.fetch_one(statement, {"owner": owner, **by_name(name)})


PRICES: Final = f"""
SELECT {NAMED.format("p")} AS product, i.unit_minor FROM price i JOIN product p ON p.id = i.product_id
WHERE i.price_list_id = %(price_list)s ORDER BY p.id"""


def prices_on(price_list: UUID) -> list[Row]:
    """All fixed prices of one list: `product` and `unit_minor`."""
    return db.fetch(PRICES, {"price_list": price_list})


UNITS: Final = """
SELECT product_id, unit_minor FROM price
WHERE price_list_id = %(price_list)s AND product_id = ANY(%(products)s)"""


def as_priced(row: Row, products: Sequence[UUID]) -> PriceList:
    """A row of `price_lists` as prices are made from it, as far as these products need it."""
    found = db.fetch(UNITS, {"price_list": row["id"], "products": list(products)})
    markup = row["markup_percent"]
    return PriceList(
        currency=row["currency"],
        markup_percent=Decimal(markup) if markup is not None else None,
        prices={each["product_id"]: each["unit_minor"] for each in found},
    )


NEW_LIST: Final = """
WITH list AS (
  INSERT INTO price_list (id, ref, owner_id, name, currency, markup_percent, valid_from, valid_to)
  VALUES (%(id)s, %(ref)s, %(owner)s, %(name)s, %(currency)s, %(markup_percent)s, %(valid_from)s,
    %(valid_to)s)
  ON CONFLICT (ref) DO NOTHING RETURNING id
), prices AS (
  INSERT INTO price (price_list_id, product_id, unit_minor)
  SELECT list.id, p.product, p.unit FROM list, unnest(%(products)s::uuid[], %(units)s::int8[])
    AS p(product, unit)
)
SELECT id FROM list"""


def add_price_list(row: Row, prices: Mapping[UUID, int]) -> bool:
    """Adds a list with its fixed prices; not where its ref is taken."""
    units = {"products": list(prices), "units": list(prices.values())}
    return db.fetch_one(NEW_LIST, row | units) is not None


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
