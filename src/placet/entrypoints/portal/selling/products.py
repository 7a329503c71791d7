"""Products and vendors (R3), as a seller deals in them: at what it pays, and at what its own list makes."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from placet.actions import edit_catalog, read_prices
from placet.actions.browse_catalog import Offer, Wanted, find_products, find_vendors
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import BillingType, Fulfilment, Kind, ProductType
from placet.domain.world.shape import Connector
from placet.entrypoints.portal.buying.ordering import BILLING_TYPES, PRODUCT_TYPES
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.answers import done, into, now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.selling.open_list import MOST_QUANTITY
from placet.entrypoints.portal.selling.prices import vendors_by_name
from placet.storage.db import Row

MOST_LISTS: Final = 200
REF: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"
FULFILMENTS: Final = {
    Fulfilment.AUTOMATIC: _("Automatic"),
    Fulfilment.MANUAL: pgettext_lazy("fulfilment", "By hand"),
}
CONNECTORS: Final = {
    Connector.SANDBOX: _("Sandbox"),
    Connector.MANUAL: pgettext_lazy("fulfilment", "By hand"),
}

PRODUCT: Final = Column("product", _("Product"), fixed=True)
COST: Final = Column("cost", _("Your cost"), css="money")
REST: Final = (
    Column("vendor", _("Vendor")),
    Column("type", _("Type")),
    Column("billing", _("Billing")),
    Column("fulfilment", _("Delivery")),
    Column("sku", _("SKU"), hidden=True),
    Column("ref", _("Ref"), hidden=True),
    Column("term", _("Term, months"), css="num", hidden=True),
)
PRICE: Final = Column("price", _("By your list"), css="money")


class ProductFilter(Form):
    """Which products, and at which price."""

    q = forms.CharField(
        label=_("Name or SKU"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"placeholder": _("Name or SKU"), "type": "search", "size": 14}),
    )
    vendor = forms.ChoiceField(label=_("Vendor"), required=False)
    product_type = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("All types")), *PRODUCT_TYPES.items()]
    )
    billing_type = forms.ChoiceField(
        label=_("Billing"), required=False, choices=[("", _("All billing")), *BILLING_TYPES.items()]
    )
    price_list = forms.ChoiceField(label=_("Prices by"), required=False)
    quantity = forms.IntegerField(
        label=_("At the price of so many"),
        required=False,
        min_value=1,
        max_value=MOST_QUANTITY,
        widget=forms.NumberInput({"placeholder": _("Quantity"), "title": _("At the price of so many")}),
    )

    def __init__(self, *args: Any, lists: list[Row], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        vendor: Any = self.fields["vendor"]
        price_list: Any = self.fields["price_list"]
        vendor.choices = [("", _("All vendors")), *vendors_by_name()]
        named = [(str(row["id"]), row["name"] or row["ref"] or str(row["id"])) for row in lists]
        price_list.choices = [("", _("No list")), *named]


@page(kinds=SELLERS)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What the caller can buy, or as a top seller sell; at its own prices."""
    lists = read_prices.find_lists(by=caller.actor, after=None, most=MOST_LISTS)
    buys = read_prices.buys_in(by=caller.actor)
    prices = (*((COST,) if buys else ()), *((PRICE,) if request.GET.get("price_list") else ()))
    filters = ProductFilter(request.GET, lists=lists)
    table = Table(request, (PRODUCT, *REST, *prices), filters=filters, name="products-table")
    after = keyset.after_id(table.cursor) if table.cursor and not table.csv else None
    most = MOST_EXPORTED - 1 if table.csv else table.limit
    found = find_products(by=caller.actor, wanted=_wanted(table), after=after, most=most, at=now())
    offers = [] if isinstance(found, Refusal) else found
    if table.csv:
        return table.as_csv(translated("products"), [_exported(offer) for offer in offers])
    table.of_one_more(offers, lambda offer: keyset.cursor_of(offer.product["id"]))
    context = {
        "table": table,
        "types": PRODUCT_TYPES,
        "billings": BILLING_TYPES,
        "fulfilments": FULFILMENTS,
        "buys": buys,
        "may_add": edit_catalog.may_add_products(caller.actor) is None,
    }
    return show(request, "portal/products.html", context)


def _wanted(table: Table) -> Wanted:
    asked = table.filter_values
    kind, billing = asked.get("product_type"), asked.get("billing_type")
    return Wanted(
        vendor=asked.get("vendor", ""),
        product_type=ProductType(kind) if kind else None,
        billing_type=BillingType(billing) if billing else None,
        text=asked.get("q", ""),
        price_list=asked.get("price_list", ""),
        quantity=asked.get("quantity", 1),
    )


