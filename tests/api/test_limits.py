"""How often a key may call (`PLACET_RATE_LIMIT`)."""

from dataclasses import replace

import pytest
from django.http import HttpResponse
from pydantic_core import from_json
from pytest_django.fixtures import Settings

from placet.entrypoints.api.limits import Allowance
from tests.api.callers import Caller
from tests.api.chains import chain


class Clock:
    """A time that a test sets."""

    now = 1000.0

    def __call__(self) -> float:  # noqa: D102 - what a clock does
        return self.now


def waits(allowance: Allowance, a_minute: int, key: bytes = b"a") -> float:
    """Uses up a request: how long it has to wait."""
    return allowance.use(key, a_minute).wait


def test_a_minute_in_one_go_and_then_at_an_even_pace() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    assert [waits(allowance, 60) for _ in range(60)] == [0.0] * 60
    assert waits(allowance, 60) == pytest.approx(1.0)
    clock.now += 0.5
    assert waits(allowance, 60) == pytest.approx(0.5)
    clock.now += 0.5
    assert waits(allowance, 60) == 0.0
    assert waits(allowance, 60) == pytest.approx(1.0)


@pytest.mark.parametrize("a_minute", [1, 7, 100, 1000, 6000])
def test_exactly_so_many(a_minute: int) -> None:
    """And each time it says how many are left, and when all are back."""
    allowance = Allowance(Clock())
    used = [allowance.use(b"a", a_minute) for _ in range(a_minute + 1)]
    assert [bool(left.wait) for left in used] == [False] * a_minute + [True]
    assert [left.requests for left in used] == [*range(a_minute - 1, -1, -1), 0]
    assert [left.whole_in for left in used[:2]] == pytest.approx([60 / a_minute, min(120 / a_minute, 60)])


def test_a_rest_gives_all_back_and_no_more() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    for _ in range(5):
        assert not waits(allowance, 5)
    clock.now += 3600
    assert [bool(waits(allowance, 5)) for _ in range(6)] == [False] * 5 + [True]


def test_each_key_has_its_own() -> None:
    allowance = Allowance(Clock())
    assert not waits(allowance, 1)
    assert waits(allowance, 1)
    assert not waits(allowance, 1, b"b")


@pytest.mark.usefixtures("committed")
def test_too_many_requests(settings: Settings) -> None:
    made = chain()
    settings.CONFIG = replace(settings.CONFIG, rate_limit=3)
    for left in (2, 1, 0):
        assert said(made.res.call("GET", "/me")) == [3, left, pytest.approx(20 * (3 - left), abs=1)]
    answer = made.res.call("GET", "/me")
    problem = from_json(answer.content)
    assert (answer.status_code, problem["code"]) == (429, "too_many_requests")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert said(answer) == [3, 0, 60]
    assert made.cust.get("/me")
    made.res.refused("POST", "/orders", "too_many_requests", {})
    Caller(made.ref("res"), secret="no key of ours").refused("GET", "/me", "unauthenticated")  # noqa: S106


@pytest.mark.usefixtures("committed")
def test_where_there_is_no_limit_nothing_is_said_of_it() -> None:
    made = chain()
    assert not [name for name in made.res.call("GET", "/me").headers if name.startswith("RateLimit")]


def said(answer: HttpResponse) -> list[int]:
    """The limit, what is left of it, and the seconds until all of it is back."""
    return [int(answer.headers[f"RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset")]
