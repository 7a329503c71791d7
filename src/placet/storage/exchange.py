"""Imports and regular exchanges: what was sent, how far it is, what became of each line, when it is next.

A run is due until it is done. Whoever carries it out moves its `due_at` ahead, so that what a worker that
died had begun falls due again; and keeps a batch of lines only where nobody has kept it meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from psycopg import DataError as UnstorableError

from placet.domain.exchange import Outcome
from placet.domain.parties import Actor
from placet.domain.words import Exchanged, ExchangeFormat, ExchangeWay, LineBecame, Role, RunStatus
from placet.storage import db
from placet.storage.catalog import FIRST
from placet.storage.db import Row

__all__ = ["UnstorableError"]

LAST: Final = UUID(int=2**128 - 1)


def done[R](work: Callable[[], R], keep: Callable[[R], bool]) -> R:
    """The work, in one piece of its own within whatever transaction is open; what `keep` does not want is
    taken back as if it had never been."""
    with transaction.atomic():
        answer = work()
        if not keep(answer):
            transaction.set_rollback(True)
        return answer


# Runs -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to begin. `due_at`: from when on a worker takes it."""

    id: UUID
    by: Actor
    way: ExchangeWay
    kind: Exchanged
    form: ExchangeFormat
    source: str
    lines: int
    at: datetime
    due_at: datetime | None
    content: str | None = None
    dry_run: bool = False
    schedule: UUID | None = None
    status: RunStatus = RunStatus.WAITING
    error: str = ""


ADD: Final = """
INSERT INTO exchange_run (id, organization_id, schedule_id, way, kind, format, dry_run, status, source,
  content, lines, error, by, role, created_at, due_at, finished_at)
VALUES (%(id)s, %(organization)s, %(schedule)s, %(way)s, %(kind)s, %(format)s, %(dry_run)s, %(status)s,
  %(source)s, %(content)s, %(lines)s, %(error)s, %(by)s, %(role)s, %(at)s, %(due_at)s, %(finished_at)s)"""


def add_run(new: NewRun) -> None:
    """Writes it down; one that is not waiting is finished."""
    waits = new.status is RunStatus.WAITING
    row = {name: getattr(new, name) for name in ("id", "schedule", "way", "kind", "dry_run", "status", "at")}
    row |= {name: getattr(new, name) for name in ("content", "lines", "due_at")}
    row |= {"source": new.source[:200], "error": new.error[:500], "format": new.form}
    row |= {"organization": new.by.organization, "by": db.json(new.by.as_json()), "role": new.by.role}
    db.fetch(ADD, row | {"finished_at": None if waits else new.at})


RUN: Final = """
SELECT r.id, r.organization_id, r.schedule_id, r.way, r.kind, r.format, r.dry_run, r.status, r.source,
  r.lines, r.lines_done, r.created, r.updated, r.unchanged, r.refused, r.error, r.by::json AS by, r.role,
  r.created_at, r.finished_at, r.content IS NOT NULL AS has_content
FROM exchange_run r"""

RUNS: Final = f"""{RUN}
WHERE r.organization_id = %(organization)s AND r.id < %(before)s
  AND (%(way)s::text IS NULL OR r.way = %(way)s::text)
  AND (%(schedule)s::uuid IS NULL OR r.schedule_id = %(schedule)s::uuid)
ORDER BY r.id DESC LIMIT %(most)s"""


def runs(
    organization: UUID,
    *,
    way: ExchangeWay | None = None,
    schedule: UUID | None = None,
    before: UUID | None,
    most: int,
) -> list[Row]:
    """An organization's exchanges, the newest first."""
    asked = {"organization": organization, "way": way, "schedule": schedule, "most": most}
    return db.fetch(RUNS, asked | {"before": before or LAST})


def run(organization: UUID, id_: UUID) -> Row | None:
    """One of the organization's exchanges."""
    statement = f"{RUN} WHERE r.id = %(id)s AND r.organization_id = %(organization)s"
    return db.fetch_one(statement, {"id": id_, "organization": organization})


TAKE: Final = """
WITH due AS (
  SELECT r.id FROM exchange_run r JOIN organization g ON g.id = r.organization_id
  WHERE r.due_at <= %(now)s AND g.status <> 'blocked' ORDER BY r.due_at LIMIT %(most)s
  FOR NO KEY UPDATE OF r SKIP LOCKED
)
UPDATE exchange_run r SET due_at = %(until)s FROM due WHERE r.id = due.id RETURNING r.id, r.organization_id"""


def take_runs(now: datetime, until: datetime, most: int) -> list[Row]:
    """Imports that are due, taken until then; those of a blocked organization wait."""
    return db.fetch(TAKE, {"now": now, "until": until, "most": most})


