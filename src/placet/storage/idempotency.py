"""Answers that were given under an idempotency key (R14), kept for seven days."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row

KEPT_FOR: Final = timedelta(days=7)

CLAIM: Final = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s::text, 7405002)) AS had"""
FIND: Final = """
SELECT request_digest, status, response FROM idempotency_key
WHERE organization_id = %(organization)s AND path = %(path)s AND key = %(key)s"""
KEEP: Final = """
INSERT INTO idempotency_key (organization_id, path, key, request_digest, status, response, created_at)
VALUES (%(organization)s, %(path)s, %(key)s, %(digest)s, %(status)s, %(response)s, %(at)s)"""
FORGET: Final = "DELETE FROM idempotency_key WHERE created_at < %(before)s"


def claim(organization: UUID, path: str, key: str) -> bool:
    """Takes the key until the transaction ends; `False` where another request has it now."""
    row = db.fetch_one(CLAIM, {"name": f"{organization} {path} {key}"})
    return row is not None and bool(row["had"])


def find(organization: UUID, path: str, key: str) -> Row | None:
    """What was answered under the key, with the digest of what had been sent."""
    row = db.fetch_one(FIND, {"organization": organization, "path": path, "key": key})
    return row and {**row, "request_digest": bytes(row["request_digest"])}


def keep(key: tuple[UUID, str, str], digest: bytes, answer: tuple[int, str], at: datetime) -> None:
    """Keeps an answer in the transaction of the work that it answers."""
    organization, path, name = key
    status, response = answer
    db.fetch(
        KEEP,
        {
            "organization": organization,
            "path": path,
            "key": name,
            "digest": digest,
            "status": status,
            "response": response,
            "at": at,
        },
    )


def forget(now: datetime) -> None:
    """Drops what is older than seven days."""
    db.fetch(FORGET, {"before": now - KEPT_FOR})
