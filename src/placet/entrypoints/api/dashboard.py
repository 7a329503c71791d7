"""The dashboard: a reseller's figures (R102), its product mix (R103), lists of orders (R104, R105)."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import Field

from placet.actions.list_dashboard import (
    manual_orders,
    no_dashboard,
    pending_orders,
    unexecuted_orders,
)
from placet.actions.read_statistics import (
    ProductMix,
    Slice,
    Statistics,
    no_statistics,
    read_product_mix,
    read_statistics,
)
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.refusals import Refusal, invalid
from placet.domain.statistics import MixPeriod
from placet.domain.view import timestamp
from placet.domain.words import BillingType, ProductType, Word
from placet.entrypoints.api import shapes
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import orders_page
from placet.entrypoints.api.paging import PAGE, Page, after_id
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import now, reply
from placet.entrypoints.api.shapes import MoneyShape, PartyShape, Shown, Time

router = Router(tags=["Dashboard"])

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]

UNLIMITED: Final = "unlimited"


class StatisticsShape(Shown):
    """General statistics. Nothing is available, or rather anything, where there is no limit: null."""

    monthly_costs: MoneyShape
    account_balance: MoneyShape
    subscriptions_sold: int
    licenses_sold: int
    active_subscriptions: int
    suspended_subscriptions: int
    overdue_payments: MoneyShape
    credit_limit: MoneyShape | Literal["unlimited"]
    available_credit: MoneyShape | None
    as_of: Time


class SliceShape(Shown):
    """One product of the mix; `share` in percent, with two decimals at most."""

    product: PartyShape
    amount: MoneyShape
    share: float


class ProductMixShape(Shown):
    """What was bought from one day to another, both included, the most first. Shares sum to 100."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day
    total: MoneyShape
    slices: list[SliceShape]


def words(kind: type[Word], about: str) -> Any:  # noqa: ANN401 - pydantic's
    """A parameter that is one of these words. It is checked by the view, after the door (403) is passed."""
    return Field(description=about, json_schema_extra={"enum": [word.value for word in kind]})


class MixQuery(Schema):
    """Which days, and what of their purchases."""

    period: Annotated[str, words(MixPeriod, "Whole months of the seller's calendar")] = "this_month"
    product_type: Annotated[str | None, words(ProductType, "Only products of this type")] = None
    billing_type: Annotated[str | None, words(BillingType, "Only products that are billed so")] = None


MIX: Any = Query(...)


@router.get("/dashboard/statistics", response=shapes.reads(StatisticsShape), operation_id="read_statistics")
def statistics(request: HttpRequest) -> HttpResponse:
    """The caller's figures where it buys and of what it sold: those of a month are this month's to date, by
    the calendar of whoever it buys from. Not for final buyers, nor for who buys from nobody."""
    found = read_statistics(by=actor_of(request), at=now())
    return problem(found) if isinstance(found, Refusal) else reply(_statistics(found))


@router.get(
    "/dashboard/product-mix",
    response=shapes.reads(ProductMixShape),
    operation_id="read_product_mix",
    by_alias=True,
)
def product_mix(request: HttpRequest, query: MixQuery = MIX) -> HttpResponse:
    """What the caller bought in a period, net, by product: from debit invoices, paid or not. Not for final
    buyers, nor for who buys from nobody."""
    by, at = actor_of(request), now()
    said = _filters(query)
    if isinstance(said, Refusal):
        return problem(no_statistics(by=by, at=at) or said)
    found = read_product_mix(**said, by=by, at=at)
    return problem(found) if isinstance(found, Refusal) else reply(_mix(found))


WORDS: Final[dict[str, type[Word]]] = {
    "period": MixPeriod,
    "product_type": ProductType,
    "billing_type": BillingType,
}


def _filters(query: MixQuery) -> dict[str, Any] | Refusal:
    """The parameters as words; what is left empty says nothing."""
    said = {name: text for name in WORDS if (text := getattr(query, name))}
    errors = {
        name: f"One of {', '.join(WORDS[name])}." for name in said if said[name] not in list(WORDS[name])
    }
    if errors:
        return invalid(**errors)
    return {"period": MixPeriod.THIS_MONTH} | {name: WORDS[name](text) for name, text in said.items()}


def _statistics(found: Statistics) -> dict[str, Any]:
    shown = {name: getattr(found, name) for name in StatisticsShape.model_fields}
    shown = {name: value.as_json() if isinstance(value, Money) else value for name, value in shown.items()}
    return shown | {"credit_limit": shown["credit_limit"] or UNLIMITED, "as_of": timestamp(found.as_of)}


def _mix(found: ProductMix) -> dict[str, Any]:
    days = {"from": found.first.isoformat(), "to": found.last.isoformat()}
    slices = [_slice(each) for each in found.slices]
    return days | {"total": found.total.as_json(), "slices": slices}


def _slice(found: Slice) -> dict[str, Any]:
    return {"product": found.product, "amount": found.amount.as_json(), "share": found.share / 100}


Orders = shapes.reads(shapes.OrdersShape)


@router.get("/dashboard/unexecuted-orders", response=Orders, operation_id="list_unexecuted_orders")
def unexecuted(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """Orders short of credit: to a reseller those that needed no approval of its own, to a distributor
    those that are short on a link where it sells. The newest first."""
    return _listed(request, page, unexecuted_orders)


@router.get("/dashboard/pending-orders", response=Orders, operation_id="list_pending_orders")
def pending(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """Orders that wait for approval, and those that the reseller approved and that are short of credit
    since. The newest first."""
    return _listed(request, page, pending_orders)


@router.get("/dashboard/manual-orders", response=Orders, operation_id="list_manual_orders")
def manual(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """Orders that wait for the caller, their top seller, to execute them. The newest first."""
    return _listed(request, page, manual_orders)


def _listed(request: HttpRequest, page: Page, find: Callable[..., list[Order] | Refusal]) -> HttpResponse:
    by, before = actor_of(request), after_id(page)
    if isinstance(before, Refusal):
        return problem(no_dashboard(by) or before)
    found = find(by=by, before=before, most=page.limit)
    return problem(found) if isinstance(found, Refusal) else orders_page(found, page, by)
