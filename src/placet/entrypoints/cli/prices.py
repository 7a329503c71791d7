"""`placet prices`: prices of a list into a file, and out of one, told to people."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from placet.actions import browse_catalog
from placet.actions import import_prices as prices
from placet.actions.import_prices import BadFile, Became, File, Report, Verdict
from placet.domain.refusals import Refusal
from placet.storage.db import Row, analyze

MOST_TOLD: Final = 20
"""So many rows that change something are told; a report has them all."""

ANALYZED_FROM: Final = 1000
"""So many changed rows are worth new statistics."""

BLOCK: Final = 1000
"""Rows between two looks at how far we are."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Where people are told, and the file that every row is reported to, if one is wanted."""

    console: Console
    report: Path | None


def export_prices(name: str, out: BinaryIO, *, console: Console) -> bool:
    """Writes all prices of a list as CSV; false if there is no such list."""
    listed = _found(browse_catalog.any_price_list(name=name), f"price list {name}", console)
    if listed is None:
        return False
    out.writelines(prices.exported(listed["id"], listed["currency"]))
    return True


def import_prices(name: str, path: Path, *, dry_run: bool, telling: Telling) -> bool:
    """Takes prices out of a list's own file; false if it was refused, whole."""
    listed = _found(browse_catalog.any_price_list(name=name), f"price list {name}", telling.console)
    if listed is None:
        return False
    take = prices.try_prices if dry_run else prices.import_prices

    def run(file: File, tell: prices.Tell) -> Report | BadFile:
        return take(listed["id"], file=file, tell=tell)

    return _taken(path, run, dry_run=dry_run, telling=telling)


def import_nce(  # noqa: PLR0913 - what such a file needs to be understood
    name: str,
    path: Path,
    *,
    vendor: str,
    column: str,
    market: str | None,
    dry_run: bool,
    telling: Telling,
    now: datetime,
) -> bool:
    """Takes offers and prices out of Microsoft's new-commerce price list; false if it was refused, whole."""
    listed = _found(browse_catalog.any_price_list(name=name), f"price list {name}", telling.console)
    maker = _found(browse_catalog.read_vendor(name=vendor), f"vendor {vendor}", telling.console)
    if listed is None or maker is None:
        return False
    take = prices.try_offers if dry_run else prices.import_offers
    wanted = prices.Wanted(listed["currency"], prices.Column(column), market)
    offers = prices.Offers(maker["id"], wanted, now)

    def run(file: File, tell: prices.Tell) -> Report | BadFile:
        return take(listed["id"], offers, file=file, tell=tell)

    return _taken(path, run, dry_run=dry_run, telling=telling)


def _found(row: Row | Refusal, what: str, console: Console) -> Row | None:
    if isinstance(row, Refusal):
        console.print(f"There is no {what}.", markup=False)
        return None
    return row


Run = Callable[[File, prices.Tell], Report | BadFile]


def _taken(path: Path, run: Run, *, dry_run: bool, telling: Telling) -> bool:
    with watched(path, telling.console) as file, _told(telling) as tell:
        answer = run(file, tell)
    if isinstance(answer, BadFile):
        refuse(answer, path, telling.console)
        return False
    if not dry_run and sum(answer.rows.values()) - answer.rows[Became.UNCHANGED] > ANALYZED_FROM:
        analyze()
    _sum_up(answer, telling.console, "Would be taken" if dry_run else "Taken")
    return True


@contextmanager
def watched(path: Path, console: Console) -> Iterator[File]:
    """The file, with a bar that says how much of it was read; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("reading", total=path.stat().st_size)
        opened: list[BinaryIO] = []

        def reopen() -> BinaryIO:
            opened[:] = [path.open("rb")]
            return opened[0]

        def read(rows: int) -> None:
            if rows % BLOCK == 0:
                bars.update(task, completed=opened[0].tell())

        yield File(reopen, read, lambda stage: bars.update(task, description=stage, total=None))


@contextmanager
def _told(telling: Telling) -> Iterator[prices.Tell]:
    """Tells the first rows that change something, and writes them all to the report."""
    with _written(telling.report) as write:
        told = 0

        def tell(row: Verdict) -> None:
            nonlocal told
            write([row.line, row.became, row.product, row.reason])
            told += row.became is not Became.UNCHANGED
            if told <= MOST_TOLD and row.became is not Became.UNCHANGED:
                words = [f"line {row.line}: {row.became}", row.product, row.reason and f"({row.reason})"]
                telling.console.print(*filter(None, words), markup=False)

        yield tell
        if told > MOST_TOLD:
            telling.console.print(f"… and {told - MOST_TOLD} rows more; --report FILE lists them all.")


@contextmanager
def _written(report: Path | None) -> Iterator[Callable[[list[Any]], object]]:
    if report is None:
        yield lambda _: None
        return
    with report.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "became", "product", "reason"])
        yield writer.writerow


def _sum_up(report: Report, console: Console, verb: str) -> None:
    rows = ", ".join(f"{count} {became}" for became, count in report.rows.items() if count) or "no rows"
    products = f"; {report.new_products} new products" if report.new_products else ""
    console.print(f"{verb}: {rows}{products}.")


def refuse(bad: BadFile, path: Path, console: Console) -> None:
    """Says what is wrong with a file, line by line."""
    for wrong in bad.problems:
        console.print(f"{path}:{wrong.line}: {wrong.reason}", markup=False)
    if bad.count > len(bad.problems):
        console.print(f"… and {bad.count - len(bad.problems)} more.")
    console.print("Nothing was changed.")
