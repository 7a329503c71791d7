"""Calls: Webhooks.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Delivery, Done, Endpoint, NewEndpoint, Replayed, Rotated
from placet_client.words import DeliveryStatus


class WebhooksCalls(Asking):
    """Calls: Webhooks."""

    def list_webhook_endpoints(self, *, limit: int | Unset = UNSET) -> Items[Endpoint]:
        """The endpoints of the caller's organization, the oldest first.

        `GET /webhook-endpoints`
        """
        return self.items(Endpoint, "GET", "/webhook-endpoints", query=given(limit=limit))

    def add_webhook_endpoint(
        self,
        *,
        url: str,
        events: Sequence[
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
            ]
        ],
        secret: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> NewEndpoint:
        """Adds an endpoint, active at once; its signing secret is shown this once.

        `POST /webhook-endpoints`
        """
        return self.ask(
            NewEndpoint,
            "POST",
            "/webhook-endpoints",
            body=given(url=url, events=events, secret=secret),
            idempotency_key=idempotency_key,
        )

    def read_webhook_endpoint(self, endpoint: str) -> Endpoint:
        """One of the endpoints of the caller's organization.

        `GET /webhook-endpoints/{endpoint}`
        """
        return self.ask(Endpoint, "GET", ("/webhook-endpoints/{endpoint}", endpoint))

    def change_webhook_endpoint(
        self,
        endpoint: str,
        *,
        url: str | Unset | None = UNSET,
        events: Sequence[
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
            ]
        ]
        | Unset
        | None = UNSET,
        status: Literal["active", "paused"] | Unset | None = UNSET,
        if_match: str | int | None = None,
    ) -> Endpoint:
        """Changes an endpoint. What happens while it is `paused` waits; `active` sends it, and brings
        back one that had ended or was disabled.

        `PATCH /webhook-endpoints/{endpoint}`
        """
        return self.ask(
            Endpoint,
            "PATCH",
            ("/webhook-endpoints/{endpoint}", endpoint),
            body=given(url=url, events=events, status=status),
            if_match=if_match,
        )

    def remove_webhook_endpoint(self, endpoint: str, *, if_match: str | int | None = None) -> Done:
        """Removes an endpoint: nothing is sent there any more, nor tried again.

        `DELETE /webhook-endpoints/{endpoint}`
        """
        return self.ask(Done, "DELETE", ("/webhook-endpoints/{endpoint}", endpoint), if_match=if_match)

    def rotate_webhook_secret(
        self,
        endpoint: str,
        *,
        secret: str | Unset | None = UNSET,
        keep_hours: int | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Rotated:
        """A new signing secret, shown this once. Those before it sign beside it for `keep_hours`, so
        that the receiver can change over without a gap.

        `POST /webhook-endpoints/{endpoint}/rotate-secret`
        """
        return self.ask(
            Rotated,
            "POST",
            ("/webhook-endpoints/{endpoint}/rotate-secret", endpoint),
            body=given(secret=secret, keep_hours=keep_hours),
            idempotency_key=idempotency_key,
        )

    def test_webhook_endpoint(self, endpoint: str, *, idempotency_key: str | None = None) -> Delivery:
        """Sends a `ping` to this endpoint alone, once; `GET /webhook-deliveries/{id}` says what came
        of it.

        `POST /webhook-endpoints/{endpoint}/test`
        """
        return self.ask(
            Delivery,
            "POST",
            ("/webhook-endpoints/{endpoint}/test", endpoint),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def replay_webhook_deliveries(
        self,
        endpoint: str,
        *,
        from_: datetime | str,
        to: datetime | str | Unset | None = UNSET,
        status: Literal["failed", "delivered", "missed"] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Replayed:
        """Sends what an endpoint did not get, or lost, of a time: the oldest first, up to 10 000 at a
        time.

        `POST /webhook-endpoints/{endpoint}/replay`
        """
        return self.ask(
            Replayed,
            "POST",
            ("/webhook-endpoints/{endpoint}/replay", endpoint),
            body=given(from_=from_, to=to, status=status),
            idempotency_key=idempotency_key,
        )

    def list_webhook_deliveries(
        self,
        *,
        limit: int | Unset = UNSET,
        endpoint: str | Unset = UNSET,
        status: DeliveryStatus | Unset = UNSET,
    ) -> Items[Delivery]:
        """What was sent to the caller's endpoints, with every attempt and its answer; the newest
        first.

        `GET /webhook-deliveries`
        """
        return self.items(
            Delivery, "GET", "/webhook-deliveries", query=given(limit=limit, endpoint=endpoint, status=status)
        )

    def read_webhook_delivery(self, delivery: str) -> Delivery:
        """One delivery, with every attempt and its answer.

        `GET /webhook-deliveries/{delivery}`
        """
        return self.ask(Delivery, "GET", ("/webhook-deliveries/{delivery}", delivery))

    def replay_webhook_delivery(self, delivery: str, *, idempotency_key: str | None = None) -> Delivery:
        """Sends it again, under the same `webhook-id`, whatever came of it so far.

        `POST /webhook-deliveries/{delivery}/replay`
        """
        return self.ask(
            Delivery,
            "POST",
            ("/webhook-deliveries/{delivery}/replay", delivery),
            body=given(),
            idempotency_key=idempotency_key,
        )
