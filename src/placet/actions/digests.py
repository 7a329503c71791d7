"""Digests (R93): what has gathered for people who want one mail a day, written once."""

from datetime import datetime

from placet.domain.mailing import Digest, Letter
from placet.storage import db, digests


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
