"""One price list with its prices (R4): they are looked through, set, and ended."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from placet.actions import read_prices
from placet.actions.browse_catalog import find_vendors
from placet.actions.read_prices import OpenList, Place, Wanted, When
from placet.actions.set_price import WantedPrice, end_price, set_price
from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.price_rows import Became
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import done, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.selling.open_list import (
    MOST_QUANTITY,
    begins_on,
    dated,
    ends_on,
    into_form,
    list_address,
    local_day,
    opened_list,
)
from placet.storage.db import Row
from placet.storage.facts import as_uuid

MOST_VENDORS: Final = 500
MOST_FOUND: Final = 20
PRICES: Final = (
    Column("product", _("Product"), fixed=True),
    Column("sku", _("SKU"), hidden=True),
    Column("vendor", _("Vendor")),
    Column("min_quantity", _("From quantity"), css="num"),
    Column("valid", _("Valid")),
    Column("unit_price", _("Unit price"), css="money"),
)


class PriceFilter(Form):
    """Which prices."""

    q = forms.CharField(
        label=_("Product or SKU"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"placeholder": _("Product or SKU"), "type": "search", "size": 18}),
    )
    vendor = forms.ChoiceField(label=_("Vendor"), required=False)
    when = forms.ChoiceField(
        label=_("Time"),
        required=False,
        choices=[
            ("", _("Any time")),
            (When.NOW, _("Valid now")),
            (When.LATER, _("Valid later")),
            (When.OVER, pgettext_lazy("price", "Over")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        vendor: Any = self.fields["vendor"]
        vendor.choices = [("", _("All vendors")), *vendors_by_name()]


def vendors_by_name() -> list[tuple[str, str]]:
    """Ids and names, as a select has them."""
    found = find_vendors(after=None, most=MOST_VENDORS)
    return sorted(((str(row["id"]), row["name"]) for row in found), key=lambda pair: pair[1].casefold())


@page(kinds=SELLERS)
def one(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """One of the caller's lists with its prices, by product."""
    opened = opened_list(caller, price_list)
    table = Table(request, PRICES, filters=PriceFilter(request.GET), name="prices-table")
    rows = read_prices.find_prices(price_list=price_list, wanted=_wanted(table), at=now(), most=table.limit)
    table.of_one_more([_price(row, opened, caller) for row in rows], _cursor)
    context = {
        "opened": opened,
        "row": dated(opened.row, caller),
        "table": table,
        "discounts": [dated(row, caller) for row in opened.discounts],
        "most_buyers": read_prices.MOST_BUYERS,
        "may_change": read_prices.may_change(by=caller.actor),
    }
    return show(request, "portal/price_list.html", context)


def _wanted(table: Table) -> Wanted:
    asked = table.filter_values
    return Wanted(
        text=asked.get("q", ""),
        vendor=as_uuid(asked.get("vendor", "")),
        when=When(asked["when"]) if asked.get("when") else None,
        after=_after(table.cursor) if table.cursor else None,
    )


def _price(row: Row, opened: OpenList, caller: Caller) -> Row:
    start = row["valid_from"].isoformat() if row["valid_from"] else ""
    return dated(row, caller) | {"unit": Money(row["unit_minor"], opened.row["currency"]), "start": start}


def _cursor(row: Row) -> str:
    return keyset.cursor_of(row["min_quantity"], row["start"], row["name"], row["product_id"])


def _after(cursor: str) -> Place | None:
    match keyset.parts(cursor):
        case [quantity, start, name, text] if (id_ := as_uuid(text)) and quantity.isdecimal():
            return Place(name, id_, int(quantity[:7]), _moment(start))
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