CONTENT: Final = "SELECT content FROM exchange_run WHERE id = %(id)s"


def content(id_: UUID) -> str | None:
    """What was sent, while it is kept."""
    row = db.fetch_one(CONTENT, {"id": id_})
    return row["content"] if row else None


LOCK: Final = "SELECT lines_done, status FROM exchange_run WHERE id = %(id)s FOR NO KEY UPDATE"

KEEP: Final = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(line int4, about text, became text,
    code text, field text, words text, said jsonb)),
kept AS (INSERT INTO exchange_line (run_id, line, about, became, code, field, words, said)
  SELECT %(run)s, r.line, r.about, r.became, r.code, r.field, r.words, r.said FROM r)
UPDATE exchange_run x SET lines_done = x.lines_done + %(count)s,
  created = x.created + (SELECT count(*) FROM r WHERE r.became = 'created'),
  updated = x.updated + (SELECT count(*) FROM r WHERE r.became = 'updated'),
  unchanged = x.unchanged + (SELECT count(*) FROM r WHERE r.became = 'unchanged'),
  refused = x.refused + (SELECT count(*) FROM r WHERE r.became = 'refused'),
  due_at = %(due_at)s
WHERE x.id = %(run)s"""


def keep_lines(id_: UUID, done_before: int, told: Sequence[tuple[int, Outcome]], due_at: datetime) -> bool:
    """Adds a batch to the report, behind the lines that were done before it; false where somebody else has
    meanwhile."""
    stands = db.fetch_one(LOCK, {"id": id_})
    if stands is None or stands["lines_done"] != done_before or stands["status"] != RunStatus.WAITING:
        return False
    rows = [_line(line, outcome) for line, outcome in told]
    db.fetch(KEEP, {"run": id_, "rows": db.json(rows), "count": len(rows), "due_at": due_at})
    return True


def _line(line: int, outcome: Outcome) -> Row:
    return {
        "line": line,
        "about": outcome.about[:200],
        "became": outcome.became,
        "code": outcome.code[:40],
        "field": outcome.field[:100],
        "words": outcome.words[:1000],
        "said": outcome.said,
    }


FINISH: Final = """
UPDATE exchange_run SET status = %(status)s::text, error = %(error)s, due_at = NULL, finished_at = %(at)s,
  content = CASE WHEN dry_run AND %(status)s::text = 'done' THEN content END
WHERE id = %(id)s AND status = 'waiting'"""


def finish(id_: UUID, status: RunStatus, error: str, at: datetime) -> None:
    """It is over. What was sent is forgotten, unless it may still be applied."""
    db.fetch(FINISH, {"id": id_, "status": status.value, "error": error[:500], "at": at})


GIVE_BACK: Final = "UPDATE exchange_run SET due_at = %(at)s WHERE id = %(id)s AND status = 'waiting'"


def give_back(id_: UUID, at: datetime) -> None:
    """Due at once, for whoever is there."""
    db.fetch(GIVE_BACK, {"id": id_, "at": at})


KEPT_FOR: Final = timedelta(days=7)
FORGET: Final = """
UPDATE exchange_run SET content = NULL
WHERE content IS NOT NULL AND created_at < %(before)s AND status <> 'waiting'"""


REPORTED_FOR: Final = timedelta(days=90)
FORGET_LINES: Final = "DELETE FROM exchange_line WHERE run_id < %(before)s"


def forget_contents(at: datetime) -> None:
    """Drops what was sent to be looked at and never applied, and reports that nobody needs any more. An
    import's sums stay."""
    db.fetch(FORGET, {"before": at - KEPT_FOR})
    before = UUID(int=int((at - REPORTED_FOR).timestamp() * 1000) << 80)
    db.fetch(FORGET_LINES, {"before": before})


LOCK_CONTENT: Final = (
    f"{RUN} WHERE r.id = %(id)s AND r.organization_id = %(organization)s FOR NO KEY UPDATE OF r"
)


def locked_run(organization: UUID, id_: UUID) -> Row | None:
    """One of the organization's exchanges, locked."""
    return db.fetch_one(LOCK_CONTENT, {"id": id_, "organization": organization})


DROP: Final = "UPDATE exchange_run SET content = NULL WHERE id = %(id)s"


def drop_content(id_: UUID) -> None:
    """What was looked at is applied: it is not needed again."""
    db.fetch(DROP, {"id": id_})


LINES: Final = """
SELECT line, about, became, code, field, words, said::json FROM exchange_line
WHERE run_id = %(run)s AND line > %(after)s AND (%(became)s::text IS NULL OR became = %(became)s::text)
ORDER BY line LIMIT %(most)s"""


