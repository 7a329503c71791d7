"""Regular exchanges with an address of the organization's own: its admins'."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated

from placet.actions import exchange_schedules as schedules
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import done, into, now, refused
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act
from placet.entrypoints.portal.settings.exchange import exchange_page
from placet.entrypoints.portal.settings.exchange_forms import ScheduleForm
from placet.storage.db import Row


@act(may=Permission.ADMINISTER)
def added(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new one."""
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return exchange_page(request, caller, schedule_form=form, status=422)
    made = schedules.add_schedule(plan=form.plan(), by=caller.actor, at=now())
    if isinstance(made, Refusal):
        into(form, made)
        return exchange_page(request, caller, schedule_form=form, status=422)
    return done(request, translated("The exchange is set up."), to=reverse("exchange"))


@act(may=Permission.ADMINISTER)
def paused(request: HttpRequest, caller: Caller, schedule: UUID) -> HttpResponse:
    """Not done until it goes on."""
    return _after(
        request, schedules.pause_schedule(by=caller.actor, schedule=schedule), translated("Paused.")
    )


@act(may=Permission.ADMINISTER)
def resumed(request: HttpRequest, caller: Caller, schedule: UUID) -> HttpResponse:
    """It goes on."""
    became = schedules.resume_schedule(by=caller.actor, schedule=schedule, at=now())
    return _after(request, became, translated("It goes on."))


@act(may=Permission.ADMINISTER)
def run_now(request: HttpRequest, caller: Caller, schedule: UUID) -> HttpResponse:
    """Done now, too."""
    became = schedules.run_schedule(by=caller.actor, schedule=schedule, at=now())
    return _after(request, became, translated("It is being done. What came of it stands below in a moment."))


@act(may=Permission.ADMINISTER)
def removed(request: HttpRequest, caller: Caller, schedule: UUID) -> HttpResponse:
    """Not done any more."""
    refusal = schedules.remove_schedule(by=caller.actor, schedule=schedule)
    return _after(request, refusal, translated("The exchange is removed."))


def _after(request: HttpRequest, became: Row | Refusal | None, words: str) -> HttpResponse:
    to = reverse("exchange")
    return refused(request, became, to=to) if isinstance(became, Refusal) else done(request, words, to=to)


urls = [
    path("settings/exchange/schedules/new", added, name="exchange-schedule-add"),
    path("settings/exchange/schedules/<uuid:schedule>/pause", paused, name="exchange-schedule-pause"),
    path("settings/exchange/schedules/<uuid:schedule>/resume", resumed, name="exchange-schedule-resume"),
    path("settings/exchange/schedules/<uuid:schedule>/run", run_now, name="exchange-schedule-run"),
    path("settings/exchange/schedules/<uuid:schedule>/remove", removed, name="exchange-schedule-remove"),
]
