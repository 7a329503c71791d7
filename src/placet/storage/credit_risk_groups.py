"""Credit risk groups, their policies and members (R80-R84)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.credit_risk import GroupPolicy, Offer, PolicyWish, RiskGroup
from placet.domain.order import Named
from placet.domain.words import Scope
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.reading import PARTY, party

POLICIES: Final = """json_agg(json_build_array(y.id, y.scope, (SELECT json_build_array(v.id, v.ref, v.name)
    FROM vendor v WHERE v.id = y.vendor_id),
    (SELECT json_agg(json_build_array(p.id, p.ref, p.name) ORDER BY p.name, p.id)
      FROM policy_offer f JOIN product p ON p.id = f.product_id WHERE f.policy_id = y.id),
    y.approve_above::text, (y.created_at AT TIME ZONE o.time_zone)::date)
  ORDER BY array_position(ARRAY['offers', 'vendor', 'all'], y.scope::text), y.id)"""

GROUPS: Final = f"""
SELECT g.id, g.owner_id, g.name, g."primary", g.default_limit, g.updated_by,
  (g.created_at AT TIME ZONE o.time_zone)::date AS created_on,
  (g.updated_at AT TIME ZONE o.time_zone)::date AS updated_on,
  (SELECT {POLICIES} FROM policy y WHERE y.group_id = g.id) AS policies,
  (SELECT json_agg({PARTY.format("b")} ORDER BY b.name, b.id)
    FROM group_member m JOIN organization b ON b.id = m.organization_id WHERE m.group_id = g.id) AS members
FROM credit_risk_group g JOIN organization o ON o.id = g.owner_id
WHERE g.owner_id = %(owner)s AND """

ONE: Final = GROUPS + "g.id = %(id)s"
SEVERAL: Final = (
    GROUPS
    + """(%(before)s::uuid IS NULL OR g.id < %(before)s::uuid)
ORDER BY g.id DESC LIMIT %(most)s"""
)


def find(owner: UUID, group: UUID) -> RiskGroup | None:
    """The owner's group, whole."""
    row = db.fetch_one(ONE, {"owner": owner, "id": group})
    return _group(row) if row else None


def of_owner(owner: UUID, before: UUID | None, most: int) -> list[RiskGroup]:
    """The owner's groups, the newest first."""
    rows = db.fetch(SEVERAL, {"owner": owner, "before": before, "most": most})
    return [_group(row) for row in rows]


OF_GROUP: Final = f"""
SELECT {POLICIES} AS policies FROM policy y JOIN credit_risk_group g ON g.id = y.group_id
JOIN organization o ON o.id = g.owner_id WHERE g.id = %(id)s AND g.owner_id = %(owner)s"""

OWNED: Final = "SELECT id FROM credit_risk_group WHERE id = %(id)s AND owner_id = %(owner)s"


def policies(owner: UUID, group: UUID) -> list[GroupPolicy]:
    """The policies of the owner's group, the most specific first; without its members, who may be many."""
    row = db.fetch_one(OF_GROUP, {"owner": owner, "id": group})
    return [_policy(*cells) for cells in (row and row["policies"]) or ()]


def owned(owner: UUID, group: UUID) -> bool:
    """Whether the owner has this group."""
    return db.fetch_one(OWNED, {"owner": owner, "id": group}) is not None


def _group(row: Row) -> RiskGroup:
    return RiskGroup(
        id=row["id"],
        owner=row["owner_id"],
        name=row["name"],
        primary=row["primary"],
        default_limit=row["default_limit"],
        created_on=row["created_on"],
        updated_on=row["updated_on"],
        updated_by=row["updated_by"],
        policies=tuple(_policy(*cells) for cells in row["policies"] or ()),
        members=tuple(map(party, row["members"] or ())),
    )


def _policy(  # noqa: PLR0913, PLR0917 - the columns, in the order of the statement above
    id_: str,
    scope: str,
    vendor: list[Any] | None,
    offers: list[list[Any]] | None,
    above: str | None,
    created_on: str,
) -> GroupPolicy:
    return GroupPolicy(
        id=UUID(id_),
        scope=Scope(scope),
        vendor=_named(vendor) if vendor else None,
        offers=tuple(map(_named, offers or ())),
        above=Decimal(above) if above is not None else None,
        created_on=date.fromisoformat(created_on),
    )


