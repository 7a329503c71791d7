"""Whatever is sealed, sealed anew under the newest secret key (`placet reseal`)."""

from collections.abc import Iterable
from typing import Final

from placet.storage import db
from placet.storage.sealing import resealed

TABLES: Final = ("merchant", "webhook_secret", "exchange_schedule")
"""Those with a column `sealed`, which is empty where there is no secret."""
EVERY: Final = "SELECT id, sealed FROM {table} WHERE sealed <> '' ORDER BY id FOR NO KEY UPDATE"
RESEAL: Final = "UPDATE {table} SET sealed = %(sealed)s WHERE id = %(id)s"

# Of apps and of recovery codes, as the library that signs people in keeps them.
FACTORS: Final = """
SELECT a.id, part.key, part.value AS sealed FROM mfa_authenticator a
CROSS JOIN LATERAL jsonb_each_text(a.data) part
WHERE part.key IN ('secret', 'seed') ORDER BY a.id FOR NO KEY UPDATE OF a"""
RESEAL_FACTOR: Final = """
UPDATE mfa_authenticator SET data = jsonb_set(data, ARRAY[%(key)s::text], to_jsonb(%(sealed)s::text))
WHERE id = %(id)s"""


def reseal() -> tuple[int, int]:
    """Seals all secrets anew; how many there are, and how many of them no key of ours opens."""
    ours = ((EVERY.format(table=table), RESEAL.format(table=table)) for table in TABLES)
    opened = [opens for pair in (*ours, (FACTORS, RESEAL_FACTOR)) for opens in _resealed(*pair)]
    return len(opened), opened.count(False)


def _resealed(every: str, reseal_one: str) -> Iterable[bool]:
    """Of each secret, whether it opened."""
    for row in db.fetch(every):
        anew = resealed(row["sealed"])
        if anew is not None:
            db.fetch(reseal_one, {**row, "sealed": anew})
        yield anew is not None
