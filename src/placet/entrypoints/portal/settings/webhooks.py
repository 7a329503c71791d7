"""Settings, Webhooks: which systems are told what, what was sent to them, and what they answered (R91)."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions import webhook_endpoints
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import SUBSCRIBABLE, DeliveryStatus, EndpointStatus, EventType
from placet.entrypoints.api.webhooks import new_secret
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, after_name, cursor_of
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.settings import keepsake
from placet.entrypoints.portal.settings.addresses import AddressField

ENDPOINT_COLUMNS: Final = (
    Column("url", _("Address"), fixed=True),
    Column("events", _("Told of"), fixed=True),
    Column("status", _("Status"), fixed=True),
    Column("created_at", _("Added"), fixed=True),
)
DELIVERY_COLUMNS: Final = (
    Column("created_at", _("When"), fixed=True),
    Column("type", _("Event"), fixed=True),
    Column("status", _("Status"), fixed=True),
    Column("attempts", _("Attempts"), fixed=True),
)
STATUSES: Final = (
    ("", _("Every status")),
    (DeliveryStatus.PENDING.value, said("delivery of a webhook", "Waiting")),
    (DeliveryStatus.DELIVERED.value, _("Delivered")),
    (DeliveryStatus.FAILED.value, said("delivery of a webhook", "Given up")),
)


class EndpointForm(Form):
    """Whom to tell, and what of."""

    url = AddressField(help_text=_("What happens is sent here by POST, signed as Standard Webhooks say."))
    events = forms.MultipleChoiceField(
        label=_("Tell of"),
        choices=[(event.value, event.value) for event in SUBSCRIBABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


class RotationForm(Form):
    """How long the secret before the new one still signs."""

    keep_hours = forms.ChoiceField(
        label=_("The present secret"),
        choices=(
            ("24", _("signs beside the new one for a day")),
            ("168", _("signs beside the new one for a week")),
            ("0", _("ends at once: it has leaked")),
        ),
    )


class DeliveryFilter(Form):
    """Which deliveries."""

    status = forms.ChoiceField(label=_("Status"), choices=STATUSES, required=False)


@page()
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The organization's endpoints; a new one's secret, this once."""
    return _listed(request, caller, EndpointForm())


