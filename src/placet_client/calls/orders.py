"""Calls: Orders.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Entry, NewLine, Order, Preview, Results, Risk
from placet_client.words import OrderStatus


class OrdersCalls(Asking):
    """Calls: Orders."""

    def place_order(
        self,
        *,
        lines: Sequence[NewLine],
        customer: str | Unset | None = UNSET,
        billing: dict[str, Any] | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Order:
        """Places an order for the caller's organization, or for one below it.

        `POST /orders`
        """
        return self.ask(
            Order,
            "POST",
            "/orders",
            body=given(customer=customer, lines=lines, billing=billing, note=note),
            idempotency_key=idempotency_key,
        )

    def list_orders(
        self,
        *,
        limit: int | Unset = UNSET,
        status: OrderStatus | Unset = UNSET,
        customer: str | Unset = UNSET,
        q: str | Unset = UNSET,
        placed_from: datetime | str | Unset = UNSET,
        placed_to: datetime | str | Unset = UNSET,
    ) -> Items[Order]:
        """Orders that the caller's organization is a party of, the newest first.

        `GET /orders`
        """
        return self.items(
            Order,
            "GET",
            "/orders",
            query=given(
                limit=limit,
                status=status,
                customer=customer,
                q=q,
                placed_from=placed_from,
                placed_to=placed_to,
            ),
        )

    def preview_order(
        self,
        *,
        lines: Sequence[NewLine],
        customer: str | Unset | None = UNSET,
        billing: dict[str, Any] | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Preview:
        """What would happen to this order; nothing is saved.

        `POST /orders/preview`
        """
        return self.ask(
            Preview,
            "POST",
            "/orders/preview",
            body=given(customer=customer, lines=lines, billing=billing, note=note),
            idempotency_key=idempotency_key,
        )

    def place_orders(self, *, orders: Sequence[Any], idempotency_key: str | None = None) -> Results:
        """Places up to 1000 orders, each on its own; one result per order, in order.

        `POST /orders/batch`
        """
        return self.ask(
            Results, "POST", "/orders/batch", body=given(orders=orders), idempotency_key=idempotency_key
        )

    def read_order(self, order_id: str) -> Order:
        """One order as the caller may see it. Its `ETag` is its `version`, for `If-Match` of a
        decision.

        `GET /orders/{order_id}`
        """
        return self.ask(Order, "GET", ("/orders/{order_id}", order_id))

    def read_order_history(self, order_id: str, *, limit: int | Unset = UNSET) -> Items[Entry]:
        """Who did what, when and why, as the caller may see it, the oldest first.

        `GET /orders/{order_id}/history`
        """
        return self.items(Entry, "GET", ("/orders/{order_id}/history", order_id), query=given(limit=limit))

    def read_credit_risk(self, order_id: str) -> Risk:
        """The credit risk at the caller's level, by line: estimated, and final once delivered.

        `GET /orders/{order_id}/credit-risk`
        """
        return self.ask(Risk, "GET", ("/orders/{order_id}/credit-risk", order_id))

    def approve_order(
        self,
        order_id: str,
        *,
        comment: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
        if_match: str | int | None = None,
    ) -> Order:
        """The caller's yes. The last one validates, reserves credit, and starts execution or a charge.

        `POST /orders/{order_id}/approve`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/approve", order_id),
            body=given(comment=comment),
            idempotency_key=idempotency_key,
            if_match=if_match,
        )

    def reject_order(
        self,
        order_id: str,
        *,
        reason: str,
        note: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
        if_match: str | int | None = None,
    ) -> Order:
        """The caller's no, which ends the order.

        `POST /orders/{order_id}/reject`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/reject", order_id),
            body=given(reason=reason, note=note),
            idempotency_key=idempotency_key,
            if_match=if_match,
        )

    def retry_order(self, order_id: str, *, idempotency_key: str | None = None) -> Order:
        """Validation again, of an order that was short of credit.

        `POST /orders/{order_id}/retry`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/retry", order_id),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def release_order(self, order_id: str, *, reason: str, idempotency_key: str | None = None) -> Order:
        """Lets this one order pass beyond the limit of the caller's link.

        `POST /orders/{order_id}/release`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/release", order_id),
            body=given(reason=reason),
            idempotency_key=idempotency_key,
        )

    def cancel_order(self, order_id: str, *, reason: str, idempotency_key: str | None = None) -> Order:
        """Withdraws the order, or what of it has not begun.

        `POST /orders/{order_id}/cancel`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/cancel", order_id),
            body=given(reason=reason),
            idempotency_key=idempotency_key,
        )

    def execute_order(
        self,
        order_id: str,
        *,
        lines: Sequence[str] | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Order:
        """Executes a manual order, whole or by line: the top seller's.

        `POST /orders/{order_id}/execute`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/execute", order_id),
            body=given(lines=lines),
            idempotency_key=idempotency_key,
        )

    def retry_sub_order(self, order_id: str, sub_order: str, *, idempotency_key: str | None = None) -> Order:
        """Sends the failed lines of a sub-order to their vendor again: the top seller's.

        `POST /orders/{order_id}/sub-orders/{sub_order}/retry`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/sub-orders/{sub_order}/retry", order_id, sub_order),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def cancel_sub_order(
        self, order_id: str, sub_order: str, *, reason: str, idempotency_key: str | None = None
    ) -> Order:
        """Gives up the undelivered lines of a sub-order: the top seller's.

        `POST /orders/{order_id}/sub-orders/{sub_order}/cancel`
        """
        return self.ask(
            Order,
            "POST",
            ("/orders/{order_id}/sub-orders/{sub_order}/cancel", order_id, sub_order),
            body=given(reason=reason),
            idempotency_key=idempotency_key,
        )
