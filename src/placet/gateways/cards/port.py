"""What every card gateway does."""

from typing import Protocol

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


class PaymentGateway(Protocol):
    """The way to one seller's account at one card gateway. It never raises for what a gateway says or
    fails to say: no answer is the word `unknown`, a definite error is `declined` with the error as its
    reason (R48)."""

    def authorise(self, charge: CardCharge) -> GatewayWord:
        """Have the amount held on the card, at most once for the key however often it is asked."""

    def capture(self, charge: CardCharge) -> GatewayWord:
        """Take what is held; once, however often it is asked."""

    def void(self, charge: CardCharge) -> GatewayWord:
        """Let go of what is held."""

    def look_up(self, charge: CardCharge) -> GatewayWord:
        """What became of the charge of this key; `absent` where the gateway has never heard of it."""

    def refund(self, refund: CardRefund) -> RefundWord:
        """Give back some of a captured charge, at most once for the refund's own key."""

    def begin_setup(self, ask: SetupAsk) -> SetupBegun:
        """Have a card stored: its owner goes on with the gateway itself, in its browser."""

    def look_up_setup(self, reference: str) -> SetupWord:
        """What became of a setup: the stored card, and how long it is good."""

    def account(self) -> AccountWord:
        """Whose the key is."""

    def close(self) -> None:
        """Lets go of what it holds open."""
