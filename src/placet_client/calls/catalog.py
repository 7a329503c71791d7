"""Calls: Catalog.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence
from datetime import datetime

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import (
    Discount,
    Done,
    NewPrice,
    Price,
    PriceFile,
    PriceList,
    Product,
    SandboxOptions,
    Vendor,
)
from placet_client.words import BillingType, Connector, Fulfilment, ProductType


class CatalogCalls(Asking):
    """Calls: Catalog."""

    def list_vendors(self, *, limit: int | Unset = UNSET) -> Items[Vendor]:
        """All vendors, the oldest first.

        `GET /vendors`
        """
        return self.items(Vendor, "GET", "/vendors", query=given(limit=limit))

    def add_vendor(
        self,
        *,
        name: str,
        connector: Connector,
        ref: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Vendor:
        """Adds a vendor: a distributor's admin may.

        `POST /vendors`
        """
        return self.ask(
            Vendor,
            "POST",
            "/vendors",
            body=given(name=name, connector=connector, ref=ref),
            idempotency_key=idempotency_key,
        )

    def read_vendor(self, vendor: str) -> Vendor:
        """One vendor, by id or ref.

        `GET /vendors/{vendor}`
        """
        return self.ask(Vendor, "GET", ("/vendors/{vendor}", vendor))

    def list_products(
        self,
        *,
        limit: int | Unset = UNSET,
        vendor: str | Unset = UNSET,
        product_type: ProductType | Unset = UNSET,
        billing_type: BillingType | Unset = UNSET,
        q: str | Unset = UNSET,
        price_list: str | Unset = UNSET,
        quantity: int | Unset = UNSET,
    ) -> Items[Product]:
        """Products that the caller can buy, at what it pays; to a top seller, all. The oldest first.

        `GET /products`
        """
        return self.items(
            Product,
            "GET",
            "/products",
            query=given(
                limit=limit,
                vendor=vendor,
                product_type=product_type,
                billing_type=billing_type,
                q=q,
                price_list=price_list,
                quantity=quantity,
            ),
        )

    def add_product(
        self,
        *,
        vendor: str,
        name: str,
        product_type: ProductType,
        billing_type: BillingType,
        fulfilment: Fulfilment,
        description: str | Unset = UNSET,
        sku: str | Unset = UNSET,
        trial: bool | Unset = UNSET,
        term_months: int | Unset | None = UNSET,
        sandbox: SandboxOptions | Unset | None = UNSET,
        ref: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Product:
        """Adds a product: a distributor's admin may. It is for sale once it has prices.

        `POST /products`
        """
        return self.ask(
            Product,
            "POST",
            "/products",
            body=given(
                vendor=vendor,
                name=name,
                product_type=product_type,
                billing_type=billing_type,
                fulfilment=fulfilment,
                description=description,
                sku=sku,
                trial=trial,
                term_months=term_months,
                sandbox=sandbox,
                ref=ref,
            ),
            idempotency_key=idempotency_key,
        )

    def read_product(self, product: str, *, quantity: int | Unset = UNSET) -> Product:
        """One product, by id or ref, at what the caller pays for a unit of so many.

        `GET /products/{product}`
        """
        return self.ask(Product, "GET", ("/products/{product}", product), query=given(quantity=quantity))

    def list_price_lists(self, *, limit: int | Unset = UNSET) -> Items[PriceList]:
        """The caller's own price lists, the oldest first.

        `GET /price-lists`
        """
        return self.items(PriceList, "GET", "/price-lists", query=given(limit=limit))

    def add_price_list(
        self,
        *,
        currency: str,
        name: str | Unset = UNSET,
        prices: dict[str, str] | Unset = UNSET,
        more_prices: Sequence[NewPrice] | Unset = UNSET,
        markup_percent: float | str | Unset | None = UNSET,
        valid_from: datetime | str | Unset | None = UNSET,
        valid_to: datetime | str | Unset | None = UNSET,
        ref: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> PriceList:
        """Adds a price list of the caller's own: a seller's admin may.

        `POST /price-lists`
        """
        return self.ask(
            PriceList,
            "POST",
            "/price-lists",
            body=given(
                currency=currency,
                name=name,
                prices=prices,
                more_prices=more_prices,
                markup_percent=markup_percent,
                valid_from=valid_from,
                valid_to=valid_to,
                ref=ref,
            ),
            idempotency_key=idempotency_key,
        )

    def read_price_list(self, price_list: str) -> PriceList:
        """One of the caller's own price lists, by id or ref, with its fixed prices.

        `GET /price-lists/{price_list}`
        """
        return self.ask(PriceList, "GET", ("/price-lists/{price_list}", price_list))

    def change_price_list(
        self,
        price_list: str,
        *,
        name: str | Unset = UNSET,
        markup_percent: float | str | Unset | None = UNSET,
        valid_from: datetime | str | Unset | None = UNSET,
        valid_to: datetime | str | Unset | None = UNSET,
        if_match: str | int | None = None,
    ) -> PriceList:
        """Changes one of the caller's own lists: its name, its markup, from when until when it sells.
        Orders that were placed before keep their prices.

        `PATCH /price-lists/{price_list}`
        """
        return self.ask(
            PriceList,
            "PATCH",
            ("/price-lists/{price_list}", price_list),
            body=given(name=name, markup_percent=markup_percent, valid_from=valid_from, valid_to=valid_to),
            if_match=if_match,
        )

    def list_prices(
        self, price_list: str, *, limit: int | Unset = UNSET, product: str | Unset = UNSET
    ) -> Items[Price]:
        """The fixed prices of one of the caller's own lists, by product, quantity and time.

        `GET /price-lists/{price_list}/prices`
        """
        return self.items(
            Price,
            "GET",
            ("/price-lists/{price_list}/prices", price_list),
            query=given(limit=limit, product=product),
        )

    def list_discounts(self, price_list: str, *, limit: int | Unset = UNSET) -> Items[Discount]:
        """The discounts of one of the caller's own lists, the oldest first.

        `GET /price-lists/{price_list}/discounts`
        """
        return self.items(
            Discount, "GET", ("/price-lists/{price_list}/discounts", price_list), query=given(limit=limit)
        )

    def add_discount(
        self,
        price_list: str,
        *,
        percent: float | str,
        product: str | Unset | None = UNSET,
        min_quantity: int | Unset = UNSET,
        valid_from: datetime | str | Unset | None = UNSET,
        valid_to: datetime | str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Discount:
        """Adds a discount to one of the caller's own lists; orders that were placed before keep their
        prices.

        `POST /price-lists/{price_list}/discounts`
        """
        return self.ask(
            Discount,
            "POST",
            ("/price-lists/{price_list}/discounts", price_list),
            body=given(
                percent=percent,
                product=product,
                min_quantity=min_quantity,
                valid_from=valid_from,
                valid_to=valid_to,
            ),
            idempotency_key=idempotency_key,
        )

    def remove_discount(self, price_list: str, discount: str) -> Done:
        """Takes a discount from one of the caller's own lists; orders that were placed before keep it.

        `DELETE /price-lists/{price_list}/discounts/{discount}`
        """
        return self.ask(
            Done, "DELETE", ("/price-lists/{price_list}/discounts/{discount}", price_list, discount)
        )

    def export_prices(self, price_list: str) -> str:
        """All fixed prices of one of the caller's own lists, as CSV that can be imported again.

        `GET /price-lists/{price_list}/prices.csv`
        """
        return self.ask(str, "GET", ("/price-lists/{price_list}/prices.csv", price_list))

    def import_prices(
        self, price_list: str, *, csv: str, dry_run: bool | Unset = UNSET, idempotency_key: str | None = None
    ) -> PriceFile:
        """Takes prices from CSV, all of it or nothing: `product` (ref or id) and `unit_price`, and if
        wanted `min_quantity`, `valid_from`, `valid_to`, `currency`. A row without a price ends the
        one that holds at its `valid_from`; what is not named stays. Bigger files go through the
        command line.

        `POST /price-lists/{price_list}/prices/import`
        """
        return self.ask(
            PriceFile,
            "POST",
            ("/price-lists/{price_list}/prices/import", price_list),
            query=given(dry_run=dry_run),
            body=csv,
            idempotency_key=idempotency_key,
        )
