"""How often a key may call (`PLACET_RATE_LIMIT`)."""

from dataclasses import replace

import pytest
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


def test_a_minute_in_one_go_and_then_at_an_even_pace() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    assert [allowance.wait(b"a", 60) for _ in range(60)] == [0.0] * 60
    assert allowance.wait(b"a", 60) == pytest.approx(1.0)
    clock.now += 0.5
    assert allowance.wait(b"a", 60) == pytest.approx(0.5)
    clock.now += 0.5
    assert allowance.wait(b"a", 60) == 0.0
    assert allowance.wait(b"a", 60) == pytest.approx(1.0)


@pytest.mark.parametrize("a_minute", [1, 7, 100, 1000, 6000])
def test_exactly_so_many(a_minute: int) -> None:
    allowance = Allowance(Clock())
    assert [bool(allowance.wait(b"a", a_minute)) for _ in range(a_minute + 1)] == [False] * a_minute + [True]


def test_a_rest_gives_all_back_and_no_more() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    for _ in range(5):
        assert not allowance.wait(b"a", 5)
    clock.now += 3600
    assert [bool(allowance.wait(b"a", 5)) for _ in range(6)] == [False] * 5 + [True]


def test_each_key_has_its_own() -> None:
    allowance = Allowance(Clock())
    assert not allowance.wait(b"a", 1)
    assert allowance.wait(b"a", 1)
    assert not allowance.wait(b"b", 1)


@pytest.mark.usefixtures("committed")
def test_too_many_requests(settings: Settings) -> None:
    made = chain()
    settings.CONFIG = replace(settings.CONFIG, rate_limit=3)
    for _ in range(3):
        assert made.res.get("/me")
    answer = made.res.call("GET", "/me")
    problem = from_json(answer.content)
    assert (answer.status_code, problem["code"]) == (429, "too_many_requests")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert made.cust.get("/me")
    made.res.refused("POST", "/orders", "too_many_requests", {})
    Caller(made.ref("res"), secret="no key of ours").refused("GET", "/me", "unauthenticated")  # noqa: S106
