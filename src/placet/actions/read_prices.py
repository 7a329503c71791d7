"""Reading one's own price lists, as pages show them (R2, R4): nobody else's is there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.doors import no_seller_admin
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.storage import catalog, price_pages
from placet.storage.catalog import ProductFilter
from placet.storage.db import Row
from placet.storage.price_pages import COUNTED, Place, Wanted, When

__all__ = ["COUNTED", "Place", "Wanted", "When", "buys_in", "find_lists", "find_prices", "open_list"]

MOST_BUYERS: Final = 20
MOST_DISCOUNTS: Final = 200
MOST_MEANT: Final = 6


@dataclass(frozen=True, slots=True)
class OpenList:
    """One of the caller's own lists with all but its prices: its `discounts`, and the first who buy by it,
    one more than `MOST_BUYERS` where there are more."""

    row: Row
    discounts: list[Row]
    buyers: list[Row]


def find_lists(*, by: Actor, after: UUID | None, most: int) -> list[Row]:
    """The caller's lists, the oldest first; one more than `most` where there is more."""
    return price_pages.own_lists(by.organization, after, most + 1)


def open_list(*, by: Actor, price_list: UUID) -> OpenList | Refusal:
    """One of them, to be looked at."""
    row = catalog.price_list(by.organization, str(price_list))
    if row is None:
        return Refusal("not_found")
    discounts = catalog.discounts_on(price_list, None, MOST_DISCOUNTS)
    return OpenList(row, discounts, price_pages.buyers_by(price_list, MOST_BUYERS + 1))


def find_prices(*, price_list: UUID, wanted: Wanted, at: datetime, most: int) -> list[Row]:
    """The fixed prices of a list that the caller has opened; one more than `most` where there is more."""
    return price_pages.prices_of(price_list, wanted, at, most + 1)


def price_on(
    *, price_list: UUID, product: UUID, min_quantity: int, valid_from: datetime | None
) -> Row | None:
    """One price of a list that the caller has opened, to be changed."""
    return price_pages.price_of(price_list, product, min_quantity, valid_from)


def may_change(*, by: Actor) -> bool:
    """Whether the caller keeps price lists at all."""
    return no_seller_admin(by) is None


def buys_in(*, by: Actor) -> str | None:
    """The currency that the caller itself buys in, of which a markup must be; none for a top seller (R4)."""
    supply = catalog.supply_of(by.organization)
    return supply.currency if supply else None


def product_of(*, product: UUID | None) -> Row | None:
    """A product, by its id."""
    return catalog.product(str(product)) if product else None


def products_like(*, text: str, most: int) -> list[Row]:
    """Products with that text in their name or SKU, by name: what there is is no secret among sellers."""
    found = catalog.products(ProductFilter(text=text), None, None, most)
    exact = catalog.product(text)
    rows = [exact, *(row for row in found if row["id"] != exact["id"])] if exact else found
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def product_meant(*, text: str) -> UUID | list[str]:
    """The one product that is called so: by ref or id, else by its whole name or SKU, else the only one that
    has the text in them; or the names of the first that may be meant."""
    exact = catalog.product(text)
    if exact:
        return UUID(str(exact["id"]))
    found = catalog.products(ProductFilter(text=text), None, None, MOST_MEANT)
    whole = [row for row in found if text.casefold() in (row["name"].casefold(), row["sku"].casefold())]
    if len(whole or found) == 1:
        return UUID(str((whole or found)[0]["id"]))
    return [row["name"] for row in found]
