"""Regular exchanges with an address of the caller's own: its admins' (ERP exchange)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AfterValidator, Field, StrictInt

from placet.actions import exchange_schedules as schedules
from placet.actions.exchange_schedules import Plan
from placet.domain.refusals import Refusal, invalid
from placet.domain.scheduling import Daily, Every
from placet.domain.view import timestamp
from placet.domain.words import Exchanged, ExchangeFormat, ExchangeWay, RunStatus, ScheduleStatus
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Nothing, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import done, idempotent, now, reply
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.entrypoints.api.webhooks import Url
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["ERP exchange"])


class LastShape(Shown):
    """The last time that it was done."""

    id: Id
    status: RunStatus
    error: str | None
    lines: int
    refused: int
    created_at: Time


class ScheduleShape(Shown):
    """A regular exchange: each day at `hour`, by the organization's time zone, or `every_hours`. What it
    signs in with is never shown."""

    id: Id
    way: ExchangeWay
    kind: Exchanged
    format: ExchangeFormat
    url: str
    signs_in: bool
    hour: int | None
    every_hours: int | None
    status: ScheduleStatus
    failures: int
    due_at: Time | None
    created_at: Time
    last: LastShape | None


class SchedulesShape(Shown):
    """A page of them."""

    items: list[ScheduleShape]
    next_cursor: str | None


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.isascii():
        raise ValueError("must be a header's value")
    return text


class NewSchedule(Shape):
    """A regular exchange. An export takes what changed since the last one there, by PUT; an import fetches
    the file by GET. `{time}` in the address is when it is asked; `authorization` the header of that name."""

    way: ExchangeWay
    kind: Exchanged
    format: ExchangeFormat = ExchangeFormat.CSV
    url: Url
    hour: Annotated[StrictInt, Field(ge=0, le=23)] | None = None
    every_hours: Annotated[StrictInt, Field(ge=1, le=168)] | None = None
    authorization: Annotated[str, Field(max_length=2000), AfterValidator(_one_line)] = ""

    def plan(self) -> Plan | Refusal:
        """As the action takes it."""
        if (self.hour is None) == (self.every_hours is None):
            return invalid(hour="Either hour or every_hours.")
        rhythm = Daily(self.hour) if self.hour is not None else Every(self.every_hours or 1)
        return Plan(self.way, self.kind, self.format, self.url, rhythm, self.authorization)


class ScheduleChange(Shape):
    """Whether it is done."""

    status: Literal["active", "paused"]


@router.get("/exchange-schedules", response=shapes.reads(SchedulesShape), operation_id="list_schedules")
def scheduled(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The organization's regular exchanges, the oldest first: its admins'."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = schedules.find_schedules(by=actor_of(request), after=start, most=page.limit)
    return problem(found) if isinstance(found, Refusal) else reply(listing_of(found, page, _schedule))


@router.post("/exchange-schedules", response=shapes.acts(ScheduleShape, 201), operation_id="add_schedule")
@idempotent
def schedule(request: HttpRequest, body: Body[NewSchedule] = BODY) -> HttpResponse:
    """Sets up a regular exchange with an address of the caller's own."""
    by, said = actor_of(request), given(body, NewSchedule).checked()
    plan = said if isinstance(said, Refusal) else said.plan()
    if isinstance(plan, Refusal):
        return problem(schedules.may_administer(by) or plan)
    return _told(schedules.add_schedule(plan=plan, by=by, at=now()), 201)


@router.patch(
    "/exchange-schedules/{schedule}", response=shapes.acts(ScheduleShape), operation_id="change_schedule"
)
def change(request: HttpRequest, schedule: str, body: Body[ScheduleChange] = BODY) -> HttpResponse:
    """Has it pause, or go on."""
    by, said, id_ = actor_of(request), given(body, ScheduleChange).checked(), _id(schedule)
    door = schedules.schedule_to_change(by=by, schedule=id_)
    if isinstance(door, Refusal):
        return problem(door)
    if isinstance(said, Refusal):
        return problem(said)
    if said.status == "paused":
        return _told(schedules.pause_schedule(by=by, schedule=id_))
    return _told(schedules.resume_schedule(by=by, schedule=id_, at=now()))


@router.post(
    "/exchange-schedules/{schedule}/run", response=shapes.acts(ScheduleShape), operation_id="run_schedule"
)
@idempotent
def run_now(request: HttpRequest, schedule: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Has it done now, too."""
    by, said, id_ = actor_of(request), given(body, Nothing).checked(), _id(schedule)
    door = schedules.schedule_to_change(by=by, schedule=id_)
    if isinstance(door, Refusal):
        return problem(door)
    if isinstance(said, Refusal):
        return problem(said)
    return _told(schedules.run_schedule(by=by, schedule=id_, at=now()))


@router.delete(
    "/exchange-schedules/{schedule}", response=shapes.acts(shapes.Done), operation_id="remove_schedule"
)
def remove(request: HttpRequest, schedule: str) -> HttpResponse:
    """Ends it; what it has done stays to be read."""
    return done(schedules.remove_schedule(by=actor_of(request), schedule=_id(schedule)))


def _told(row: Row | Refusal, status: int = 200) -> HttpResponse:
    return problem(row) if isinstance(row, Refusal) else reply(_schedule(row), status)


def _schedule(row: Row) -> Row:
    same = ("id", "way", "kind", "format", "url", "signs_in", "hour", "every_hours", "status", "failures")
    shown: Row = {name: row[name] for name in same} | {"created_at": timestamp(row["created_at"])}
    shown["due_at"] = timestamp(row["due_at"]) if row["due_at"] else None
    return shown | {"last": row["last"] and _last(row["last"])}


def _last(run: Row) -> Row:
    at = timestamp(datetime.fromisoformat(run["created_at"]))
    return run | {"error": run["error"] or None, "created_at": at}


def _id(text: str) -> UUID:
    return as_uuid(text) or UUID(int=0)
