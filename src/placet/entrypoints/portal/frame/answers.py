"""What a view answers: a page or the fragment of it that was asked for, a redirect and a toast, a kind no."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from psycopg import OperationalError as Lost

from placet.domain.delimited import harmless
from placet.domain.refusals import Refusal
from placet.entrypoints import metrics
from placet.entrypoints.portal.frame.refusals import in_language, kindly


def now() -> datetime:
    """The time of this request: made here, at the entry, and handed on."""
    return datetime.now(UTC)


def show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page; or, where htmx asks for one of its parts (`{% partialdef NAME %}` around the element with
    the id NAME), that part."""
    part = request.headers.get("HX-Target", "")
    if (
        part
        and not request.headers.get("HX-Boosted")
        and not request.headers.get("HX-History-Restore-Request")
    ):
        try:
            get_template(f"{template}#{part}")
        except TemplateDoesNotExist:
            pass
        else:
            template = f"{template}#{part}"
    answer = render(request, template, context, status=status)
    answer.headers["Vary"] = "HX-Request, HX-Target, Cookie"
    answer.headers["Cache-Control"] = "no-store"  # who signs out leaves nothing to go back to
    return answer


def done(request: HttpRequest, words: str, to: str) -> HttpResponse:
    """It is done: says so on the page that follows."""
    messages.success(request, words)
    return HttpResponseRedirect(to, status=303)


def refused(request: HttpRequest, refusal: Refusal, to: str) -> HttpResponse:
    """It was not done: says why, kindly, on the page that follows. What is not there is not there."""
    if refusal.code == "not_found":
        raise Http404
    metrics.refused(refusal.code)
    messages.error(request, kindly(refusal))
    return HttpResponseRedirect(to, status=303)


def into(form: BaseForm, refusal: Refusal) -> None:
    """Puts a refusal into the form that caused it: beside the fields that it names, else above them."""
    metrics.refused(refusal.code)
    errors = refusal.facts.get("errors", {})
    for name, words in errors.items():
        field = name.rpartition(".")[2]
        form.add_error(field if field in form.fields else None, in_language(words))
    if not errors:
        form.add_error(None, kindly(refusal))


def forbidden(request: HttpRequest) -> HttpResponse:
    """There is such a page, but not for this role."""
    return show(request, "portal/forbidden.html", {}, status=403)


def nobody(request: HttpRequest) -> HttpResponse:
    """Signed in, but a member of no organization that may be acted for."""
    return show(request, "portal/nobody.html", {}, status=403)


def back(request: HttpRequest) -> str:
    """Where the form says that it goes on (`to`), else where it came from, if that is here; else home."""
    for address in (request.POST.get("to", ""), request.headers.get("Referer", "")):
        if address and url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
            return address
    return reverse("home")


def csv_answer(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table to keep, as it is read: UTF-8 with a mark that spreadsheets look for."""
    kept = content_disposition_header(as_attachment=True, filename=f"{filename}.csv")
    return StreamingHttpResponse(  # type: ignore[return-value]
        _lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": kept or "", "Cache-Control": "no-store"},
    )


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([str(each) for each in header])
    for row in rows:
        yield writer.writerow([harmless(each) for each in row])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - by this name
    """No such page, or a stranger's."""
    return show(request, "portal/not_found.html", {}, status=404)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's names
    """Too large, or nothing that a form sends. Looks at nothing that was sent."""
    words = _("It was too large, or not sent by one of our forms.")
    return _by_itself(_("That could not be read"), words, HTTPStatus.BAD_REQUEST)


AWAY: Final = (OperationalError, InterfaceError, Lost)
"""The database does not answer, or another one takes its place just now."""


def our_mistake(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's name
    """What nobody foresaw; the log has the rest."""
    if isinstance(sys.exception(), AWAY):
        words = _("Its database does not answer just now. Nothing was half done: please try again.")
        return _by_itself(_("Placet is back in a moment"), words, HTTPStatus.SERVICE_UNAVAILABLE)
    words = _("It is in our log. Nothing was half done: you can try again.")
    return _by_itself(_("Something went wrong here"), words, HTTPStatus.INTERNAL_SERVER_ERROR)


def _by_itself(title: str, words: str, status: HTTPStatus) -> HttpResponse:
    """A page that needs nothing that could be broken too: not who is there, so not the database."""
    page = render_to_string("portal/mistake.html", {"title": title, "words": words})
    return HttpResponse(page, status=status)
