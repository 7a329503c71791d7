"""Limits that follow a credit risk group's default (R61): brought up to date when the group changes."""

from collections.abc import Sequence
from uuid import UUID

from placet.domain.order import Act
from placet.domain.terms import Terms, granted_limit, limit_changed, with_limit
from placet.domain.words import LimitSource
from placet.storage import contracts, db, event_log, facts


@db.transaction_required
def grant_defaults(*, owner: UUID, buyers: Sequence[UUID], reason: str, act: Act) -> None:
    """What the owner's groups grant now to those of these organizations that buy from it and have no
    limit of their own; told to both parties where that is another limit than before."""
    before = [
        terms for terms in contracts.between(owner, buyers) if terms.account.source is LimitSource.DEFAULT
    ]
    facts.lock_accounts([terms.account.standing.id for terms in before])
    after = granted_now(owner, before)
    contracts.save_limits(after)
    event_log.record(
        [
            event
            for was, now in zip(before, after, strict=True)
            for event in limit_changed(was, now, reason, act)
        ]
    )


def granted_now(owner: UUID, terms: Sequence[Terms]) -> list[Terms]:
    """These contracts of the owner with the limits that its groups grant."""
    granted = contracts.granted(owner, [each.buyer.id for each in terms])
    return [
        with_limit(each, granted_limit(granted.get(each.buyer.id), each.currency), LimitSource.DEFAULT)
        for each in terms
    ]
