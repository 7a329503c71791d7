"""The report of an import as a file: what became of each of its lines."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from placet.actions.import_runs import report_of
from placet.domain.delimited import harmless
from placet.domain.exchange import csv_text
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import LineBecame

COLUMNS: Final = ("line", "became", "about", "code", "field", "words")
BLOCK: Final = 1000


def report_csv(run: UUID, by: Actor, became: LineBecame | None = None) -> Iterator[bytes]:
    """All of it, a piece at a time; the import is known to be there."""
    yield ("\ufeff" + csv_text([COLUMNS])).encode()
    after = 0
    while True:
        found = report_of(run=run, by=by, became=became, after=after, most=BLOCK)
        assert not isinstance(found, Refusal), "it is known to be there"
        yield csv_text([harmless(row[name]) for name in COLUMNS] for row in found[:BLOCK]).encode()
        if len(found) <= BLOCK:
            return
        after = found[BLOCK - 1]["line"]
