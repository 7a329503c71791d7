"""All mails, to look at while developing: with examples, in each language, as text and as HTML. There is no
such page in production."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override

from placet.domain.mailing import Letter
from placet.domain.words import MailKind
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.mails.digest import digest_letter
from placet.entrypoints.portal.mails.examples import AT, digest, examples, in_language
from placet.entrypoints.portal.mails.letters import LANGUAGES, letter, read_by
from placet.entrypoints.portal.mails.words import TITLES

MAIL_ALONE: Final[Mapping[str, Collection[str]]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],  # mails bring their own; no page of ours does
    "frame-ancestors": [CSP.SELF],
    "sandbox": ["allow-popups"],
}
"""What the HTML of a mail may do in a browser: look, and nothing else."""

INVITATION: Final = {
    "organization": "Birchwood IT",
    "inviter": "Benas Petraitis",
    "link": "https://placet.example/an-example",
    "address": "https://placet.example",
}
OTHERS: Final = {
    "invitation": (MailKind.INVITATION, "portal/mail/invitation"),
    "password-reset": (MailKind.SIGN_IN, "account/email/password_reset_key"),
    "password-changed": (MailKind.SIGN_IN, "account/email/password_changed"),
    "password-reset-done": (MailKind.SIGN_IN, "account/email/password_reset"),
    "password-set": (MailKind.SIGN_IN, "account/email/password_set"),
}
"""Those of signing in, by their templates."""


def developing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Not there in production."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - whatever the view takes
        if settings.CONFIG.env != "development":
            raise Http404
        return view(*args, **kwargs)

    return wrapped


@page()
@developing
def listed(request: HttpRequest, _caller: Caller) -> HttpResponse:
    """Which there are."""
    rows = [
        *({"name": each.name, "kind": TITLES[each.kind], "to": each.reader} for each in examples().values()),
        {"name": "digest", "kind": _("One mail a day"), "to": ""},
        *({"name": name, "kind": name, "to": ""} for name in OTHERS),
    ]
    return show(request, "portal/developer/mails.html", {"rows": rows, "languages": settings.LANGUAGES})


@page()
@developing
def shown(request: HttpRequest, _caller: Caller, name: str, language: str) -> HttpResponse:
    """One of them."""
    context = {
        "letter": made(name, language),
        "name": name,
        "language": language,
        "languages": settings.LANGUAGES,
        "html": reverse("developer-mail-html", args=[name, language]),
    }
    return show(request, "portal/developer/mail.html", context)


@page()
@developing
def html(_request: HttpRequest, _caller: Caller, name: str, language: str) -> HttpResponse:
    """Its HTML alone, as a mail program shows it."""
    answer = HttpResponse(made(name, language).html)
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def made(name: str, language: str) -> Letter:
    """The mail of that name in that language."""
    if language not in LANGUAGES:
        raise Http404
    if name == "digest":
        return digest_letter(digest(language))
    if name in OTHERS:
        return _of_signing_in(name, language)
    if example := examples().get(name):
        return letter(*in_language(example, language), AT)
    raise Http404


def _of_signing_in(name: str, language: str) -> Letter:
    kind, template = OTHERS[name]
    context = INVITATION | {"password_reset_url": INVITATION["link"]}
    with read_by(language, "UTC"):
        subject, text, body = (
            render_to_string(f"{template}_{part}", context)
            for part in ("subject.txt", "message.txt", "message.html")
        )
    return Letter(kind=kind, to="lina@birchwood.example", subject=subject, text=text, html=body)


urls = [
    path("developer/mails", listed, name="developer-mails"),
    path("developer/mails/<str:name>/<str:language>", shown, name="developer-mail"),
    path(
        "developer/mails/<str:name>/<str:language>/html",
        csp_override(MAIL_ALONE)(html),
        name="developer-mail-html",
    ),
]
