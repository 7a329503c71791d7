"""Calls: Cards.

Written by `make client` from the API's description: change that, not this.
"""

from placet_client.asking import UNSET, Asking, Unset, given
from placet_client.shapes import Gateway, Order, Setup, Token
from placet_client.words import CardGateway


class CardsCalls(Asking):
    """Calls: Cards."""

    def read_card_gateway(self) -> Gateway:
        """Where the caller's organization takes its buyers' cards: an admin's to see.

        `GET /card-gateway`
        """
        return self.ask(Gateway, "GET", "/card-gateway")

    def choose_card_gateway(
        self,
        *,
        gateway: CardGateway,
        secret_key: str | Unset | None = UNSET,
        publishable_key: str | Unset = UNSET,
    ) -> Gateway:
        """Chooses the gateway from now on. A key is tried before it is kept, and never shown again;
        the key of an account that is known takes the old one's place, another account stands beside
        the old.

        `PUT /card-gateway`
        """
        return self.ask(
            Gateway,
            "PUT",
            "/card-gateway",
            body=given(gateway=gateway, secret_key=secret_key, publishable_key=publishable_key),
        )

    def begin_card_setup(self, contract: str, *, idempotency_key: str | None = None) -> Setup:
        """Begins to store a card at the seller's gateway: the buyer's. Its browser goes on from there.

        `POST /contracts/{contract}/card-setups`
        """
        return self.ask(
            Setup,
            "POST",
            ("/contracts/{contract}/card-setups", contract),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def finish_card_setup(self, contract: str, setup: str, *, idempotency_key: str | None = None) -> Token:
        """Makes the stored card a token of the contract, once; how long it is good is read at the
        gateway.

        `POST /contracts/{contract}/card-setups/{setup}/finish`
        """
        return self.ask(
            Token,
            "POST",
            ("/contracts/{contract}/card-setups/{setup}/finish", contract, setup),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def retry_refund(self, order_id: str, refund: str, *, idempotency_key: str | None = None) -> Order:
        """Has a refund that failed asked for again: the payer's seller's.

        `POST /orders/{order_id}/refunds/{refund}/retry`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/refunds/{refund}/retry", order_id, refund),
            body=given(),
            idempotency_key=idempotency_key,
        )
