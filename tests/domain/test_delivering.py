"""What a try comes to, and when the next one is (R91)."""

from datetime import UTC, datetime, timedelta

import pytest

from placet.domain.delivering import PAUSES, Outcome, Sent, next_try_at

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
