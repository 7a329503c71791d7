"""`placet export` and `placet import`: files for an ERP, and from one, told to people."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Final
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from placet.actions.export_lines import Count, Export, refusal_of, whole_file
from placet.actions.import_runs import Sent, begin_import, carry_out, operator, read_import, report_of
from placet.domain import validity
from placet.domain.exchange import MOST_LINES
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Exchanged, ExchangeFormat, LineBecame
from placet.entrypoints.report import report_csv
from placet.storage.db import Row

MOST_TOLD: Final = 20
"""So many refused lines are told; a report has them all."""
MOST_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which kind, in which format, as which organization (its ref or id)."""

    kind: Exchanged
    form: ExchangeFormat
    organization: str


def export_file(wanted: Wanted, since: str | None, out: BinaryIO, *, console: Console) -> bool:
    """Writes all that the organization may see of it, or what changed since then; false if it cannot."""
    by, moment = _actor(wanted, console), _moment(since, console)
    if by is None or isinstance(moment, str):
        return False
    export = Export(wanted.kind, moment)
    if refusal := refusal_of(export):
        console.print(_why(refusal), markup=False)
        return False
    count, now = Count(), datetime.now(UTC)
    with _bar(console, None) as (bars, task):
        count.tell = lambda lines: bars.update(task, completed=lines)
        out.writelines(whole_file(wanted=export, form=wanted.form, by=by, at=now, count=count))
    up_to = (count.whole_up_to or now).isoformat(timespec="seconds")
    again = "" if wanted.kind is Exchanged.ORGANIZATIONS else f"Next time: --since {up_to}"
    console.print(f"{count.lines} {wanted.kind}.", again, markup=False)
    return True


def export_to(wanted: Wanted, since: str | None, path: Path, *, console: Console) -> bool:
    """The same into a file, which takes the place of the one before only when it is whole."""
    if not _writable(path, console):
        return False
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete_on_close=False) as part:
        written = export_file(wanted, since, part, console=console)  # type: ignore[arg-type] # it is one
        part.close()
        if written:
            Path(part.name).chmod(0o640)
            Path(part.name).replace(path)
    return written


def import_file(wanted: Wanted, path: Path, *, dry_run: bool, report: Path | None, console: Console) -> bool:
    """Carries a file out, or says what would come of it; false if any line was refused."""
    by = _actor(wanted, console)
    if by is None or (report and not _writable(report, console)):
        return False
    if path.stat().st_size > MOST_BYTES:
        console.print(f"{path} is larger than 10 MB: send it in parts.", markup=False)
        return False
    sent = Sent(wanted.kind, wanted.form, path.read_bytes(), path.name, dry_run, MOST_LINES)
    begun = begin_import(sent=sent, by=by, at=datetime.now(UTC))
    if isinstance(begun, Refusal):
        console.print(f"{path}: {_why(begun)} Nothing was changed.", markup=False)
        return False
    done = _carried_out(begun, by, console)
    if report:
        report.write_bytes(b"".join(report_csv(done["id"], by)))
    _tell(done, by, console)
    return not done["refused"]


def _writable(path: Path, console: Console) -> bool:
    """Whether a file can be written there: asked before anything is done."""
    if path.is_dir():
        console.print(f"{path} is a folder: name a file.", markup=False)
    elif not path.parent.is_dir():
        console.print(f"There is no folder {path.parent}.", markup=False)
    elif not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        console.print(f"{path} cannot be written: permission denied.", markup=False)
    else:
        return True
    return False


def _carried_out(begun: Row, by: Actor, console: Console) -> Row:
    done = 0
    with _bar(console, begun["lines"]) as (bars, task):
        while count := carry_out(run=begun["id"], organization=by.organization, at=datetime.now(UTC)):
            done += count
            bars.update(task, completed=done)
    row = read_import(run=begun["id"], by=by)
    assert not isinstance(row, Refusal), "it was begun just now"
    return row


def _tell(run: Row, by: Actor, console: Console) -> None:
    """What was refused, and the sums."""
    if run["refused"]:
        console.print(_refused(run["id"], by))
    if run["refused"] > MOST_TOLD:
        console.print(f"… and {run['refused'] - MOST_TOLD} more; --report FILE lists them all.")
    counts = ", ".join(f"{run[became]} {became}" for became in LineBecame if run[became])
    console.print(f"{'Would be' if run['dry_run'] else 'Done'}: {counts}.")


def _refused(run: UUID, by: Actor) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Line", "About", "Code", "Column", "Why"):
        table.add_column(title, justify="right" if title == "Line" else "left")
    found = report_of(run=run, by=by, became=LineBecame.REFUSED, after=0, most=MOST_TOLD)
    assert not isinstance(found, Refusal), "it is there"
    for row in found[:MOST_TOLD]:
        table.add_row(str(row["line"]), *(_plain(row[name]) for name in ("about", "code", "field", "words")))
    return table


def _plain(text: str) -> str:
    """Somebody's text, not to be taken for markup."""
    return text.replace("[", r"\[")


@contextmanager
def _bar(console: Console, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A bar of lines; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars, bars.add_task("lines", total=total)


def _actor(wanted: Wanted, console: Console) -> Actor | None:
    by = operator(wanted.organization)
    if isinstance(by, Refusal):
        console.print(f"There is no organization {wanted.organization}.", markup=False)
        return None
    return by


def _moment(text: str | None, console: Console) -> datetime | str | None:
    """A moment, nothing, or the text that is none."""
    if text is None:
        return None
    try:
        return validity.begins(validity.stated(text), "UTC")
    except ValueError:
        console.print(f"--since {text}: must be {validity.FORM}.", markup=False)
        return text


def _why(refusal: Refusal) -> str:
    return "; ".join(map(str, refusal.facts.get("errors", {}).values())) or refusal.words
