"""Imports from ERPs and their reports, and regular exchanges (R1, R45, R61, R62)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from pydantic import Field
from pydantic_core import from_json

from placet.actions import import_runs
from placet.actions.import_lines import may_import
from placet.actions.import_runs import Sent, begin_import, carried_out
from placet.domain.refusals import Refusal, invalid
from placet.domain.view import timestamp
from placet.domain.words import Exchanged, ExchangeFormat, LineBecame, RunStatus
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Nothing, Shape, given, strange_parameters
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, after_id, listing, listing_of, no_cursor
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import now, once_each, reply
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.entrypoints.report import report_csv
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["ERP exchange"])

SHOWN_AT_ONCE: Final = 200
"""Lines of a report that come with the import itself."""


class ReportLineShape(Shown):
    """What became of one line, or would. `code`, `field` and `words` say why it was refused; `words` without
    a `code` what was left as it is."""

    line: int
    about: str
    became: LineBecame
    code: str | None
    field: str | None
    words: str | None


class ReportShape(Shown):
    """A page of a report, by line."""

    items: list[ReportLineShape]
    next_cursor: str | None


class ImportSummaryShape(Shown):
    """An import: `waiting` until `lines_done` are all its `lines`. `dry_run`: what would come of it."""

    id: Id
    kind: Exchanged
    format: ExchangeFormat
    dry_run: bool
    status: RunStatus
    source: str
    schedule: Id | None
    lines: int
    lines_done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    error: str | None
    by: str
    created_at: Time
    finished_at: Time | None


class ImportRunShape(ImportSummaryShape):
    """An import, with the first lines of its report."""

    report: ReportShape


class ImportRunsShape(Shown):
    """A page of imports."""

    items: list[ImportSummaryShape]
    next_cursor: str | None


class ImportQuery(Shape):
    """How it is meant."""

    dry_run: Annotated[bool, Field(description="Only say what would come of it")] = False


class ReportQuery(Page):
    """Which lines, and how."""

    became: LineBecame | None = None
    format: Annotated[ExchangeFormat, Field(description="A page as JSON, or all of it as CSV")] = (
        ExchangeFormat.JSON
    )


# Imports --------------------------------------------------------------------------------------

KINDS_OF_BODY: Final[Mapping[str, ExchangeFormat]] = {
    "text/csv": ExchangeFormat.CSV,
    "application/json": ExchangeFormat.JSON,
}
_LINE: Final = {"type": "object", "additionalProperties": True}
_LINES: Final = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": _LINE, "minItems": 1, "maxItems": 5000}},
    "required": ["lines"],
}
FILE_BODY: Final = {
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": _LINES}},
}

WORDS: Final[Mapping[Exchanged, str]] = {
    Exchanged.ORGANIZATIONS: "Organizations that buy from the caller, made or changed, by `external_id` or "
    "`ref`: an admin's.",
    Exchanged.LIMITS: "Credit limits of the caller's buyers: an amount, `unlimited` or `default`.",
    Exchanged.INVOICES: "The numbers that the caller's own books have invoices under (`external_number`).",
    Exchanged.PAYMENTS: "Payments that the caller got; each `reference` is booked once.",
    Exchanged.ORDERS: "What was delivered of orders that the caller executes by hand (R45): a line, or all "
    "that wait, with the vendor's reference.",
}


def _import(request: HttpRequest, begin: Callable[[], Row | Refusal]) -> HttpResponse:
    """Begun under the idempotency key, and only begun: its lines have transactions of their own, so that no
    two imports hold up each other; whatever is cut off goes on."""
    answers = once_each(request, [lambda: _begun(begin())])
    if isinstance(answers, Refusal):
        return problem(answers)
    (answer,) = answers
    if answer.status_code >= 400:  # noqa: PLR2004
        return answer
    by, begun = actor_of(request), from_json(answer.content)
    run = carried_out(begun={"id": UUID(begun["id"]), "lines": begun["lines"]}, by=by, at=now())
    return reply(_with_report(run, request), 201)


def _begun(row: Row | Refusal) -> HttpResponse:
    return problem(row) if isinstance(row, Refusal) else reply(_summary(row), 201)


def _sent(request: HttpRequest, kind: Exchanged, query: ImportQuery) -> Row | Refusal:
    by = actor_of(request)
    if refusal := may_import(kind, by):
        return refusal
    if strange := strange_parameters(request, ImportQuery):
        return strange
    form = KINDS_OF_BODY.get(request.content_type or "")
    if form is None:
        return invalid(**{"Content-Type": "text/csv or application/json."})
    return begin_import(sent=Sent(kind, form, request.body, by.name, query.dry_run), by=by, at=now())


def _view(kind: Exchanged) -> Callable[..., Any]:
    def view(request: HttpRequest, query: ImportQuery = PAGE) -> HttpResponse:
        return _import(request, lambda: _sent(request, kind, query))

    view.__doc__ = (
        f"{WORDS[kind]} CSV, or JSON of the same columns. A line that is refused stops no other; the same "
        "file again changes nothing. Up to 200 lines are done at once, more by and by: then it is `waiting`."
    )
    return view


for _kind in Exchanged:
    router.post(
        f"/imports/{_kind}",
        response=shapes.acts(ImportRunShape, 201),
        operation_id=f"import_{_kind}",
        openapi_extra={"requestBody": FILE_BODY},
    )(_view(_kind))


@router.get("/imports", response=shapes.reads(ImportRunsShape), operation_id="list_imports")
def listed(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The organization's imports, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = import_runs.find_imports(by=actor_of(request), before=before, most=page.limit)
    return reply(listing_of(found, page, _summary))


@router.get("/imports/{run}", response=shapes.reads(ImportRunShape), operation_id="read_import")
def read(request: HttpRequest, run: str) -> HttpResponse:
    """One of them, with the beginning of its report."""
    row = import_runs.read_import(run=_id(run), by=actor_of(request))
    return problem(row) if isinstance(row, Refusal) else reply(_with_report(row, request))


@router.get(
    "/imports/{run}/lines",
    response=shapes.reads(ReportShape),
    operation_id="list_import_lines",
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def lines(request: HttpRequest, run: str, page: ReportQuery = PAGE) -> HttpResponseBase:
    """What became of its lines."""
    by, start = actor_of(request), after(page)
    row = import_runs.read_import(run=_id(run), by=by)
    if isinstance(row, Refusal):
        return problem(row)
    if page.format is ExchangeFormat.CSV:
        headers = {"Content-Disposition": f'attachment; filename="import-{row["id"]}.csv"'}
        return StreamingHttpResponse(
            report_csv(row["id"], by, page.became), content_type="text/csv; charset=utf-8", headers=headers
        )
    if isinstance(start, str) and not (start.isascii() and start.isdecimal() and len(start) < 10):  # noqa: PLR2004
        start = no_cursor()
    if isinstance(start, Refusal):
        return problem(start)
    return reply(_report(row["id"], request, int(start or 0), page))


@router.post("/imports/{run}/apply", response=shapes.acts(ImportRunShape, 201), operation_id="apply_import")
def apply(request: HttpRequest, run: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Imports the very file of a dry run, once."""
    return _import(request, lambda: _applied(request, run, given(body, Nothing)))