def _named(cells: list[Any]) -> Named:
    return Named(UUID(cells[0]), cells[1], cells[2])


# What changes depend on ---------------------------------------------------------------------

PRIMARY: Final = 'SELECT id, name FROM credit_risk_group WHERE owner_id = %(owner)s AND "primary"'

NAME_TAKEN: Final = """
SELECT EXISTS (SELECT FROM credit_risk_group WHERE owner_id = %(owner)s AND name = %(name)s
  AND id IS DISTINCT FROM %(group)s::uuid) AS taken"""

GROUP_OF: Final = """
SELECT group_id FROM group_member WHERE owner_id = %(owner)s AND organization_id = %(organization)s"""

PRIMARIES_ABOVE: Final = """
WITH RECURSIVE above AS (
  SELECT c.seller_id AS id FROM contract c WHERE c.buyer_id = %(organization)s AND c.ended_at IS NULL
  UNION
  SELECT c.seller_id FROM above a JOIN contract c ON c.buyer_id = a.id AND c.ended_at IS NULL
)
SELECT g.owner_id, g.id FROM above a JOIN credit_risk_group g ON g.owner_id = a.id AND g."primary"
ORDER BY g.id"""

VENDORS: Final = "SELECT id, ref FROM vendor WHERE id = ANY(%(ids)s) OR ref = ANY(%(names)s)"
OFFERS: Final = "SELECT id, ref, vendor_id FROM product WHERE id = ANY(%(ids)s) OR ref = ANY(%(names)s)"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The vendors and products that policies name, by the names they use."""

    vendors: dict[str, UUID]
    offers: dict[str, Offer]


def primary_of(owner: UUID) -> tuple[UUID, str] | None:
    """The owner's primary group and its name."""
    row = db.fetch_one(PRIMARY, {"owner": owner})
    return (row["id"], row["name"]) if row else None


def name_taken(owner: UUID, name: str, group: UUID | None) -> bool:
    """Whether another group of the owner is called that."""
    row = db.fetch_one(NAME_TAKEN, {"owner": owner, "name": name, "group": group})
    return row is not None and bool(row["taken"])


def group_of(owner: UUID, organization: UUID) -> UUID | None:
    """The owner's group that the organization is in (R82)."""
    row = db.fetch_one(GROUP_OF, {"owner": owner, "organization": organization})
    return row["group_id"] if row else None


def primaries_above(organization: UUID) -> list[tuple[UUID, UUID]]:
    """Owner and primary group, for each owner above the organization that has one (R83)."""
    rows = db.fetch(PRIMARIES_ABOVE, {"organization": organization})
    return [(row["owner_id"], row["id"]) for row in rows]


def catalog(wishes: Sequence[PolicyWish]) -> Catalog:
    """What exists of all that these name."""
    vendors = [wish.vendor for wish in wishes if wish.vendor is not None]
    offers = [offer for wish in wishes for offer in wish.offers]
    found = {name: row["id"] for name, row in _by_name(VENDORS, vendors)}
    return Catalog(
        found, {name: Offer(row["id"], row["vendor_id"]) for name, row in _by_name(OFFERS, offers)}
    )


def _by_name(statement: str, names: Sequence[str]) -> list[tuple[str, Row]]:
    ids = [id_ for name in names if (id_ := as_uuid(name))]
    rows = db.fetch(statement, {"ids": ids, "names": list(names)}) if names else []
    known = {str(row["id"]): row for row in rows} | {row["ref"]: row for row in rows if row["ref"]}
    return [(name, known[key]) for name in names if (key := str(as_uuid(name) or name)) in known]


# What changes -------------------------------------------------------------------------------

ADD: Final = """
INSERT INTO credit_risk_group (id, owner_id, name, "primary", default_limit, created_at, updated_at,
  updated_by)
VALUES (%(id)s, %(owner)s, %(name)s, false, %(default_limit)s, %(at)s, %(at)s, %(by)s)"""

UPDATE: Final = """
UPDATE credit_risk_group SET name = %(name)s, default_limit = %(default_limit)s WHERE id = %(id)s"""

