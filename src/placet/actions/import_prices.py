"""Prices of a list out of a file, and into one (R4): all of a file or nothing of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from placet.domain.delimited import Wrong
from placet.domain.nce import Column, Wanted, offer_rows
from placet.domain.price_rows import Became, price_rows
from placet.storage import db, price_import
from placet.storage.db import Row

__all__ = ["BadFile", "Became", "Column", "File", "Report", "Verdict", "Wanted", "Wrong"]

MOST_NAMED: Final = 100
"""So many wrong rows are named; of the rest it is said how many they are."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read, from its beginning each time it is opened; `read` is told how many rows were, and
    `now` what is done with them then."""

    open: Callable[[], BinaryIO]
    read: Callable[[int], None] = lambda _: None
    now: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one row came to, or would come to: its line, the product as the row names it, and why."""

    line: int
    product: str
    became: Became
    reason: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a file came to, or would come to: how many rows, and how many products are new."""

    rows: dict[Became, int]
    new_products: int = 0


@dataclass(slots=True)
class BadFile:
    """A bad file, which changed nothing: what is wrong with its first bad rows, and how many there are."""

    problems: list[Wrong] = field(default_factory=list)
    count: int = 0

    def add(self, wrong: Wrong) -> None:
        """One more."""
        self.count += 1
        if len(self.problems) < MOST_NAMED:
            self.problems.append(wrong)


Tell = Callable[[Verdict], None]


@db.transaction
def import_prices(price_list: UUID, *, file: File, tell: Tell) -> Report | BadFile:
    """Writes what a price list's own file says: what it does not name stays as it is.

    Args:
        price_list: the list; whether the caller may is for the caller to know.
        file: as `price_rows` reads it.
        tell: told every row, in the file's order.
    """
    answer = _judged(price_list, file, tell)
    if isinstance(answer, Report):
        file.now("writing")
        price_import.write(price_list)
    return answer


@db.transaction
def try_prices(price_list: UUID, *, file: File, tell: Tell) -> Report | BadFile:
    """The same, and nothing is written."""
    return _judged(price_list, file, tell)


def _judged(price_list: UUID, file: File, tell: Tell) -> Report | BadFile:
    held = price_import.hold(price_list)
    assert held, "the caller has found it"
    bad = BadFile()
    with file.open() as content:
        rows = price_rows(content, currency=held["currency"], zone=held["zone"])
        price_import.state(_good(rows, bad, file))
    file.now("comparing")
    return _verdict(price_list, bad, tell)


def _good[R](rows: Iterable[R | Wrong], bad: BadFile, file: File) -> Iterator[R]:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Wrong):
            bad.add(row)
        else:
            yield row
        file.read(number)


def _verdict(price_list: UUID, bad: BadFile, tell: Tell) -> Report | BadFile:
    price_import.judge(price_list)
    counts = price_import.counts()
    if bad.count or None in counts:
        return _with_contradictions(bad, counts.get(None, 0), price_import.wrong(MOST_NAMED))
    for row in price_import.verdicts():
        tell(Verdict(row["line"], row["product"], Became(row["became"]), row["reason"]))
    return Report({became: counts.get(became, 0) for became in Became})


def _with_contradictions(bad: BadFile, count: int, rows: Iterable[Row]) -> BadFile:
    found = [*bad.problems, *(Wrong(row["line"], row["reason"]) for row in rows)]
    first = sorted(found, key=lambda wrong: wrong.line)[:MOST_NAMED]
    return BadFile(first, bad.count + count)


# Microsoft's list ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offers:
    """A vendor's file of offers: whose they are, what is taken from it, and when a price ends that it
    removes without a day."""

    vendor: UUID
    wanted: Wanted
    at: datetime


@db.transaction
def import_offers(price_list: UUID, offers: Offers, *, file: File, tell: Tell) -> Report | BadFile:
    """Writes what a vendor's file of offers says: offers that are new, and their prices from their days on.

    Args:
        price_list: where the prices go.
        offers: what the file is.
        file: as `offer_rows` reads it.
        tell: told every row, in the file's order.
    """
    answer = _judged_offers(price_list, offers, file, tell)
    if isinstance(answer, Report):
        file.now("writing")
        price_import.write_offers(offers.vendor)
        price_import.write(price_list)
    return answer


@db.transaction
def try_offers(price_list: UUID, offers: Offers, *, file: File, tell: Tell) -> Report | BadFile:
    """The same, and nothing is written."""
    return _judged_offers(price_list, offers, file, tell)


def _judged_offers(price_list: UUID, offers: Offers, file: File, tell: Tell) -> Report | BadFile:
    price_import.hold(price_list)
    bad = BadFile()
    with file.open() as content:
        price_import.state_offers(_good(offer_rows(content, offers.wanted), bad, file), offers.at)
    file.now("comparing")
    for row in price_import.of_others(offers.vendor, MOST_NAMED):
        bad.add(Wrong(row["line"], row["reason"]))
    answer = _verdict(price_list, bad, tell)
    if isinstance(answer, BadFile):
        return answer
    return Report(answer.rows, price_import.count_new_offers())


def exported(price_list: UUID, currency: str) -> Iterator[bytes]:
    """All prices of a list as CSV, as `import_prices` reads them, a piece at a time."""
    return price_import.exported(price_list, currency)
