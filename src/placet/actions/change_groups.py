"""An owner's credit risk groups (R80-R84): made, changed, removed; their policies; their members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from placet.actions.change_organization import join_group
from placet.actions.default_limits import grant_defaults
from placet.actions.doors import no_seller_admin
from placet.domain.changes import SAME, Change, changed
from placet.domain.credit_risk import GroupPolicy, PolicyWish, RiskGroup, makes_primary, removes, wrong_policy
from placet.domain.order import Act
from placet.domain.parties import Actor, Permission
from placet.domain.partners import not_addable
from placet.domain.refusals import Refusal, invalid, sentence
from placet.storage import credit_risk_groups as groups
from placet.storage import db, partners
from placet.storage.standing import hold


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group to be. The default limit is a plain decimal, read in each member's currency."""

    name: str
    primary: bool
    default_limit: Decimal | None
    policies: tuple[PolicyWish, ...]


@dataclass(frozen=True, slots=True)
class GroupWishes:
    """What is wanted of a group."""

    name: Change[str] = SAME
    primary: Change[bool] = SAME
    default_limit: Change[Decimal | None] = SAME


# Groups -------------------------------------------------------------------------------------


@db.transaction
def add_group(*, by: Actor, wish: NewGroup, confirmed: bool, at: datetime) -> RiskGroup | Refusal:
    """The group that was made. One that is to be primary needs a confirmation (R83)."""
    hold()
    named = groups.catalog(wish.policies)
    if (
        refusal := no_seller_admin(by)
        or _name_taken(by, wish.name, None)
        or _wrong_policies(wish.policies, named)
    ):
        return refusal
    if refusal := _unconfirmed(by, wish.name, wish.primary, confirmed):
        return refusal
    id_ = db.new_id()
    groups.add(id_, by.organization, wish.name, wish.default_limit, by.name, at)
    for policy in wish.policies:
        groups.add_policy(db.new_id(), id_, policy, named, at)
    if wish.primary:
        groups.set_primary(by.organization, id_)
    return _known(by, id_)


@db.transaction
def change_group(
    *, by: Actor, group: UUID, wishes: GroupWishes, confirmed: bool, at: datetime
) -> RiskGroup | Refusal:
    """The group as it became; another default limit is its members' at once (R61)."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    name, primary = changed(wishes.name, found.name), changed(wishes.primary, found.primary)
    if refusal := _name_taken(by, name, group):
        return refusal
    if refusal := _unconfirmed(by, name, primary and not found.primary, confirmed):
        return refusal
    granted = changed(wishes.default_limit, found.default_limit)
    groups.update(group, name, granted)
    if primary is not found.primary:
        groups.set_primary(by.organization, group if primary else None)
    if granted != found.default_limit:
        _grant(found, "The default limit of the credit risk group was changed.", Act(by, at, db.new_id))
    return _signed(by, group, at)


@db.transaction
def remove_group(*, by: Actor, group: UUID, confirmed: bool, at: datetime) -> RiskGroup | Refusal:
    """The group as it was; its members are in none now (R83)."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    if not confirmed:
        return removes(found)
    groups.remove(found)
    _grant(found, "The credit risk group was removed.", Act(by, at, db.new_id))
    return found


def group_seen(by: Actor, group: UUID) -> RiskGroup | Refusal:
    """The caller's own group; another's is not there."""
    return groups.find(by.organization, group) or Refusal("not_found")


def group_to_change(by: Actor, group: UUID) -> RiskGroup | Refusal:
    """The caller's own group, by a role that may change it."""
    found = group_seen(by, group)
    if isinstance(found, Refusal):
        return found
    return found if by.may(Permission.ADMINISTER) else Refusal("forbidden")


def _name_taken(by: Actor, name: str, group: UUID | None) -> Refusal | None:
    taken = groups.name_taken(by.organization, name, group)
    return invalid(name=sentence("Another of your groups is called that.")) if taken else None


def _unconfirmed(by: Actor, name: str, becomes_primary: bool, confirmed: bool) -> Refusal | None:  # noqa: FBT001
    if confirmed or not becomes_primary:
        return None
    old = groups.primary_of(by.organization)
    return makes_primary(name, old[1] if old else None)


def _grant(group: RiskGroup, reason: str, act: Act) -> None:
    members = [member.id for member in group.members]
    grant_defaults(owner=group.owner, buyers=members, reason=reason, act=act)


def _signed(by: Actor, group: UUID, at: datetime) -> RiskGroup:
    groups.sign(group, by.name, at)
    return _known(by, group)


def _known(by: Actor, group: UUID) -> RiskGroup:
    found = groups.find(by.organization, group)
    assert found is not None, "it does not vanish while it is held"
    return found


# Policies -----------------------------------------------------------------------------------


@db.transaction
def add_policy(*, by: Actor, group: UUID, wish: PolicyWish, at: datetime) -> GroupPolicy | Refusal:
    """The policy that was added (R81). Orders that were placed before know nothing of it (R5)."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    named = groups.catalog([wish])
    if refusal := wrong_policy(wish, named.vendors, named.offers):
        return refusal
    id_ = db.new_id()
    groups.add_policy(id_, group, wish, named, at)
    after = _signed(by, group, at)
    return next(policy for policy in after.policies if policy.id == id_)


@db.transaction
def remove_policy(*, by: Actor, group: UUID, policy: UUID, at: datetime) -> RiskGroup | Refusal:
    """The group without it."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    if all(each.id != policy for each in found.policies):
        return Refusal("not_found")
    groups.remove_policy(policy)
    return _signed(by, group, at)


def _wrong_policies(wishes: Sequence[PolicyWish], named: groups.Catalog) -> Refusal | None:
    for place, wish in enumerate(wishes):
        if refusal := wrong_policy(wish, named.vendors, named.offers, f"policies.{place}."):
            return refusal
    return None


# Members ------------------------------------------------------------------------------------


@db.transaction
def add_member(*, by: Actor, group: UUID, organization: str, at: datetime) -> RiskGroup | Refusal:
    """The group with that organization in it, by id or ref; moving it from another group is a change of
    the organization, not this (R82)."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    partner = partners.seen(by.organization, organization)
    if partner is None or partner.tier is None:
        return Refusal("not_found")
    if partner.group is not None and partner.group.id != group:
        words = f"{partner.party.name} is in {partner.group.name}."
        return Refusal("in_another_group", words, {"group": partner.group.as_json()})
    if partner.group is None and (refusal := not_addable(partner.party)):
        return refusal
    join_group(partner, group, Act(by, at, db.new_id))
    return _known(by, group)


@db.transaction
def remove_member(*, by: Actor, group: UUID, organization: str, at: datetime) -> RiskGroup | Refusal:
    """The group without it."""
    hold()
    found = group_to_change(by, group)
    if isinstance(found, Refusal):
        return found
    partner = partners.seen(by.organization, organization)
    if partner is None or partner.group is None or partner.group.id != group:
        return Refusal("not_found")
    join_group(partner, None, Act(by, at, db.new_id))
    return _known(by, group)
