"""A simulated card gateway, for trials and tests: a real outside in that it remembers what it did."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from placet.domain.charging import GatewayWord
from placet.domain.errands import (
    AccountWord,
    CardCharge,
    CardRefund,
    RefundWord,
    SetupAsk,
    SetupBegun,
    SetupWord,
)
from placet.gateways.memory import Memory

GOOD: Final = ("tok_ok", "tok_timeout", "tok_no_refund")
REFUSALS: Final = {
    "tok_declined": "The bank declined this card: insufficient funds.",
    "tok_error": "The gateway could not carry out this payment: internal error.",
}
UNKNOWN_CARD: Final = "The gateway does not know this card."
KEPT: Final = "The bank does not take refunds for this card."
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
WHERE key = :charge AND state = 'captured' AND token <> 'tok_no_refund'
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
    """Knows the cards `tok_ok`, `tok_declined`, `tok_error` (a definite error), `tok_timeout` (holds the
    money, answers nothing the first time; a look-up finds it) and `tok_no_refund` (pays, and refuses to
    take anything back). Any other is declined. A setup stores `tok_ok`, at once."""

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
        return self.look_up(charge)

    def capture(self, charge: CardCharge) -> GatewayWord:
        """Takes what is held, once."""
        self._memory.run(CAPTURE, {"key": str(charge.key)})
        return self.look_up(charge)

    def void(self, charge: CardCharge) -> GatewayWord:
        """Lets go of what is held; what was captured stays so."""
        self._memory.run(VOID, {"key": str(charge.key)})
        return self.look_up(charge)

    def look_up(self, charge: CardCharge) -> GatewayWord:
        """What became of it."""
        found = self._memory.run(LOOK_UP, {"key": str(charge.key)})
        if not found:
            return GatewayWord("absent")
        number, token, state = found[0]
        reason = REFUSALS.get(token, UNKNOWN_CARD) if state == "declined" else ""
        return GatewayWord(state, f"SBX-CH-{number:06d}", reason)

    def refund(self, refund: CardRefund) -> RefundWord:
        """Gives back, once for a key, and never more than was taken."""
        key, charge = str(refund.key), str(refund.charge.key)
        self._memory.run(REFUND, {"key": key, "charge": charge, "amount": refund.amount})
        found = self._memory.run(REFUNDED, {"key": key})
        if not found:
            kept = refund.charge.token == "tok_no_refund"  # noqa: S105 - the name of a card
            return RefundWord("declined", reason=KEPT if kept else NOT_REFUNDABLE)
        return RefundWord("done", f"SBX-RE-{found[0][0]:06d}")

    def begin_setup(self, ask: SetupAsk) -> SetupBegun:
        """A setup that is done as soon as it is looked up."""
        return SetupBegun("begun", f"SBX-SE-{ask.key}")

    def look_up_setup(self, reference: str) -> SetupWord:  # noqa: ARG002 - likewise
        """The card that always works."""
        return SetupWord("stored", "tok_ok", "2099-12")

    def account(self) -> AccountWord:
        """Everybody's."""
        return AccountWord("known")

    def charges(self) -> dict[UUID, Taken]:
        """All it was ever asked for, for tests to count."""
        return {UUID(key): Taken(*rest) for key, *rest in self._memory.run(CHARGES)}

    def close(self) -> None:
        """Lets go of its memory."""
        self._memory.close()
