"""The catalog: what there is to buy, at the prices at which the caller buys and sells it (R2-R4)."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from placet.actions import browse_catalog, edit_catalog
from placet.actions.browse_catalog import Offer, Wanted
from placet.domain.refusals import Refusal
from placet.domain.words import BillingType, Fulfilment, ProductType
from placet.domain.world.shape import Connector, Outcome
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Name, Ref, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, MoneyShape, PartyShape, Shown
from placet.storage.db import Row

router = Router(tags=["Catalog"])

Title = Annotated[str, Field(min_length=1, max_length=200)]


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
    description: str
    sku: str
    vendor: PartyShape
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    trial: bool
    term_months: int | None
    unit_cost: MoneyShape = None  # type: ignore[assignment]
    unit_price: MoneyShape = None  # type: ignore[assignment]


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
    description: Annotated[str, Field(max_length=1000)] = ""
    sku: Annotated[str, Field(max_length=100)] = ""
    trial: bool = False
    term_months: (
        Annotated[int, Field(ge=1, le=120, description="What is committed to; without it, a billing period")]
        | None
    ) = None
    sandbox: SandboxOptions | None = None
    ref: Ref | None = None


Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class VendorsShape(Shown):
    """A page of vendors."""

    items: list[VendorShape]
    next_cursor: str | None


class ProductsShape(Shown):
    """A page of products."""

    items: list[ProductShape]
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

    quantity: Quantity = 1

    def wanted(self) -> Wanted:
        """As the action takes it."""
        return Wanted(
            self.vendor, self.product_type, self.billing_type, self.q, self.price_list, self.quantity
        )


class HowMany(Schema):
    """At the price of how many."""

    quantity: Quantity = 1


@router.get("/vendors", response=shapes.reads(VendorsShape), operation_id="list_vendors")
def vendors(request: HttpRequest, page: Page = PAGE) -> HttpResponse:  # noqa: ARG001 - to ninja
    """All vendors, the oldest first."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    return reply(listing_of(browse_catalog.find_vendors(after=start, most=page.limit), page, _vendor))


@router.post("/vendors", response=shapes.acts(VendorShape, 201), operation_id="add_vendor")
@idempotent
def add_vendor(request: HttpRequest, body: Body[NewVendor] = BODY) -> HttpResponse:
    """Adds a vendor: a distributor's admin may."""
    by, said = actor_of(request), given(body, NewVendor).checked()
    if isinstance(said, Refusal):
        return problem(edit_catalog.may_add_products(by) or said)
    new = edit_catalog.NewVendor(said.name, said.connector, said.ref)
    return shown(edit_catalog.add_vendor(by=by, new=new), _vendor, 201)


@router.get("/vendors/{vendor}", response=shapes.reads(VendorShape), operation_id="read_vendor")
def read_vendor(request: HttpRequest, vendor: str) -> HttpResponse:  # noqa: ARG001 - likewise
    """One vendor, by id or ref."""
    return shown(browse_catalog.read_vendor(name=vendor), _vendor)


@router.get("/products", response=shapes.reads(ProductsShape), operation_id="list_products")
def products(request: HttpRequest, page: ProductQuery = PAGE) -> HttpResponse:
    """Products that the caller can buy, at what it pays; to a top seller, all. The oldest first."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = browse_catalog.find_products(
        by=actor_of(request), wanted=page.wanted(), after=start, most=page.limit, at=now()
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
    return shown(added, lambda row: _offer(Offer(row)), 201)


@router.get("/products/{product}", response=shapes.reads(ProductShape), operation_id="read_product")
def read_product(request: HttpRequest, product: str, query: HowMany = PAGE) -> HttpResponse:
    """One product, by id or ref, at what the caller pays for a unit of so many."""
    found = browse_catalog.read_product(by=actor_of(request), name=product, quantity=query.quantity, at=now())
    return problem(found) if isinstance(found, Refusal) else reply(_offer(found))


def shown(found: Row | Refusal, show: Any, status: int = 200) -> HttpResponse:  # noqa: ANN401
    """What was found or made, as `show` writes it, or the problem."""
    return problem(found) if isinstance(found, Refusal) else reply(show(found), status)


def _vendor(row: Row) -> Row:
    return {name: row[name] for name in ("id", "ref", "name")}


def _offer(offer: Offer) -> Row:
    prices = {"unit_cost": offer.cost, "unit_price": offer.price}
    return offer.product | {name: price.as_json() for name, price in prices.items() if price}
