"""Mails on their way (R93): what one consists of, when a digest is due, what came of a try, and what of it
is kept."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from placet.domain.words import Chosen, MailKind

SECRETIVE: Final = frozenset({MailKind.SIGN_IN, MailKind.INVITATION})
"""Whose links let somebody in: their text is not kept, whatever came of them."""

LONGEST_SUBJECT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it was written, in its reader's language. About whose business, which fact and which order
    it is, if any, and why it goes to this reader.

    `person` has the account that it goes to. One with a `gather_at` is not sent: what it says goes into the
    person's digest then. `from_name` is who it comes from, where that is not Placet itself.
    """

    kind: MailKind
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    organization: UUID | None = None
    order: UUID | None = None
    event: UUID | None = None
    person: UUID | None = None
    chosen: Chosen | None = None
    from_name: str = ""
    reply_to: str = ""
    gather_at: datetime | None = None

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
    from_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one try. `retry`: later it may go better; `refused`: it never will; `error` says why."""

    verdict: Literal["sent", "retry", "refused"]
    error: str = ""


DIGEST_AT: Final = time(7)
"""When a day's digest is due, by its reader's clock (ours)."""


def next_digest(at: datetime, time_zone: str) -> datetime:
    """The next time, after this one, that a digest is due there."""
    zone = ZoneInfo(time_zone)
    today = at.astimezone(zone).date()
    days = (datetime.combine(today + timedelta(days=ahead), DIGEST_AT, zone) for ahead in (0, 1))
    return next(due for day in days if (due := day.astimezone(UTC)) > at)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A mail that waits for its reader's digest."""

    id: UUID
    subject: str
    order: UUID | None
    at: datetime
    from_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """What has gathered for one person, the oldest first. `dropped` is what it may not read any more: it has
    left the organization that it was told for."""

    person: UUID
    email: str
    name: str
    language: str
    time_zone: str
    told: tuple[Gathered, ...]
    dropped: tuple[UUID, ...] = ()

    @property
    def sender(self) -> tuple[str, str]:
        """In whose name it comes, and where answers go: the reseller's that all of it is from (R93), else
        Placet's, which are empty."""
        senders = {(gathered.from_name, gathered.reply_to) for gathered in self.told}
        return senders.pop() if len(senders) == 1 else ("", "")
