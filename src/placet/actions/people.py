"""What a person says of itself, and where it is signed in: its own business alone."""

from datetime import datetime
from uuid import UUID

from placet.storage import db, people
from placet.storage.db import Row


def profile_of(*, user: UUID) -> Row:
    """Name, language and time zone; the latter two empty where the person chose none."""
    return people.profile(user)


@db.transaction
def change_profile(*, user: UUID, name: str, language: str, time_zone: str) -> None:
    """As the person wants it."""
    people.change_profile(user, name=name, language=language, time_zone=time_zone)


@db.transaction
def end_session(*, user: UUID, session: int) -> bool:
    """Whether there was such a session of this person; it opens nothing any more."""
    return people.end_session(user, session)


@db.transaction
def forget_visits(at: datetime) -> int:
    """Drops sessions that are over, and counts of tries; the work is then done, however many there were."""
    people.forget_visits(at)
    return 0
