"""Organizations as another one sees them: itself and everyone below it (R1, R82)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from placet.domain.partners import Contact, GroupName, Partner
from placet.domain.terms import Terms
from placet.domain.words import Kind, OrganizationStatus, Tier
from placet.domain.world.ground import contact_key
from placet.domain.world.shape import ContactRole
from placet.storage import contracts, db
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.order_lists import literally
from placet.storage.reading import PARTY, party

BELOW: Final = """
walked AS (
  SELECT c.buyer_id AS id, true AS direct FROM contract c
  WHERE c.seller_id = %(viewer)s AND c.ended_at IS NULL
  UNION
  SELECT c.buyer_id, false FROM walked w JOIN contract c ON c.seller_id = w.id AND c.ended_at IS NULL
), seen AS (SELECT id, bool_or(direct) AS direct FROM walked GROUP BY id)"""
"""Everyone below the viewer; `direct` where it buys from the viewer itself."""

ONE: Final = """
walked AS (
  SELECT g.id, g.id AS above, 0 AS tier FROM organization g WHERE g.id = %(id)s OR g.ref = %(ref)s
  UNION
  SELECT w.id, c.seller_id, w.tier + 1 FROM walked w
  JOIN contract c ON c.buyer_id = w.above AND c.ended_at IS NULL
), seen AS (
  SELECT id, CASE min(tier) WHEN 0 THEN NULL ELSE min(tier) = 1 END AS direct
  FROM walked WHERE above = %(viewer)s GROUP BY id)"""
"""The organization of that name, where it is the viewer (then `direct` is null) or below it."""

PARTNERS: Final = f"""
SELECT {PARTY.format("g")} AS party, g.country, g.retry_when_credit_frees, seen.direct,
  c.id AS contract_id, coalesce(c.external_id, g.external_id) AS external_id,
  c.seller_id = %(viewer)s OR c.buyer_id = %(viewer)s AS own_contract,
  (SELECT json_build_array(r.id, r.name) FROM group_member m JOIN credit_risk_group r ON r.id = m.group_id
    WHERE m.owner_id = %(viewer)s AND m.organization_id = g.id) AS credit_risk_group,
  (SELECT json_agg(json_build_array(k.name, k.email, k.is_bill_to, k.is_primary, k.active)
      ORDER BY k.created_at, k.id) FROM contact k WHERE k.organization_id = g.id) AS contacts
FROM seen JOIN organization g ON g.id = seen.id
LEFT JOIN LATERAL (SELECT * FROM contract c WHERE c.buyer_id = g.id AND c.ended_at IS NULL
  ORDER BY c.seller_id = %(viewer)s DESC, c.started_at, c.id LIMIT 1) c ON true
