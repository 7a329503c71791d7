"""What a try comes to, and when the next one is (R91)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from placet.domain.delivering import PATIENCE, PAUSES, Health, Outcome, Sent, Tried, next_try_at
from placet.domain.words import DeliveryStatus, EndpointStatus, EventType
from tests.domain.tables import cases

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

PAUSES_BY_TRIES = """
tries  next try
1      0:00:05
2      0:00:30
3      0:02:00
4      0:10:00
5      0:30:00
6      1:00:00
7      2:00:00
8      4:00:00
9      8:00:00
10     8:00:00
11     never
12     never
"""


@pytest.mark.parametrize(
    ("tries", "pause"), [line.split() for line in PAUSES_BY_TRIES.strip().splitlines()[1:]]
)
def test_pauses_grow_until_it_is_given_up(tries: str, pause: str) -> None:
    due_at = next_try_at(int(tries), NOW)
    assert pause == ("never" if due_at is None else str(due_at - NOW))


def test_a_message_is_tried_for_about_a_day() -> None:
    assert timedelta(hours=23) < sum(PAUSES, timedelta()) < timedelta(hours=25)


@pytest.mark.parametrize(
    ("status_code", "verdict"),
    [
        (None, "retry"),
        (100, "retry"),
        (199, "retry"),
        (200, "delivered"),
        (202, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (300, "retry"),
        (301, "retry"),
        (307, "retry"),
        (400, "retry"),
        (404, "retry"),
        (410, "ended"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
    ],
)
def test_only_2xx_is_success_and_410_the_end(status_code: int | None, verdict: Outcome) -> None:
    assert Sent(status_code, "", 1).verdict == verdict


def tried(
    status_code: int | None, hours: float = 0, tries: int = 1, kind: EventType = EventType.ORDER_PLACED
) -> Tried:
    at = NOW + timedelta(hours=hours)
    return Tried(UUID(int=1), UUID(int=2), kind, tries, at, Sent(status_code, "", 1))


@cases("""
code  tries  kind          status     again
200   1      order.placed  delivered  no
200   11     order.placed  delivered  no
500   1      order.placed  pending    yes
500   10     order.placed  pending    yes
500   11     order.placed  failed     no
410   1      order.placed  failed     no
500   1      ping          failed     no
200   1      ping          delivered  no
""")
def test_what_a_try_means_for_its_delivery(code: str, tries: str, kind: str, status: str, again: str) -> None:
    one = tried(int(code), tries=int(tries), kind=EventType(kind))
    assert (one.status, one.due_at is not None) == (DeliveryStatus(status), again == "yes")


HEALTH = """
tries                    before   after     failing
200                      active   active    no
500                      active   active    0
500 200@1                active   active    no
500 500@23               active   active    0
500 500@23.8             active   disabled  0
500 200@12 500@23.8      active   active    23.8
200@1 500                active   active    no
500 500@23.8             paused   paused    0
500 500@23.8             removed  removed   0
500 500@23.8             ended    ended     0
410                      active   ended     no
410                      paused   ended     no
410                      removed  removed   no
410                      disabled disabled  no
ping500 ping500@30       active   active    no
500 ping500@30           active   active    0
500 ping200@1            active   active    no
ping410                  active   ended     no
"""


@pytest.mark.parametrize(
    ("tries", "before", "after", "failing"),
    [(line[:25].split(), *line[25:].split()) for line in HEALTH.strip().splitlines()[1:]],
)
def test_what_tries_mean_for_an_endpoint(tries: list[str], before: str, after: str, failing: str) -> None:
    """R91 (ours): `500@23` is an answer after 23 hours; a ping's failure is nobody's but its asker's."""
    health = Health(EndpointStatus(before)).after(_read(each) for each in tries)
    since = None if failing == "no" else NOW + timedelta(hours=float(failing))
    assert health == Health(EndpointStatus(after), since)


def _read(word: str) -> Tried:
    kind = EventType.PING if word.startswith("ping") else EventType.ORDER_PLACED
    code, _, hours = word.removeprefix("ping").partition("@")
    return tried(int(code), float(hours or 0), kind=kind)


def test_slow_is_who_took_longer_than_a_second_the_last_time() -> None:
    healths = [
        Health(EndpointStatus.ACTIVE).after([replace(tried(200), sent=Sent(200, "", milliseconds))])
        for milliseconds in (1, 1000, 1001, 15_000)
    ]
    assert [health.slow for health in healths] == [False, False, True, True]


def test_patience_is_as_long_as_one_message_is_tried() -> None:
    assert sum(PAUSES, timedelta()) == PATIENCE