def _applied(request: HttpRequest, run: str, body: Body[Nothing]) -> Row | Refusal:
    by, said = actor_of(request), body.checked()
    door = import_runs.import_to_apply(run=_id(run), by=by)
    if isinstance(door, Refusal):
        return door
    return said if isinstance(said, Refusal) else import_runs.begin_apply(run=door["id"], by=by, at=now())


def _id(text: str) -> UUID:
    return as_uuid(text) or UUID(int=0)


def _summary(row: Row) -> Row:
    same = ("id", "kind", "format", "dry_run", "status", "source", "lines", "lines_done")
    counts = ("created", "updated", "unchanged", "refused")
    shown = {name: row[name] for name in (*same, *counts)} | {"schedule": row["schedule_id"]}
    shown |= {
        "error": row["error"] or None,
        "by": row["by"]["name"],
        "created_at": timestamp(row["created_at"]),
    }
    return shown | {"finished_at": timestamp(row["finished_at"]) if row["finished_at"] else None}


def _with_report(row: Row, request: HttpRequest) -> Row:
    return _summary(row) | {"report": _report(row["id"], request, 0, ReportQuery(limit=SHOWN_AT_ONCE))}


def _report(run: UUID, request: HttpRequest, start: int, page: ReportQuery) -> Row:
    found = import_runs.report_of(
        run=run, by=actor_of(request), became=page.became, after=start, most=page.limit
    )
    assert not isinstance(found, Refusal), "it was found just now"
    last = str(found[page.limit - 1]["line"]) if len(found) > page.limit else None
    return listing([_line(row) for row in found[: page.limit]], page, last)


def _line(row: Row) -> Row:
    shown = {name: row[name] for name in ("line", "about", "became")}
    return shown | {name: row[name] or None for name in ("code", "field", "words")}
