"""The same form sent twice does its work once (R14): a double click, a reload, two tabs.

A form carries a token (`{% once %}`). The first answer, always a redirect with a toast, is kept under it as
the API keeps answers under an `Idempotency-Key`; whoever sends the same form again is led to the same place.
A form that came back with errors did nothing, and may be sent again.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from pydantic_core import from_json, to_json

from placet.actions.once import Request, Response
from placet.actions.once import once as done_once
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame import answers

TOKEN: Final = "once"  # noqa: S105 - a field's name
LONGEST: Final = 64


class _NotKeptError(Exception):
    """What came of the form is no redirect: it did nothing, so there is nothing to keep."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer


def once(request: HttpRequest, by: Actor, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `work`, or the one that it gave when this very form came first."""
    token = request.POST.get(TOKEN, "")
    if not 1 <= len(token) <= LONGEST or not (token.isascii() and token.isprintable()):
        return work()
    same = Request(by.organization, f"/portal{request.path}", f"{by.name} {token}", _digest(request), by.role)
    try:
        answer = done_once(request=same, work=lambda: _kept(request, work()), at=answers.now())
    except _NotKeptError as nothing_done:
        return nothing_done.answer
    if isinstance(answer, Refusal):
        return answers.refused(request, answer, to=answers.back(request))
    return _told(request, answer)


def _digest(request: HttpRequest) -> bytes:
    """What was sent, without what differs each time it is: the CSRF token is masked anew."""
    sent = sorted(
        (name, request.POST.getlist(name)) for name in request.POST if name != "csrfmiddlewaretoken"
    )
    return hashlib.sha256(repr(sent).encode()).digest()


def _kept(request: HttpRequest, answer: HttpResponse) -> Response:
    if not isinstance(answer, HttpResponseRedirect):
        raise _NotKeptError(answer)
    said = [(message.level, str(message.message)) for message in messages.get_messages(request)]
    return Response(answer.status_code, to_json({"to": answer.url, "said": said}))


def _told(request: HttpRequest, answer: Response) -> HttpResponse:
    kept = from_json(answer.body)
    for level, words in kept["said"]:
        messages.add_message(request, level, words)
    if not kept["said"]:
        messages.info(request, _("Done already: pressing twice changed nothing."))
    return HttpResponseRedirect(kept["to"], status=answer.status)
