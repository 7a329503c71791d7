"""What was sent about one order to the caller's own endpoints, people and contacts (R91, R93)."""

from uuid import UUID

from placet.domain.parties import Actor
from placet.storage import order_messages
from placet.storage.db import Row


def messages_of(order: UUID, *, by: Actor) -> list[Row]:
    """Webhooks of the caller's organization, in the order of the facts, each with its last attempt. Another
    organization's are its own."""
    return order_messages.webhooks(order, by.organization)


def mails_of(order: UUID, *, by: Actor) -> list[Row]:
    """Mails to people and contacts of the caller's organization, with why they went to them (R13). Those to
    others are theirs."""
    return order_messages.mails(order, by.organization)
