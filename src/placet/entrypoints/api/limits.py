"""How many requests a minute a key may make (`PLACET_RATE_LIMIT`), counted in this process alone."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock, local
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.throttling import BaseThrottle

from placet.entrypoints.api.keys import key_of

MINUTE: Final = 60.0
ROUNDING: Final = 1e-6
"""Seconds that sums of fractions may be off."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a key's allowance: seconds until it may go on (0: it did), how many requests it may
    make in one go now, and in how many seconds it will have all of them back."""

    wait: float
    requests: int
    whole_in: float


class Allowance:
    """A minute's worth of requests, given back evenly as time passes.

    Of each key only one number is kept: when all that it has used will have been given back. So a key
    may use its minute in one go, and then goes on at an even pace.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._even_at: dict[bytes, float] = {}

    def use(self, key: bytes, a_minute: int) -> Left:
        """Uses up one request, unless the key has to wait, and says what is left."""
        now, pause = self._clock(), MINUTE / a_minute
        with self._lock:
            used = max(self._even_at.get(key, now), now) - now
            if used + pause > MINUTE + ROUNDING:
                return Left(used + pause - MINUTE, 0, used)
            self._even_at[key] = now + used + pause
        rest = MINUTE - used - pause
        return Left(0.0, int((rest + ROUNDING) / pause), used + pause)


class RateLimit(BaseThrottle):
    """The allowance of each key, as ninja asks for it: after the key is known to be one of ours, so that
    nobody fills our memory with made-up ones."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance, self._asked = allowance, local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether the key may go on; what is left is kept on the request as `left`."""
        a_minute = settings.CONFIG.rate_limit
        if not a_minute:
            return True
        with_left: Any = request
        with_left.left = self._asked.left = self._allowance.use(key_of(request), a_minute)
        return not self._asked.left.wait

    def wait(self) -> float:
        """Seconds to wait, for the request that this thread just asked about."""
        seconds: float = self._asked.left.wait
        return seconds


def rate_limit(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A layer that says with each answer what is left of the key's allowance, where there is a limit."""

    def told(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        left: Left | None = getattr(request, "left", None)
        if left:
            response.headers["RateLimit-Limit"] = str(settings.CONFIG.rate_limit)
            response.headers["RateLimit-Remaining"] = str(left.requests)
            response.headers["RateLimit-Reset"] = str(ceil(left.whole_in))
        return response

    return told
