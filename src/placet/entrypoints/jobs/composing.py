"""Mails of facts (R93): what is to be told is taken, written for each reader, and put into the outbox."""

from datetime import datetime
from functools import partial
from typing import Final

from placet.actions.digests import due_digests, post_digest, postpone_digest
from placet.actions.notify import Taken, post_letters, take_notices
from placet.domain.mailing import Digest
from placet.entrypoints.jobs.loops import went_well
from placet.entrypoints.portal.mails.digest import digest_letter
from placet.entrypoints.portal.mails.letters import letters

BATCH: Final = 20


def compose(at: datetime) -> int:
    """Writes the mails of some facts; answers how many facts' there were."""
    batch = take_notices(most=BATCH, at=at)
    for taken in batch:
        went_well(partial(_told, taken, at), "notice", fact=str(taken.notice.facts[0].id))
    return len(batch)


def _told(taken: Taken, at: datetime) -> None:
    post_letters(taken=taken, letters=letters(taken.notice, at), at=at)


def digest(at: datetime) -> int:
    """Writes what has gathered for some people, one mail each; answers how many people's there were. One that
    cannot be written is tried again later."""
    due = due_digests(most=BATCH, at=at)
    for each in due:
        if not went_well(partial(_gathered, each, at), "digest", user=str(each.person)):
            postpone_digest(digest=each, at=at)
    return len(due)


def _gathered(each: Digest, at: datetime) -> None:
    letter = digest_letter(each) if each.told else None
    post_digest(digest=each, letter=letter, at=at)
