"""What is changed of an organization from above (R1): status, toggle, group, number, contacts."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.default_limits import grant_defaults
from placet.domain.changes import SAME, Change, Same
from placet.domain.ending import cancelled
from placet.domain.order import Act, Order, touched
from placet.domain.parties import Actor, Permission
from placet.domain.partners import (
    STOPPED,
    Contact,
    Partner,
    ends_with_suspension,
    not_addable,
    wrong_contacts,
)
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.terms import without_card
from placet.domain.words import OrganizationStatus, Tier
from placet.storage import (
    contracts,
    credit_risk_groups,
    db,
    facts,
    order_lists,
    partners,
    payment_tokens,
    reading,
    writing,
)
from placet.storage.standing import hold

SUSPENDED: Final = "An organization of the chain was suspended."
"""Why a waiting order is cancelled; whose suspension it was is nobody else's to know (R2)."""

WHOSE: Final[dict[str, frozenset[Tier | None]]] = {
    "status": frozenset({Tier.DIRECT}),
    "order_approval": frozenset({Tier.DIRECT}),
    "external_id": frozenset({Tier.DIRECT}),
    "contacts": frozenset({Tier.DIRECT, None}),
    "retry_when_credit_frees": frozenset({None}),
    "credit_risk_group": frozenset({Tier.DIRECT, Tier.INDIRECT}),
}
"""What may be changed of an organization that stands there; no tier is the caller's own."""


@dataclass(frozen=True, slots=True)
class OrganizationWishes:
    """What is wanted of an organization; a group is the caller's own, `None` takes it out of any."""

    status: Change[OrganizationStatus] = SAME
    order_approval: Change[bool] = SAME
    external_id: Change[str | None] = SAME
    credit_risk_group: Change[str | None] = SAME
    contacts: Change[tuple[Contact, ...]] = SAME
    retry_when_credit_frees: Change[bool] = SAME

    @property
    def members(self) -> list[str]:
        """Which of them were named."""
        return [each.name for each in fields(self) if getattr(self, each.name) is not SAME]

    @property
    def stops(self) -> bool:
        """Whether nothing is to be ordered through the organization any more (R72)."""
        return self.status in STOPPED


@db.transaction
def change_organization(
    *, name: str, by: Actor, wishes: OrganizationWishes, at: datetime
) -> Partner | Refusal:
    """The organization, by id or ref, as it became. A suspension has cancelled what waited by then."""
    hold()
    if wishes.stops:
        facts.stop_placing()
    partner = partner_to_change(name, by, wishes.members)
    if isinstance(partner, Refusal):
        return partner
    waiting = _locked(partner, wishes)
    group = _wished_group(wishes, by)
    if refusal := _wrong(partner, wishes, group) or _too_late(partner, wishes, group, at):
        return refusal
    _save(partner, wishes)
    act = Act(by, at, db.new_id)
    for order in waiting:
        writing.update(order, cancelled(touched(order), SUSPENDED, act))
    if wishes.credit_risk_group is not SAME:
        join_group(partner, group, act)
    return _as_it_became(partner, by)


def partner_to_change(name: str, by: Actor, members: Collection[str]) -> Partner | Refusal:
    """The organization, if the actor may change these of its members; unknown ones are for later."""
    partner = partners.seen(by.organization, name)
    if partner is None:
        return Refusal("not_found")
    own = all(partner.tier in WHOSE[member] for member in members if member in WHOSE)
    return partner if own and by.may(Permission.ADMINISTER) else Refusal("forbidden")


def _locked(partner: Partner, wishes: OrganizationWishes) -> list[Order]:
    """Locks orders, then accounts, each by id; answers the orders that a suspension cancels (R72)."""
    ids = order_lists.lock_waiting(partner.party.id) if wishes.stops else []
    orders = [order for order in reading.several(ids) if ends_with_suspension(order)]
    own = [partner.terms.account.standing.id] if partner.terms else []
    facts.lock_accounts([*own, *(held.account for order in orders for held in order.reservations)])
    return orders


def _wished_group(wishes: OrganizationWishes, by: Actor) -> UUID | None:
    """The caller's group of that id, if there is one."""
    wish = wishes.credit_risk_group
    id_ = facts.as_uuid(wish) if isinstance(wish, str) else None
    return id_ if id_ and credit_risk_groups.owned(by.organization, id_) else None


def _wrong(partner: Partner, wishes: OrganizationWishes, group: UUID | None) -> Refusal | None:
    """What cannot be meant."""
    if wishes.status is OrganizationStatus.NEW and partner.party.status is not OrganizationStatus.NEW:
        return invalid(status=sentence("Who may order, or could, is not new again."))
    if isinstance(wishes.credit_risk_group, str) and group is None:
        return invalid(credit_risk_group=sentence("You have no such credit risk group."))
    if not isinstance(wishes.contacts, Same) and (refusal := wrong_contacts(wishes.contacts)):
        return refusal
    number, terms = wishes.external_id, partner.terms
    if isinstance(number, str) and terms and contracts.number_taken(terms, number):
        return invalid(external_id=sentence("It is the number of another of your buyers."))
    return None


def _too_late(
    partner: Partner, wishes: OrganizationWishes, group: UUID | None, at: datetime
) -> Refusal | None:
    """What the state of things forbids (R21, R49, R84)."""
    terms = partner.terms
    if wishes.order_approval is not SAME and terms and terms.seller_by_card:
        return Refusal("approval_locked")
    begins = wishes.status is OrganizationStatus.ACTIVE and partner.party.status is not wishes.status
    if begins and terms:
        tokens = tuple(token for _, token in payment_tokens.of_contract(terms.id))
        if refusal := without_card(terms.payment_method, tokens, at.date()):
            return refusal
    if group is not None and (partner.group is None or partner.group.id != group):
        status = partner.party.status if isinstance(wishes.status, Same) else wishes.status
        return not_addable(replace(partner.party, status=status))
    return None


def _save(partner: Partner, wishes: OrganizationWishes) -> None:
    id_, terms = partner.party.id, partner.terms
    if not isinstance(wishes.status, Same):
        partners.set_status(id_, wishes.status)
    if not isinstance(wishes.contacts, Same):
        partners.save_contacts(id_, wishes.contacts)
    if not isinstance(wishes.retry_when_credit_frees, Same):
        partners.set_retrying(id_, retry=wishes.retry_when_credit_frees)
    if not isinstance(wishes.order_approval, Same) and terms:
        terms = replace(terms, order_approval=wishes.order_approval)
    if not isinstance(wishes.external_id, Same) and terms:
        terms = replace(terms, external_id=wishes.external_id)
    if terms and terms is not partner.terms:
        contracts.save(terms)


@db.transaction_required
def join_group(partner: Partner, group: UUID | None, act: Act) -> None:
    """Moves the organization into this group of the actor's organization, or into none (R82), and
    gives it the limit that follows from it (R61)."""
    owner, before = act.by.organization, partner.group.id if partner.group else None
    if group == before:
        return
    credit_risk_groups.put_member(owner, partner.party.id, group)
    for changed_group in filter(None, (before, group)):
        credit_risk_groups.sign(changed_group, act.by.name, act.at)
    reason = "The organization's credit risk group was changed."
    grant_defaults(owner=owner, buyers=[partner.party.id], reason=reason, act=act)


def _as_it_became(partner: Partner, by: Actor) -> Partner:
    after = partners.seen(by.organization, str(partner.party.id))
    assert after is not None, "it does not vanish while it is held"
    return after
