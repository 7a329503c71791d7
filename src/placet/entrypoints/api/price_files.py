"""The prices of a list as CSV (R4): all of them out, and back in, all of a file or nothing."""

from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema
from pydantic import Field

from placet.actions import browse_catalog, edit_catalog, import_prices
from placet.actions.import_prices import Became
from placet.domain.refusals import Refusal
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import strange_parameters
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, reply
from placet.entrypoints.api.shapes import Shown
from placet.storage.db import Row

router = Router(tags=["Catalog"])

CSV_BODY: Final = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}

MOST_LINES: Final = 1000


class PriceFileRowShape(Shown):
    """What one row of a file came to; `reason` says why it was left out."""

    line: int
    product: str
    became: Became
    reason: str | None


class PriceFileShape(Shown):
    """What a file came to, or with `dry_run` would come to: how many rows, and the first 1000 of those that
    change something."""

    dry_run: bool
    added: int
    changed: int
    ended: int
    unchanged: int
    lines: list[PriceFileRowShape]


class ImportQuery(Schema):
    """How a file is taken."""

    dry_run: Annotated[bool, Field(description="Only say what would come of it")] = False


@router.get("/price-lists/{price_list}/prices.csv", response=shapes.reads(str), operation_id="export_prices")
def export_prices(request: HttpRequest, price_list: str) -> HttpResponseBase:
    """All fixed prices of one of the caller's own lists, as CSV that can be imported again."""
    found = browse_catalog.read_price_list(by=actor_of(request), name=price_list)
    if isinstance(found, Refusal):
        return problem(found)
    rows = import_prices.exported(found["id"], found["currency"])
    headers = {"Content-Disposition": f'attachment; filename="prices-{found["ref"] or found["id"]}.csv"'}
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


@router.post(
    "/price-lists/{price_list}/prices/import",
    response=shapes.acts(PriceFileShape),
    operation_id="import_prices",
    openapi_extra={"requestBody": CSV_BODY},
)
@idempotent
def import_csv(request: HttpRequest, price_list: str, query: ImportQuery = PAGE) -> HttpResponse:
    """Takes prices from CSV, all of it or nothing: `product` (ref or id) and `unit_price`, and if wanted
    `min_quantity`, `valid_from`, `valid_to`, `currency`. A row without a price ends the one that holds at its
    `valid_from`; what is not named stays. Bigger files go through the command line."""
    held = edit_catalog.own_list(by=actor_of(request), name=price_list)
    if isinstance(held, Refusal):
        return problem(held)
    if strange := strange_parameters(request, ImportQuery):
        return problem(strange)
    lines: list[Row] = []
    take = import_prices.try_prices if query.dry_run else import_prices.import_prices
    body = request.body
    taken = take(held["id"], file=import_prices.File(lambda: BytesIO(body)), tell=_keeper(lines))
    if isinstance(taken, import_prices.BadFile):
        return problem(_bad_file(taken))
    counts = {became.value: count for became, count in taken.rows.items() if became is not Became.SKIPPED}
    return reply({"dry_run": query.dry_run, **counts, "lines": lines})


def _keeper(lines: list[Row]) -> Callable[[import_prices.Verdict], None]:
    """Keeps the first rows that change something."""

    def keep(said: import_prices.Verdict) -> None:
        if said.became is not Became.UNCHANGED and len(lines) < MOST_LINES:
            lines.append({name: getattr(said, name) for name in said.__slots__})

    return keep


def _bad_file(bad: import_prices.BadFile) -> Refusal:
    errors = {f"line {wrong.line}": wrong.reason for wrong in reversed(bad.problems)}
    return Refusal("invalid", facts={"errors": dict(reversed(errors.items())), "wrong_rows": bad.count})
