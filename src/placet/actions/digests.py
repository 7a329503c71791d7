"""Digests (R93): what has gathered for people who want one mail a day, written once."""

from datetime import datetime, timedelta
from typing import Final

from placet.domain.mailing import Digest, Letter
from placet.storage import db, digests

PAUSE: Final = timedelta(minutes=10)
"""Before one that could not be written is tried again."""


def due_digests(*, most: int, at: datetime) -> list[Digest]:
    """What has gathered for some of the people whose time it is; nothing gathered is nobody."""
    return digests.due(at, most)


@db.transaction
def post_digest(*, digest: Digest, letter: Letter | None, at: datetime) -> bool:
    """The one mail into the outbox, instead of those that it tells of; `False` where that was done meanwhile,
    and nothing is. What its reader may not read any more is told to nobody."""
    told = [gathered.id for gathered in digest.told]
    if not digests.lock([*told, *digest.dropped]):
        return False
    digests.drop(digest.dropped)
    if letter:
        digests.write(letter, told, at)
    return True


@db.transaction
def postpone_digest(*, digest: Digest, at: datetime) -> None:
    """One that could not be written waits, so that it holds up nobody else's."""
    digests.postpone([*(gathered.id for gathered in digest.told), *digest.dropped], at + PAUSE)
