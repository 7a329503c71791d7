"""The card gateways there are, each for one seller's account at it."""

import os
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from placet.domain.charging import GatewayWord
from placet.domain.errands import (
    AccountWord,
    CardCharge,
    CardRefund,
    Merchant,
    RefundWord,
    SetupAsk,
    SetupBegun,
    SetupWord,
)
from placet.domain.words import CardGateway
from placet.gateways.cards.port import PaymentGateway
from placet.gateways.cards.sandbox import Sandbox

MOST_OPEN: Final = 64
"""So many sellers' connections are kept; whoever was not asked for longest is let go of."""


class Gateways:
    """Gives the adapter for a seller's account, made when it is first needed. `folder` is where the
    sandbox keeps its memory, `stripe_api_base` where Stripe answers."""

    def __init__(
        self, folder: Path, stripe_api_base: str, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._sandbox = Sandbox(folder)
        self._stripe_api_base, self._environment = stripe_api_base.rstrip("/"), environment
        self._open: OrderedDict[str, PaymentGateway] = OrderedDict()
        self._lock = Lock()

    def gateway(self, merchant: Merchant) -> PaymentGateway:
        """The adapter.

        Raises:
            LookupError: there is no such gateway; such a token should not have been let in.
        """
        if merchant.gateway == CardGateway.SANDBOX:
            return self._sandbox
        if merchant.gateway == CardGateway.STRIPE:
            secret = merchant.secret or self._environment.get(merchant.variable, "")
            return self._stripe(secret) if secret else WITHOUT_KEY
        raise LookupError(f"there is no card gateway {merchant.gateway!r}")

    def close(self) -> None:
        """Lets go of what they hold open."""
        with self._lock:
            for gateway in (self._sandbox, *self._open.values()):
                gateway.close()
            self._open.clear()

    def _stripe(self, secret: str) -> PaymentGateway:
        from placet.gateways.cards.stripe import Stripe  # a large library: only who needs it waits for it

        with self._lock:
            known = self._open.pop(secret, None) or Stripe(secret, self._stripe_api_base)
            self._open[secret] = known
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)  # may be in use just now: its last user lets go of it
            return known


NO_KEY: Final = "The seller's card gateway has no key that can be used."


class WithoutKey:
    """An account whose key is not there, or cannot be opened: nothing new is asked, so that it is
    definite that no money moved; what was asked before stays open until there is a key again."""

    def authorise(self, charge: CardCharge) -> GatewayWord:  # noqa: ARG002 - as the port has it
        """Nothing was held."""
        return GatewayWord("declined", reason=NO_KEY)

    def capture(self, charge: CardCharge) -> GatewayWord:  # noqa: ARG002
        """Nobody was asked."""
        return GatewayWord("unknown")

    void = look_up = capture

    def refund(self, refund: CardRefund) -> RefundWord:  # noqa: ARG002
        """Nothing was given back."""
        return RefundWord("declined", reason=NO_KEY)

    def begin_setup(self, ask: SetupAsk) -> SetupBegun:  # noqa: ARG002
        """No card can be stored."""
        return SetupBegun("declined", reason=NO_KEY)

    def look_up_setup(self, reference: str) -> SetupWord:  # noqa: ARG002
        """Nobody was asked."""
        return SetupWord("unknown")

    def account(self) -> AccountWord:
        """Nobody's."""
        return AccountWord("declined", reason=NO_KEY)

    def close(self) -> None:
        """Nothing is open."""


WITHOUT_KEY: Final = WithoutKey()
