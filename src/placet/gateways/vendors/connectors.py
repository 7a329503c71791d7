"""The vendor connectors there are, by the name that a vendor of the catalog gives."""

from pathlib import Path

from placet.gateways.vendors.manual import Manual
from placet.gateways.vendors.port import VendorConnector
from placet.gateways.vendors.sandbox import Sandbox


class Connectors:
    """All of them, each made once. `folder` is where the sandbox keeps its memory."""

    def __init__(self, folder: Path) -> None:
        self._by_name: dict[str, VendorConnector] = {"sandbox": Sandbox(folder), "manual": Manual()}

    def connector(self, name: str) -> VendorConnector:
        """The one of that name.

        Raises:
            LookupError: there is none; the catalog should not have let it in.
        """
        if name not in self._by_name:
            raise LookupError(f"there is no vendor connector {name!r}")
        return self._by_name[name]

    def close(self) -> None:
        """Lets go of what they hold open."""
        for connector in self._by_name.values():
            connector.close()
