"""The catalog as each organization may see it (R2, R4): what it can buy, at its own resulting prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from placet.domain.chain import PriceList
from placet.domain.money import Money
from placet.domain.parties import Actor
from placet.domain.pricing import Cost, price_on, unit_prices
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import BillingType, Kind, ProductType
from placet.storage import catalog, facts, organizations
from placet.storage.catalog import Place, ProductFilter, Supply
from placet.storage.db import Row

AT_ONCE: Final = 200
"""Products whose prices are made in one go."""

SHOWN: Final = 200
"""Prices and discounts that are read with their list; the others have pages of their own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which products, and at the price of how many; `price_list` is one of the caller's own, to see what
    it makes of them."""

    vendor: str = ""
    product_type: ProductType | None = None
    billing_type: BillingType | None = None
    text: str = ""
    price_list: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """A product and what the caller may know of its price: `cost` where it buys it to sell it on,
    `price` what it pays as a customer, or what it takes by the list that it asked for."""

    product: Row
    cost: Money | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class _Shop:
    """Where the caller buys (a top seller does not), whether to sell on, by which list it looks, and at
    the price of how many."""

    organization: UUID
    supply: Supply | None
    final: bool
    selling_by: Row | None
    quantity: int
    at: datetime


def find_products(
    *, by: Actor, wanted: Wanted, after: UUID | None, most: int, at: datetime
) -> list[Offer] | Refusal:
    """Products that the caller can buy, or a top seller can sell, the oldest first; one more than `most`
    where there is more."""
    selling_by = catalog.price_list(by.organization, wanted.price_list) if wanted.price_list else None
    if wanted.price_list and selling_by is None:
        return invalid(price_list=sentence("Not a price list of yours."))
    vendor = catalog.vendor(wanted.vendor) if wanted.vendor else None
    if wanted.vendor and vendor is None:
        return invalid(vendor=sentence("There is no such vendor."))
    which = ProductFilter(
        vendor["id"] if vendor else None, wanted.product_type, wanted.billing_type, wanted.text
    )
    return list(islice(_offers(_shop(by, selling_by, wanted.quantity, at), which, after), most + 1))


def read_product(*, by: Actor, name: str, quantity: int, at: datetime) -> Offer | Refusal:
    """One product, by id or ref, at the price of so many; what the caller cannot buy is not there for it."""
    product = catalog.product(name)
    offers = _priced(_shop(by, None, quantity, at), [product]) if product else iter(())
    return next(offers, Refusal("not_found"))


def _shop(by: Actor, selling_by: Row | None, quantity: int, at: datetime) -> _Shop:
    kind = organizations.party(by.organization).kind
    supply = catalog.supply_of(by.organization)
    return _Shop(by.organization, supply, kind is Kind.CUSTOMER, selling_by, quantity, at)


def _offers(shop: _Shop, which: ProductFilter, after: UUID | None) -> Iterator[Offer]:
    """Page by page, because which products have a price all along the chain shows only when it is made."""
    top_list = shop.supply.top_list if shop.supply else None
    if shop.supply and top_list is None:
        return
    while products := catalog.products(which, top_list, after, AT_ONCE):
        yield from _priced(shop, products)
        after = products[-1]["id"]


def _priced(shop: _Shop, products: Sequence[Row]) -> Iterator[Offer]:
    ids = [product["id"] for product in products]
    own = catalog.as_priced(shop.selling_by, ids, shop.at) if shop.selling_by else None
    costs = _costs(shop, ids)
    for product in products:
        cost = costs.get(product["id"])
        if shop.supply is None or cost:
            yield _offer(shop, product, cost, own)


def _costs(shop: _Shop, products: Sequence[UUID]) -> dict[UUID, Money]:
    """What the caller pays for a unit of each of these products that is for sale to it."""
    found = facts.for_order(str(shop.organization), [str(product) for product in products], shop.at)
    if found is None or not found.chain:
        return {}
    units = {
        product.id: unit_prices(found.chain, product, shop.quantity) for product in found.products.values()
    }
    return {id_: Money(chain[0], found.chain[0].currency) for id_, chain in units.items() if chain}


def _offer(shop: _Shop, product: Row, cost: Money | None, own: PriceList | None) -> Offer:
    if shop.final:
        return Offer(product, price=cost)
    paid: Cost = (cost.minor, cost.currency) if cost else None
    unit = price_on(own, product["id"], shop.quantity, paid) if own else None
    return Offer(product, cost, Money(unit, own.currency) if own and unit is not None else None)


def find_vendors(*, after: UUID | None, most: int) -> list[Row]:
    """All vendors: their names are no secret."""
    return catalog.vendors(after, most + 1)


def read_vendor(*, name: str) -> Row | Refusal:
    """One vendor, by id or ref."""
    return catalog.vendor(name) or Refusal("not_found")


def find_price_lists(*, by: Actor, after: UUID | None, most: int) -> list[Row]:
    """The caller's own lists, the oldest first; one more than `most` where there is more."""
    return catalog.price_lists(by.organization, after, most + 1)


def read_price_list(*, by: Actor, name: str) -> Row | Refusal:
    """One of the caller's own lists, by id or ref, with its first fixed `prices` and `discounts`, one more
    of each than `SHOWN` where there are more; another's list is not there."""
    found = catalog.price_list(by.organization, name)
    return filled(found) if found else Refusal("not_found")


def any_price_list(*, name: str) -> Row | Refusal:
    """Whoever's list of that id or ref: for the operator."""
    return catalog.any_price_list(name) or Refusal("not_found")


def filled(listed: Row) -> Row:
    """The list with its first `prices` and `discounts`."""
    prices = catalog.prices_on(listed["id"], Place(), SHOWN + 1)
    return listed | {"prices": prices, "discounts": catalog.discounts_on(listed["id"], None, SHOWN + 1)}


def find_prices(
    *, by: Actor, name: str, product: str, after: Place, most: int
) -> tuple[Row, list[Row]] | Refusal:
    """One of the caller's own lists, and its fixed prices, of that product, if one is named; one more than
    `most` where there is more."""
    found = catalog.price_list(by.organization, name)
    if found is None:
        return Refusal("not_found")
    return found, catalog.prices_on(found["id"], after, most + 1, product)


def find_discounts(*, by: Actor, name: str, after: UUID | None, most: int) -> list[Row] | Refusal:
    """The discounts of one of the caller's own lists, likewise."""
    found = catalog.price_list(by.organization, name)
    return catalog.discounts_on(found["id"], after, most + 1) if found else Refusal("not_found")
