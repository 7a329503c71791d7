"""Changing only what one has read: `ETag` out, `If-Match` in (RFC 9110)."""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate, Final

from django.http import HttpRequest, HttpResponse
from pydantic_core import from_json, to_json

from placet.actions.unless_changed import unless_changed
from placet.domain.refusals import Refusal
from placet.entrypoints.api.problems import problem
from placet.storage.standing import hold

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]
Hold = Callable[[HttpRequest, str], object]

MOVING: Final = frozenset({"balance", "reserved", "available", "failing_since"})
"""What moves by itself, and is nothing that a caller could have changed its mind about."""


def tagged[V: View](view: V) -> V:
    """An answer that says by `ETag` which state of the thing it shows."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        return _tagged(view(request, *args, **kwargs))

    return wrapped  # type: ignore[return-value]


def _all_others(_request: HttpRequest, _name: str) -> None:
    """Nobody else changes organizations, contracts or groups meanwhile."""
    hold()


def if_unchanged[V: View](read: View, path: str, hold: Hold = _all_others) -> Callable[[V], V]:
    """A change that, under `If-Match`, is made only while the thing is as `read` showed it; `path` names the
    parameter of both that says which thing. Without the header it is made as it is."""

    def decorated(view: V) -> V:
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
            change, named = partial(view, request, **kwargs), kwargs[path]
            wanted = tags(request)
            if wanted is None:
                return _tagged(change())
            answer = unless_changed(
                hold=lambda: hold(request, named),
                as_read=lambda: _matches(read(request, **{path: named}), wanted),
                work=change,
                done=lambda made: made.status_code < 400,  # noqa: PLR2004
            )
            return problem(answer) if isinstance(answer, Refusal) else _tagged(answer)

        return wrapped  # type: ignore[return-value]

    return decorated


def tags(request: HttpRequest) -> list[str] | None:
    """The tags of `If-Match`; `None` without the header. One that names none matches nothing: whoever sent it
    wanted a condition."""
    given = request.headers.get("If-Match")
    if given is None:
        return None
    return [tag.strip().removeprefix("W/") for tag in given.split(",") if tag.strip()]


def _matches(shown: HttpResponse, wanted: list[str]) -> bool:
    return "*" in wanted or _tagged(shown).headers.get("ETag") in wanted


def _tagged(answer: HttpResponse) -> HttpResponse:
    """With its tag; what says nothing has none."""
    if answer.status_code < 300 and answer.content != b"{}":  # noqa: PLR2004
        state = to_json(_still(from_json(answer.content)))
        answer.headers["ETag"] = f'"{hashlib.sha256(state).hexdigest()[:20]}"'
    return answer


def _still(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return {name: _still(each) for name, each in node.items() if name not in MOVING}
    return [_still(each) for each in node] if isinstance(node, list) else node
