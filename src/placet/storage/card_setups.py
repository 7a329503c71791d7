"""Cards that are being stored at gateways (R47)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row


@dataclass(frozen=True, slots=True)
class CardSetup:
    """One setup: at which of the seller's accounts, what its gateway calls it, and the card it became."""

    id: UUID
    merchant: UUID | None
    gateway: str
    reference: str
    token: UUID | None


COLUMNS: Final = """
SELECT s.id, s.merchant_id, coalesce(m.gateway, 'sandbox') AS gateway, s.reference, s.token_id
FROM card_setup s LEFT JOIN merchant m ON m.id = s.merchant_id"""

FIND: Final = f"{COLUMNS} WHERE s.contract_id = %(contract)s AND s.id = %(id)s"
LOCK: Final = "SELECT id FROM card_setup WHERE id = %(id)s FOR NO KEY UPDATE"


def find(contract: UUID, id_: UUID) -> CardSetup | None:
    """A setup of that contract's buyer."""
    row = db.fetch_one(FIND, {"contract": contract, "id": id_})
    return _setup(row) if row else None


def locked(contract: UUID, id_: UUID) -> CardSetup | None:
    """The same, locked first and then read."""
    db.fetch(LOCK, {"id": id_})
    return find(contract, id_)


ADD: Final = """
WITH added AS (
  INSERT INTO card_setup (id, contract_id, merchant_id, reference, created_at)
  VALUES (%(id)s, %(contract)s, %(merchant)s, %(reference)s, %(at)s)
  ON CONFLICT (contract_id, reference) DO NOTHING RETURNING id
)
SELECT id FROM added
UNION SELECT id FROM card_setup WHERE contract_id = %(contract)s AND reference = %(reference)s"""


def add(id_: UUID, contract: UUID, merchant: UUID | None, reference: str, at: datetime) -> UUID:
    """The id of the setup that its gateway calls so: this one, unless it is known already."""
    asked = {"id": id_, "contract": contract, "merchant": merchant, "reference": reference, "at": at}
    row = db.fetch_one(ADD, asked)
    assert row is not None, "it is there now"
    known: UUID = row["id"]
    return known


def store(id_: UUID, token: UUID) -> None:
    """The setup became this card."""
    db.fetch("UPDATE card_setup SET token_id = %(token)s WHERE id = %(id)s", {"id": id_, "token": token})


CUSTOMER: Final = """
SELECT split_part(reference, '/', 1) AS customer FROM payment_token
WHERE contract_id = %(contract)s AND merchant_id = %(merchant)s AND reference LIKE 'cus_%/%'
ORDER BY id DESC LIMIT 1"""


def customer(contract: UUID, merchant: UUID | None) -> str:
    """What the account's gateway calls the contract's buyer; empty where it has no card of it yet."""
    row = db.fetch_one(CUSTOMER, {"contract": contract, "merchant": merchant}) if merchant else None
    return row["customer"] if row else ""


def _setup(row: Row) -> CardSetup:
    return CardSetup(row["id"], row["merchant_id"], row["gateway"], row["reference"], row["token_id"])
