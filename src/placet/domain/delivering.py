"""Telling other systems (R91): what is sent, what came of it, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

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

Outcome = Literal["delivered", "retry", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message for one endpoint. `id` is the same on every retry; `secrets` (`whsec_…`) are all those
    in force, so that they rotate without a gap; `now` is when this try is made."""

    id: str
    url: str
    secrets: tuple[str, ...]
    body: bytes
    now: datetime


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


def next_try_at(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many tries (from 1) that failed; never after the last pause (R91)."""
    assert tries >= 1, "nothing was tried yet"
    return now + PAUSES[tries - 1] if tries <= len(PAUSES) else None
