"""What every card gateway does."""

from typing import Protocol
from uuid import UUID

from placet.domain.charging import GatewayWord
from placet.domain.errands import CardCharge, RefundWord


class PaymentGateway(Protocol):
    """The way to one card gateway. It never raises for what a gateway says or fails to say: no answer
    is the word `unknown`, a definite error is `declined` with the error as its reason (R48)."""

    def authorise(self, charge: CardCharge) -> GatewayWord:
        """Have the amount held on the card, at most once for the key however often it is asked."""

    def capture(self, key: UUID) -> GatewayWord:
        """Take what is held; once, however often it is asked."""

    def void(self, key: UUID) -> GatewayWord:
        """Let go of what is held."""

    def look_up(self, key: UUID) -> GatewayWord:
        """What became of the charge of this key; `absent` where the gateway has never heard of it."""

    def refund(self, key: UUID, charge: UUID, amount: int) -> RefundWord:
        """Give back that many minor units of a captured charge, at most once for the refund's own key."""

    def close(self) -> None:
        """Lets go of what it holds open."""
