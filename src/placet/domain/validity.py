"""From when until when something is valid: half-open, from a moment on and no longer at another; none is
without end (R4). A day counts whole, in its owner's time zone: the last one too."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EVER: Final = datetime.min.replace(tzinfo=UTC)
"""Before every moment."""

Validity = tuple[datetime | None, datetime | None]
"""From the first, up to the second and without it."""

YEARS: Final = range(2000, 2200)
"""Of which days and times are meant: this century's and the next one's."""

FORM: Final = "a day (2030-12-31) or a time with its offset (2030-12-31T12:00:00Z)"


def overlap(one: Validity, other: Validity) -> bool:
    """Whether some moment is in both."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Validity, other: Validity) -> bool:
    return one[0] is None or other[1] is None or one[0] < other[1]


Stated = datetime | date
"""As people write it."""


def stated(word: str) -> Stated:
    """A day, or a time with its offset from UTC. Raises `ValueError` for what is neither."""
    time = date.fromisoformat(word) if len(word) == len("2030-12-31") else datetime.fromisoformat(word)
    if time.year not in YEARS or (isinstance(time, datetime) and time.tzinfo is None):
        raise ValueError(word)
    return time


def day(word: str) -> date:
    """A day. Raises `ValueError` for what is none."""
    if isinstance(found := stated(word), datetime):
        raise ValueError(word)  # noqa: TRY004 - it is the text that is wrong
    return found


def begins(first: datetime | date | None, zone: str) -> datetime | None:
    """From when it is valid: a time as it is, a day from its first moment."""
    if first is None or isinstance(first, datetime):
        return first
    return datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))


def ends(last: datetime | date | None, zone: str) -> datetime | None:
    """When it is no longer valid: a time as it is, a day once it is over."""
    whole_day = isinstance(last, date) and not isinstance(last, datetime)
    return begins(last + timedelta(days=1) if last and whole_day else last, zone)
