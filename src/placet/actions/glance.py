"""A seller's buyers at a glance (R105): who comes near its limit, who pays late. Anyone of the seller's may
look: it is its own money on its own links (R2)."""

from dataclasses import dataclass
from datetime import datetime

from placet.domain.buyers import Buyer, Overdue
from placet.domain.parties import Actor
from placet.storage import credit_glance


@dataclass(frozen=True, slots=True)
class Glance:
    """The buyers that use most of their limits, and those that owe longest what was due."""

    tightest: list[Buyer]
    overdue: list[Overdue]


def glance(*, by: Actor, most: int, at: datetime) -> Glance:
    """Both lists, so long each at most."""
    seller = by.organization
    return Glance(credit_glance.tightest(seller, most), credit_glance.latest_payers(seller, at, most))
