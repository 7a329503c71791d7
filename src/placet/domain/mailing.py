"""Mails on their way (R93): what one consists of, what came of a try, and what of it is kept."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from placet.domain.words import MailKind

SECRETIVE: Final = frozenset({MailKind.SIGN_IN, MailKind.INVITATION})
"""Whose links let somebody in: their text is kept no longer than it takes to send it."""

LONGEST_SUBJECT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it was written, in its reader's language. About whose business and which order it is, if
    any."""

    kind: MailKind
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    organization: UUID | None = None
    order: UUID | None = None

    def __post_init__(self) -> None:
        """A subject is one line."""
        subject = " ".join(self.subject.split())[:LONGEST_SUBJECT]
        object.__setattr__(self, "subject", subject)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that is due. `id` is the same however often it is tried; `tries` counts this one."""

    id: UUID
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    tries: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one try. `retry`: later it may go better; `refused`: it never will; `error` says why."""

    verdict: Literal["sent", "retry", "refused"]
    error: str = ""
