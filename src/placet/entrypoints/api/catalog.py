"""The catalog: what there is to buy, and at which prices the caller buys and sells it (R2-R4)."""

from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, Field

from placet.actions import browse_catalog, doors, edit_catalog
from placet.actions.browse_catalog import Offer, Wanted
from placet.domain.money import Money
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.domain.words import BillingType, Fulfilment, ProductType
from placet.domain.world.shape import Connector, Outcome
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Amount, Body, Name, Ref, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, MoneyShape, PartyShape, Shown, Time
from placet.storage.db import Row

router = Router(tags=["Catalog"])

Title = Annotated[str, Field(min_length=1, max_length=200)]
Percent = Annotated[Decimal, Field(ge=-100, le=99_999, max_digits=9, decimal_places=4)]


class VendorShape(Shown):
    """Who makes products."""

    id: Id
    ref: str | None
    name: str


class ProductShape(Shown):
    """A product. `unit_cost` is where a reseller buys it; `unit_price` what a customer pays for it, or
    what a seller takes for it by the list that it asked for."""

    id: Id
    ref: str | None
    name: str
    sku: str
    vendor: PartyShape
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    trial: bool
    unit_cost: MoneyShape = None  # type: ignore[assignment]
    unit_price: MoneyShape = None  # type: ignore[assignment]


class PriceShape(Shown):
    """The fixed price of one product."""

    product: PartyShape
    unit_price: MoneyShape


class PriceListShape(Shown):
    """A list of the caller's own. `prices` are in one list's answer, not in the list of lists."""

    id: Id
    ref: str | None
    name: str
    owner: PartyShape
    currency: str
    markup_percent: str | None
    valid_from: Time | None
    valid_to: Time | None
    prices: list[PriceShape] = None  # type: ignore[assignment]


class NewVendor(Shape):
    """A vendor to add; `connector` is how it is reached."""

    name: Title
    connector: Connector
    ref: Ref | None = None


class SandboxOptions(Shape):
    """How the sandbox treats a product, to try things out: `succeed_after` fails so often first."""

    outcome: Outcome | None = None
    latency_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    succeed_after: Annotated[int, Field(ge=0, le=1000)] | None = None


class NewProduct(Shape):
    """A product to add; `vendor` by id or ref."""

    vendor: Name
    name: Annotated[str, Field(min_length=1, max_length=300)]
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    sku: Annotated[str, Field(max_length=100)] = ""
    trial: bool = False
    sandbox: SandboxOptions | None = None
    ref: Ref | None = None


class NewPriceList(Shape):
    """A price list to add: prices by product (id or ref), a markup over what the caller pays itself, or
    both. It is valid from `valid_from`, and no longer at `valid_to`."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    name: Annotated[str, Field(max_length=200)] = ""
    prices: dict[Name, Amount] = {}  # noqa: RUF012 - pydantic gives each its own
    markup_percent: Percent | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    ref: Ref | None = None


class VendorsShape(Shown):
    """A page of vendors."""

    items: list[VendorShape]
    next_cursor: str | None


class ProductsShape(Shown):
    """A page of products."""

    items: list[ProductShape]
    next_cursor: str | None


class PriceListsShape(Shown):
    """A page of price lists."""

    items: list[PriceListShape]
    next_cursor: str | None


class ProductQuery(Page):
    """Which products."""

    vendor: Annotated[str, Field(max_length=100, description="Its id or ref")] = ""
    product_type: ProductType | None = None
    billing_type: BillingType | None = None
    q: Annotated[str, Field(max_length=200, description="Part of a name or of an SKU")] = ""
    price_list: Annotated[
        str, Field(max_length=100, description="A list of the caller's own: `unit_price` is what it makes")
    ] = ""

    def wanted(self) -> Wanted:
        """As the action takes it."""
        return Wanted(self.vendor, self.product_type, self.billing_type, self.q, self.price_list)


@router.get("/vendors", response=shapes.reads(VendorsShape), operation_id="list_vendors")
def vendors(request: HttpRequest, page: Page = PAGE) -> HttpResponse:  # noqa: ARG001 - to ninja
    """All vendors, the oldest first."""
    after = after_id(page)
    if isinstance(after, Refusal):
        return problem(after)
    return reply(listing_of(browse_catalog.find_vendors(after=after, most=page.limit), page, _vendor))


@router.post("/vendors", response=shapes.acts(VendorShape, 201), operation_id="add_vendor")
@idempotent
def add_vendor(request: HttpRequest, body: Body[NewVendor] = BODY) -> HttpResponse:
    """Adds a vendor: a distributor's admin may."""
    by, said = actor_of(request), given(body, NewVendor).checked()
    if isinstance(said, Refusal):
        return problem(edit_catalog.may_add_products(by) or said)
    new = edit_catalog.NewVendor(said.name, said.connector, said.ref)
    return _shown(edit_catalog.add_vendor(by=by, new=new), _vendor, 201)


