"""Catalog and prices (R4, R7): a seller's own price lists, what stands on them, who buys by them."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from placet.actions import edit_catalog, read_prices
from placet.actions.browse_catalog import find_vendors
from placet.actions.read_prices import OpenList, Place, Wanted, When
from placet.actions.set_price import WantedPrice, end_price, set_price
from placet.domain.money import Money, is_currency
from placet.domain.parties import Permission
from placet.domain.price_rows import Became
from placet.domain.refusals import Refusal
from placet.domain.validity import begins, ends
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.storage.db import Row
from placet.storage.facts import as_uuid

MOST_VENDORS: Final = 500
MOST_FOUND: Final = 20
MOST_QUANTITY: Final = 1_000_000

# Lists ---------------------------------------------------------------------------------------

LISTS: Final = (
    Column("name", _("Price list"), fixed=True),
    Column("currency", _("Currency")),
    Column("by", _("Prices by")),
    Column("valid", _("Valid")),
    Column("prices", _("Prices"), css="num"),
    Column("discounts", _("Discounts"), css="num"),
    Column("buyers", _("Buyers"), css="num"),
    Column("ref", _("Ref"), hidden=True),
)


@page(kinds=SELLERS)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The caller's own price lists."""
    table = Table(request, LISTS, name="lists-table")
    after = keyset.after_id(table.cursor) if table.cursor and not table.csv else None
    found = read_prices.find_lists(by=caller.actor, after=after, most=table.limit)
    rows = [_dated(row, caller) for row in found]
    if table.csv:
        return table.as_csv(translated("price lists"), [_list_exported(row) for row in rows])
    table.of_one_more(rows, lambda row: keyset.cursor_of(row["id"]))
    context = {
        "table": table,
        "may_change": read_prices.may_change(by=caller.actor),
        "counted": read_prices.COUNTED,
    }
    return show(request, "portal/prices.html", context)


def _list_exported(row: Row) -> Row:
    by = f"+{row['markup_percent']} %" if row["markup_percent"] is not None else translated("fixed prices")
    days = [str(day or "") for day in (row["first_day"], row["last_day"])]
    return row | {"name": row["name"] or row["ref"], "by": by, "valid": "/".join(days) if any(days) else ""}


def _dated(row: Row, caller: Caller) -> Row:
    """With the first and the last day that it is valid on, where its owner is."""
    return row | {"first_day": _first_day(row, caller), "last_day": _last_day(row, caller)}


def _first_day(row: Row, caller: Caller) -> date | None:
    return _day(row["valid_from"], caller) if row["valid_from"] else None


def _last_day(row: Row, caller: Caller) -> date | None:
    return _day(row["valid_to"] - timedelta(microseconds=1), caller) if row["valid_to"] else None


def _day(moment: datetime, caller: Caller) -> date:
    return moment.astimezone(ZoneInfo(caller.membership.time_zone)).date()


# One list ------------------------------------------------------------------------------------

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
    opened = _opened(caller, price_list)
    table = Table(request, PRICES, filters=PriceFilter(request.GET), name="prices-table")
    rows = read_prices.find_prices(price_list=price_list, wanted=_wanted(table), at=now(), most=table.limit)
    table.of_one_more([_price(row, opened, caller) for row in rows], _cursor)
    context = {
        "opened": opened,
        "row": _dated(opened.row, caller),
        "table": table,
        "discounts": [_dated(row, caller) for row in opened.discounts],
        "most_buyers": read_prices.MOST_BUYERS,
        "may_change": read_prices.may_change(by=caller.actor),
    }
    return show(request, "portal/price_list.html", context)


def _opened(caller: Caller, price_list: UUID) -> OpenList:
    opened = read_prices.open_list(by=caller.actor, price_list=price_list)
    if isinstance(opened, Refusal):
        raise Http404
    return opened


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
    return _dated(row, caller) | {"unit": Money(row["unit_minor"], opened.row["currency"]), "start": start}


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


# A list as such ------------------------------------------------------------------------------


