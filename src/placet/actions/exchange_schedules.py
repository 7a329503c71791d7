"""Regular exchanges with an address of the caller's own (ERP exchange): an admin's to set up, the worker's
to do.

What goes out is what changed since the last one that went through; what comes in is an import like any other.
The network is asked between two transactions, by whoever took the errand.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from placet.actions.export_lines import Export
from placet.actions.import_lines import may_import
from placet.actions.import_runs import Sent, begin_import
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.scheduling import Daily, Every, Rhythm, next_after_failure, next_time, rhythm_of
from placet.domain.words import Exchanged, ExchangeFormat, ExchangeWay, Role, RunStatus, ScheduleStatus
from placet.storage import db, exchange, own_settings
from placet.storage.db import Row
from placet.storage.exchange import NewRun
from placet.storage.sealing import opened, sealed

LEASE: Final = timedelta(minutes=10)
MOST: Final = 20
"""Regular exchanges of one organization."""
MOST_FAILURES: Final = 30_000
"""Counted on end: as many as the column holds, near enough."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A regular exchange to set up. `authorization` is the header that its requests sign in with."""

    way: ExchangeWay
    kind: Exchanged
    form: ExchangeFormat
    url: str
    rhythm: Rhythm
    authorization: str = field(default="", repr=False)


def may_administer(by: Actor) -> Refusal | None:
    """Whether the role allows to set any up."""
    return None if by.may(Permission.ADMINISTER) else Refusal("forbidden")


@db.transaction
def add_schedule(*, plan: Plan, by: Actor, at: datetime) -> Row | Refusal:
    """The exchange as it reads; done for the first time when its time comes."""
    importing = plan.way is ExchangeWay.IMPORT
    if refusal := may_administer(by) or (may_import(plan.kind, by) if importing else None):
        return refusal
    if len(exchange.schedules(by.organization, None, MOST)) >= MOST:
        return invalid(url=sentence("There are {most} already; remove one first.", most=MOST))
    id_ = db.new_id()
    zone = own_settings.find(by.organization).time_zone
    row = {
        "id": id_,
        "organization": by.organization,
        "way": plan.way,
        "kind": plan.kind,
        "format": plan.form,
    }
    row |= {"url": plan.url, "sealed": sealed(plan.authorization), "by": db.json(by.as_json()), "at": at}
    row |= {"every_hours": plan.rhythm.hours if isinstance(plan.rhythm, Every) else None}
    row |= {"hour": plan.rhythm.hour if isinstance(plan.rhythm, Daily) else None}
    exchange.add_schedule(row | {"due_at": next_time(plan.rhythm, at, zone)})
    return _there(by, id_)


def _there(by: Actor, id_: UUID) -> Row:
    row = exchange.schedule(by.organization, id_)
    assert row is not None, "it was there just now"
    return row


def find_schedules(*, by: Actor, after: UUID | None, most: int) -> list[Row] | Refusal:
    """The organization's, the oldest first; one more than `most` where there is more. An admin's to read: an
    address may say more than others need to know."""
    return may_administer(by) or exchange.schedules(by.organization, after, most + 1)


def schedule_to_change(*, by: Actor, schedule: UUID) -> Row | Refusal:
    """One of them; a stranger's is not there, a role that may not change it learns so."""
    row = exchange.schedule(by.organization, schedule)
    return (may_administer(by) or row) if row else Refusal("not_found")


@db.transaction
def pause_schedule(*, by: Actor, schedule: UUID) -> Row | Refusal:
    """Not done until it goes on."""
    row = schedule_to_change(by=by, schedule=schedule)
    if isinstance(row, Refusal):
        return row
    exchange.set_schedule(schedule, ScheduleStatus.PAUSED, None)
    return _there(by, schedule)


@db.transaction
def resume_schedule(*, by: Actor, schedule: UUID, at: datetime) -> Row | Refusal:
    """It goes on, when its time comes."""
    row = schedule_to_change(by=by, schedule=schedule)
    if isinstance(row, Refusal):
        return row
    rhythm = rhythm_of(row["every_hours"], row["hour"])
    exchange.set_schedule(schedule, ScheduleStatus.ACTIVE, next_time(rhythm, at, row["time_zone"]))
    return _there(by, schedule)


