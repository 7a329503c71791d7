"""Calls: Events.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from typing import Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Event, Schema


class EventsCalls(Asking):
    """Calls: Events."""

    def list_event_schemas(self, *, limit: int | Unset = UNSET) -> Items[Schema]:
        """What the body of a webhook holds, by type.

        `GET /events/schemas`
        """
        return self.items(Schema, "GET", "/events/schemas", query=given(limit=limit))

    def list_events(
        self,
        *,
        limit: int | Unset = UNSET,
        type: Sequence[
            Literal[
                "order.placed",
                "order.pending_approval",
                "order.approved",
                "order.rejected",
                "order.unexecuted",
                "order.released",
                "order.submitted",
                "order.cancelled",
                "order.expired",
                "order.executed",
                "offer.provisioned",
                "offer.provisioning_failed",
                "payment.declined",
                "payment.refund_failed",
                "subscription.created",
                "subscription.changed",
                "subscription.suspended",
                "subscription.cancelled",
                "invoice.created",
                "credit.limit_changed",
                "webhook_endpoint.disabled",
                "ping",
            ]
        ]
        | Unset = UNSET,
        order: str | Unset = UNSET,
        after: str | Unset = UNSET,
    ) -> Items[Event]:
        """Facts that the caller may see, each as a webhook would tell it; the oldest first. To follow
        them, ask again `after` the last one that was read: none ever appears before it.

        `GET /events`
        """
        return self.items(
            Event, "GET", "/events", query=given(limit=limit, type=type, order=order, after=after)
        )
