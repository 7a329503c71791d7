"""Usage out of a file (R71): all of a file or nothing of it, however long it is."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import batched

from placet.actions.import_prices import BadFile, File
from placet.actions.import_usage import MOST_RECORDS, Outcome, import_usage
from placet.domain.delimited import Wrong
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.usage import UsageRow, usage_rows
from placet.domain.words import Role
from placet.storage import db, subscriptions

__all__ = ["BadFile", "File", "Outcome", "Tell", "UsageRow", "import_usage_file"]

Tell = Callable[[UsageRow, Outcome], None]


def import_usage_file(
    *, organization: str, file: File, source: str, at: datetime, tell: Tell
) -> Counter[Outcome] | BadFile | Refusal:
    """How many records were added and how many were there before; or what is wrong with the file, which
    then changed nothing.

    Args:
        organization: the top seller whose subscriptions they are of, by id or ref.
        file: as `usage_rows` reads it.
        source: what the file is called, for whoever asks who imported a record.
        at: now; usage of days to come is refused.
        tell: told every row that is taken, in the file's order, before it is known how the file ends.
    """
    top_seller = subscriptions.top_seller(organization)
    if top_seller is None:
        return Refusal("unknown_organization")
    try:
        return _taken(Actor(top_seller, source, "system", Role.FINANCE), file, at, tell)
    except _UndoneError as undone:
        return undone.bad


class _UndoneError(Exception):
    """Takes back what was written of a file that turned out to be bad; never leaves this module."""

    def __init__(self, bad: BadFile) -> None:
        super().__init__("a bad file")
        self.bad = bad


@db.transaction
def _taken(by: Actor, file: File, at: datetime, tell: Tell) -> Counter[Outcome]:
    """As many imports as it takes, in one transaction."""
    bad, counts = BadFile(), Counter[Outcome]()
    with file.open() as content:
        for rows in batched(_good(usage_rows(content), bad, file), MOST_RECORDS):
            for row, outcome in _imported(rows, bad, by, at):
                counts[outcome] += 1
                tell(row, outcome)
    if bad.count:
        raise _UndoneError(BadFile(sorted(bad.problems, key=lambda wrong: wrong.line), bad.count))
    return counts


def _good(rows: Iterator[UsageRow | Wrong], bad: BadFile, file: File) -> Iterator[UsageRow]:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Wrong):
            bad.add(row)
        else:
            yield row
        file.read(number)


def _imported(
    rows: Sequence[UsageRow], bad: BadFile, by: Actor, at: datetime
) -> Iterator[tuple[UsageRow, Outcome]]:
    done = import_usage(records=[row.used for row in rows], by=by, at=at)
    if isinstance(done, Refusal):
        for place, reason in done.facts["errors"].items():
            _, index, field = place.split(".")
            bad.add(Wrong(rows[int(index)].line, f"{field}: {reason}"))
        return
    yield from zip(rows, done, strict=True)
