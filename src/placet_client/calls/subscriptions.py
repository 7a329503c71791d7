"""Calls: Subscriptions.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from typing import Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import ChangePreview, Import, Order, Subscription, Usage, UsageRecord
from placet_client.words import SubscriptionStatus


class SubscriptionsCalls(Asking):
    """Calls: Subscriptions."""

    def list_subscriptions(
        self,
        *,
        limit: int | Unset = UNSET,
        customer: str | Unset = UNSET,
        status: SubscriptionStatus | Unset = UNSET,
    ) -> Items[Subscription]:
        """Subscriptions that the caller's organization has, or was a seller of; the newest first.

        `GET /subscriptions`
        """
        return self.items(
            Subscription, "GET", "/subscriptions", query=given(limit=limit, customer=customer, status=status)
        )

    def read_subscription(self, subscription_id: str) -> Subscription:
        """One of them.

        `GET /subscriptions/{subscription_id}`
        """
        return self.ask(Subscription, "GET", ("/subscriptions/{subscription_id}", subscription_id))

    def change_subscription(
        self,
        subscription_id: str,
        *,
        quantity: int | Unset | None = UNSET,
        product: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Order:
        """Another quantity or another offer, as an order of its own: what it adds by the day is
        approved and validated, what it takes away is given back.

        `POST /subscriptions/{subscription_id}/change`
        """
        return self.ask(
            Order,
            "POST",
            ("/subscriptions/{subscription_id}/change", subscription_id),
            body=given(quantity=quantity, product=product),
            idempotency_key=idempotency_key,
        )

    def preview_change(
        self,
        subscription_id: str,
        *,
        quantity: int | Unset | None = UNSET,
        product: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> ChangePreview:
        """What such a change would come to, and whether somebody would have to approve it; nothing is
        saved.

        `POST /subscriptions/{subscription_id}/change/preview`
        """
        return self.ask(
            ChangePreview,
            "POST",
            ("/subscriptions/{subscription_id}/change/preview", subscription_id),
            body=given(quantity=quantity, product=product),
            idempotency_key=idempotency_key,
        )

    def cancel_subscription(
        self,
        subscription_id: str,
        *,
        when: Literal["now", "period_end"],
        reason: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Order:
        """Its end as an order of its own, without approval: now, with a credit invoice for what was
        prepaid and not used, or when its period is over.

        `POST /subscriptions/{subscription_id}/cancel`
        """
        return self.ask(
            Order,
            "POST",
            ("/subscriptions/{subscription_id}/cancel", subscription_id),
            body=given(when=when, reason=reason),
            idempotency_key=idempotency_key,
        )

    def suspend_subscription(
        self, subscription_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Order:
        """A pause, by a seller of its chain: nothing is billed for periods that begin in it.

        `POST /subscriptions/{subscription_id}/suspend`
        """
        return self.ask(
            Order,
            "POST",
            ("/subscriptions/{subscription_id}/suspend", subscription_id),
            body=given(reason=reason),
            idempotency_key=idempotency_key,
        )

    def resume_subscription(self, subscription_id: str, *, idempotency_key: str | None = None) -> Order:
        """The end of a pause, by a seller of its chain: billed again from today.

        `POST /subscriptions/{subscription_id}/resume`
        """
        return self.ask(
            Order,
            "POST",
            ("/subscriptions/{subscription_id}/resume", subscription_id),
            body=given(),
            idempotency_key=idempotency_key,
        )

    def list_usage(self, *, limit: int | Unset = UNSET, subscription: str | Unset = UNSET) -> Items[Usage]:
        """Usage of subscriptions that the caller's organization has, or was a seller of; the newest
        first.

        `GET /usage-records`
        """
        return self.items(Usage, "GET", "/usage-records", query=given(limit=limit, subscription=subscription))

    def import_usage(self, *, records: Sequence[UsageRecord], idempotency_key: str | None = None) -> Import:
        """Imports usage, for a top seller: all records or none. A record that was imported before
        changes nothing. It is billed when the month of its subscription is over.

        `POST /usage-records`
        """
        return self.ask(
            Import, "POST", "/usage-records", body=given(records=records), idempotency_key=idempotency_key
        )
