"""Exports for ERPs: what the caller may see of a kind, all of it or what changed since a moment (R2)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import Field

from placet.actions.export_lines import Count, Export, export_page, refusal_of, whole_file
from placet.domain.refusals import Refusal, invalid
from placet.domain.validity import YEARS
from placet.domain.view import timestamp
from placet.domain.words import Exchanged, ExchangeFormat
from placet.entrypoints.api import shapes
from placet.entrypoints.api.billing import BookedPaymentShape, InvoiceShape
from placet.entrypoints.api.contracts import AccountShape
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.organizations import OrganizationShape
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import now, reply
from placet.entrypoints.api.shapes import OrderShape, Shown, Time

router = Router(tags=["ERP exchange"])

Number = Annotated[str | None, Field(description="Of the buyer in the caller's ERP, where it sells to it")]


class ExportedLimitShape(AccountShape):
    """A credit account. `credit_limit` is what was set: an amount, `unlimited`, or, to the seller, `default`
    for what its credit risk group grants; `limit` is what is in force."""

    external_id: Number
    credit_limit: str


class ExportedInvoiceShape(InvoiceShape):
    """An invoice."""

    external_id: Number


class ExportedPaymentShape(BookedPaymentShape):
    """A payment."""

    external_id: Number


class ExportedOrderShape(OrderShape):
    """An order as the caller may see it; `external_id` is of who buys from the caller in its chain."""

    external_id: Number


class ExportShape(Shown):
    """A page of an export. Who asks for what changed `since` the `next_since` of the first page, next time,
    misses nothing."""

    next_cursor: str | None
    next_since: Time


class OrganizationsExportShape(ExportShape):
    """A page of organizations."""

    items: list[OrganizationShape]


class LimitsExportShape(ExportShape):
    """A page of limits."""

    items: list[ExportedLimitShape]


class InvoicesExportShape(ExportShape):
    """A page of invoices."""

    items: list[ExportedInvoiceShape]


class PaymentsExportShape(ExportShape):
    """A page of payments."""

    items: list[ExportedPaymentShape]


class OrdersExportShape(ExportShape):
    """A page of orders."""

    items: list[ExportedOrderShape]


class ExportQuery(Page):
    """What is wanted of it. A CSV file is whole, whatever `limit` and `cursor` say."""

    format: Annotated[ExchangeFormat, Field(description="A page as JSON, or all of it as CSV")] = (
        ExchangeFormat.JSON
    )
    since: Annotated[datetime | None, Field(description="What changed since then; not of organizations")] = (
        None
    )


SHAPES: Final[Mapping[Exchanged, type[ExportShape]]] = {
    Exchanged.ORGANIZATIONS: OrganizationsExportShape,
    Exchanged.LIMITS: LimitsExportShape,
    Exchanged.INVOICES: InvoicesExportShape,
    Exchanged.PAYMENTS: PaymentsExportShape,
    Exchanged.ORDERS: OrdersExportShape,
}

WORDS: Final[Mapping[Exchanged, str]] = {
    Exchanged.ORGANIZATIONS: "Everyone below the caller, with the number in its seller's ERP, always whole.",
    Exchanged.LIMITS: "The credit accounts of the caller's own links, with what is reserved and available.",
    Exchanged.INVOICES: "Invoices that the caller's organization wrote or got.",
    Exchanged.PAYMENTS: "Payments that the caller's organization took or made.",
    Exchanged.ORDERS: "Orders that the caller's organization is a party of; in CSV a row for each line.",
}

_CSV: Final = {"schema": {"type": "string"}}


def _exported(request: HttpRequest, kind: Exchanged, query: ExportQuery) -> HttpResponseBase:
    before = after_id(query)
    if isinstance(before, Refusal):
        return problem(before)
    since = _moment(query.since)
    if isinstance(since, Refusal):
        return problem(since)
    wanted = Export(kind, since)
    if refusal := refusal_of(wanted):
        return problem(refusal)
    if query.format is ExchangeFormat.CSV:
        return _file(request, wanted)
    page = export_page(wanted=wanted, by=actor_of(request), before=before, most=query.limit, at=now())
    told = listing(page.items, query, str(page.more) if page.more else None)
    return reply(told | {"next_since": timestamp(page.whole_up_to)})


def _moment(since: datetime | None) -> datetime | Refusal | None:
    if since is None:
        return None
    if since.year not in YEARS:
        return invalid(since=f"Must be between {YEARS.start} and {YEARS.stop - 1}.")
    return since if since.tzinfo else since.replace(tzinfo=UTC)


def _file(request: HttpRequest, wanted: Export) -> HttpResponseBase:
    by, at = actor_of(request), now()
    up_to = export_page(wanted=wanted, by=by, before=None, most=1, at=at).whole_up_to
    rows = whole_file(wanted=wanted, form=ExchangeFormat.CSV, by=by, at=at, count=Count())
    headers = {
        "Content-Disposition": f'attachment; filename="{wanted.kind}.csv"',
        "Placet-Next-Since": timestamp(up_to),
    }
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


def _view(kind: Exchanged) -> Callable[..., Any]:
    def view(request: HttpRequest, page: ExportQuery = PAGE) -> HttpResponseBase:
        return _exported(request, kind, page)

    view.__doc__ = WORDS[kind]
    return view


for _kind, _shape in SHAPES.items():
    router.get(
        f"/exports/{_kind}",
        response=shapes.reads(_shape),
        operation_id=f"export_{_kind}",
        openapi_extra={"responses": {200: {"content": {"text/csv": _CSV}}}},
    )(_view(_kind))
