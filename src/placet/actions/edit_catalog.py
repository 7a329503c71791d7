"""Additions to the catalog: vendors and products by distributors, price lists by whoever sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from placet.actions.browse_catalog import filled
from placet.actions.doors import no_seller_admin
from placet.domain import money
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.validity import EVER, Validity, overlap
from placet.domain.words import BillingType, Fulfilment, Kind, ProductType
from placet.domain.world.shape import Connector
from placet.storage import catalog, db, organizations
from placet.storage.db import Row
from placet.storage.facts import as_uuid

TAKEN = "This ref is taken."


@dataclass(frozen=True, slots=True)
class NewVendor:
    """A vendor to add."""

    name: str
    connector: Connector
    ref: str | None


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to add (R3); `vendor` by id or ref."""

    vendor: str
    name: str
    sku: str
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    trial: bool
    term_months: int | None
    sandbox: dict[str, Any]
    ref: str | None
    description: str = ""


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A unit price to add, as decimal text, of a product (id or ref) from a quantity on, while valid."""

    product: str
    unit_price: str
    min_quantity: int = 1
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewDiscount:
    """A percentage to take off, of a product (id or ref) or of everything, likewise (R7)."""

    product: str | None
    percent: Decimal
    min_quantity: int
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class NewPriceList:
    """A price list to add (R4): prices by the name of their field in a body, or a markup, or both."""

    currency: str
    name: str
    prices: dict[str, NewPrice]
    markup_percent: Decimal | None
    valid_from: datetime | None
    valid_to: datetime | None
    ref: str | None


def may_add_products(by: Actor) -> Refusal | None:
    """Vendors and products belong to nobody, so only distributors' admins add them."""
    distributes = organizations.party(by.organization).kind is Kind.DISTRIBUTOR
    return None if distributes and by.may(Permission.ADMINISTER) else Refusal("forbidden")


@db.transaction
def add_vendor(*, by: Actor, new: NewVendor) -> Row | Refusal:
    """The vendor as it reads."""
    if refusal := may_add_products(by):
        return refusal
    row = {"id": db.new_id(), "ref": new.ref, "name": new.name, "connector": new.connector}
    return row if catalog.add_vendor(row) else invalid(ref=TAKEN)


@db.transaction
def add_product(*, by: Actor, new: NewProduct) -> Row | Refusal:
    """The product as it reads."""
    if refusal := may_add_products(by):
        return refusal
    vendor = catalog.vendor(new.vendor)
    if vendor is None:
        return invalid(vendor=sentence("There is no such vendor."))
    row = {name: getattr(new, name) for name in new.__slots__} | {
        "id": db.new_id(),
        "vendor": vendor["id"],
    }
    if not catalog.add_product(row):
        return invalid(ref=TAKEN)
    return catalog.product(str(row["id"])) or row


@db.transaction
def add_price_list(*, by: Actor, new: NewPriceList) -> Row | Refusal:
    """The list as it reads, with its first fixed `prices`."""
    if refusal := no_seller_admin(by) or _wrong(new, by):
        return refusal
    prices = _prices(new)
    if isinstance(prices, Refusal):
        return prices
    row = {name: getattr(new, name) for name in new.__slots__} | {
        "id": db.new_id(),
        "owner": by.organization,
    }
    if not catalog.add_price_list(row, prices):
        return invalid(ref=TAKEN)
    added = catalog.price_list(by.organization, str(row["id"]))
    assert added is not None, "it was added just now"
    return filled(added)


@db.transaction
def change_price_list(*, by: Actor, price_list: str, changes: Mapping[str, Any]) -> Row | Refusal:
    """The list as it reads, with its first fixed `prices`; `changes` are its new `name`, `markup_percent`,
    `valid_from` and `valid_to`, as far as they are to change. Orders that were placed keep theirs (R5)."""
    listed = own_list(by=by, name=price_list)
    if isinstance(listed, Refusal):
        return listed
    catalog.hold_price_list(listed["id"])
    changed = {**listed, **changes}
    wrong = _wrong_period("valid_to", changed["valid_from"], changed["valid_to"])
    if wrong or (wrong := _wrong_markup(changes.get("markup_percent"), listed["currency"], by)):
        return invalid(**wrong)
    catalog.change_price_list(changed)
    return filled(catalog.price_list(by.organization, price_list) or changed)


