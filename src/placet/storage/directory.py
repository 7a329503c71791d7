"""Whom organizations can be reached through: their contacts and their people (R13, R93)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from placet.domain.notifying import Directory, Person, Reachable
from placet.domain.partners import Contact
from placet.domain.words import Kind, MailKind, MailPace, Role
from placet.domain.world.shape import ContactRole
from placet.storage import db
from placet.storage.db import Row

FIND: Final = """
SELECT g.id, g.name, g.kind, g.language, g.time_zone,
  (SELECT json_agg(json_build_array(c.name, c.email, c.is_bill_to, c.is_primary)
      ORDER BY c.created_at, c.id)
    FROM contact c WHERE c.organization_id = g.id AND c.active AND c.email <> '') AS contacts,
  (SELECT json_agg(json_build_array(u.id, u.name, u.email, m.role, u.language, u.time_zone,
      (SELECT json_object_agg(h.kind, h.pace) FROM mail_choice h WHERE h.user_id = u.id))
      ORDER BY u.created_at, u.id)
    FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.organization_id = g.id AND u.is_active AND g.status <> 'blocked') AS people
FROM organization g WHERE g.id = ANY(%(ids)s)"""


def of(organizations: Iterable[UUID]) -> Directory:
    """These organizations, in one statement."""
    ids = sorted(set(organizations))
    rows = db.fetch(FIND, {"ids": ids}) if ids else []
    return {row["id"]: _reachable(row) for row in rows}


def _reachable(row: Row) -> Reachable:
    return Reachable(
        id=row["id"],
        name=row["name"],
        kind=Kind(row["kind"]),
        language=row["language"],
        time_zone=row["time_zone"],
        contacts=tuple(_contact(*cells) for cells in row["contacts"] or ()),
        people=tuple(_person(cells) for cells in row["people"] or ()),
    )


def _contact(name: str, email: str, bill_to: bool, primary: bool) -> Contact:  # noqa: FBT001
    held = {ContactRole.BILL_TO: bill_to, ContactRole.PRIMARY: primary}
    return Contact(name, email, tuple(role for role, holds in held.items() if holds), active=True)


def _person(cells: Sequence[Any]) -> Person:
    id_, name, email, role, language, time_zone, chosen = cells
    paces = {MailKind(kind): MailPace(pace) for kind, pace in (chosen or {}).items()}
    return Person(UUID(id_), name, email, Role(role), language, time_zone, paces)
