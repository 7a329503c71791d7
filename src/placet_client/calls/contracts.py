"""Calls: Contracts.

Written by `make client` from the API's description: change that, not this.
"""

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Contract, Gone, Limit, Token
from placet_client.words import PaymentMethod


class ContractsCalls(Asking):
    """Calls: Contracts."""

    def read_contract(self, contract: str) -> Contract:
        """A contract of the caller's own, as its seller or its buyer.

        `GET /contracts/{contract}`
        """
        return self.ask(Contract, "GET", ("/contracts/{contract}", contract))

    def change_contract(
        self,
        contract: str,
        *,
        credit_limit: str | Unset | None = UNSET,
        payment_method: PaymentMethod | Unset = UNSET,
        price_list: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        if_match: str | int | None = None,
    ) -> Contract:
        """Changes the terms: its seller's. Finance sets the limit, the rest takes an admin.

        `PATCH /contracts/{contract}`
        """
        return self.ask(
            Contract,
            "PATCH",
            ("/contracts/{contract}", contract),
            body=given(
                credit_limit=credit_limit, payment_method=payment_method, price_list=price_list, reason=reason
            ),
            if_match=if_match,
        )

    def list_limits(self, contract: str, *, limit: int | Unset = UNSET) -> Items[Limit]:
        """What became of the contract's credit limit, and why, the newest first.

        `GET /contracts/{contract}/limits`
        """
        return self.items(Limit, "GET", ("/contracts/{contract}/limits", contract), query=given(limit=limit))

    def list_tokens(self, contract: str, *, limit: int | Unset = UNSET) -> Items[Token]:
        """The buyer's stored cards, the newest first.

        `GET /contracts/{contract}/tokens`
        """
        return self.items(Token, "GET", ("/contracts/{contract}/tokens", contract), query=given(limit=limit))

    def add_token(
        self,
        contract: str,
        *,
        gateway: str,
        reference: str,
        expires: str,
        active: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Token:
        """Stores a card: the buyer's.

        `POST /contracts/{contract}/tokens`
        """
        return self.ask(
            Token,
            "POST",
            ("/contracts/{contract}/tokens", contract),
            body=given(gateway=gateway, reference=reference, expires=expires, active=active),
            idempotency_key=idempotency_key,
        )

    def remove_token(self, contract: str, token: str) -> Gone:
        """Forgets a card: the buyer's.

        `DELETE /contracts/{contract}/tokens/{token}`
        """
        return self.ask(Gone, "DELETE", ("/contracts/{contract}/tokens/{token}", contract, token))
