"""What *Credit Limit* lists for an owner (R80-R85): its groups by their size, everyone below it with group
and limit, the offers that a policy may name, the orders on which it had a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.credit import CreditLimit, limit_of
from placet.domain.order import Named
from placet.domain.parties import Party
from placet.domain.partners import GroupName
from placet.domain.words import OrganizationStatus, Tier
from placet.storage import db
from placet.storage.billing import LAST
from placet.storage.db import Row
from placet.storage.order_lists import literally
from placet.storage.reading import PARTY, party

# Groups -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group as the table of groups shows it; the day is the owner's."""

    id: UUID
    name: str
    primary: bool
    default_limit: Decimal | None
    organizations: int
    updated_on: date
    updated_by: str


GROUP: Final = """
SELECT g.id, g.name, g."primary", g.default_limit, g.updated_by,
  (g.updated_at AT TIME ZONE o.time_zone)::date AS updated_on,
  (SELECT count(*) FROM group_member m WHERE m.group_id = g.id)::int8 AS organizations
FROM credit_risk_group g JOIN organization o ON o.id = g.owner_id WHERE g.owner_id = %(owner)s"""
GROUPS: Final = GROUP + " ORDER BY g.name, g.id"
ONE_GROUP: Final = GROUP + " AND g.id = %(id)s"

NAMES: Final = "SELECT id, name FROM credit_risk_group WHERE owner_id = %(owner)s ORDER BY name, id"


def groups_of(owner: UUID) -> list[GroupRow]:
    """All groups of the owner, by name."""
    return [GroupRow(**row) for row in db.fetch(GROUPS, {"owner": owner})]


def group_of(owner: UUID, group: UUID) -> GroupRow | None:
    """One of the owner's groups."""
    row = db.fetch_one(ONE_GROUP, {"owner": owner, "id": group})
    return GroupRow(**row) if row else None


def group_names(owner: UUID) -> list[GroupName]:
    """The same, by name alone: what there is to choose."""
    return [GroupName(row["id"], row["name"]) for row in db.fetch(NAMES, {"owner": owner})]


CURRENCIES: Final = """
SELECT DISTINCT currency FROM contract WHERE seller_id = %(owner)s AND ended_at IS NULL ORDER BY currency"""


def selling_currencies(owner: UUID) -> list[str]:
    """In what the owner sells: amounts of its groups are read in each of them (R61, R81)."""
    return [row["currency"] for row in db.fetch(CURRENCIES, {"owner": owner})]


# Organizations ------------------------------------------------------------------------------

MANY: Final = 2000
"""So many below are no longer walked one by one: then names are gone through in their order, and each is
asked whether it stands below."""

SIZE: Final = """
WITH RECURSIVE walked AS (
  SELECT c.buyer_id AS id FROM contract c WHERE c.seller_id = %(owner)s AND c.ended_at IS NULL
  UNION ALL
  SELECT c.buyer_id FROM walked w JOIN contract c ON c.seller_id = w.id AND c.ended_at IS NULL
)
SELECT count(*) AS size FROM (SELECT id FROM walked LIMIT %(most)s) AS few"""

WALKED: Final = """
walked AS (
  SELECT c.buyer_id AS id, true AS direct FROM contract c
  WHERE c.seller_id = %(owner)s AND c.ended_at IS NULL
  UNION
  SELECT c.buyer_id, false FROM walked w JOIN contract c ON c.seller_id = w.id AND c.ended_at IS NULL
), below AS (SELECT id, bool_or(direct) AS direct FROM walked GROUP BY id),"""
FROM_WALKED: Final = "below JOIN organization g USING (id)"

FROM_NAMES: Final = """organization g CROSS JOIN LATERAL (
  WITH RECURSIVE up AS (
    SELECT c.seller_id AS id, true AS direct FROM contract c WHERE c.buyer_id = g.id AND c.ended_at IS NULL
    UNION ALL
    SELECT c.seller_id, false FROM up JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL
  ) SELECT bool_or(direct) AS direct FROM up WHERE up.id = %(owner)s) below"""