def _listed(
    request: HttpRequest, caller: Caller, form: EndpointForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    table = Table(request, ENDPOINT_COLUMNS)
    found = webhook_endpoints.find_endpoints(by=caller.actor, after=after_id(table.cursor), most=table.limit)
    context = {
        "table": table.of_one_more(found, lambda row: cursor_of(row["id"])),
        "form": form,
        "may_change": caller.may(Permission.ADMINISTER),
        "secret": keepsake.taken(request) if request.method == "GET" else "",
    }
    return show(request, "portal/settings/webhooks.html", context, status)


@act(may=Permission.ADMINISTER)
def added(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new endpoint, told from now on."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _listed(request, caller, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    secret = new_secret()
    row = webhook_endpoints.add_endpoint(
        by=caller.actor, url=form.cleaned_data["url"], events=_events(form), secret=secret
    )
    if isinstance(row, Refusal):
        into(form, row)
        return _listed(request, caller, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    keepsake.keep(request, secret)
    return done(request, translated("The endpoint is added."), to=reverse("webhooks"))


def _events(form: EndpointForm) -> list[EventType]:
    return [EventType(name) for name in form.cleaned_data["events"]]


@page()
def endpoint(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """One endpoint, and what was sent to it."""
    return _endpoint(request, caller, endpoint, None)


def _endpoint(
    request: HttpRequest, caller: Caller, id_: UUID, form: EndpointForm | None, status: int = HTTPStatus.OK
) -> HttpResponse:
    row = webhook_endpoints.read_endpoint(by=caller.actor, endpoint=id_)
    if row is None:
        raise Http404
    table = Table(request, DELIVERY_COLUMNS, filters=DeliveryFilter(request.GET))
    asked = table.filter_values.get("status")
    found = webhook_endpoints.find_deliveries(
        by=caller.actor,
        endpoint=id_,
        status=DeliveryStatus(asked) if asked else None,
        before=_before(table.cursor),
        most=table.limit,
    )
    context = {
        "endpoint": row,
        "table": table.of_one_more(found, lambda each: cursor_of(each["created_at"], each["id"])),
        "form": form or EndpointForm(initial={"url": row["url"], "events": row["events"]}),
        "rotation": RotationForm(),
        "may_change": caller.may(Permission.ADMINISTER),
        "secret": keepsake.taken(request) if request.method == "GET" else "",
    }
    return show(request, "portal/settings/webhook.html", context, status)


def _before(cursor: str) -> tuple[datetime, UUID] | None:
    found = after_name(cursor)
    try:
        return (datetime.fromisoformat(found[0]), found[1]) if found else None
    except ValueError:
        return None


@act(may=Permission.ADMINISTER)
def changed(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """Another address, other events."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _endpoint(request, caller, endpoint, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _after(
        request,
        endpoint,
        webhook_endpoints.change_endpoint(
            by=caller.actor,
            endpoint=endpoint,
            url=form.cleaned_data["url"],
            events=_events(form),
            status=None,
        ),
        translated("Saved."),
    )


@act(may=Permission.ADMINISTER)
def paused(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """Nothing is sent there until it goes on."""
    words = translated("Paused. What happens meanwhile is sent once it goes on.")
    return _after(request, endpoint, _becomes(caller, endpoint, EndpointStatus.PAUSED), words)


@act(may=Permission.ADMINISTER)
def resumed(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """It goes on, also where its receiver had ended it."""
    return _after(
        request, endpoint, _becomes(caller, endpoint, EndpointStatus.ACTIVE), translated("It goes on.")
    )


def _becomes(caller: Caller, endpoint: UUID, status: EndpointStatus) -> object:
    return webhook_endpoints.change_endpoint(
        by=caller.actor, endpoint=endpoint, url=None, events=None, status=status
    )


def _after(request: HttpRequest, endpoint: UUID, became: object, words: str) -> HttpResponse:
    to = reverse("webhook", args=[endpoint])
    return refused(request, became, to=to) if isinstance(became, Refusal) else done(request, words, to=to)


@act(may=Permission.ADMINISTER)
def rotated(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """A new secret, shown on the page that follows; the one before signs beside it for a while."""
    form = RotationForm(request.POST)
    if not form.is_valid():
        found = webhook_endpoints.endpoint_to_change(by=caller.actor, endpoint=endpoint)
        return _after(request, endpoint, found if isinstance(found, Refusal) else Refusal("invalid"), "")
    secret, hours = new_secret(), int(form.cleaned_data["keep_hours"])
    became = webhook_endpoints.rotate_secret(
        by=caller.actor, endpoint=endpoint, secret=secret, keep_for=timedelta(hours=hours), at=now()
    )
    if not isinstance(became, Refusal):
        keepsake.keep(request, secret)
    return _after(request, endpoint, became, translated("There is a new secret."))


@act(may=Permission.ADMINISTER)
def pinged(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """A message that says nothing, to see whether it arrives."""
    sent = webhook_endpoints.ping_endpoint(by=caller.actor, endpoint=endpoint, at=now())
    return _after(
        request, endpoint, sent, translated("A test is on its way. Its answer stands below in a moment.")
    )


@act(may=Permission.ADMINISTER)
def removed(request: HttpRequest, caller: Caller, endpoint: UUID) -> HttpResponse:
    """Nothing is sent there any more, nor tried again."""
    refusal = webhook_endpoints.remove_endpoint(by=caller.actor, endpoint=endpoint)
    if refusal is not None:
        return refused(request, refusal, to=reverse("webhooks"))
    return done(request, translated("The endpoint is removed."), to=reverse("webhooks"))


@act(may=Permission.ADMINISTER)
def replayed(request: HttpRequest, caller: Caller, endpoint: UUID, delivery: UUID) -> HttpResponse:
    """The same message once more."""
    sent = webhook_endpoints.replay_delivery(by=caller.actor, delivery=delivery, at=now())
    return _after(request, endpoint, sent, translated("It is being sent again."))


urls = [
    path("settings/webhooks", listed, name="webhooks"),
    path("settings/webhooks/new", added, name="webhook-add"),
    path("settings/webhooks/<uuid:endpoint>", endpoint, name="webhook"),
    path("settings/webhooks/<uuid:endpoint>/change", changed, name="webhook-change"),
    path("settings/webhooks/<uuid:endpoint>/pause", paused, name="webhook-pause"),
    path("settings/webhooks/<uuid:endpoint>/resume", resumed, name="webhook-resume"),
    path("settings/webhooks/<uuid:endpoint>/rotate", rotated, name="webhook-rotate"),
    path("settings/webhooks/<uuid:endpoint>/ping", pinged, name="webhook-ping"),
    path("settings/webhooks/<uuid:endpoint>/remove", removed, name="webhook-remove"),
    path(
        "settings/webhooks/<uuid:endpoint>/deliveries/<uuid:delivery>/replay",
        replayed,
        name="webhook-replay",
    ),
]