WHERE {{conditions}} ORDER BY g.id DESC LIMIT %(most)s"""

CONDITIONS: Final = {
    "before": "g.id < %(before)s",
    "kind": "g.kind = %(kind)s",
    "status": "g.status = %(status)s",
    "direct": "seen.direct = %(direct)s",
    "text": "(g.name ILIKE %(text)s OR g.ref ILIKE %(text)s OR c.external_id ILIKE %(text)s)",
}


@dataclass(frozen=True, slots=True)
class PartnerFilter:
    """Which partners: everything that is set must hold. `text` is part of a name, a ref or a number."""

    kind: Kind | None = None
    status: OrganizationStatus | None = None
    tier: Tier | None = None
    text: str = ""


def below(viewer: UUID, wanted: PartnerFilter, before: UUID | None, most: int) -> list[Partner]:
    """Everyone below the viewer, the newest first."""
    asked = {
        "before": before,
        "kind": wanted.kind,
        "status": wanted.status,
        "direct": wanted.tier is Tier.DIRECT if wanted.tier else None,
        "text": f"%{literally(wanted.text)}%" if wanted.text else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in given) or "true"
    return _partners(BELOW, conditions, {"viewer": viewer, "most": most, **given})


def seen(viewer: UUID, name: str) -> Partner | None:
    """The organization of that id or ref, if it is the viewer itself or anywhere below it."""
    found = _partners(ONE, "true", {"viewer": viewer, "id": as_uuid(name), "ref": name, "most": 1})
    return found[0] if found else None


def _partners(seen_part: str, conditions: str, parameters: Row) -> list[Partner]:
    rows = db.fetch(f"WITH RECURSIVE {seen_part} {PARTNERS.format(conditions=conditions)}", parameters)
    own = [row["contract_id"] for row in rows if row["own_contract"]]
    terms = {each.id: each for each in contracts.several(own)}
    return [_partner(row, terms.get(row["contract_id"])) for row in rows]


def _partner(row: Row, terms: Terms | None) -> Partner:
    tiers = {True: Tier.DIRECT, False: Tier.INDIRECT, None: None}
    group = row["credit_risk_group"]
    return Partner(
        party=party(row["party"]),
        country=row["country"],
        external_id=row["external_id"],
        tier=tiers[row["direct"]],
        group=GroupName(UUID(group[0]), group[1]) if group else None,
        contacts=tuple(_contact(*cells) for cells in row["contacts"] or ()),
        terms=terms,
        retry_when_credit_frees=row["retry_when_credit_frees"],
    )


def _contact(name: str, email: str, bill_to: bool, primary: bool, active: bool) -> Contact:  # noqa: FBT001
    held = {ContactRole.BILL_TO: bill_to, ContactRole.PRIMARY: primary}
    return Contact(name, email, tuple(role for role, holds in held.items() if holds), active)


# What changes of them -----------------------------------------------------------------------

SET_RETRYING: Final = "UPDATE organization SET retry_when_credit_frees = %(retry)s WHERE id = %(id)s"

SET_STATUS: Final = "UPDATE organization SET status = %(status)s WHERE id = %(id)s"

WITHOUT_ROLES: Final = """
UPDATE contact SET is_primary = false, is_bill_to = false WHERE organization_id = %(id)s"""

CONTACTS: Final = """
SELECT id, name, email FROM contact WHERE organization_id = %(id)s ORDER BY created_at, id"""

KEEP_CONTACTS: Final = """
INSERT INTO contact (id, organization_id, name, email, is_primary, is_bill_to, active)
SELECT r.id, %(organization)s, r.name, r.email, r.is_primary, r.is_bill_to, r.active
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, name text, email text, is_primary bool,
  is_bill_to bool, active bool)
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email,
  is_primary = EXCLUDED.is_primary, is_bill_to = EXCLUDED.is_bill_to, active = EXCLUDED.active"""

DROP_CONTACTS: Final = "DELETE FROM contact WHERE organization_id = %(id)s AND id <> ALL(%(kept)s)"


def set_retrying(organization: UUID, *, retry: bool) -> None:
    """Whether its buyers' orders that were short of credit are tried again when credit frees (R44)."""
    db.fetch(SET_RETRYING, {"id": organization, "retry": retry})


def set_status(organization: UUID, status: OrganizationStatus) -> None:
    """As its seller set it."""
    db.fetch(SET_STATUS, {"id": organization, "status": status.value})


def save_contacts(organization: UUID, wanted: Sequence[Contact]) -> None:
    """These contacts and no others. One that stood already, by its address (or its name, where it has
    none), stays the one it was: who is the oldest counts (R13)."""
    stood = db.fetch(CONTACTS, {"id": organization})
    ids: dict[str, list[UUID]] = {}
    for row in stood:
        ids.setdefault(contact_key(row["email"], row["name"]), []).append(row["id"])
    rows = [
        _contact_row(contact, ids.get(contact_key(contact.email, contact.name), [])) for contact in wanted
    ]
    db.fetch(WITHOUT_ROLES, {"id": organization})
    db.fetch(DROP_CONTACTS, {"id": organization, "kept": [row["id"] for row in rows]})
    db.fetch(KEEP_CONTACTS, {"organization": organization, "rows": db.json(rows)})


def _contact_row(contact: Contact, stood: list[UUID]) -> Row:
    return {
        "id": stood.pop(0) if stood else db.new_id(),
        "name": contact.name,
        "email": contact.email,
        "is_primary": ContactRole.PRIMARY in contact.roles,
        "is_bill_to": ContactRole.BILL_TO in contact.roles,
        "active": contact.active,
    }
