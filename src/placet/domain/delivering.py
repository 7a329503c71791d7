"""Telling other systems (R91): what is sent, what came of it, when to try again, and when to stop."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from placet.domain.words import DeliveryStatus, EndpointStatus, EventType

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""Growing pauses between tries, about a day in all (R91)."""

MOST_OF_AN_ANSWER: Final = 4096
"""Bytes of an answer that are read and kept."""

SLOW: Final = timedelta(seconds=1)
"""An answer that takes longer must not stand in the way of others."""

PATIENCE: Final = sum(PAUSES, timedelta())
"""An endpoint that nothing gets through to for that long is switched off (ours)."""

Outcome = Literal["delivered", "retry", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message for one endpoint. `id` is the same on every retry; `secrets` (`whsec_…`) are all those
    in force, so that they rotate without a gap; `now` is when this try is made; `schema` the version of
    what its type looks like."""

    id: str
    url: str
    secrets: tuple[str, ...]
    body: bytes
    now: datetime
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one try. `status_code` is missing where nobody answered; `answer` is the beginning of
    the answer, or why there is none, in words that its receiver may read."""

    status_code: int | None
    answer: str
    milliseconds: int

    @property
    def verdict(self) -> Outcome:
        """Only 2xx is success; 410 ends the endpoint; anything else, redirects too, is tried again (R91)."""
        if self.status_code is None:
            return "retry"
        if self.status_code == 410:  # noqa: PLR2004 - "Gone" is the number's meaning
            return "ended"
        return "delivered" if 200 <= self.status_code < 300 else "retry"  # noqa: PLR2004 - as it is written


@dataclass(frozen=True, slots=True)
class Tried:
    """One try of a delivery, the how manieth (from 1), and when it was made."""

    delivery: UUID
    endpoint: UUID
    type: EventType
    tries: int
    at: datetime
    sent: Sent

    @property
    def due_at(self) -> datetime | None:
        """When to try again, if ever. A ping is tried once: who asked for it waits for the answer."""
        if self.sent.verdict != "retry" or self.type is EventType.PING:
            return None
        return next_try_at(self.tries, self.at)

    @property
    def status(self) -> DeliveryStatus:
        """What the delivery is from now on."""
        if self.sent.verdict == "delivered":
            return DeliveryStatus.DELIVERED
        return DeliveryStatus.PENDING if self.due_at else DeliveryStatus.FAILED


def next_try_at(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many tries (from 1) that failed; never after the last pause (R91)."""
    assert tries >= 1, "nothing was tried yet"
    return now + PAUSES[tries - 1] if tries <= len(PAUSES) else None


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint is: since when nothing gets through to it, and whether its last answer took long."""

    status: EndpointStatus
    failing_since: datetime | None = None
    slow: bool = False

    def after(self, tries: Iterable[Tried]) -> "Health":
        """How it is after these."""
        health = self
        for tried in sorted(tries, key=lambda one: one.at):
            health = replace(_felt(health, tried), slow=_took(tried) > SLOW)
        return health


def _felt(before: Health, tried: Tried) -> Health:
    verdict = tried.sent.verdict
    if verdict == "delivered":
        return replace(before, failing_since=None)
    if verdict == "ended":
        return _ended(before, EndpointStatus.ENDED)
    if tried.type is EventType.PING:
        return before
    since = before.failing_since or tried.at
    failing = replace(before, failing_since=since)
    return _ended(failing, EndpointStatus.DISABLED) if tried.at - since >= PATIENCE else failing


def _ended(before: Health, status: EndpointStatus) -> Health:
    """Unless its owner has made something else of it."""
    return replace(before, status=status) if before.status in MAY_BECOME[status] else before


def _took(tried: Tried) -> timedelta:
    return timedelta(milliseconds=tried.sent.milliseconds)


MAY_BECOME: Final = {
    EndpointStatus.ENDED: {EndpointStatus.ACTIVE, EndpointStatus.PAUSED},
    EndpointStatus.DISABLED: {EndpointStatus.ACTIVE},
}
"""What an endpoint is when it comes to such an end: something may be under way to one that was paused."""
