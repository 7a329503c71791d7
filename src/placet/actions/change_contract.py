"""A seller changes the terms of a contract (R22, R61): limit, payment method, price list."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.changes import SAME
from placet.domain.order import Act
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.terms import Surroundings, Terms, Wishes, limit_changed, with_wishes
from placet.storage import contracts, db, event_log, facts, payment_tokens
from placet.storage.standing import hold

ADMINS: Final = frozenset({"payment_method", "price_list"})


@db.transaction
def change_contract(*, contract: UUID, by: Actor, wishes: Wishes, at: datetime) -> Terms | Refusal:
    """The terms as they became. A changed limit is told to both parties, with who and why."""
    hold()
    door = contract_to_change(contract, by, wishes.members)
    if isinstance(door, Refusal):
        return door
    facts.lock_accounts([door.account.standing.id])
    terms = contracts.find(contract)
    assert terms is not None, "a contract does not end while it is held"
    after = with_wishes(terms, wishes, _around(terms, wishes), at.date())
    if isinstance(after, Refusal):
        return after
    contracts.save(after)
    contracts.save_limits([after])
    event_log.record(limit_changed(terms, after, wishes.reason, Act(by, at, db.new_id)))
    return after


def contract_seen(contract: UUID, by: Actor) -> Terms | Refusal:
    """The terms, for the two parties; a stranger's contract is not there."""
    terms = contracts.find(contract)
    return terms if terms and terms.concerns(by.organization) else Refusal("not_found")


def contract_to_change(contract: UUID, by: Actor, members: Collection[str]) -> Terms | Refusal:
    """The terms, for their seller: limits by finance, the rest by an admin (contract §3)."""
    terms = contract_seen(contract, by)
    if isinstance(terms, Refusal):
        return terms
    needed = Permission.ADMINISTER if ADMINS.intersection(members) else Permission.FINANCE
    return terms if terms.seller.id == by.organization and by.may(needed) else Refusal("forbidden")


def _around(terms: Terms, wishes: Wishes) -> Surroundings:
    seller, buyer = terms.seller.id, terms.buyer.id
    named = wishes.price_list if isinstance(wishes.price_list, str) else None
    return Surroundings(
        granted=contracts.granted(seller, [buyer]).get(buyer),
        tokens=tuple(token for _, token in payment_tokens.of_contract(terms.id)),
        charging=wishes.payment_method is not SAME and contracts.charging(terms.id),
        price_list=contracts.price_list(seller, named) if named is not None else None,
    )
