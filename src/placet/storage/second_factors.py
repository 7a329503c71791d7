"""What second factors are made of: allauth's table, sealed by us."""

from typing import Final

from placet.storage import db
from placet.storage.sealing import resealed

SEALED: Final = """
SELECT a.id, part.key, part.value FROM mfa_authenticator a CROSS JOIN LATERAL jsonb_each_text(a.data) part
WHERE part.key IN ('secret', 'seed') ORDER BY a.id FOR NO KEY UPDATE OF a"""
RESEAL: Final = """
UPDATE mfa_authenticator SET data = jsonb_set(data, ARRAY[%(key)s::text], to_jsonb(%(sealed)s::text))
WHERE id = %(id)s"""


def reseal() -> tuple[int, int]:
    """Seals the secrets of apps and of recovery codes under the newest key: how many there are, and how many
    none of our keys opens."""
    rows = db.fetch(SEALED)
    anew = [(row, resealed(row["value"])) for row in rows]
    for row, text in anew:
        if text is not None:
            db.fetch(RESEAL, {"id": row["id"], "key": row["key"], "sealed": text})
    return len(rows), sum(text is None for _, text in anew)