PAGE: Final = f"""
WITH RECURSIVE {{walked}} page AS (
  SELECT g.id, below.direct FROM {{source}}
  WHERE below.direct IS NOT NULL AND {{conditions}} ORDER BY g.name {{way}}, g.id {{way}} LIMIT %(most)s
)
SELECT {PARTY.format("g")} AS party, g.country, page.direct, c.external_id, m.group_id, r.name AS group_name,
  a.currency, a.limit_minor
FROM page JOIN organization g ON g.id = page.id
LEFT JOIN LATERAL (SELECT * FROM contract c WHERE c.buyer_id = g.id AND c.ended_at IS NULL
  ORDER BY c.seller_id = %(owner)s DESC, c.started_at, c.id LIMIT 1) c ON true
LEFT JOIN credit_account a ON a.contract_id = c.id AND c.seller_id = %(owner)s
LEFT JOIN group_member m ON m.owner_id = %(owner)s AND m.organization_id = g.id
LEFT JOIN credit_risk_group r ON r.id = m.group_id
ORDER BY g.name {{way}}, g.id {{way}}"""

CONDITIONS: Final = {
    "after": "(g.name, g.id) {than} (%(after_name)s, %(after_id)s)",
    "active": "(g.status = 'active') = %(active)s",
    "direct": """(g.id IN (SELECT d.buyer_id FROM contract d
      WHERE d.seller_id = %(owner)s AND d.ended_at IS NULL)) = %(direct)s""",
    "group": """g.id IN (SELECT m.organization_id FROM group_member m
      WHERE m.owner_id = %(owner)s AND m.group_id = %(group)s)""",
    "grouped": """(g.id IN (SELECT m.organization_id FROM group_member m
      WHERE m.owner_id = %(owner)s)) = %(grouped)s""",
    "text": """(g.name ILIKE %(text)s OR g.id IN (SELECT n.buyer_id FROM contract n
      WHERE n.external_id ILIKE %(text)s))""",
}


@dataclass(frozen=True, slots=True)
class OrganizationFilter:
    """Which organizations: everything that is set must hold. `text` is part of a name or a number;
    `grouped`: in any group, or in none."""

    active: bool | None = None
    tier: Tier | None = None
    group: UUID | None = None
    grouped: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One below the owner (R82). The limit is that of its contract with the owner itself; another link's
    is not the owner's to see (R2): then `currency` is none."""

    party: Party
    country: str
    tier: Tier
    external_id: str | None
    group: GroupName | None
    currency: str | None
    limit: CreditLimit | None

    @property
    def active(self) -> bool:
        """Whether it may order."""
        return self.party.status is OrganizationStatus.ACTIVE


def size_below(owner: UUID) -> int | None:
    """How many stand below the owner; none where they are `MANY` and more."""
    row = db.fetch_one(SIZE, {"owner": owner, "most": MANY})
    size = int(row["size"]) if row else 0
    return size if size < MANY else None


def organizations(  # noqa: PLR0913 - what makes a page
    owner: UUID,
    wanted: OrganizationFilter,
    *,
    after: tuple[str, UUID] | None,
    descending: bool,
    many: bool,
    most: int,
) -> list[OrganizationRow]:
    """Those below the owner by name, from after that name and id on. `many` chooses how they are found,
    never which."""
    asked: dict[str, Any] = {
        "after": after,
        "active": wanted.active,
        "direct": wanted.tier is Tier.DIRECT if wanted.tier else None,
        "group": wanted.group,
        "grouped": wanted.grouped,
        "text": f"%{literally(wanted.text)}%" if wanted.text else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in given) or "true"
    if after := given.pop("after", None):
        given |= {"after_name": after[0], "after_id": after[1]}
    statement = PAGE.format(
        walked="" if many else WALKED,
        source=FROM_NAMES if many else FROM_WALKED,
        conditions=conditions.format(than="<" if descending else ">"),
        way="DESC" if descending else "ASC",
    )
    return [
        _organization(row) for row in db.fetch_planned(statement, {"owner": owner, "most": most, **given})
    ]


def _organization(row: Row) -> OrganizationRow:
    return OrganizationRow(
        party=party(row["party"]),
        country=row["country"],
        tier=Tier.DIRECT if row["direct"] else Tier.INDIRECT,
        external_id=row["external_id"],
        group=GroupName(row["group_id"], row["group_name"]) if row["group_id"] else None,
        currency=row["currency"],
        limit=limit_of(row["limit_minor"]) if row["currency"] else None,
    )


