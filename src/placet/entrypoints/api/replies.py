"""Answers as they go out, and the same answer again for the same idempotency key (R14)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from pydantic_core import to_json

from placet.actions.once import Request, Response, once
from placet.domain.refusals import Refusal
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.problems import problem

LONGEST_KEY = 255
View = Callable[Concatenate[HttpRequest, ...], HttpResponse]


def now() -> datetime:
    """The time of this request: made here, at the entry, and handed on."""
    return datetime.now(UTC)


def reply(body: Any, status: int = 200) -> HttpResponse:  # noqa: ANN401 - any JSON
    """JSON, as bytes in one go."""
    return HttpResponse(to_json(body), status=status, content_type="application/json")


class ShownOnce(HttpResponse):
    """An answer with a secret in it. What is kept of it, for whoever sends the same again, has none."""

    kept: bytes


def reply_once(body: dict[str, Any], status: int, **secret: str) -> ShownOnce:
    """JSON with a secret that is shown in this answer alone: not in a replay of it either."""
    answer = ShownOnce(to_json(body | secret), status=status, content_type="application/json")
    answer.kept = to_json(body)
    return answer


def paper(pdf: bytes, name: str) -> HttpResponse:
    """A PDF, to look at or to keep under that name."""
    shown = content_disposition_header(as_attachment=False, filename=f"{name}.pdf")
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": shown or ""})


def done(refusal: Refusal | None) -> HttpResponse:
    """Done, with nothing more to say; or the problem."""
    return problem(refusal) if refusal else reply({})


def idempotent[V: View](view: V) -> V:
    """A POST that does its work once under one `Idempotency-Key`, per organization and path."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        answers = once_each(request, [lambda: view(request, *args, **kwargs)])
        return problem(answers) if isinstance(answers, Refusal) else answers[0]

    return wrapped  # type: ignore[return-value]


def once_each(request: HttpRequest, works: list[Callable[[], HttpResponse]]) -> list[HttpResponse] | Refusal:
    """The answers of several pieces of work, each done once under the request's idempotency key and each
    in a transaction of its own, so that no two requests can wait for each other's locks.

    Another body under the same key, or the first still running, refuses the whole.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return [work() for work in works]
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        errors = {"Idempotency-Key": f"1 to {LONGEST_KEY} printable characters."}
        return Refusal("invalid", facts={"errors": errors})
    answers = []
    for number, work in enumerate(works):
        answer = _once(request, f"{key} {number}", work)
        if isinstance(answer, Refusal):
            return answer
        answers.append(answer)
    return answers


def _once(request: HttpRequest, key: str, work: Callable[[], HttpResponse]) -> HttpResponse | Refusal:
    by = actor_of(request)
    same = Request(
        organization=by.organization, path=request.path, key=key, digest=_digest(request), role=by.role
    )
    made: list[HttpResponse] = []

    def kept() -> Response:
        made.append(work())
        return _kept(made[-1])

    answer = once(request=same, work=kept, at=now())
    if isinstance(answer, Refusal):
        return answer
    if made:
        return made[-1]
    kind = "application/json" if answer.status < 400 else "application/problem+json"  # noqa: PLR2004
    return HttpResponse(answer.body, status=answer.status, content_type=kind)


def _digest(request: HttpRequest) -> bytes:
    """What was sent: the body, and what the address asks with it (`?confirm=true`)."""
    return hashlib.sha256(request.META["QUERY_STRING"].encode() + b"\n" + request.body).digest()


def _kept(response: HttpResponse) -> Response:
    body = response.kept if isinstance(response, ShownOnce) else response.content
    return Response(response.status_code, body)


def if_match(request: HttpRequest) -> int | Refusal | None:
    """The version that the caller decides on, from `If-Match: "3"`."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    text = given.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        return Refusal("invalid", facts={"errors": {"If-Match": "The order's version, in quotes."}})
    return int(text)
