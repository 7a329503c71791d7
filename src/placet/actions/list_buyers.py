"""A seller's own buyers, as its lists show them (R1, R20, R21, R100)."""

from collections.abc import Sequence
from typing import Any

from placet.domain.buyers import Below, Buyer, BuyerFilter, BuyerSort
from placet.domain.parties import Actor
from placet.storage import buyers

__all__ = ["find_buyers", "how_many", "locked_by", "resellers_below", "sells_to_partners"]


def find_buyers(  # noqa: PLR0913 - a page of a list, each part by name
    *,
    by: Actor,
    wanted: BuyerFilter,
    sort: BuyerSort,
    descending: bool,
    after: Sequence[Any] | None,
    most: int,
) -> list[Buyer]:
    """Who buys from the caller, sorted; one more than `most` where there is more. `after` is the place of
    the last one seen (`storage.buyers.place_of`)."""
    return buyers.buyers(
        by.organization, wanted, sort=sort, descending=descending, after=after, most=most + 1
    )


def how_many(*, by: Actor, wanted: BuyerFilter, most: int) -> int:
    """How many of them there are; no more than `most` are counted."""
    return buyers.count(by.organization, wanted, most)


def locked_by(*, by: Actor) -> str | None:
    """Whom the caller pays by credit card: while it does, the approval toggles of all who buy from it are
    locked on (R21)."""
    return buyers.paid_by_card(by.organization)


def resellers_below(*, direct: Sequence[Buyer], most: int) -> list[Below]:
    """Who sells below these partners of the caller's: who they are, no money (R2)."""
    return buyers.below([each.party.id for each in direct], most)


def sells_to_partners(*, by: Actor) -> bool:
    """Whether anyone who sells buys from the caller."""
    return buyers.sells_to_partners(by.organization)
