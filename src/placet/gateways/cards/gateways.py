"""The card gateways there are, by the name that a token gives."""

from pathlib import Path

from placet.gateways.cards.port import PaymentGateway
from placet.gateways.cards.sandbox import Sandbox


class Gateways:
    """All of them, each made once. `folder` is where the sandbox keeps its memory."""

    def __init__(self, folder: Path) -> None:
        self._by_name: dict[str, PaymentGateway] = {"sandbox": Sandbox(folder)}

    def gateway(self, name: str) -> PaymentGateway:
        """The one of that name.

        Raises:
            LookupError: there is none; such a token should not have been let in.
        """
        if name not in self._by_name:
            raise LookupError(f"there is no card gateway {name!r}")
        return self._by_name[name]

    def close(self) -> None:
        """Lets go of what they hold open."""
        for gateway in self._by_name.values():
            gateway.close()
