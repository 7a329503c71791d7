"""Which mails a person gets, and how: its own choice (R93)."""

from collections.abc import Mapping
from uuid import UUID

from placet.domain.words import MailKind, MailPace
from placet.storage import db, mail_choices


def choices_of(*, user: UUID) -> dict[MailKind, MailPace]:
    """What the person has chosen otherwise than at once."""
    return mail_choices.find(user)


@db.transaction
def choose_mails(*, user: UUID, choices: Mapping[MailKind, MailPace]) -> None:
    """As the person wants it, from the next mail on."""
    mail_choices.save(user, choices)
