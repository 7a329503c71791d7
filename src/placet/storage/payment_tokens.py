"""Stored cards of contracts' buyers (R47). Whoever adds or removes one has locked the contract's account."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.validating import Token
from placet.storage import db

TOKENS: Final = """
SELECT id, gateway, reference, expires, active FROM payment_token
WHERE contract_id = %(contract)s ORDER BY id DESC"""

ADD: Final = """
INSERT INTO payment_token (id, contract_id, gateway, reference, expires, active, created_at)
VALUES (%(id)s, %(contract)s, %(gateway)s, %(reference)s, %(expires)s, %(active)s, %(at)s)"""

REMOVE: Final = "DELETE FROM payment_token WHERE contract_id = %(contract)s AND id = %(id)s RETURNING id"


def of_contract(contract: UUID) -> list[tuple[UUID, Token]]:
    """The cards of a contract's buyer with their ids, the newest first."""
    rows = db.fetch(TOKENS, {"contract": contract})
    return [
        (row["id"], Token(row["gateway"], row["reference"], row["expires"], row["active"])) for row in rows
    ]


def add(id_: UUID, contract: UUID, token: Token, at: datetime) -> None:
    """One more card."""
    db.fetch(
        ADD,
        {
            "id": id_,
            "contract": contract,
            "gateway": token.gateway,
            "reference": token.reference,
            "expires": token.expires,
            "active": token.active,
            "at": at,
        },
    )


def remove(contract: UUID, id_: UUID) -> bool:
    """One card less; whether it was there."""
    return db.fetch_one(REMOVE, {"contract": contract, "id": id_}) is not None
