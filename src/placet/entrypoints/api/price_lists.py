"""Price lists (R2, R4, R7): what their owner keeps on them, and what a buyer may know."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, Field

from placet.actions import browse_catalog, doors, edit_catalog
from placet.actions.browse_catalog import SHOWN
from placet.domain.money import Money
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Amount, Body, Name, Ref, Shape, given
from placet.entrypoints.api.catalog import Quantity, shown
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, after_id, listing, listing_of, no_cursor
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import done, idempotent, reply
from placet.entrypoints.api.shapes import Id, MoneyShape, PartyShape, Shown, Time
from placet.entrypoints.api.versions import if_unchanged, tagged
from placet.storage import catalog
from placet.storage.catalog import Place
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Catalog"])

Percent = Annotated[Decimal, Field(ge=-100, le=99_999, max_digits=9, decimal_places=4)]


class PriceShape(Shown):
    """The fixed price of one product from a quantity on, valid from its first moment until, and without,
    its last."""

    product: PartyShape
    min_quantity: int
    unit_price: MoneyShape
    valid_from: Time | None
    valid_to: Time | None


class DiscountShape(Shown):
    """A percentage off what a line costs, from a quantity on: of one product, or (`null`) of everything
    that has no discount of its own at that quantity."""

    id: Id
    product: PartyShape | None
    min_quantity: int
    percent: str
    valid_from: Time | None
    valid_to: Time | None


class PriceListShape(Shown):
    """A list of the caller's own. One list's answer holds its first 200 `prices` and `discounts`, and a
    cursor for the rest, `null` where that is all; the list of lists has neither."""

    id: Id
    ref: str | None
    name: str
    owner: PartyShape
    currency: str
    markup_percent: str | None
    valid_from: Time | None
    valid_to: Time | None
    prices: list[PriceShape] = None  # type: ignore[assignment]
    prices_cursor: str | None = None
    discounts: list[DiscountShape] = None  # type: ignore[assignment]
    discounts_cursor: str | None = None


class NewPrice(Shape):
    """A unit price from a quantity on, valid from `valid_from`, and no longer at `valid_to`."""

    product: Name
    unit_price: Amount
    min_quantity: Quantity = 1
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None


class NewDiscount(Shape):
    """A percentage off, from a quantity on, of one product or (without `product`) of everything that has
    no discount of its own at that quantity."""

    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]
    product: Name | None = None
    min_quantity: Quantity = 1
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None


class NewPriceList(Shape):
    """A price list to add: prices by product (id or ref), a markup over what the caller pays itself, or
    both. It is valid from `valid_from`, and no longer at `valid_to`. `more_prices` are those with a quantity
    or a time of their own."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    name: Annotated[str, Field(max_length=200)] = ""
    prices: dict[Name, Amount] = {}  # noqa: RUF012 - pydantic gives each its own
    more_prices: list[NewPrice] = []  # noqa: RUF012 - likewise
    markup_percent: Percent | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    ref: Ref | None = None


class PriceListChange(Shape):
    """What is to change; a null takes it away."""

    name: Annotated[str, Field(max_length=200)] = ""
    markup_percent: Percent | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None


class PricesShape(Shown):
    """A page of prices."""

    items: list[PriceShape]
    next_cursor: str | None


class DiscountsShape(Shown):
    """A page of discounts."""

    items: list[DiscountShape]
    next_cursor: str | None


class PriceListsShape(Shown):
    """A page of price lists."""

    items: list[PriceListShape]
    next_cursor: str | None


class PriceQuery(Page):
    """Of what."""

    product: Annotated[str, Field(max_length=100, description="Its id or ref")] = ""