SIGN: Final = "UPDATE credit_risk_group SET updated_at = %(at)s, updated_by = %(by)s WHERE id = %(id)s"

ONLY_PRIMARY: Final = """
UPDATE credit_risk_group SET "primary" = false
WHERE owner_id = %(owner)s AND "primary" AND id IS DISTINCT FROM %(group)s::uuid"""
MAKE_PRIMARY: Final = 'UPDATE credit_risk_group SET "primary" = true WHERE id = %(group)s'

ADD_POLICY: Final = """
WITH made AS (
  INSERT INTO policy (id, group_id, scope, vendor_id, approve_above, created_at)
  VALUES (%(id)s, %(group)s, %(scope)s, %(vendor)s, %(above)s, %(at)s) RETURNING id)
INSERT INTO policy_offer (policy_id, product_id)
SELECT made.id, offer FROM made, unnest(%(offers)s::uuid[]) AS offer"""

DROP_OFFERS: Final = "DELETE FROM policy_offer WHERE policy_id = %(policy)s"
DROP_POLICY: Final = "DELETE FROM policy WHERE id = %(policy)s"
DROP_MEMBERS: Final = "DELETE FROM group_member WHERE group_id = %(id)s"
DROP_GROUP: Final = "DELETE FROM credit_risk_group WHERE id = %(id)s"

PUT_MEMBER: Final = """
INSERT INTO group_member (owner_id, organization_id, group_id)
VALUES (%(owner)s, %(organization)s, %(group)s)
ON CONFLICT (owner_id, organization_id) DO UPDATE SET group_id = EXCLUDED.group_id"""
DROP_MEMBER: Final = """
DELETE FROM group_member WHERE owner_id = %(owner)s AND organization_id = %(organization)s"""


def add(group: UUID, owner: UUID, name: str, default_limit: Decimal | None, by: str, at: datetime) -> None:  # noqa: PLR0913, PLR0917
    """One more group, not primary yet."""
    row = {"id": group, "owner": owner, "name": name, "default_limit": default_limit, "at": at, "by": by}
    db.fetch(ADD, row)


def update(group: UUID, name: str, default_limit: Decimal | None) -> None:
    """Another name or default limit."""
    db.fetch(UPDATE, {"id": group, "name": name, "default_limit": default_limit})


def sign(group: UUID, by: str, at: datetime) -> None:
    """Who changed the group last, and when (R80)."""
    db.fetch(SIGN, {"id": group, "by": by, "at": at})


def set_primary(owner: UUID, group: UUID | None) -> None:
    """Makes this the owner's one primary group (R83), or leaves it without one."""
    db.fetch(ONLY_PRIMARY, {"owner": owner, "group": group})
    if group is not None:
        db.fetch(MAKE_PRIMARY, {"group": group})


def add_policy(id_: UUID, group: UUID, wish: PolicyWish, named: Catalog, at: datetime) -> None:
    """One more policy; what it names exists."""
    offers = {named.offers[name].id for name in wish.offers}
    db.fetch(
        ADD_POLICY,
        {
            "id": id_,
            "group": group,
            "scope": wish.scope.value,
            "vendor": named.vendors[wish.vendor] if wish.vendor else None,
            "above": wish.above,
            "at": at,
            "offers": list(offers),
        },
    )


def remove_policy(policy: UUID) -> None:
    """One policy less. Orders that it asked about keep their steps (R5)."""
    db.fetch(DROP_OFFERS, {"policy": policy})
    db.fetch(DROP_POLICY, {"policy": policy})


def remove(group: RiskGroup) -> None:
    """The group gone, its members in none."""
    for policy in group.policies:
        remove_policy(policy.id)
    db.fetch(DROP_MEMBERS, {"id": group.id})
    db.fetch(DROP_GROUP, {"id": group.id})


def put_member(owner: UUID, organization: UUID, group: UUID | None) -> None:
    """In this group of the owner and in no other, or in none (R82)."""
    member = {"owner": owner, "organization": organization}
    if group is None:
        db.fetch(DROP_MEMBER, member)
    else:
        db.fetch(PUT_MEMBER, {**member, "group": group})
