"""Who a person may act for."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row
from placet.storage.models import User

MEMBERSHIPS: Final = """
SELECT u.id AS user_id, u.email, u.name AS user_name, u.language, u.time_zone AS user_time_zone,
  m.role, g.id, g.ref, g.name, g.kind, g.status, g.time_zone
FROM user_account u JOIN membership m ON m.user_id = u.id JOIN organization g ON g.id = m.organization_id
WHERE u.id = %(user)s AND u.is_active AND g.status <> 'blocked'
ORDER BY g.name, g.id"""


def memberships_of(user: UUID) -> list[Row]:
    """The organizations that a person may act for, by name, each with the role and the person; of blocked
    ones nobody signs in (spec §1), nor does a person who was deactivated."""
    return db.fetch(MEMBERSHIPS, {"user": user})


ACTS_FOR_SOMEBODY: Final = """u.is_active AND (
  EXISTS (SELECT FROM membership m JOIN organization g ON g.id = m.organization_id
    WHERE m.user_id = u.id AND g.status <> 'blocked')
  OR EXISTS (SELECT FROM invitation i JOIN organization g ON g.id = i.organization_id
    WHERE i.email = u.email AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
      AND g.status <> 'blocked'))"""
"""Who was invited and has an account already signs in to accept."""


def may_sign_in(user: UUID) -> bool:
    """Whether there is anybody that the person may act for, or is asked to."""
    statement = f"SELECT 1 FROM user_account u WHERE u.id = %(user)s AND {ACTS_FOR_SOMEBODY}"
    return db.fetch_one(statement, {"user": user}) is not None


def signed_in(user: UUID) -> User | None:
    """The person behind a session, while it may be signed in."""
    statement = f"SELECT u.* FROM user_account u WHERE u.id = %s AND {ACTS_FOR_SOMEBODY}"
    return next(iter(User.objects.raw(statement, [user])), None)


def by_email(address: str) -> User | None:
    """The person with this address, in lower case."""
    return User.objects.filter(email=address).first()


def language_of(address: str) -> str:
    """The language that the person with this address has chosen; none is empty."""
    row = db.fetch_one("SELECT language FROM user_account WHERE email = %(email)s", {"email": address})
    return row["language"] if row else ""


PROFILE: Final = "SELECT name, language, time_zone FROM user_account WHERE id = %(user)s"


def profile(user: UUID) -> Row:
    """What a person said of itself."""
    row = db.fetch_one(PROFILE, {"user": user})
    assert row is not None, "somebody is signed in"
    return row


CHANGE_PROFILE: Final = """
UPDATE user_account SET name = %(name)s, language = %(language)s, time_zone = %(time_zone)s
WHERE id = %(user)s"""


def change_profile(user: UUID, *, name: str, language: str, time_zone: str) -> None:
    """Saves it."""
    db.fetch(CHANGE_PROFILE, {"user": user, "name": name, "language": language, "time_zone": time_zone})


END_SESSION: Final = """
WITH ended AS (DELETE FROM usersessions_usersession WHERE id = %(session)s AND user_id = %(user)s
  RETURNING session_key)
DELETE FROM django_session s USING ended WHERE s.session_key = ended.session_key RETURNING 1"""


def end_session(user: UUID, session: int) -> bool:
    """Ends one session of the person, by the number that the list of sessions gives it."""
    return db.fetch_one(END_SESSION, {"user": user, "session": session}) is not None


FORGET: Final = """
WITH over AS (DELETE FROM django_session WHERE expire_date < %(at)s),
counted AS (DELETE FROM cache_entry WHERE expires < %(at)s)
DELETE FROM usersessions_usersession u
WHERE NOT EXISTS (SELECT FROM django_session s
  WHERE s.session_key = u.session_key AND s.expire_date >= %(at)s)"""


def forget_visits(at: datetime) -> None:
    """Drops what is over: sessions, and what is shared for a while."""
    db.fetch(FORGET, {"at": at})
