"""A small world to order in, and what people do on its pages."""

import html
import re
from dataclasses import dataclass
from typing import Any, Final

from django.test import Client

from placet.storage import models
from tests.api.callers import load, unique
from tests.stories.worlds import customer, distributor, product, reseller, world

TAX: Final = {"tax_rate": "21"}


@dataclass(frozen=True)
class Shop:
    """A distributor, its reseller with a customer, that one's own reseller with another, and a stranger."""

    word: str

    def ref(self, name: str) -> str:
        """What it is called everywhere."""
        return f"{self.word}-{name}"

    def product(self, name: str) -> models.Product:
        """One of its products."""
        return models.Product.objects.get(ref=self.ref(name))

    def organization(self, name: str) -> models.Organization:
        """One of its organizations."""
        return models.Organization.objects.get(ref=self.ref(name))

    def asked(self, customer: str = "") -> str:
        """What names the buyer in an address."""
        return f"?customer={self.organization(customer).id}" if customer else ""


def shop(**terms: object) -> Shop:
    """`bp` is 10.00 at the distributor, 9.00 from 10 on; `ps` 5.00 once; `onsite` 100.00, done by hand."""
    made = Shop(unique("shop"))
    ref = made.ref
    load(
        world(
            distributor(ref("dist")),
            reseller(ref("res"), ref("dist")),
            reseller(ref("sub"), ref("res")),
            customer(ref("cust"), ref("res"), {"order_approval": True, **TAX, **terms}),
            customer(ref("low"), ref("sub")),
            distributor(ref("far")),
            reseller(ref("rival"), ref("far")),
            prices={ref("bp"): "10.00", ref("ps"): "5.00", ref("onsite"): "100.00"},
            products=[
                product(ref("bp"), vendor=ref("soft")),
                {**product(ref("ps"), vendor=ref("draw")), "billing_type": "one_time", "product_type": "esd"},
                product(ref("onsite"), "manual", vendor=ref("soft")),
                product(ref("unsold"), vendor=ref("soft")),
            ],
        )
    )
    bp = models.Price.objects.get(product__ref=ref("bp"), price_list__ref=ref("dist-list"))
    models.Price.objects.create(price_list=bp.price_list, product=bp.product, min_quantity=10, unit_minor=900)
    return made


def add(browser: Client, made: Shop, name: str, quantity: object = 1, customer: str = "") -> Any:  # noqa: ANN401 - likewise
    """So many into the basket."""
    form = {"quantity": quantity, "customer": named(made, customer), "to": "/catalog"}
    return browser.post(f"/catalog/{made.product(name).id}", form)


def named(made: Shop, customer: str) -> str:
    """What a form calls the buyer."""
    return str(made.organization(customer).id) if customer else ""


def text(answer: Any) -> str:  # noqa: ANN401 - as Django's test client answers
    """What a page says, without its markup, spaces as spaces."""
    said = re.sub(r"<(script|style|template).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    said = html.unescape(re.sub(r"<[^>]+>", " ", said))
    return re.sub(r"\s+", " ", said)


def hidden(answer: Any, name: str) -> str:  # noqa: ANN401 - likewise
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    assert found, name
    return html.unescape(found[1])
