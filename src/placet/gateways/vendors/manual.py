"""A vendor without a machine to ask: a person delivers."""

from uuid import UUID

from placet.domain.errands import Ask
from placet.domain.executing import Answer, Delivered


class Manual:
    """Executing such a line is the person's word that it is delivered (R45), so there is nobody to ask."""

    def provision(self, ask: Ask) -> Answer:
        """Delivered, at once."""
        return self.look_up(ask.key)

    def look_up(self, key: UUID) -> Answer:
        """Delivered: only what was executed is ever looked up."""
        return Delivered(f"manual-{key}")

    def close(self) -> None:
        """There is nothing to let go of."""