@router.get("/vendors/{vendor}", response=shapes.reads(VendorShape), operation_id="read_vendor")
def read_vendor(request: HttpRequest, vendor: str) -> HttpResponse:  # noqa: ARG001 - likewise
    """One vendor, by id or ref."""
    return _shown(browse_catalog.read_vendor(name=vendor), _vendor)


@router.get("/products", response=shapes.reads(ProductsShape), operation_id="list_products")
def products(request: HttpRequest, page: ProductQuery = PAGE) -> HttpResponse:
    """Products that the caller can buy, at what it pays; to a top seller, all. The oldest first."""
    after = after_id(page)
    if isinstance(after, Refusal):
        return problem(after)
    found = browse_catalog.find_products(
        by=actor_of(request), wanted=page.wanted(), after=after, most=page.limit, at=now()
    )
    if isinstance(found, Refusal):
        return problem(found)
    last = str(found[page.limit - 1].product["id"]) if len(found) > page.limit else None
    return reply(listing([_offer(offer) for offer in found[: page.limit]], page, last))


@router.post("/products", response=shapes.acts(ProductShape, 201), operation_id="add_product")
@idempotent
def add_product(request: HttpRequest, body: Body[NewProduct] = BODY) -> HttpResponse:
    """Adds a product: a distributor's admin may. It is for sale once it has prices."""
    by, said = actor_of(request), given(body, NewProduct).checked()
    if isinstance(said, Refusal):
        return problem(edit_catalog.may_add_products(by) or said)
    options = said.sandbox.model_dump(mode="json", exclude_none=True) if said.sandbox else {}
    new = edit_catalog.NewProduct(**said.model_dump(exclude={"sandbox"}), sandbox=options)
    added = edit_catalog.add_product(by=by, new=new)
    return _shown(added, lambda row: _offer(Offer(row)), 201)


@router.get("/products/{product}", response=shapes.reads(ProductShape), operation_id="read_product")
def read_product(request: HttpRequest, product: str) -> HttpResponse:
    """One product, by id or ref, at what the caller pays for it."""
    found = browse_catalog.read_product(by=actor_of(request), name=product, at=now())
    return problem(found) if isinstance(found, Refusal) else reply(_offer(found))


@router.get("/price-lists", response=shapes.reads(PriceListsShape), operation_id="list_price_lists")
def price_lists(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The caller's own price lists, the oldest first."""
    after = after_id(page)
    if isinstance(after, Refusal):
        return problem(after)
    found = browse_catalog.find_price_lists(by=actor_of(request), after=after, most=page.limit)
    return reply(listing_of(found, page, _price_list))


@router.post("/price-lists", response=shapes.acts(PriceListShape, 201), operation_id="add_price_list")
@idempotent
def add_price_list(request: HttpRequest, body: Body[NewPriceList] = BODY) -> HttpResponse:
    """Adds a price list of the caller's own: a seller's admin may."""
    by, said = actor_of(request), given(body, NewPriceList).checked()
    if isinstance(said, Refusal):
        return problem(doors.no_seller_admin(by) or said)
    new = edit_catalog.NewPriceList(**said.model_dump())
    return _shown(edit_catalog.add_price_list(by=by, new=new), _price_list, 201)


@router.get(
    "/price-lists/{price_list}", response=shapes.reads(PriceListShape), operation_id="read_price_list"
)
def read_price_list(request: HttpRequest, price_list: str) -> HttpResponse:
    """One of the caller's own price lists, by id or ref, with its fixed prices."""
    return _shown(browse_catalog.read_price_list(by=actor_of(request), name=price_list), _price_list)


def _shown(found: Row | Refusal, show: Any, status: int = 200) -> HttpResponse:  # noqa: ANN401
    return problem(found) if isinstance(found, Refusal) else reply(show(found), status)


def _vendor(row: Row) -> Row:
    return {name: row[name] for name in ("id", "ref", "name")}


def _offer(offer: Offer) -> Row:
    prices = {"unit_cost": offer.cost, "unit_price": offer.price}
    return offer.product | {name: price.as_json() for name, price in prices.items() if price}


def _price_list(row: Row) -> Row:
    period = {name: row[name] and timestamp(row[name]) for name in ("valid_from", "valid_to")}
    if "prices" not in row:
        return row | period
    prices = [
        {
            "product": price["product"],
            "unit_price": Money(price["unit_minor"], row["currency"]).as_json(),
        }
        for price in row["prices"]
    ]
    return row | period | {"prices": prices}
