"""A simulated vendor, for trials and tests: a real outside in that it remembers what it did."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from placet.domain.errands import Ask
from placet.domain.executing import Absent, Answer, Delivered, Failed, Unanswered
from placet.gateways.memory import Memory

OUTCOMES: Final = ("ok", "fail", "timeout")
FAILURE: Final = "The sandbox vendor was told to fail."
FOREVER: Final = 2**62
"""More failures than anyone will ever see."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    sku TEXT NOT NULL,
    does TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    delivered INTEGER NOT NULL
)
"""
ASK: Final = """
INSERT INTO work (key, sku, does, quantity, asked, delivered)
VALUES (:key, :sku, :does, :quantity, 1, :failures = 0)
ON CONFLICT (key) DO UPDATE
SET asked = asked + 1, delivered = delivered + (delivered = 0 AND asked >= :failures)
RETURNING id, asked, delivered
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What the vendor did for one key: how often it was asked, how often it delivered; `does` is what it
    was to do to a subscription that it had made before, or `create`."""

    sku: str
    does: str
    quantity: int
    asked: int
    delivered: int


class Sandbox:
    """Provisions at once, unless the product's options say otherwise.

    - `outcome: fail` never delivers;
    - `outcome: timeout` delivers, and answers nothing the first time;
    - `succeed_after: K` fails K times first (also with `fail`), then delivers as `outcome` says;
    - `latency_ms: N` answers that much later. The work is done before: whoever is killed while waiting
      finds it done.
    """

    def __init__(self, folder: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._memory = Memory(folder / "sandbox-vendor.sqlite3", SCHEMA)
        self._pause = pause

    def provision(self, ask: Ask) -> Answer:
        """Delivers at most once for a key."""
        outcome = ask.options.get("outcome", "ok")
        if outcome not in OUTCOMES:
            return Failed(f"The sandbox vendor knows no outcome {outcome!r}.")
        failures = _failures(ask.options)
        number, asked, delivered = self._worked(ask, failures)
        if latency := ask.options.get("latency_ms"):
            self._pause(latency / 1000)
        if not delivered:
            return Failed(FAILURE)
        if outcome == "timeout" and asked == failures + 1:
            return Unanswered()
        return Delivered(ask.vendor_reference or _reference(number))

    def look_up(self, key: UUID) -> Answer:
        """What it has for this key."""
        found = self._memory.run("SELECT id FROM work WHERE key = :key AND delivered > 0", {"key": str(key)})
        return Delivered(_reference(found[0][0])) if found else Absent()

    def works(self) -> dict[UUID, Work]:
        """All it was ever asked, for tests to count."""
        rows = self._memory.run("SELECT key, sku, does, quantity, asked, delivered FROM work ORDER BY id")
        return {UUID(key): Work(*rest) for key, *rest in rows}

    def close(self) -> None:
        """Lets go of its memory."""
        self._memory.close()

    def _worked(self, ask: Ask, failures: int) -> tuple[int, int, int]:
        """Number of the work, how often it was asked for by now, how often delivered."""
        values = {
            "key": str(ask.key),
            "sku": ask.sku,
            "does": ask.does or "create",
            "quantity": ask.quantity,
            "failures": failures,
        }
        [(number, asked, delivered)] = self._memory.run(ASK, values)
        return number, asked, delivered


def _failures(options: Mapping[str, Any]) -> int:
    """How often it fails before it delivers."""
    return int(options.get("succeed_after", FOREVER if options.get("outcome") == "fail" else 0))


def _reference(number: int) -> str:
    return f"SBX-{number:06d}"