@db.transaction
def run_schedule(*, by: Actor, schedule: UUID, at: datetime) -> Row | Refusal:
    """Done now, and then as ever; one that was paused goes on."""
    row = schedule_to_change(by=by, schedule=schedule)
    if isinstance(row, Refusal):
        return row
    exchange.set_schedule(schedule, ScheduleStatus.ACTIVE, at)
    return _there(by, schedule)


@db.transaction
def remove_schedule(*, by: Actor, schedule: UUID) -> Refusal | None:
    """Not done any more. What was done stays to be read."""
    row = schedule_to_change(by=by, schedule=schedule)
    if isinstance(row, Refusal):
        return row
    exchange.remove_schedule(schedule)
    return None


# The worker's part ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Errand:
    """A regular exchange whose time has come. No `authorization`: it cannot be opened with our keys."""

    id: UUID
    run: UUID
    by: Actor
    plan: Plan
    since: datetime | None
    failures: int
    zone: str
    shut: bool

    @property
    def export(self) -> Export:
        """What is to go out: organizations come whole, of everything else what changed."""
        whole = self.plan.kind is Exchanged.ORGANIZATIONS
        return Export(self.plan.kind, None if whole else self.since)


@db.transaction
def take_schedules(*, most: int, at: datetime) -> list[Errand]:
    """Exchanges that are due, leased to the caller."""
    return [_errand(row) for row in exchange.take_schedules(at, at + LEASE, most)]


def _errand(row: Row) -> Errand:
    authorization = opened(row["sealed"])
    plan = Plan(
        ExchangeWay(row["way"]),
        Exchanged(row["kind"]),
        ExchangeFormat(row["format"]),
        row["url"],
        rhythm_of(row["every_hours"], row["hour"]),
        authorization or "",
    )
    by = Actor(row["organization_id"], row["by"]["name"], row["by"]["kind"], Role.ADMIN)
    return Errand(
        row["id"],
        db.new_id(),
        by,
        plan,
        row["told_until"],
        row["failures"],
        row["time_zone"],
        authorization is None,
    )


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one: so many lines went out, whole up to then, or a file came in; or why not."""

    lines: int = 0
    whole_up_to: datetime | None = None
    content: bytes | None = None
    error: str = ""


@db.transaction
def finish_errand(*, errand: Errand, done: Done, at: datetime) -> None:
    """Keeps it, begins the import that came, and says when it is next: soon, where it failed."""
    error = done.error or _begun(errand, done, at)
    if error or errand.plan.way is ExchangeWay.EXPORT:
        exchange.add_run(_run(errand, done, error, at))
    failures = min(errand.failures + 1, MOST_FAILURES) if error else 0
    rhythm = errand.plan.rhythm
    due_at = (
        next_after_failure(rhythm, failures, at, errand.zone) if error else next_time(rhythm, at, errand.zone)
    )
    told = None if error else done.whole_up_to
    exchange.reschedule(errand.id, due_at=due_at, failures=failures, told_until=told)


def _begun(errand: Errand, done: Done, at: datetime) -> str:
    """Begins the import of what came; why not, if so."""
    if done.content is None:
        return ""
    plan = errand.plan
    sent = Sent(plan.kind, plan.form, done.content, _host(plan), waits_for=0)
    began = begin_import(sent=sent, by=errand.by, at=at, schedule=_still_there(errand))
    if not isinstance(began, Refusal):
        return ""
    errors = began.facts.get("errors", {})
    return "; ".join(map(str, errors.values())) or began.words


def _host(plan: Plan) -> str:
    """Where it went, for everybody to read: an address may hold what lets somebody in."""
    return urlsplit(plan.url).hostname or ""


def _still_there(errand: Errand) -> UUID | None:
    return errand.id if exchange.schedule(errand.by.organization, errand.id) else None


def _run(errand: Errand, done: Done, error: str, at: datetime) -> NewRun:
    plan = errand.plan
    return NewRun(
        id=errand.run,
        by=errand.by,
        way=plan.way,
        kind=plan.kind,
        form=plan.form,
        source=_host(plan),
        lines=done.lines,
        at=at,
        due_at=None,
        schedule=_still_there(errand),
        status=RunStatus.FAILED if error else RunStatus.DONE,
        error=error,
    )