def lines(id_: UUID, *, became: LineBecame | None = None, after: int, most: int) -> list[Row]:
    """The report of a run that is known to be there, by line."""
    return db.fetch(LINES, {"run": id_, "became": became, "after": after, "most": most})


# Schedules ------------------------------------------------------------------------------------

SCHEDULE: Final = """
SELECT s.id, s.organization_id, s.way, s.kind, s.format, s.url, s.sealed <> '' AS signs_in, s.every_hours,
  s.hour, s.status, s.failures, s.told_until, s.due_at, s.by::json AS by, s.created_at, g.time_zone,
  (SELECT json_build_object('id', r.id, 'status', r.status, 'error', r.error, 'lines', r.lines,
      'refused', r.refused, 'created_at', r.created_at)
    FROM exchange_run r WHERE r.schedule_id = s.id ORDER BY r.id DESC LIMIT 1) AS last
FROM exchange_schedule s JOIN organization g ON g.id = s.organization_id"""

SCHEDULES: Final = f"""{SCHEDULE}
WHERE s.organization_id = %(organization)s AND s.id > %(after)s ORDER BY s.id LIMIT %(most)s"""


def schedules(organization: UUID, after: UUID | None, most: int) -> list[Row]:
    """An organization's regular exchanges, the oldest first, each with its last run."""
    return db.fetch(SCHEDULES, {"organization": organization, "after": after or FIRST, "most": most})


def schedule(organization: UUID, id_: UUID) -> Row | None:
    """One of them."""
    statement = f"{SCHEDULE} WHERE s.id = %(id)s AND s.organization_id = %(organization)s"
    return db.fetch_one(statement, {"id": id_, "organization": organization})


ADD_SCHEDULE: Final = """
INSERT INTO exchange_schedule (id, organization_id, way, kind, format, url, sealed, every_hours, hour, status,
  due_at, by, created_at)
VALUES (%(id)s, %(organization)s, %(way)s, %(kind)s, %(format)s, %(url)s, %(sealed)s, %(every_hours)s,
  %(hour)s, 'active', %(due_at)s, %(by)s, %(at)s)"""


def add_schedule(row: Row) -> None:
    """A regular exchange; `row` has a value for each of its columns."""
    db.fetch(ADD_SCHEDULE, row)


SET_STATUS: Final = """
UPDATE exchange_schedule SET status = %(status)s, due_at = %(due_at)s, failures = 0 WHERE id = %(id)s"""
REMOVE: Final = """
WITH freed AS (UPDATE exchange_run SET schedule_id = NULL WHERE schedule_id = %(id)s)
DELETE FROM exchange_schedule WHERE id = %(id)s"""


def set_schedule(id_: UUID, status: str, due_at: datetime | None) -> None:
    """It pauses, or goes on from then."""
    db.fetch(SET_STATUS, {"id": id_, "status": status, "due_at": due_at})


def remove_schedule(id_: UUID) -> None:
    """It ends; its runs stay."""
    db.fetch(REMOVE, {"id": id_})


TAKE_SCHEDULES: Final = """
WITH due AS (
  SELECT s.id FROM exchange_schedule s JOIN organization g ON g.id = s.organization_id
  WHERE s.due_at <= %(now)s AND g.status <> 'blocked' ORDER BY s.due_at LIMIT %(most)s
  FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE exchange_schedule s SET due_at = %(until)s FROM due, organization g
WHERE s.id = due.id AND g.id = s.organization_id
RETURNING s.id, s.organization_id, s.way, s.kind, s.format, s.url, s.sealed, s.every_hours, s.hour,
  s.failures, s.told_until, g.time_zone, s.by::json AS by"""


def take_schedules(now: datetime, until: datetime, most: int) -> list[Row]:
    """Regular exchanges that are due, taken until then."""
    return db.fetch(TAKE_SCHEDULES, {"now": now, "until": until, "most": most})


RESCHEDULE: Final = """
UPDATE exchange_schedule SET due_at = CASE WHEN status = 'active' THEN %(due_at)s::timestamptz END,
  failures = %(failures)s, told_until = coalesce(%(told_until)s, told_until)
WHERE id = %(id)s"""


def reschedule(id_: UUID, *, due_at: datetime, failures: int, told_until: datetime | None) -> None:
    """When it is next, and how often it failed on end."""
    db.fetch(RESCHEDULE, {"id": id_, "due_at": due_at, "failures": failures, "told_until": told_until})


def actor_of(row: Row) -> Actor:
    """Who a run was begun by."""
    by: dict[str, Any] = row["by"]
    return Actor(row["organization_id"], by["name"], by["kind"], Role(row["role"]))