MEMBERS: Final = f"""
SELECT {PARTY.format("g")} AS party, g.country
FROM group_member m JOIN organization g ON g.id = m.organization_id
WHERE m.owner_id = %(owner)s AND m.group_id = %(group)s
  AND (%(name)s::text IS NULL OR (g.name, g.id) > (%(name)s::text, %(id)s::uuid))
ORDER BY g.name, g.id LIMIT %(most)s"""


def members(owner: UUID, group: UUID, after: tuple[str, UUID] | None, most: int) -> list[tuple[Party, str]]:
    """Who is in the owner's group, by name, and its country."""
    name, id_ = after or (None, None)
    rows = db.fetch(MEMBERS, {"owner": owner, "group": group, "name": name, "id": id_, "most": most})
    return [(party(row["party"]), row["country"]) for row in rows]


# What a policy may name ---------------------------------------------------------------------

VENDORS: Final = """
SELECT v.id, v.ref, v.name, (SELECT count(*) FROM product p WHERE p.vendor_id = v.id)::int8 AS offers
FROM vendor v ORDER BY v.name, v.id LIMIT %(most)s"""

OFFERS: Final = """
SELECT id, ref, name FROM product WHERE vendor_id = %(vendor)s
  AND (%(text)s::text IS NULL OR name ILIKE %(text)s::text OR sku ILIKE %(text)s::text)
ORDER BY name, id LIMIT %(most)s"""

OFFERS_NAMED: Final = """
SELECT id, ref, name FROM product WHERE vendor_id = %(vendor)s AND id = ANY(%(ids)s) ORDER BY name, id"""


def vendors(most: int) -> list[tuple[Named, int]]:
    """All vendors by name, and how many offers each has."""
    rows = db.fetch(VENDORS, {"most": most})
    return [(Named(row["id"], row["ref"], row["name"]), row["offers"]) for row in rows]


def offers(vendor: UUID, text: str, most: int) -> list[Named]:
    """A vendor's offers with that text in their name or number, by name."""
    asked = {"vendor": vendor, "text": f"%{literally(text)}%" if text else None, "most": most}
    return [Named(**row) for row in db.fetch(OFFERS, asked)]


def offers_named(vendor: UUID, ids: Sequence[UUID]) -> list[Named]:
    """Those of these that are the vendor's, by name."""
    rows = db.fetch(OFFERS_NAMED, {"vendor": vendor, "ids": list(ids)}) if ids else []
    return [Named(**row) for row in rows]


# Orders (R85) -------------------------------------------------------------------------------

# Whatever has piled up since, waiting orders are few: they are gathered first, by their partial index.
PAUSED: Final = """
paused AS MATERIALIZED (
  SELECT o.id FROM orders o WHERE o.status IN ('pending_approval', 'unexecuted')
), pending AS (
  SELECT o.id FROM paused o WHERE o.id < %(before)s AND EXISTS (
    SELECT FROM approval_step t WHERE t.order_id = o.id AND t.approver_id = %(owner)s)
)"""
APPROVED: Final = """
approved AS (
  SELECT o.id FROM approval_step t JOIN orders o ON o.id = t.order_id
  WHERE t.approver_id = %(owner)s AND t.status = 'approved' AND t.order_id < %(before)s
    AND o.status IN ('submitted', 'executed')
  ORDER BY t.order_id DESC LIMIT %(most)s
)"""

ORDERS: Final = {
    "pending": f"WITH {PAUSED} SELECT id FROM pending ORDER BY id DESC LIMIT %(most)s",
    "approved": f"WITH {APPROVED} SELECT id FROM approved ORDER BY id DESC",
    "": f"""WITH {PAUSED}, {APPROVED}
SELECT id FROM (SELECT id FROM pending UNION ALL SELECT id FROM approved) AS either
ORDER BY id DESC LIMIT %(most)s""",
}


def order_ids(owner: UUID, state: str, before: UUID | None, most: int) -> list[UUID]:
    """Orders on which the owner had a step (R85), the newest first: `pending` ones are paused, for a yes or
    for credit; of `approved` ones the provisioning has started; both where nothing is said."""
    asked = {"owner": owner, "before": before or LAST, "most": most}
    return [row["id"] for row in db.fetch(ORDERS[state], asked)]
