"""Addresses where an order can be followed without a login (R10): which links count.

A link carries its order and a generation, signed; so making the first one costs no statement. A row is
there only where somebody revoked or renewed it.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.signing import BadSignature, Signer

from placet.storage import db

SALT: Final = "placet: status address, 1"
"""What makes these signatures different from all others of the same secret."""

BYTES: Final = 18
"""An order's id and a generation of two bytes."""


@dataclass(frozen=True, slots=True)
class StatusAddress:
    """Which of an order's links counts, and since when none does."""

    generation: int = 0
    revoked_at: datetime | None = None


def link(order: UUID, generation: int = 0) -> str:
    """What stands in the address: of letters, digits, `-`, `_` and `.`, not to be guessed."""
    content = base64.urlsafe_b64encode(order.bytes + generation.to_bytes(2)).decode()
    return _signer().sign(content)


def opened(link: str) -> tuple[UUID, int] | None:
    """Order and generation of a link of ours, also one that was signed under an older secret key; `None`
    for anything else."""
    try:
        content = base64.urlsafe_b64decode(_signer().unsign(link))
    except (BadSignature, binascii.Error, ValueError):
        return None
    return (UUID(bytes=content[:16]), int.from_bytes(content[16:])) if len(content) == BYTES else None


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


FIND: Final = "SELECT generation, revoked_at FROM status_address WHERE order_id = %(order)s"
REVOKE: Final = """
INSERT INTO status_address (order_id, generation, revoked_at, by, changed_at)
VALUES (%(order)s, 0, %(at)s, %(by)s, %(at)s)
ON CONFLICT (order_id) DO UPDATE SET revoked_at = coalesce(status_address.revoked_at, EXCLUDED.revoked_at),
  by = EXCLUDED.by, changed_at = EXCLUDED.changed_at"""
RENEW: Final = """
INSERT INTO status_address (order_id, generation, by, changed_at) VALUES (%(order)s, 1, %(by)s, %(at)s)
ON CONFLICT (order_id) DO UPDATE SET generation = status_address.generation + 1, revoked_at = NULL,
  by = EXCLUDED.by, changed_at = EXCLUDED.changed_at"""


def find(order: UUID) -> StatusAddress:
    """Which link of the order counts now."""
    row = db.fetch_one(FIND, {"order": order})
    return StatusAddress(row["generation"], row["revoked_at"]) if row else StatusAddress()


FIND_SEVERAL: Final = """
SELECT order_id, generation, revoked_at FROM status_address WHERE order_id = ANY(%(orders)s)"""


def links(orders: Iterable[UUID]) -> dict[UUID, str]:
    """The links of these orders that count, in one statement; none of those that were revoked."""
    wanted = list(orders)
    rows = db.fetch(FIND_SEVERAL, {"orders": wanted}) if wanted else []
    known = {row["order_id"]: StatusAddress(row["generation"], row["revoked_at"]) for row in rows}
    addresses = {order: known.get(order, StatusAddress()) for order in wanted}
    return {
        order: link(order, address.generation)
        for order, address in addresses.items()
        if address.revoked_at is None
    }


def revoke(order: UUID, by: dict[str, Any], at: datetime) -> None:
    """No link counts any more."""
    db.fetch(REVOKE, {"order": order, "by": db.json(by), "at": at})


def renew(order: UUID, by: dict[str, Any], at: datetime) -> None:
    """Another link counts, and none from before."""
    db.fetch(RENEW, {"order": order, "by": db.json(by), "at": at})