class ListForm(Form):
    """What is to be said of a list."""

    name = forms.CharField(label=_("Name"), max_length=200)
    markup_percent = forms.DecimalField(
        label=_("Markup in percent"),
        required=False,
        min_value=-100,
        max_value=99_999,
        max_digits=9,
        decimal_places=4,
        help_text=_("Over what you pay for a unit yourself. A fixed price on the list wins."),
    )
    first_day = DayField(label=_("Valid from"), help_text=_("Empty: since ever."))
    last_day = DayField(
        label=_("Last day"), help_text=_("Empty: until further notice. Outside, the list sells nothing.")
    )

    def __init__(self, *args: Any, markup: bool, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        if not markup:
            del self.fields["markup_percent"]

    def changes(self, zone: str) -> dict[str, Any]:
        """As the action takes it, in the owner's time zone."""
        said = self.cleaned_data
        found = {"name": said["name"], "valid_from": begins(said["first_day"], zone)}
        found["valid_to"] = ends(said["last_day"], zone)
        return found | ({"markup_percent": said["markup_percent"]} if "markup_percent" in self.fields else {})


FIELDS: Final = {
    "valid_from": "first_day",
    "valid_to": "last_day",
    "percent": "percent",
    "product": "product",
}


def _into(form: Form, refusal: Refusal) -> None:
    """The refusal beside the fields as this page calls them."""
    errors = {FIELDS.get(name, name): words for name, words in refusal.facts.get("errors", {}).items()}
    into(form, Refusal(refusal.code, refusal.detail, {**refusal.facts, "errors": errors} if errors else {}))


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def edit(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """Its name, its markup, its time."""
    opened = _opened(caller, price_list)
    row = _dated(opened.row, caller)
    markup = read_prices.buys_in(by=caller.actor) == row["currency"]
    sent = request.POST if request.method == "POST" else None
    form = ListForm(sent, markup=markup, initial={name: row.get(name) for name in ListForm.base_fields})
    if form.is_bound and form.is_valid():
        became = edit_catalog.change_price_list(
            by=caller.actor, price_list=str(price_list), changes=form.changes(caller.membership.time_zone)
        )
        if not isinstance(became, Refusal):
            return done(
                request, translated("Saved. Orders placed before keep their prices."), to=_to(price_list)
            )
        _into(form, became)
    context = {"row": row, "form": form}
    return show(request, "portal/price_list_edit.html", context, status=422 if form.errors else 200)


def _to(price_list: UUID) -> str:
    return reverse("price-list", args=[price_list])


class NewListForm(Form):
    """A list to begin with: a markup, or the first fixed price."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3, help_text=_("As EUR or GBP."))
    markup_percent = ListForm.base_fields["markup_percent"]
    product = forms.CharField(
        label=_("First product"), required=False, max_length=300, help_text=_("Its name, SKU or ref.")
    )
    unit_price = AmountField(label=_("Its unit price"), required=False)
    ref = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        label=_("Ref"),
        required=False,
        max_length=100,
        help_text=_("What files and programs call it: letters, digits, hyphens."),
    )

    def clean_currency(self) -> str:
        """One of ISO 4217."""
        code: str = self.cleaned_data["currency"].upper()
        if not is_currency(code):
            raise forms.ValidationError(_("There is no such currency."))
        return code


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def new(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A list of one's own."""
    buys_in = read_prices.buys_in(by=caller.actor)
    sent = request.POST if request.method == "POST" else None
    form = NewListForm(sent, initial={"currency": buys_in or ""})
    if buys_in is None:
        del form.fields["markup_percent"]
    if form.is_bound and form.is_valid() and (wanted := _new_list(form)):
        added = edit_catalog.add_price_list(by=caller.actor, new=wanted)
        if not isinstance(added, Refusal):
            words = translated("%(name)s is there. A contract that names it sells by it.")
            return done(request, words % {"name": added["name"]}, to=_to(added["id"]))
        _into(form, added)
    context = {"form": form, "buys_in": buys_in}
    return show(request, "portal/price_list_new.html", context, status=422 if form.errors else 200)


def _new_list(form: NewListForm) -> edit_catalog.NewPriceList | None:
    said = {**form.cleaned_data}
    product = _resolved(form) if said["product"] else None
    if product and not said["unit_price"]:
        form.add_error("unit_price", translated("What does a unit cost?"))
    if not said["product"] and said.get("markup_percent") is None:
        form.add_error("product", translated("A list begins with a markup or with a first price."))
    if form.errors:
        return None
    prices = {"unit_price": edit_catalog.NewPrice(product, said["unit_price"])} if product else {}
    return edit_catalog.NewPriceList(
        currency=said["currency"],
        name=said["name"],
        prices=prices,
        markup_percent=said.get("markup_percent"),
        valid_from=None,
        valid_to=None,
        ref=said["ref"] or None,
    )


def _resolved(form: Form) -> str | None:
    """The id of the product that was typed, or a word beside the field."""
    found = read_prices.product_meant(text=form.cleaned_data["product"])
    if isinstance(found, UUID):
        return str(found)
    if found:
        words = translated("Which one? %(names)s") % {"names": "; ".join(found)}
    else:
        words = translated("There is no such product.")
    form.add_error("product", words)
    return None


# Prices --------------------------------------------------------------------------------------


class PriceForm(Form):
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
    opened = _opened(caller, price_list)
    asked = request.POST if request.method == "POST" else request.GET
    product = read_prices.product_of(product=as_uuid(asked.get("product", "")))
    if product is None:
        text = request.GET.get("q", "")[:200].strip()
        found = read_prices.products_like(text=text, most=MOST_FOUND) if text else []
        return show(request, "portal/price_find.html", {"row": opened.row, "text": text, "found": found})
    standing = _standing(asked, price_list, product)
    form = PriceForm(
        request.POST if request.method == "POST" else None, initial=_as_typed(standing, opened, caller)
    )
    if form.is_bound and form.is_valid():
        became = set_price(
            by=caller.actor, price_list=str(price_list), wanted=_stated(form, standing, product, caller)
        )
        if isinstance(became, Became):
            return done(request, _said(became, product["name"]), to=_to(price_list))
        _into(form, became)
    context = {
        "row": opened.row,
        "product": product,
        "standing": standing,
        "form": form,
        "today": _day(now(), caller),
    }
    return show(request, "portal/price.html", context, status=422 if form.errors else 200)


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


def _as_typed(standing: Row | None, opened: OpenList, caller: Caller) -> Row:
    if standing is None:
        return {"min_quantity": 1, "first_day": _day(now(), caller)}
    return _dated(standing, caller) | {"unit_price": typed(standing["unit_minor"], opened.row["currency"])}


def _stated(form: PriceForm, standing: Row | None, product: Row, caller: Caller) -> WantedPrice:
    """Days as they were typed; where one is left as it stood, the very moment stays."""
    said = form.cleaned_data
    first, last = said["first_day"], said["last_day"]
    if standing and first == _first_day(standing, caller):
        first = standing["valid_from"]
    if standing and last == _last_day(standing, caller):
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
    _opened(caller, price_list)
    form = EndForm(request.POST)
    if not form.is_valid():
        return refused(
            request, Refusal("invalid", translated("Please say the last day.")), to=_to(price_list)
        )
    said = form.cleaned_data
    product = read_prices.product_of(product=said["product"])
    if product is None:
        raise Http404
    start, at = _moment(said["start"]), said["last_day"] + timedelta(days=1)
    late = start is not None and _day(start, caller) >= at
    became = end_price(
        by=caller.actor,
        price_list=str(price_list),
        product=str(product["id"]),
        min_quantity=said["of"],
        at=start if late else at,
    )
    if isinstance(became, Refusal):
        return refused(request, became, to=_to(price_list))
    return done(request, _said(became, product["name"]), to=_to(price_list))


# Discounts -----------------------------------------------------------------------------------


class DiscountForm(Form):
    """A percentage off a line (R7)."""

    percent = forms.DecimalField(
        label=_("Percent off"), min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    min_quantity = forms.IntegerField(
        label=_("From quantity"), min_value=1, max_value=MOST_QUANTITY, initial=1
    )
    product = forms.CharField(
        label=_("Product"),
        required=False,
        max_length=300,
        help_text=_("Its name, SKU or ref. Empty: everything that has no discount of its own."),
    )
    first_day = DayField(label=_("Valid from"))
    last_day = DayField(label=_("Last day"))


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def discount(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """A discount to add."""
    opened = _opened(caller, price_list)
    form = DiscountForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (wanted := _new_discount(form, caller)):
        added = edit_catalog.add_discount(by=caller.actor, price_list=str(price_list), new=wanted)
        if not isinstance(added, Refusal):
            return done(request, translated("The discount is there."), to=_to(price_list))
        _into(form, added)
    context = {"row": opened.row, "form": form}
    return show(request, "portal/discount.html", context, status=422 if form.errors else 200)


def _new_discount(form: DiscountForm, caller: Caller) -> edit_catalog.NewDiscount | None:
    said, zone = {**form.cleaned_data}, caller.membership.time_zone
    product = _resolved(form) if said["product"] else None
    if said["percent"] <= 0:
        form.add_error("percent", translated("More than 0."))
    if form.errors:
        return None
    first, last = begins(said["first_day"], zone), ends(said["last_day"], zone)
    return edit_catalog.NewDiscount(product, said["percent"], said["min_quantity"], first, last)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def remove_discount(request: HttpRequest, caller: Caller, price_list: UUID, discount: UUID) -> HttpResponse:
    """A discount less."""
    refusal = edit_catalog.remove_discount(
        by=caller.actor, price_list=str(price_list), discount=str(discount)
    )
    if refusal:
        return refused(request, refusal, to=_to(price_list))
    return done(
        request, translated("The discount was removed. Orders placed before keep it."), to=_to(price_list)
    )


urls = [
    path("prices", listed, name="prices"),
    path("prices/new", new, name="price-list-new"),
    path("prices/<uuid:price_list>", one, name="price-list"),
    path("prices/<uuid:price_list>/edit", edit, name="price-list-edit"),
    path("prices/<uuid:price_list>/price", price, name="price"),
    path("prices/<uuid:price_list>/price/end", end, name="price-end"),
    path("prices/<uuid:price_list>/discount", discount, name="discount"),
    path(
        "prices/<uuid:price_list>/discounts/<uuid:discount>/remove", remove_discount, name="discount-remove"
    ),
]
