"""Whom a seller may order for (R11): anybody below it, found by name; those it had a basket for lately."""

from uuid import UUID

from placet.domain.parties import Actor
from placet.storage import baskets, below
from placet.storage.below import Below

MOST_RECENT = 6


def find_buyers(*, by: Actor, text: str, most: int) -> list[Below]:
    """By name; those with that part of a name or ref."""
    return below.find(by.organization, text, most)


def recent_buyers(*, user: UUID, by: Actor) -> list[baskets.Recent]:
    """Those that the person ordered for, or began to, the latest first."""
    return baskets.recent(user, by.organization, MOST_RECENT)
