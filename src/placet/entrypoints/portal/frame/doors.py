"""The door of each page: who may come in, and how. Every view has exactly one; a test walks them all."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation

from placet.domain.parties import Permission
from placet.domain.words import Kind
from placet.entrypoints.portal.frame import answers
from placet.entrypoints.portal.frame.caller import Caller, caller_of
from placet.entrypoints.portal.frame.once import once

View = Callable[..., HttpResponse]

EVERY_KIND: Final = frozenset(Kind)
SELLERS: Final = frozenset({Kind.RESELLER, Kind.DISTRIBUTOR})


@dataclass(frozen=True, slots=True)
class Door:
    """Kinds of organizations that have this page (to others it is not there), the permission that it takes
    (any one of them), and whether it acts (POST) or shows (GET)."""

    kinds: frozenset[Kind]
    may: tuple[Permission, ...]
    acts: bool = False


def page(
    *, kinds: Collection[Kind] = EVERY_KIND, may: Permission | tuple[Permission, ...] = Permission.READ
) -> Callable[[View], View]:
    """A page to look at: `view(request, caller, …)`. A GET, or a POST of a form that the page itself shows
    again when it is wrong."""
    return _door(Door(frozenset(kinds), _permissions(may)))


def act(
    *, kinds: Collection[Kind] = EVERY_KIND, may: Permission | tuple[Permission, ...]
) -> Callable[[View], View]:
    """Something done: POST only. The same form twice does its work once (`{% once %}`), in one transaction
    with its answer: so no view may ask the outside world."""
    return _door(Door(frozenset(kinds), _permissions(may), acts=True))


def _permissions(may: Permission | tuple[Permission, ...]) -> tuple[Permission, ...]:
    return may if isinstance(may, tuple) else (may,)


def _door(door: Door) -> Callable[[View], View]:
    def decorated(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
            methods = ["POST"] if door.acts else ["GET", "HEAD", "POST"]
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            caller = caller_of(request)
            if caller is None:
                return _outside(request)
            with _as_read_by(caller):
                return _through(door, request, caller, lambda: view(request, caller, *args, **kwargs))

        wrapped.door = door  # type: ignore[attr-defined]
        return wrapped

    return decorated


def _through(
    door: Door, request: HttpRequest, caller: Caller, view: Callable[[], HttpResponse]
) -> HttpResponse:
    if caller.kind not in door.kinds:
        raise Http404
    if not caller.may(*door.may):
        return answers.forbidden(request)
    return once(request, caller.actor, view) if request.method == "POST" else view()


def _outside(request: HttpRequest) -> HttpResponse:
    """To the sign-in, and back here after it; who is signed in but may act for nobody is told so."""
    if request.user.is_authenticated:
        return answers.nobody(request)
    answer = redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
    if request.headers.get("HX-Request"):  # a fragment must not become a sign-in form within a page
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


def _as_read_by(caller: Caller) -> ExitStack:
    """The caller's time zone, and language if it has chosen one."""
    context = ExitStack()
    context.enter_context(timezone.override(ZoneInfo(caller.time_zone)))
    if caller.language:
        context.enter_context(translation.override(caller.language))
    return context
