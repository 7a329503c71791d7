"""Sellers' accounts at card gateways. The chosen one takes new cards; the others stay, for what was charged
and is given back there. Keys are sealed before they are stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.errands import Merchant
from placet.domain.merchants import Choice
from placet.domain.words import CardGateway, CardMode
from placet.storage import db
from placet.storage.db import Row
from placet.storage.sealing import opened, sealed


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a seller takes cards, as its admins may read it: never the key."""

    id: UUID | None
    gateway: CardGateway
    mode: CardMode | None = None
    hint: str = ""
    publishable_key: str = ""
    account: str = ""
    variable: str = ""
    changed_by: str | None = None
    changed_at: datetime | None = None


FIND: Final = "SELECT id, gateway, sealed, variable FROM merchant WHERE id = %(id)s"


def find(gateway: str, id_: UUID | None) -> Merchant:
    """The account as it is needed to ask the gateway; without a key where that cannot be opened."""
    row = db.fetch_one(FIND, {"id": id_}) if id_ else None
    return _merchant(row) if row else Merchant(gateway)


def _merchant(row: Row) -> Merchant:
    return Merchant(row["gateway"], row["id"], opened(row["sealed"]) or "", row["variable"])


CHOSEN: Final = """
SELECT id, gateway, mode, hint, publishable_key, account, variable, changed_by::json, changed_at
FROM merchant WHERE organization_id = %(organization)s AND chosen"""


def chosen(organization: UUID) -> Chosen:
    """What the seller has chosen: the sandbox, where it never said."""
    row = db.fetch_one(CHOSEN, {"organization": organization})
    return _chosen(row) if row else Chosen(None, CardGateway.SANDBOX)


def _chosen(row: Row) -> Chosen:
    return Chosen(
        id=row["id"],
        gateway=CardGateway(row["gateway"]),
        mode=CardMode(row["mode"]) if row["mode"] else None,
        hint=row["hint"],
        publishable_key=row["publishable_key"],
        account=row["account"],
        variable=row["variable"],
        changed_by=row["changed_by"]["name"],
        changed_at=row["changed_at"],
    )


LOCK: Final = "SELECT id FROM organization WHERE id = %(organization)s FOR NO KEY UPDATE"

KNOWN: Final = """
SELECT id FROM merchant
WHERE organization_id = %(organization)s AND gateway = %(gateway)s AND account = %(account)s
  AND mode IS NOT DISTINCT FROM %(mode)s::text AND (account <> '' OR gateway <> 'stripe')
ORDER BY id LIMIT 1"""

UNCHOOSE: Final = "UPDATE merchant SET chosen = FALSE WHERE organization_id = %(organization)s AND chosen"

SAVE: Final = """
INSERT INTO merchant (id, organization_id, gateway, account, sealed, variable, publishable_key, hint, mode,
  chosen, changed_by, changed_at)
VALUES (%(id)s, %(organization)s, %(gateway)s, %(account)s, %(sealed)s, '', %(publishable_key)s,
  %(hint)s, %(mode)s, TRUE, %(by)s, %(at)s)
ON CONFLICT (id) DO UPDATE SET sealed = EXCLUDED.sealed, variable = '', hint = EXCLUDED.hint,
  publishable_key = EXCLUDED.publishable_key, mode = EXCLUDED.mode, chosen = TRUE,
  changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at"""


def choose(organization: UUID, choice: Choice, by: dict[str, Any], at: datetime) -> None:
    """The seller's choice from now on. An account that is known gets its new key; one that is not, or
    that nobody can tell from another, is a new one, and the old ones keep theirs."""
    db.fetch(LOCK, {"organization": organization})
    asked = {
        "organization": organization,
        "gateway": choice.gateway,
        "account": choice.account,
        "mode": choice.mode,
    }
    known = db.fetch_one(KNOWN, asked)
    db.fetch(UNCHOOSE, {"organization": organization})
    db.fetch(
        SAVE,
        {
            **asked,
            "id": known["id"] if known else db.new_id(),
            "sealed": sealed(choice.secret),
            "publishable_key": choice.publishable_key,
            "hint": choice.hint,
            "by": db.json(by),
            "at": at,
        },
    )
