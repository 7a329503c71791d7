"""When a regular exchange is next: each day at an hour of its owner's time zone, or every so many hours."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST_PAUSE: Final = timedelta(minutes=5)
TRIES: Final = 4
"""How often one that fails is tried, 5, 10 and 20 minutes apart, before it waits for its next time."""


@dataclass(frozen=True, slots=True)
class Daily:
    """At that hour, 0 to 23."""

    hour: int


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many hours, from when it was set up or last went on."""

    hours: int


Rhythm = Daily | Every


def rhythm_of(every_hours: int | None, hour: int | None) -> Rhythm:
    """Out of two columns of which one is set."""
    if every_hours is not None:
        return Every(every_hours)
    assert hour is not None, "the table has one of the two"
    return Daily(hour)


def next_time(rhythm: Rhythm, after: datetime, zone: str) -> datetime:
    """The first moment after that one, in UTC. An hour that a clock change leaves out is the one after it; of
    one that comes twice the first counts."""
    match rhythm:
        case Every(hours):
            return after + timedelta(hours=hours)
        case Daily(hour):
            here = after.astimezone(ZoneInfo(zone))
            days = (here.date() + timedelta(days=ahead) for ahead in range(3))
            moments = (datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC) for day in days)
            return next(moment for moment in moments if moment > after)


def next_after_failure(rhythm: Rhythm, failures: int, at: datetime, zone: str) -> datetime:
    """Soon again, the first few times on end; else as ever."""
    regular = next_time(rhythm, at, zone)
    if failures % TRIES == 0:
        return regular
    return min(regular, at + FIRST_PAUSE * (1 << (failures % TRIES - 1)))
