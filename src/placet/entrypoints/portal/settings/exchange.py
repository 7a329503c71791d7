"""ERP exchange: files out, files in after a look at what they come to, and what came of all of them."""

from datetime import UTC, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions import export_lines, import_runs
from placet.actions.exchange_schedules import find_schedules
from placet.actions.export_lines import Count, Export, refusal_of
from placet.actions.import_lines import importable, may_import
from placet.actions.import_runs import Sent
from placet.domain.exchange import COLUMNS, FORMATS
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Exchanged, ExchangeFormat, LineBecame, RunStatus
from placet.entrypoints.portal.frame.answers import done, forbidden, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import DayField
from placet.entrypoints.portal.frame.keyset import after_id, after_number, cursor_of
from placet.entrypoints.portal.frame.refusals import WORDS, in_language
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.settings.exchange_forms import (
    KINDS,
    TAKES,
    FileForm,
    LineFilter,
    ScheduleForm,
    SinceForm,
)
from placet.entrypoints.report import report_csv
from placet.storage.db import Row

RUN_COLUMNS: Final = (
    Column("created_at", _("When"), fixed=True),
    Column("what", said("exchange", "What"), fixed=True),
    Column("status", _("Status"), fixed=True),
    Column("result", said("exchange", "Result"), fixed=True),
    Column("by", _("By"), fixed=True),
)
LINE_COLUMNS: Final = (
    Column("line", said("line of an import", "Line"), fixed=True),
    Column("about", said("line of an import", "About"), fixed=True),
    Column("became", said("line of an import", "Became"), fixed=True),
    Column("words", said("line of an import", "Why"), fixed=True),
)


