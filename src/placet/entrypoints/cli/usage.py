"""`placet usage`: what subscriptions used, out of a file, told to people."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from placet.actions.import_usage_file import BadFile, Outcome, Tell, UsageRow, import_usage_file
from placet.domain.refusals import Refusal
from placet.entrypoints.cli.prices import Telling, refuse, watched

__all__ = ["Telling", "import_usage"]


def import_usage(path: Path, *, organization: str, telling: Telling, now: datetime) -> bool:
    """Imports a file of usage; false if it was refused, whole."""
    with watched(path, telling.console) as file, _reported(telling.report) as tell:
        answer = import_usage_file(
            organization=organization, file=file, source=path.name[-100:], at=now, tell=tell
        )
    if isinstance(answer, Refusal):
        telling.console.print(f"There is no top seller {organization}.", markup=False)
    elif isinstance(answer, BadFile):
        refuse(answer, path, telling.console)
    else:
        counts = f"{answer['added']} added, {answer['unchanged']} there before"
        telling.console.print(f"Imported: {counts}.")
        return True
    if telling.report:
        telling.report.unlink()  # it told of rows that were taken back
    return False


@contextmanager
def _reported(report: Path | None) -> Iterator[Tell]:
    """Writes every row to the report, if one is wanted."""
    if report is None:
        yield lambda *_: None
        return
    with report.open("w", encoding="utf-8", newline="") as file:
        write: Callable[[list[Any]], object] = csv.writer(file, lineterminator="\n").writerow
        write(["line", "became", "key"])

        def tell(row: UsageRow, became: Outcome) -> None:
            write([row.line, became, row.used.key])

        yield tell
