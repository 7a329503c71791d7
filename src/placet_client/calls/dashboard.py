"""Calls: Dashboard.

Written by `make client` from the API's description: change that, not this.
"""

from typing import Literal

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Order, ProductMix, Statistics


class DashboardCalls(Asking):
    """Calls: Dashboard."""

    def read_statistics(self) -> Statistics:
        """The caller's figures where it buys and of what it sold: those of a month are this month's to
        date, by the calendar of whoever it buys from. Not for final buyers, nor for who buys from
        nobody.

        `GET /dashboard/statistics`
        """
        return self.ask(Statistics, "GET", "/dashboard/statistics")

    def read_product_mix(
        self,
        *,
        period: Literal["this_month", "last_month", "last_3_months"] | Unset = UNSET,
        product_type: Literal["software_subscription", "reserved_instance", "esd", "usage", "service"]
        | Unset = UNSET,
        billing_type: Literal["one_time", "monthly", "annual", "usage"] | Unset = UNSET,
    ) -> ProductMix:
        """What the caller bought in a period, net, by product: from debit invoices, paid or not. Not
        for final buyers, nor for who buys from nobody.

        `GET /dashboard/product-mix`
        """
        return self.ask(
            ProductMix,
            "GET",
            "/dashboard/product-mix",
            query=given(period=period, product_type=product_type, billing_type=billing_type),
        )

    def list_unexecuted_orders(self, *, limit: int | Unset = UNSET) -> Items[Order]:
        """Orders short of credit: to a reseller those that needed no approval of its own, to a
        distributor those that are short on a link where it sells. The newest first.

        `GET /dashboard/unexecuted-orders`
        """
        return self.items(Order, "GET", "/dashboard/unexecuted-orders", query=given(limit=limit))

    def list_pending_orders(self, *, limit: int | Unset = UNSET) -> Items[Order]:
        """Orders that wait for approval, and those that the reseller approved and that are short of
        credit since. The newest first.

        `GET /dashboard/pending-orders`
        """
        return self.items(Order, "GET", "/dashboard/pending-orders", query=given(limit=limit))

    def list_manual_orders(self, *, limit: int | Unset = UNSET) -> Items[Order]:
        """Orders that wait for the caller, their top seller, to execute them. The newest first.

        `GET /dashboard/manual-orders`
        """
        return self.items(Order, "GET", "/dashboard/manual-orders", query=given(limit=limit))