@db.transaction
def add_discount(*, by: Actor, price_list: str, new: NewDiscount) -> Row | Refusal:
    """The discount as it reads."""
    listed = own_list(by=by, name=price_list)
    if isinstance(listed, Refusal):
        return listed
    if wrong := _wrong_period("valid_to", new.valid_from, new.valid_to):
        return invalid(**wrong)
    ids = catalog.product_ids([new.product] if new.product else [])
    if new.product and not ids:
        return Refusal("unknown_product", facts={"products": [new.product]})
    catalog.hold_price_list(listed["id"])
    row = {name: getattr(new, name) for name in new.__slots__} | {
        "id": db.new_id(),
        "price_list": listed["id"],
        "product": ids.get(new.product or ""),
    }
    if not catalog.add_discount(row):
        return invalid(valid_from=sentence("Another discount of the same holds for some of this time."))
    return catalog.discount(listed["id"], row["id"]) or row


@db.transaction
def remove_discount(*, by: Actor, price_list: str, discount: str) -> Refusal | None:
    """Takes it from the list; orders that were placed keep it (R5)."""
    listed = own_list(by=by, name=price_list)
    if isinstance(listed, Refusal):
        return listed
    id_ = as_uuid(discount)
    gone = id_ is not None and catalog.remove_discount(listed["id"], id_)
    return None if gone else Refusal("not_found")


def own_list(*, by: Actor, name: str) -> Row | Refusal:
    """The caller's own list, by id or ref, to be changed: another's is not there, and it takes an admin."""
    found = catalog.price_list(by.organization, name)
    return no_seller_admin(by) or found if found else Refusal("not_found")


def _wrong(new: NewPriceList, by: Actor) -> Refusal | None:
    if not money.is_currency(new.currency):
        return invalid(currency=sentence("Not a currency of ISO 4217."))
    if wrong := _wrong_period("valid_to", new.valid_from, new.valid_to):
        return invalid(**wrong)
    if new.markup_percent is None:
        return None if new.prices else invalid(prices=sentence("Prices or a markup_percent are needed."))
    wrong = _wrong_markup(new.markup_percent, new.currency, by)
    return invalid(**wrong) if wrong else None


def _wrong_markup(percent: Decimal | None, currency: str, by: Actor) -> dict[str, str]:
    if percent is None:
        return {}
    supply = catalog.supply_of(by.organization)
    if supply is None:
        return {"markup_percent": "A top seller buys from nobody: there is no cost to mark up."}
    if supply.currency != currency:
        return {"markup_percent": f"You buy in {supply.currency}: a markup must be in it too."}
    return {}


def _wrong_period(name: str, first: datetime | None, last: datetime | None) -> dict[str, str]:
    return {name: "It must be after valid_from."} if first and last and first >= last else {}


def _prices(new: NewPriceList) -> list[Row] | Refusal:
    """Fixed prices in minor units."""
    named = {price.product for price in new.prices.values()}
    ids = catalog.product_ids(sorted(named))
    if unknown := [name for name in sorted(named) if name not in ids]:
        return Refusal("unknown_product", facts={"products": unknown})
    units = {field: _unit(price.unit_price, new.currency) for field, price in new.prices.items()}
    errors = {_unit_field(field): unit for field, unit in units.items() if isinstance(unit, str)}
    for field, price in new.prices.items():
        errors |= _wrong_period(f"{field}.valid_to", price.valid_from, price.valid_to)
    errors = errors or _overlapping(new.prices, ids)
    if errors:
        return invalid(**errors)
    return [_price(price, ids[price.product], units[field]) for field, price in new.prices.items()]


def _unit_field(field: str) -> str:
    """A plain price is its field; one with a quantity or a time has a field for its unit."""
    return field if field.startswith("prices.") else f"{field}.unit_price"


def _price(price: NewPrice, product: UUID, unit: int | str) -> Row:
    period = {"valid_from": price.valid_from, "valid_to": price.valid_to}
    return {"product": product, "min_quantity": price.min_quantity, "unit": unit, **period}


def _overlapping(prices: dict[str, NewPrice], ids: dict[str, UUID]) -> dict[str, str]:
    """Of one product and quantity, one price holds at a time (R4)."""
    keyed = {field: (ids[price.product], price.min_quantity) for field, price in prices.items()}
    in_time = sorted(prices, key=lambda field: (keyed[field], prices[field].valid_from or EVER))
    return {
        after: f"It overlaps {before}."
        for before, after in pairwise(in_time)
        if keyed[before] == keyed[after] and overlap(_period(prices[before]), _period(prices[after]))
    }


def _period(price: NewPrice) -> Validity:
    return price.valid_from, price.valid_to


def _unit(text: str, currency: str) -> int | str:
    """Minor units, or what is wrong with the text."""
    try:
        minor = money.parsed(text, currency)
    except ValueError as error:
        return str(error)
    return minor if minor >= 0 else "negative"
