"""How people want their mails; what is at once has no row."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from placet.domain.words import MailKind, MailPace
from placet.storage import db

FIND: Final = "SELECT kind, pace FROM mail_choice WHERE user_id = %(user)s"


def find(user: UUID) -> dict[MailKind, MailPace]:
    """What the person has chosen otherwise than at once."""
    rows = db.fetch(FIND, {"user": user})
    return {MailKind(row["kind"]): MailPace(row["pace"]) for row in rows}


FORGET: Final = "DELETE FROM mail_choice WHERE user_id = %(user)s AND kind = ANY(%(kinds)s)"
KEEP: Final = """
INSERT INTO mail_choice (user_id, kind, pace)
SELECT %(user)s, r.key, r.value FROM jsonb_each_text(%(choices)s) r WHERE r.value <> 'at_once'
ON CONFLICT (user_id, kind) DO UPDATE SET pace = EXCLUDED.pace"""


def save(user: UUID, choices: Mapping[MailKind, MailPace]) -> None:
    """From now on; mails that wait already go as they were meant to."""
    db.fetch(FORGET, {"user": user, "kinds": list(choices)})
    db.fetch(KEEP, {"user": user, "choices": db.json(choices)})
