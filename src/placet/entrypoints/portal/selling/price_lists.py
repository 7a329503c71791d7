"""A seller's own price lists (R4): all of them, a new one, and what is to be said of one as such."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import edit_catalog, read_prices
from placet.domain.money import is_currency
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.validity import begins, ends
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.amounts import AmountField
from placet.entrypoints.portal.frame.answers import done, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.selling.open_list import dated, into_form, list_address, opened_list, resolved
from placet.storage.db import Row

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
    rows = [dated(row, caller) for row in found]
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


class ListForm(StandingForm):
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


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def edit(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """Its name, its markup, its time."""
    row = dated(opened_list(caller, price_list).row, caller)
    form = _list_form(caller, row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        became = saved(
            form,
            stands=lambda: _list_form(caller, dated(opened_list(caller, price_list).row, caller)),
            save=lambda: edit_catalog.change_price_list(
                by=caller.actor,
                price_list=str(price_list),
                changes=form.changes(caller.membership.time_zone),
            ),
        )
        if not isinstance(became, Refusal):
            words = translated("Saved. Orders placed before keep their prices.")
            return done(request, words, to=list_address(price_list))
        into_form(form, became)
    context = {"row": row, "form": form}
    return show(request, "portal/price_list_edit.html", context, status=422 if form.errors else 200)


def _list_form(caller: Caller, row: Row, sent: Any = None) -> ListForm:  # noqa: ANN401 - Django's
    markup = read_prices.buys_in(by=caller.actor) == row["currency"]
    return ListForm(sent, markup=markup, initial={name: row.get(name) for name in ListForm.base_fields})


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
            return done(request, words % {"name": added["name"]}, to=list_address(added["id"]))
        into_form(form, added)
    context = {"form": form, "buys_in": buys_in}
    return show(request, "portal/price_list_new.html", context, status=422 if form.errors else 200)


def _new_list(form: NewListForm) -> edit_catalog.NewPriceList | None:
    said = {**form.cleaned_data}
    product = resolved(form) if said["product"] else None
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


urls = [
    path("prices", listed, name="prices"),
    path("prices/new", new, name="price-list-new"),
    path("prices/<uuid:price_list>/edit", edit, name="price-list-edit"),
]