class PriceForm(StandingForm):
    """A unit price of one product."""

    unit_price = AmountField(label=_("Unit price"))
    min_quantity = forms.IntegerField(
        label=_("From quantity"),
        min_value=1,
        max_value=MOST_QUANTITY,
        initial=1,
        help_text=_("Every unit of a line of so many costs it."),
    )
    first_day = DayField(
        label=_("Valid from"), help_text=_("Empty: since ever. What holds on that day ends there.")
    )
    last_day = DayField(label=_("Last day"), help_text=_("Empty: until the next price begins."))


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def price(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """A price to change or to add: first its product is looked for, then what it costs is said."""
    opened = opened_list(caller, price_list)
    asked = request.POST if request.method == "POST" else request.GET
    product = read_prices.product_of(product=as_uuid(asked.get("product", "")))
    if product is None:
        text = request.GET.get("q", "")[:200].strip()
        found = read_prices.products_like(text=text, most=MOST_FOUND) if text else []
        return show(request, "portal/price_find.html", {"row": opened.row, "text": text, "found": found})
    made = partial(_price_form, asked, product, opened, caller)
    form, standing = made(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        became = saved(
            form,
            stands=lambda: made(None)[0],
            save=lambda: set_price(
                by=caller.actor, price_list=str(price_list), wanted=_stated(form, standing, product, caller)
            ),
        )
        if isinstance(became, Became):
            return done(request, _said(became, product["name"]), to=list_address(price_list))
        into_form(form, became)
    context = {
        "row": opened.row,
        "product": product,
        "standing": standing,
        "form": form,
        "today": local_day(now(), caller),
    }
    return show(request, "portal/price.html", context, status=422 if form.errors else 200)


def _price_form(
    asked: Any,  # noqa: ANN401 - Django's
    product: Row,
    opened: OpenList,
    caller: Caller,
    sent: Any,  # noqa: ANN401 - likewise
) -> tuple[PriceForm, Row | None]:
    """The form, and the price that it changes, if it is of one."""
    standing = _standing(asked, opened.row["id"], product)
    form = PriceForm(sent, initial=_as_typed(standing, opened, caller) if standing else {})
    if standing is None:
        form.fields["first_day"].initial = local_day(now(), caller)
    return form, standing


def _standing(asked: Any, price_list: UUID, product: Row) -> Row | None:  # noqa: ANN401 - Django's
    """The price that is to be changed, if one is."""
    quantity = asked.get("of", "")
    if not (quantity.isascii() and quantity.isdecimal() and len(quantity) < len(str(MOST_QUANTITY)) + 1):
        return None
    start = _moment(asked.get("start", ""))
    found = read_prices.price_on(
        price_list=price_list, product=product["id"], min_quantity=int(quantity), valid_from=start
    )
    return found and found | {"start": start.isoformat() if start else ""}


def _as_typed(standing: Row, opened: OpenList, caller: Caller) -> Row:
    return dated(standing, caller) | {"unit_price": typed(standing["unit_minor"], opened.row["currency"])}


def _stated(form: PriceForm, standing: Row | None, product: Row, caller: Caller) -> WantedPrice:
    """Days as they were typed; where one is left as it stood, the very moment stays."""
    said = form.cleaned_data
    first, last = said["first_day"], said["last_day"]
    if standing and first == begins_on(standing, caller):
        first = standing["valid_from"]
    if standing and last == ends_on(standing, caller):
        last = standing["valid_to"]
    return WantedPrice(str(product["id"]), said["unit_price"], said["min_quantity"], first, last)


def _said(became: Became, name: str) -> str:
    words = {
        Became.ADDED: translated("%(name)s has its new price. Orders placed before keep theirs."),
        Became.CHANGED: translated("The price of %(name)s was changed. Orders placed before keep theirs."),
        Became.ENDED: translated("That price of %(name)s has its end. Orders placed before keep it."),
    }
    return words.get(became, translated("The price of %(name)s stands so already.")) % {"name": name}


class EndForm(Form):
    """Which price, and its last day."""

    product = forms.UUIDField()
    of = forms.IntegerField(min_value=1, max_value=MOST_QUANTITY)
    start = forms.CharField(required=False, max_length=40)
    last_day = DayField(required=True)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def end(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """No such price any more after a day; one that would begin later never begins."""
    opened_list(caller, price_list)
    form = EndForm(request.POST)
    if not form.is_valid():
        return refused(
            request, Refusal("invalid", translated("Please say the last day.")), to=list_address(price_list)
        )
    said = form.cleaned_data
    product = read_prices.product_of(product=said["product"])
    if product is None:
        raise Http404
    start, at = _moment(said["start"]), said["last_day"] + timedelta(days=1)
    late = start is not None and local_day(start, caller) >= at
    became = end_price(
        by=caller.actor,
        price_list=str(price_list),
        product=str(product["id"]),
        min_quantity=said["of"],
        at=start if late else at,
    )
    if isinstance(became, Refusal):
        return refused(request, became, to=list_address(price_list))
    return done(request, _said(became, product["name"]), to=list_address(price_list))


urls = [
    path("prices/<uuid:price_list>", one, name="price-list"),
    path("prices/<uuid:price_list>/price", price, name="price"),
    path("prices/<uuid:price_list>/price/end", end, name="price-end"),
]
