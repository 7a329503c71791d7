"""The order approval of many buyers at once (R21): of those that are named, or of all that a filter finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from placet.actions.doors import no_seller_admin
from placet.domain.buyers import BuyerFilter
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.storage import buyers, db
from placet.storage.standing import hold


@dataclass(frozen=True, slots=True)
class Switched:
    """What became of a switch of many toggles: how many it changed, how many were so already."""

    changed: int
    already: int


@db.transaction
def change_approvals(
    *, by: Actor, wanted: BuyerFilter, chosen: Sequence[UUID] | None, order_approval: bool
) -> Switched | Refusal:
    """Switches the toggle of the chosen ones (of all, where none are named) among those that are wanted.
    Who is no buyer of the caller's is passed over. A seller that pays by card can switch none (R21)."""
    if refusal := no_seller_admin(by):
        return refusal
    hold()
    if buyers.paid_by_card(by.organization):
        return Refusal("approval_locked")
    concerned = buyers.concerned(by.organization, wanted, chosen)
    changed = buyers.set_approval(by.organization, wanted, chosen, approval=order_approval)
    return Switched(changed, concerned - changed)
