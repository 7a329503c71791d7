"""Calls: Approvals.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from typing import Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Order, Results


class ApprovalsCalls(Asking):
    """Calls: Approvals."""

    def list_approvals(
        self, *, limit: int | Unset = UNSET, status: Literal["pending"] | Unset = UNSET
    ) -> Items[Order]:
        """Orders that wait for the caller's organization, the newest first.

        `GET /approvals`
        """
        return self.items(Order, "GET", "/approvals", query=given(limit=limit, status=status))

    def decide_orders(
        self,
        *,
        decision: Literal["approve", "reject"],
        orders: Sequence[str],
        comment: str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        note: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Results:
        """Approves or rejects several orders, each on its own; one result per order, in order.

        `POST /approvals/decide`
        """
        return self.ask(
            Results,
            "POST",
            "/approvals/decide",
            body=given(decision=decision, orders=orders, comment=comment, reason=reason, note=note),
            idempotency_key=idempotency_key,
        )
