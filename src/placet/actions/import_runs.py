"""Imports (ERP exchange): begun with a whole file, carried out a batch of lines at a time, each by itself.

A line that is refused stops no other. What is begun is finished, by whoever began it or by the worker; a
batch that was cut off is done again, and finds what it had done: `unchanged`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.actions.import_lines import import_line, may_import, try_line
from placet.domain.exchange import Outcome
from placet.domain.exchange_files import read
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import Exchanged, ExchangeFormat, ExchangeWay, LineBecame, Role, RunStatus
from placet.storage import db, exchange, organizations
from placet.storage.db import Row
from placet.storage.exchange import NewRun

AT_ONCE: Final = 200
"""Lines that whoever sends them waits for; of more the worker takes care."""
BATCH: Final = 50
LEASE: Final = timedelta(minutes=5)
GIVEN_UP: Final = timedelta(days=1)
COMMAND: Final = "command line"
"""Who did it, where nobody signed in."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came; `source` is what it is called. `dry_run`: only to say what would come of it. One of
    more lines than its sender `waits_for` is the worker's to carry out."""

    kind: Exchanged
    form: ExchangeFormat
    content: bytes
    source: str = ""
    dry_run: bool = False
    waits_for: int = AT_ONCE


@db.transaction
def begin_import(*, sent: Sent, by: Actor, at: datetime, schedule: UUID | None = None) -> Row | Refusal:
    """The import, of which no line is done yet."""
    entries = may_import(sent.kind, by) or read(sent.content, sent.kind, sent.form)
    if isinstance(entries, Refusal):
        return entries
    new = _new(sent, len(entries), by, at, schedule)
    exchange.add_run(new)
    return _there(exchange.run(by.organization, new.id))


def _new(sent: Sent, lines: int, by: Actor, at: datetime, schedule: UUID | None) -> NewRun:
    return NewRun(
        id=db.new_id(),
        by=by,
        way=ExchangeWay.IMPORT,
        kind=sent.kind,
        form=sent.form,
        source=sent.source,
        content=sent.content.decode("utf-8-sig"),
        lines=lines,
        dry_run=sent.dry_run,
        at=at,
        due_at=at + LEASE if lines <= sent.waits_for else at,
        schedule=schedule,
    )


def _there(row: Row | None) -> Row:
    assert row is not None, "it was there just now"
    return row


def carry_out(*, run: UUID, organization: UUID, at: datetime) -> int:
    """Does the next lines of an import, each in a transaction of its own; answers how many. 0: it is over."""
    row = exchange.run(organization, run)
    content = exchange.content(run)
    if row is None or content is None or row["status"] != RunStatus.WAITING:
        return 0
    kind, by = Exchanged(row["kind"]), exchange.actor_of(row)
    entries = read(content.encode(), kind, ExchangeFormat(row["format"]))
    assert not isinstance(entries, Refusal), "it was read when it was begun"
    batch = entries[row["lines_done"] :][:BATCH]
    work = try_line if row["dry_run"] else import_line
    told = [(entry.line, work(kind=kind, entry=entry, by=by, at=at)) for entry in batch]
    return _kept(row, told, len(entries), at)


@db.transaction
def _kept(row: Row, told: Sequence[tuple[int, Outcome]], lines: int, at: datetime) -> int:
    done = row["lines_done"]
    if not exchange.keep_lines(row["id"], done, told, at + LEASE):
        return 0
    if done + len(told) >= lines:
        exchange.finish(row["id"], RunStatus.DONE, "", at)
    return len(told)


def carried_out(*, begun: Row, by: Actor, at: datetime) -> Row:
    """The import after what its sender waits for: all of it, where it is short enough."""
    if begun["lines"] <= AT_ONCE:
        while carry_out(run=begun["id"], organization=by.organization, at=at):
            pass
    return _there(exchange.run(by.organization, begun["id"]))


@db.transaction
def begin_apply(*, run: UUID, by: Actor, at: datetime) -> Row | Refusal:
    """The import of the very file that was tried, of which no line is done yet."""
    tried = exchange.locked_run(by.organization, run)
    if tried is None or tried["way"] != ExchangeWay.IMPORT:
        return Refusal("not_found")
    kind = Exchanged(tried["kind"])
    if refusal := may_import(kind, by):
        return refusal
    content = exchange.content(run)
    if not tried["dry_run"] or tried["status"] != RunStatus.DONE or content is None:
        return Refusal(
            "wrong_status", sentence("It was applied already, or is too old. Send the file again.")
        )
    exchange.drop_content(run)
    sent = Sent(kind, ExchangeFormat(tried["format"]), content.encode(), tried["source"])
    return begin_import(sent=sent, by=by, at=at)


def import_to_apply(*, run: UUID, by: Actor) -> Row | Refusal:
    """One of the caller's imports; a role that may not do what it asks for learns so."""
    row = read_import(run=run, by=by)
    return row if isinstance(row, Refusal) else may_import(Exchanged(row["kind"]), by) or row


# Reading them ---------------------------------------------------------------------------------


def find_imports(*, by: Actor, before: UUID | None, most: int) -> list[Row]:
    """The organization's imports, the newest first; one more than `most` where there is more."""
    return exchange.runs(by.organization, way=ExchangeWay.IMPORT, before=before, most=most + 1)


def find_runs(*, by: Actor, before: UUID | None, most: int) -> list[Row]:
    """The same, with its scheduled exports."""
    return exchange.runs(by.organization, before=before, most=most + 1)


def read_import(*, run: UUID, by: Actor) -> Row | Refusal:
    """One of them."""
    row = exchange.run(by.organization, run)
    return row if row and row["way"] == ExchangeWay.IMPORT else Refusal("not_found")


def report_of(
    *, run: UUID, by: Actor, became: LineBecame | None, after: int, most: int
) -> list[Row] | Refusal:
    """What became of its lines, after that one, in their order; one more than `most` where there is more."""
    if isinstance(row := read_import(run=run, by=by), Refusal):
        return row
    return exchange.lines(run, became=became, after=after, most=most + 1)


def operator(name: str) -> Actor | Refusal:
    """Whoever runs Placet, acting for the organization of that id or ref."""
    party = organizations.named(name)
    return Actor(party.id, COMMAND, "system", Role.ADMIN) if party else Refusal("unknown_organization")


# The worker's part ----------------------------------------------------------------------------


@db.transaction
def take_runs(*, most: int, at: datetime) -> list[Row]:
    """Imports to go on with, leased to the caller: `id` and `organization_id`."""
    return exchange.take_runs(at, at + LEASE, most)


@db.transaction
def give_up(*, run: UUID, organization: UUID, at: datetime) -> None:
    """An import that goes wrong in our hands again and again is not tried for ever."""
    row = exchange.locked_run(organization, run)
    if row and row["status"] == RunStatus.WAITING and at > row["created_at"] + GIVEN_UP:
        exchange.finish(run, RunStatus.FAILED, "It could not be carried out; the log has the reason.", at)


@db.transaction
def give_back(*, run: UUID, at: datetime) -> None:
    """An import that its worker leaves is the next one's at once."""
    exchange.give_back(run, at)


@db.transaction
def forget_files(at: datetime) -> int:
    """Drops files that were tried a week ago and never applied, and reports of a quarter ago; the work is
    then done."""
    exchange.forget_contents(at)
    return 0
