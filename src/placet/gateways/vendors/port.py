"""What every vendor connector does."""

from typing import Protocol
from uuid import UUID

from placet.domain.errands import Ask
from placet.domain.executing import Answer


class VendorConnector(Protocol):
    """The way to one kind of vendor. It never raises for what a vendor says or fails to say."""

    def provision(self, ask: Ask) -> Answer:
        """Have it delivered, at most once for the key however often it is asked (R52)."""

    def look_up(self, key: UUID) -> Answer:
        """What the vendor has for this key: `Delivered`, or `Absent`. Nothing is delivered by asking."""

    def close(self) -> None:
        """Lets go of what it holds open."""
