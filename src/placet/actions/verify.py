"""The proof of the books: every invariant that data can break, looked at in one moment (contract §1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django_subatomic.db import transaction

from placet.storage import invariants
from placet.storage.invariants import Examined, Invariant


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one invariant: what it says, the rule that it comes from, what is broken, in plain
    words, and how many things were looked at. Of many broken things the first are named, and the last
    sentence says how many there are besides."""

    invariant: str
    rule: str
    broken: list[str]
    counted: int


def verify() -> Iterator[Finding]:
    """A finding for each invariant, in their order, all of one and the same moment: nothing is locked, so
    it may run beside a busy system, and nothing is written."""
    with transaction():
        invariants.hold_moment()
        for invariant in invariants.INVARIANTS:
            yield finding_of(invariant, invariants.examine(invariant))


def finding_of(invariant: Invariant, examined: Examined) -> Finding:
    """The finding, in words."""
    more = examined.broken - len(examined.named)
    broken = [*examined.named, f"and {more} more"] if more else [*examined.named]
    return Finding(invariant.holds, invariant.rule, broken, examined.counted)