@page()
def exchange(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What goes out, what comes in, and what has."""
    return exchange_page(request, caller)


def exchange_page(
    request: HttpRequest,
    caller: Caller,
    form: FileForm | None = None,
    schedule_form: ScheduleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The same, with a form that was not right."""
    since = SinceForm(request.GET) if "since" in request.GET else SinceForm()
    table = Table(request, RUN_COLUMNS)
    found = import_runs.find_runs(by=caller.actor, before=after_id(table.cursor), most=table.limit)
    kinds = importable(caller.actor)
    regular = find_schedules(by=caller.actor, after=None, most=100)
    context = {
        "exports": [_export_row(kind, since) for kind in Exchanged],
        "since": since,
        "form": _offering(form or FileForm(), kinds),
        "kinds": [
            {"name": KINDS[kind][0], "words": TAKES[kind], "columns": _columns(kind)} for kind in kinds
        ],
        "table": table.of_one_more([_run(row) for row in found], lambda row: cursor_of(row["id"])),
        "schedules": [] if isinstance(regular, Refusal) else [_regular(row) for row in regular],
        "may_schedule": not isinstance(regular, Refusal),
        "schedule_form": schedule_form or ScheduleForm(),
    }
    return show(request, "portal/settings/exchange.html", context, status)


def _offering(form: FileForm, kinds: list[Exchanged]) -> FileForm:
    field: Any = form.fields["kind"]
    field.choices = [(kind.value, KINDS[kind][0]) for kind in kinds]
    return form


def _columns(kind: Exchanged) -> str:
    return ", ".join(column.name for column in COLUMNS[kind] if column.taken)


def _export_row(kind: Exchanged, since: SinceForm) -> Row:
    name, words = KINDS[kind]
    day = since.cleaned_data.get("since") if since.is_bound and since.is_valid() else None
    after = f"&since={day.isoformat()}" if day and kind is not Exchanged.ORGANIZATIONS else ""
    address = reverse(f"exchange-{kind}")
    return {
        "name": name,
        "words": words,
        "whole": bool(day) and not after,
        "address": f"{address}?",
        "after": after,
    }


def _run(row: Row) -> Row:
    return row | {"name": KINDS[Exchanged(row["kind"])][0]}


def _regular(row: Row) -> Row:
    return row | {"name": KINDS[Exchanged(row["kind"])][0]}


# Out ------------------------------------------------------------------------------------------


@page()
def export(request: HttpRequest, caller: Caller, kind: Exchanged) -> HttpResponse:
    """A whole file."""
    wanted = Export(kind, _since(request.GET.get("since", ""), caller))
    form = ExchangeFormat.JSON if request.GET.get("format") == "json" else ExchangeFormat.CSV
    if refusal := refusal_of(wanted):
        return refused(request, refusal, to=reverse("exchange"))
    content = export_lines.whole_file(wanted=wanted, form=form, by=caller.actor, at=now(), count=Count())
    return _file(content, f"{kind}.{form}", FORMATS[form])


def _since(text: str, caller: Caller) -> datetime | None:
    try:
        day = DayField().clean(text)
    except ValidationError:
        return None
    return datetime.combine(day, time(), ZoneInfo(caller.time_zone)).astimezone(UTC) if day else None


def _file(content: Any, name: str, kind: str) -> HttpResponse:  # noqa: ANN401 - pieces of bytes
    kept = content_disposition_header(as_attachment=True, filename=name) or ""
    headers = {"Content-Disposition": kept, "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type=kind, headers=headers)  # type: ignore[return-value]


# In -------------------------------------------------------------------------------------------

TAKERS: Final = (Permission.ADMINISTER, Permission.FINANCE, Permission.ORDER, Permission.DECIDE)
"""Who may import something."""


@act(kinds=SELLERS, may=TAKERS)
def tried(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A look at what a file comes to: nothing of it is done yet."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return exchange_page(request, caller, form, status=422)
    sent = _sent(form.cleaned_data)
    if may_import(sent.kind, caller.actor):
        return forbidden(request)
    begun = import_runs.begin_import(sent=sent, by=caller.actor, at=now())
    if isinstance(begun, Refusal):
        into(form, begun)
        return exchange_page(request, caller, form, status=422)
    import_runs.carried_out(begun=begun, by=caller.actor, at=now())
    return HttpResponseRedirect(reverse("exchange-run", args=[begun["id"]]), status=303)


def _sent(cleaned: dict[str, Any]) -> Sent:
    kind = Exchanged(cleaned["kind"])
    return Sent(kind, cleaned["form"], cleaned["content"], cleaned["source"][-200:], dry_run=True)


@page()
def run(request: HttpRequest, caller: Caller, run: UUID) -> HttpResponse:
    """What became of each line of an import, or would."""
    row = _found(caller, run)
    table = Table(request, LINE_COLUMNS, filters=LineFilter(request.GET))
    became = table.filter_values.get("became")
    lines = import_runs.report_of(
        run=run,
        by=caller.actor,
        became=LineBecame(became) if became else None,
        after=after_number(table.cursor) or 0,
        most=table.limit,
    )
    assert not isinstance(lines, Refusal), "it was found just now"
    context = {
        "run": _run(row),
        "table": table.of_one_more([_line(line) for line in lines], lambda line: cursor_of(line["line"])),
        "may_apply": _may_apply(row, caller),
        "counts": [("line", became.value, row[became]) for became in LineBecame],
    }
    answer = show(request, "portal/settings/exchange_run.html", context)
    if request.headers.get("HX-Target") == "exchange-state" and row["status"] != RunStatus.WAITING:
        answer.headers["HX-Refresh"] = (
            "true"  # it has ended while somebody looked on: the lines are there now
        )
    return answer


def _found(caller: Caller, run: UUID) -> Row:
    row = import_runs.read_import(run=run, by=caller.actor)
    if isinstance(row, Refusal):
        raise Http404
    return row


def _may_apply(row: Row, caller: Caller) -> bool:
    to_apply = row["dry_run"] and row["has_content"] and row["status"] == RunStatus.DONE
    return to_apply and may_import(Exchanged(row["kind"]), caller.actor) is None


def _line(row: Row) -> Row:
    """Its words in the reader's language."""
    if told := row["said"]:
        pattern = told["pattern"]
        words = translated(pattern).format(**told["values"])
    else:
        known = WORDS.get(row["code"])
        words = str(known) if known and row["words"] in {"", Refusal(row["code"]).words} else row["words"]
    return row | {"words": in_language(words)}


@act(kinds=SELLERS, may=TAKERS)
def applied(request: HttpRequest, caller: Caller, run: UUID) -> HttpResponse:
    """The very file that was looked at, now in earnest."""
    begun = import_runs.begin_apply(run=run, by=caller.actor, at=now())
    if isinstance(begun, Refusal):
        return refused(request, begun, to=reverse("exchange-run", args=[run]))
    became = import_runs.carried_out(begun=begun, by=caller.actor, at=now())
    to = reverse("exchange-run", args=[became["id"]])
    if became["status"] == RunStatus.WAITING:
        return done(request, translated("The import has begun. It goes on by itself."), to=to)
    return done(request, translated("The import is done."), to=to)


@page()
def report(request: HttpRequest, caller: Caller, run: UUID) -> HttpResponse:  # noqa: ARG001 - a view's
    """The report as a file."""
    row = _found(caller, run)
    return _file(report_csv(row["id"], caller.actor), f"import-{row['id']}.csv", FORMATS[ExchangeFormat.CSV])


urls = [
    path("settings/exchange", exchange, name="exchange"),
    *(
        path(f"settings/exchange/export/{kind}", export, {"kind": kind}, name=f"exchange-{kind}")
        for kind in Exchanged
    ),
    path("settings/exchange/import", tried, name="exchange-try"),
    path("settings/exchange/imports/<uuid:run>", run, name="exchange-run"),
    path("settings/exchange/imports/<uuid:run>/apply", applied, name="exchange-apply"),
    path("settings/exchange/imports/<uuid:run>/report.csv", report, name="exchange-report"),
]
