"""A simulated card gateway, for trials and tests: a real outside in that it remembers what it did."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from placet.domain.charging import GatewayWord
from placet.domain.errands import CardCharge, RefundWord
from placet.gateways.memory import Memory

GOOD: Final = ("tok_ok", "tok_timeout")
REFUSALS: Final = {
    "tok_declined": "The bank declined this card: insufficient funds.",
    "tok_error": "The gateway could not carry out this payment: internal error.",
}
UNKNOWN_CARD: Final = "The gateway does not know this card."
NOT_REFUNDABLE: Final = "More than what is left of a captured charge cannot be given back."

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS charge (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 1,
    captures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS refund (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    charge TEXT NOT NULL,
    amount INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refund_of_charge ON refund (charge);
"""
AUTHORISE: Final = """
INSERT INTO charge (key, token, amount, currency, state) VALUES (:key, :token, :amount, :currency, :state)
ON CONFLICT (key) DO UPDATE SET asked = asked + 1
RETURNING asked, token, amount, currency
"""
CAPTURE: Final = """
UPDATE charge SET state = 'captured', captures = captures + 1 WHERE key = :key AND state = 'authorised'
"""
VOID: Final = "UPDATE charge SET state = 'voided' WHERE key = :key AND state = 'authorised'"
REFUND: Final = """
INSERT INTO refund (key, charge, amount)
SELECT :key, key, :amount FROM charge
WHERE key = :charge AND state = 'captured'
  AND :amount + (SELECT coalesce(sum(amount), 0) FROM refund WHERE charge = :charge) <= charge.amount
ON CONFLICT (key) DO NOTHING
"""
REFUNDED: Final = "SELECT id FROM refund WHERE key = :key"
LOOK_UP: Final = "SELECT id, token, state FROM charge WHERE key = :key"
CHARGES: Final = """
SELECT key, token, amount, currency, state, asked, captures,
       (SELECT coalesce(sum(amount), 0) FROM refund WHERE charge = charge.key)
FROM charge ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the gateway did for one key: how often it was asked to authorise, how often it took the
    money, and how much of it went back, in minor units."""

    token: str
    amount: int
    currency: str
    state: str
    asked: int
    captures: int
    refunded: int

    @property
    def captured(self) -> int:
        """Minor units taken from the card in all."""
        return self.captures * self.amount


class Sandbox:
    """Knows the cards `tok_ok`, `tok_declined`, `tok_error` (a definite error) and `tok_timeout` (holds
    the money, answers nothing the first time; a look-up finds it). Any other is declined."""

    def __init__(self, folder: Path) -> None:
        self._memory = Memory(folder / "sandbox-cards.sqlite3", SCHEMA)

    def authorise(self, charge: CardCharge) -> GatewayWord:
        """Holds the amount, at most once for a key.

        Raises:
            ValueError: the key was used for another charge, which is our own mistake.
        """
        asked, *known = self._memory.run(
            AUTHORISE,
            {
                "key": str(charge.key),
                "token": charge.token,
                "amount": charge.amount,
                "currency": charge.currency,
                "state": "authorised" if charge.token in GOOD else "declined",
            },
        )[0]
        if known != [charge.token, charge.amount, charge.currency]:
            raise ValueError(f"the key {charge.key} was used for another charge")
        if charge.token == "tok_timeout" and asked == 1:  # noqa: S105 - the name of a card
            return GatewayWord("unknown")
        return self.look_up(charge.key)

    def capture(self, key: UUID) -> GatewayWord:
        """Takes what is held, once."""
        self._memory.run(CAPTURE, {"key": str(key)})
        return self.look_up(key)

    def void(self, key: UUID) -> GatewayWord:
        """Lets go of what is held; what was captured stays so."""
        self._memory.run(VOID, {"key": str(key)})
        return self.look_up(key)

    def look_up(self, key: UUID) -> GatewayWord:
        """What became of it."""
        found = self._memory.run(LOOK_UP, {"key": str(key)})
        if not found:
            return GatewayWord("absent")
        number, token, state = found[0]
        reason = REFUSALS.get(token, UNKNOWN_CARD) if state == "declined" else ""
        return GatewayWord(state, f"SBX-CH-{number:06d}", reason)

    def refund(self, key: UUID, charge: UUID, amount: int) -> RefundWord:
        """Gives back, once for a key, and never more than was taken."""
        self._memory.run(REFUND, {"key": str(key), "charge": str(charge), "amount": amount})
        found = self._memory.run(REFUNDED, {"key": str(key)})
        if not found:
            return RefundWord("declined", reason=NOT_REFUNDABLE)
        return RefundWord("done", f"SBX-RE-{found[0][0]:06d}")

    def charges(self) -> dict[UUID, Taken]:
        """All it was ever asked for, for tests to count."""
        return {UUID(key): Taken(*rest) for key, *rest in self._memory.run(CHARGES)}

    def close(self) -> None:
        """Lets go of its memory."""
        self._memory.close()
