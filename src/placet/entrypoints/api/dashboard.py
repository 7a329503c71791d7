"""The dashboard's lists of orders (R104, R105)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import Router

from placet.actions.list_dashboard import (
    manual_orders,
    no_dashboard,
    pending_orders,
    unexecuted_orders,
)
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.entrypoints.api import shapes
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import orders_page
from placet.entrypoints.api.paging import PAGE, Page, after_id
from placet.entrypoints.api.problems import problem

router = Router(tags=["Dashboard"])

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
