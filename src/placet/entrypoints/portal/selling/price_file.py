"""A price list's own CSV (R4): out, and in after a look at what it comes to, line by line."""

from io import BytesIO
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from placet.actions import read_prices
from placet.actions.edit_catalog import own_list
from placet.actions.import_prices import (
    BadFile,
    Became,
    File,
    Report,
    Verdict,
    exported,
    import_prices,
    try_prices,
)
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import done, forbidden, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.storage.db import Row

MOST_BYTES: Final = 800_000
"""Of a file that pages take; the whole request may have a megabyte."""
MOST_SHOWN: Final = 500
"""Rows that change something, shown of a file."""

WORDS: Final[dict[Became, Promise]] = {
    Became.ADDED: pgettext_lazy("rows of a file", "added"),
    Became.CHANGED: pgettext_lazy("rows of a file", "changed"),
    Became.ENDED: pgettext_lazy("rows of a file", "ended"),
    Became.UNCHANGED: pgettext_lazy("rows of a file", "unchanged"),
}


@page(kinds=SELLERS)
def export(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:  # noqa: ARG001 - a view's
    """All prices of one of the caller's lists, as they can be imported again."""
    opened = read_prices.open_list(by=caller.actor, price_list=price_list)
    if isinstance(opened, Refusal):
        raise Http404
    name = f"prices-{opened.row['ref'] or opened.row['id']}.csv"
    kept = content_disposition_header(as_attachment=True, filename=name) or ""
    return StreamingHttpResponse(  # type: ignore[return-value]
        exported(price_list, opened.row["currency"]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": kept, "Cache-Control": "no-store"},
    )


class FileForm(Form):
    """A file to look at."""

    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput({"accept": ".csv,text/csv", "class": "form-control"}),
        help_text=_("UTF-8, up to 800 kB."),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> bytes:
        """Its bytes."""
        sent: UploadedFile[Any] = self.cleaned_data["file"]
        if sent.size is None or sent.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is too large for this page. Use the command line for it.")
            )
        content: bytes = sent.read()
        return content


class SeenForm(Form):
    """The text that was looked at."""

    text = forms.CharField(max_length=2 * MOST_BYTES, strip=False)


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def take(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """A look at what a file comes to; then, of the very same text, the writing."""
    held = own_list(by=caller.actor, name=str(price_list))
    if isinstance(held, Refusal):
        if held.code == "forbidden":
            return forbidden(request)
        raise Http404
    if "write" in request.POST:
        return _write(request, held)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if not form.is_bound or not form.is_valid():
        return _page(request, held, form, None)
    content: bytes = form.cleaned_data["file"]
    return _page(request, held, FileForm(), _judged(held["id"], content))


def _write(request: HttpRequest, held: Row) -> HttpResponse:
    seen = SeenForm(request.POST)
    if not seen.is_valid():
        return _page(request, held, FileForm(), None)
    content = seen.cleaned_data["text"].encode()
    answer = import_prices(held["id"], file=File(lambda: BytesIO(content)), tell=lambda _: None)
    if isinstance(answer, BadFile):  # what stood on the list has changed since
        return _page(request, held, FileForm(), _judged(held["id"], content))
    return done(request, _written(answer), to=reverse("price-list", args=[held["id"]]))


def _judged(price_list: UUID, content: bytes) -> Row:
    lines: list[Row] = []
    answer = try_prices(price_list, file=File(lambda: BytesIO(content)), tell=lambda said: _kept(said, lines))
    return _report(answer, lines, content)


def _page(request: HttpRequest, row: Row, form: FileForm, report: Row | None) -> HttpResponse:
    wrong = form.errors or (report and report["bad"])
    context = {"row": row, "form": form, "report": report}
    return show(request, "portal/price_import.html", context, status=422 if wrong else 200)


def _kept(said: Verdict, lines: list[Row]) -> None:
    if said.became is not Became.UNCHANGED and len(lines) < MOST_SHOWN:
        lines.append(
            {"line": said.line, "product": said.product, "words": WORDS.get(said.became, said.reason)}
        )


def _report(answer: Report | BadFile, lines: list[Row], content: bytes) -> Row:
    if isinstance(answer, BadFile):
        return {"bad": True, "count": answer.count, "problems": answer.problems}
    changing = sum(count for became, count in answer.rows.items() if became is not Became.UNCHANGED)
    return {
        "bad": False,
        "counts": [(words, answer.rows.get(became, 0)) for became, words in WORDS.items()],
        "lines": lines,
        "more": changing - len(lines),
        "text": content.decode("utf-8-sig"),
    }


def _written(report: Report) -> str:
    rows = sum(count for became, count in report.rows.items() if became is not Became.UNCHANGED)
    words = ngettext("%(count)s price was written.", "%(count)s prices were written.", rows)
    return words % {"count": rows}


urls = [
    path("prices/<uuid:price_list>/prices.csv", export, name="price-list-export"),
    path("prices/<uuid:price_list>/import", take, name="price-list-import"),
]
