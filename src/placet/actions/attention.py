"""What waits for the caller's organization, for the menu and the bell of every page."""

from placet.domain.parties import Actor
from placet.storage import attention
from placet.storage.attention import MOST, Attention

__all__ = ["MOST", "Attention", "attention_of"]


def attention_of(*, by: Actor) -> Attention:
    """The counts, each at most `MOST`."""
    return attention.counts(by.organization)
