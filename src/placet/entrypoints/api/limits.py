"""How many requests a minute a key may make (`PLACET_RATE_LIMIT`), counted in this process alone."""

from collections.abc import Callable
from threading import Lock, local
from time import monotonic
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from placet.entrypoints.api.keys import key_of

MINUTE: Final = 60.0
ROUNDING: Final = 1e-6
"""Seconds that sums of fractions may be off."""


class Allowance:
    """A minute's worth of requests, given back evenly as time passes.

    Of each key only one number is kept: when all that it has used will have been given back. So a key
    may use its minute in one go, and then goes on at an even pace.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._even_at: dict[bytes, float] = {}

    def wait(self, key: bytes, a_minute: int) -> float:
        """Seconds until the key may go on; 0 where it may now, which uses up one request."""
        now, pause = self._clock(), MINUTE / a_minute
        with self._lock:
            even_at = max(self._even_at.get(key, now), now) + pause
            if even_at - now > MINUTE + ROUNDING:
                return even_at - now - MINUTE
            self._even_at[key] = even_at
        return 0.0


class RateLimit(BaseThrottle):
    """The allowance of each key, as ninja asks for it: after the key is known to be one of ours, so that
    nobody fills our memory with made-up ones."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance, self._asked = allowance, local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether the key may go on."""
        a_minute = settings.CONFIG.rate_limit
        if not a_minute:
            return True
        self._asked.wait = self._allowance.wait(key_of(request), a_minute)
        return not self._asked.wait

    def wait(self) -> float:
        """Seconds to wait, for the request that this thread just asked about."""
        seconds: float = self._asked.wait
        return seconds
