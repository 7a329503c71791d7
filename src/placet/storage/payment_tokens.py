"""Stored cards of contracts' buyers (R47). Whoever adds or removes one has locked the contract's account."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.validating import Token
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import COUNTS

TOKENS: Final = f"""
SELECT t.id, t.gateway, t.reference, t.expires, t.active, {COUNTS} AS counts, m.id AS merchant
FROM payment_token t JOIN contract c ON c.id = t.contract_id
LEFT JOIN merchant m ON m.organization_id = c.seller_id AND m.chosen
WHERE t.contract_id = %(contract)s ORDER BY t.id DESC"""

ADD: Final = """
INSERT INTO payment_token (id, contract_id, gateway, merchant_id, reference, expires, active, created_at)
VALUES (%(id)s, %(contract)s, %(gateway)s, %(merchant)s, %(reference)s, %(expires)s, %(active)s, %(at)s)"""

REMOVE: Final = "DELETE FROM payment_token WHERE contract_id = %(contract)s AND id = %(id)s RETURNING id"


def of_contract(contract: UUID) -> list[tuple[UUID, Token]]:
    """The cards of a contract's buyer with their ids, the newest first."""
    rows = db.fetch(TOKENS, {"contract": contract})
    return [(row["id"], _token(row)) for row in rows]


def _token(row: Row) -> Token:
    return Token(
        row["gateway"], row["reference"], row["expires"], row["active"], row["counts"], row["merchant"]
    )


def add(id_: UUID, contract: UUID, token: Token, at: datetime) -> None:
    """One more card; of an account at its gateway, where it names one."""
    db.fetch(
        ADD,
        {
            "id": id_,
            "contract": contract,
            "gateway": token.gateway,
            "merchant": token.merchant,
            "reference": token.reference,
            "expires": token.expires,
            "active": token.active,
            "at": at,
        },
    )


def remove(contract: UUID, id_: UUID) -> bool:
    """One card less; whether it was there."""
    return db.fetch_one(REMOVE, {"contract": contract, "id": id_}) is not None
