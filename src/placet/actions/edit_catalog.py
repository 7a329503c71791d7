"""Additions to the catalog: vendors and products by distributors, price lists by whoever sells."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from placet.actions.doors import no_seller_admin
from placet.domain import money
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import BillingType, Fulfilment, Kind, ProductType
from placet.domain.world.shape import Connector
from placet.storage import catalog, db, organizations
from placet.storage.db import Row

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
    sandbox: dict[str, Any]
    ref: str | None


@dataclass(frozen=True, slots=True)
class NewPriceList:
    """A price list to add (R4): decimal text by product (id or ref), or a markup, or both."""

    currency: str
    name: str
    prices: dict[str, str]
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
        return invalid(vendor="There is no such vendor.")
    row = {name: getattr(new, name) for name in new.__slots__} | {
        "id": db.new_id(),
        "vendor": vendor["id"],
    }
    if not catalog.add_product(row):
        return invalid(ref=TAKEN)
    return catalog.product(str(row["id"])) or row


@db.transaction
def add_price_list(*, by: Actor, new: NewPriceList) -> Row | Refusal:
    """The list as it reads, with its fixed `prices`."""
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
    return added | {"prices": catalog.prices_on(added["id"])}


def _wrong(new: NewPriceList, by: Actor) -> Refusal | None:
    if not money.is_currency(new.currency):
        return invalid(currency="Not a currency of ISO 4217.")
    if new.valid_from and new.valid_to and new.valid_from >= new.valid_to:
        return invalid(valid_to="It must be after valid_from.")
    if new.markup_percent is None:
        return None if new.prices else invalid(prices="Prices or a markup_percent are needed.")
    supply = catalog.supply_of(by.organization)
    if supply is None:
        return invalid(markup_percent="A top seller buys from nobody: there is no cost to mark up.")
    if supply.currency != new.currency:
        return invalid(markup_percent=f"You buy in {supply.currency}: a markup must be in it too.")
    return None


def _prices(new: NewPriceList) -> dict[UUID, int] | Refusal:
    """Fixed prices in minor units, by product."""
    ids = catalog.product_ids(list(new.prices))
    if unknown := [name for name in new.prices if name not in ids]:
        return Refusal("unknown_product", facts={"products": unknown})
    if len(set(ids.values())) < len(ids):
        return invalid(prices="A product stands in it twice, by its id and by its ref.")
    units = {name: _unit(text, new.currency) for name, text in new.prices.items()}
    if errors := {f"prices.{name}": unit for name, unit in units.items() if isinstance(unit, str)}:
        return invalid(**errors)
    return {ids[name]: unit for name, unit in units.items() if isinstance(unit, int)}


def _unit(text: str, currency: str) -> int | str:
    """Minor units, or what is wrong with the text."""
    try:
        minor = money.parsed(text, currency)
    except ValueError as error:
        return str(error)
    return minor if minor >= 0 else "negative"