@router.get("/price-lists", response=shapes.reads(PriceListsShape), operation_id="list_price_lists")
def price_lists(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The caller's own price lists, the oldest first."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = browse_catalog.find_price_lists(by=actor_of(request), after=start, most=page.limit)
    return reply(listing_of(found, page, _price_list))


@router.post("/price-lists", response=shapes.acts(PriceListShape, 201), operation_id="add_price_list")
@idempotent
def add_price_list(request: HttpRequest, body: Body[NewPriceList] = BODY) -> HttpResponse:
    """Adds a price list of the caller's own: a seller's admin may."""
    by, said = actor_of(request), given(body, NewPriceList).checked()
    if isinstance(said, Refusal):
        return problem(doors.no_seller_admin(by) or said)
    new = edit_catalog.NewPriceList(
        **said.model_dump(exclude={"prices", "more_prices"}), prices=_new_prices(said)
    )
    return shown(edit_catalog.add_price_list(by=by, new=new), _price_list, 201)


@router.get(
    "/price-lists/{price_list}", response=shapes.reads(PriceListShape), operation_id="read_price_list"
)
@tagged
def read_price_list(request: HttpRequest, price_list: str) -> HttpResponse:
    """One of the caller's own price lists, by id or ref, with its fixed prices."""
    return shown(browse_catalog.read_price_list(by=actor_of(request), name=price_list), _price_list)


def _held(request: HttpRequest, price_list: str) -> None:
    """Whoever else changes that list waits."""
    listed = edit_catalog.own_list(by=actor_of(request), name=price_list)
    if not isinstance(listed, Refusal):
        catalog.hold_price_list(listed["id"])


@router.patch(
    "/price-lists/{price_list}", response=shapes.acts(PriceListShape), operation_id="change_price_list"
)
@if_unchanged(read_price_list, "price_list", hold=_held)
def change_price_list(
    request: HttpRequest, price_list: str, body: Body[PriceListChange] = BODY
) -> HttpResponse:
    """Changes one of the caller's own lists: its name, its markup, from when until when it sells. Orders that
    were placed before keep their prices."""
    by, said = actor_of(request), given(body, PriceListChange).checked()
    if isinstance(said, Refusal):
        held = edit_catalog.own_list(by=by, name=price_list)
        return problem(held if isinstance(held, Refusal) else said)
    changes = said.model_dump(exclude_unset=True)
    return shown(edit_catalog.change_price_list(by=by, price_list=price_list, changes=changes), _price_list)


def _new_prices(said: NewPriceList) -> dict[str, edit_catalog.NewPrice]:
    """Each by the field that it stands in."""
    plain = {f"prices.{name}": edit_catalog.NewPrice(name, unit) for name, unit in said.prices.items()}
    more = {
        f"more_prices.{place}": edit_catalog.NewPrice(**price.model_dump())
        for place, price in enumerate(said.more_prices)
    }
    return plain | more


@router.get(
    "/price-lists/{price_list}/prices", response=shapes.reads(PricesShape), operation_id="list_prices"
)
def prices(request: HttpRequest, price_list: str, page: PriceQuery = PAGE) -> HttpResponse:
    """The fixed prices of one of the caller's own lists, by product, quantity and time."""
    start = _after_price(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = browse_catalog.find_prices(
        by=actor_of(request), name=price_list, product=page.product, after=start, most=page.limit
    )
    if isinstance(found, Refusal):
        return problem(found)
    listed, rows = found
    shown = [_price(row, listed["currency"]) for row in rows[: page.limit]]
    return reply(listing(shown, page, _place(rows, page.limit)))


def _after_price(page: Page) -> Place | Refusal:
    start = after(page)
    if start is None or isinstance(start, Refusal):
        return start or Place()
    product, _, more = start.partition(" ")
    quantity, _, time = more.partition(" ")
    id_ = as_uuid(product)
    try:
        place = Place(id_, int(quantity[:7]), datetime.fromisoformat(time) if time else None)
    except ValueError:
        return no_cursor()
    return place if id_ and (place.valid_from is None or place.valid_from.tzinfo) else no_cursor()


def _place(rows: list[Row], most: int) -> str | None:
    """Where the next page starts, if there is more."""
    if len(rows) <= most:
        return None
    last = rows[most - 1]
    time = last["valid_from"].isoformat() if last["valid_from"] else ""
    return f"{last['product']['id']} {last['min_quantity']} {time}"


@router.get(
    "/price-lists/{price_list}/discounts",
    response=shapes.reads(DiscountsShape),
    operation_id="list_discounts",
)
def discounts(request: HttpRequest, price_list: str, page: Page = PAGE) -> HttpResponse:
    """The discounts of one of the caller's own lists, the oldest first."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = browse_catalog.find_discounts(by=actor_of(request), name=price_list, after=start, most=page.limit)
    return problem(found) if isinstance(found, Refusal) else reply(listing_of(found, page, _dated))


@router.post(
    "/price-lists/{price_list}/discounts",
    response=shapes.acts(DiscountShape, 201),
    operation_id="add_discount",
)
@idempotent
def add_discount(request: HttpRequest, price_list: str, body: Body[NewDiscount] = BODY) -> HttpResponse:
    """Adds a discount to one of the caller's own lists; orders that were placed before keep their prices."""
    by, said = actor_of(request), given(body, NewDiscount).checked()
    if isinstance(said, Refusal):
        held = edit_catalog.own_list(by=by, name=price_list)
        return problem(held if isinstance(held, Refusal) else said)
    new = edit_catalog.NewDiscount(**said.model_dump())
    return shown(edit_catalog.add_discount(by=by, price_list=price_list, new=new), _dated, 201)


@router.delete(
    "/price-lists/{price_list}/discounts/{discount}",
    response=shapes.acts(shapes.Done),
    operation_id="remove_discount",
)
def remove_discount(request: HttpRequest, price_list: str, discount: str) -> HttpResponse:
    """Takes a discount from one of the caller's own lists; orders that were placed before keep it."""
    by = actor_of(request)
    return done(edit_catalog.remove_discount(by=by, price_list=price_list, discount=discount))


def _price_list(row: Row) -> Row:
    if "prices" not in row:
        return _dated(row)
    found, discounted = row["prices"], row["discounts"]
    rest = Page(limit=SHOWN)
    discounts_page = listing_of(discounted, rest, _dated)
    return _dated(row) | {
        "prices": [_price(price, row["currency"]) for price in found[:SHOWN]],
        "prices_cursor": listing([], rest, _place(found, SHOWN))["next_cursor"],
        "discounts": discounts_page["items"],
        "discounts_cursor": discounts_page["next_cursor"],
    }


def _price(row: Row, currency: str) -> Row:
    """With its unit as money."""
    price = {name: value for name, value in row.items() if name != "unit_minor"}
    return _dated(price) | {"unit_price": Money(row["unit_minor"], currency).as_json()}


def _dated(row: Row) -> Row:
    return row | {name: row[name] and timestamp(row[name]) for name in ("valid_from", "valid_to")}