def _exported(offer: Offer) -> Row:
    row = offer.product
    prices = {"cost": offer.cost, "price": offer.price}
    return {
        "product": row["name"],
        "vendor": row["vendor"]["name"],
        "type": PRODUCT_TYPES[row["product_type"]],
        "billing": BILLING_TYPES[row["billing_type"]],
        "fulfilment": FULFILMENTS[row["fulfilment"]],
        "sku": row["sku"],
        "ref": row["ref"],
        "term": row["term_months"],
        **{name: " ".join(price.as_json().values()) for name, price in prices.items() if price},
    }


# Vendors -------------------------------------------------------------------------------------

VENDORS: Final = (
    Column("name", _("Vendor"), fixed=True),
    Column("ref", _("Ref")),
    Column("connector", _("Reached by")),
)


@page(kinds=SELLERS)
def vendors(request: HttpRequest, caller: Caller) -> HttpResponse:
    """All vendors: their names are no secret."""
    table = Table(request, VENDORS, name="vendors-table")
    after = keyset.after_id(table.cursor) if table.cursor and not table.csv else None
    found = find_vendors(after=after, most=MOST_EXPORTED - 1 if table.csv else table.limit)
    if table.csv:
        rows = [row | {"connector": CONNECTORS[row["connector"]]} for row in found]
        return table.as_csv(translated("vendors"), rows)
    table.of_one_more(found, lambda row: keyset.cursor_of(row["id"]))
    may_add = edit_catalog.may_add_products(caller.actor) is None
    return show(
        request, "portal/vendors.html", {"table": table, "may_add": may_add, "connectors": CONNECTORS}
    )


def _ref() -> forms.RegexField:
    return forms.RegexField(
        REF,
        label=_("Ref"),
        required=False,
        max_length=100,
        help_text=_("What files and programs call it: letters, digits, hyphens."),
        error_messages={"invalid": _("Letters, digits, dots, hyphens and underscores.")},
    )


class VendorForm(Form):
    """A vendor to add."""

    name = forms.CharField(label=_("Name"), max_length=200)
    connector = forms.ChoiceField(label=_("Reached by"), choices=list(CONNECTORS.items()))
    ref = _ref()


@page(kinds=[Kind.DISTRIBUTOR], may=Permission.ADMINISTER)
def new_vendor(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A vendor to add."""
    form = VendorForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        wanted = edit_catalog.NewVendor(said["name"], Connector(said["connector"]), said["ref"] or None)
        added = edit_catalog.add_vendor(by=caller.actor, new=wanted)
        if not isinstance(added, Refusal):
            return done(
                request, translated("%(name)s was added.") % {"name": added["name"]}, to=reverse("vendors")
            )
        into(form, added)
    return show(request, "portal/vendor_new.html", {"form": form}, status=422 if form.errors else 200)


# A product -----------------------------------------------------------------------------------


class ProductForm(Form):
    """A product to add."""

    name = forms.CharField(label=_("Name"), max_length=300)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=1000, help_text=_("One line, for the catalog.")
    )
    vendor = forms.ChoiceField(label=_("Vendor"))
    sku = forms.CharField(label=_("SKU"), required=False, max_length=100)
    product_type = forms.ChoiceField(label=_("Type"), choices=list(PRODUCT_TYPES.items()))
    billing_type = forms.ChoiceField(label=_("Billing"), choices=list(BILLING_TYPES.items()))
    fulfilment = forms.ChoiceField(label=_("Delivery"), choices=list(FULFILMENTS.items()))
    term_months = forms.IntegerField(
        label=_("Term in months"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("What is committed to. Empty: one billing period."),
    )
    trial = forms.BooleanField(
        label=_("A trial: costs nothing at ordering and ends by itself"), required=False
    )
    ref = _ref()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        vendor: Any = self.fields["vendor"]
        vendor.choices = [("", _("Choose a vendor")), *vendors_by_name()]


@page(kinds=[Kind.DISTRIBUTOR], may=Permission.ADMINISTER)
def new_product(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A product to add: for sale once it has prices."""
    form = ProductForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        added = edit_catalog.add_product(by=caller.actor, new=_new(form))
        if not isinstance(added, Refusal):
            words = translated("%(name)s was added. It is for sale once it has a price on your lists.")
            return done(request, words % {"name": added["name"]}, to=reverse("products"))
        into(form, added)
    return show(request, "portal/product_new.html", {"form": form}, status=422 if form.errors else 200)


def _new(form: ProductForm) -> edit_catalog.NewProduct:
    said = form.cleaned_data
    words = {
        "product_type": ProductType(said["product_type"]),
        "billing_type": BillingType(said["billing_type"]),
        "fulfilment": Fulfilment(said["fulfilment"]),
    }
    return edit_catalog.NewProduct(**{**said, **words, "ref": said["ref"] or None, "sandbox": {}})


urls = [
    path("products", listed, name="products"),
    path("products/new", new_product, name="product-new"),
    path("products/vendors", vendors, name="vendors"),
    path("products/vendors/new", new_vendor, name="vendor-new"),
]
