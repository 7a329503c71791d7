"""The dashboards: a reseller's four widgets (R102-R104), a distributor's own (R105).

The page itself is quick: what adds up many rows (figures, the product mix, credit) comes after it as
fragments. Who has no JavaScript asks for them with the page (`?figures=now`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from babel.numbers import format_decimal
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from placet.actions.glance import glance
from placet.actions.list_buyers import sells_to_partners
from placet.actions.list_dashboard import COUNTED, Dashboard, Widget, read_dashboard
from placet.actions.read_statistics import ProductMix, Slice, read_product_mix, read_statistics
from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.statistics import MixPeriod
from placet.domain.words import BillingType, Kind, ProductType
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.money import NO_BREAK, locale
from placet.entrypoints.portal.orders.rows import OrderRow, row_of

SHOWN: Final = 8
GLANCED: Final = 5
WHOLE: Final = 100
SLICES: Final = 12
"""Slices of a pie, each in a colour of its own: the last gathers the rest, where there are more."""


class MixForm(Form):
    """Which of what was bought is in the pie."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[
            (MixPeriod.THIS_MONTH.value, _("This month")),
            (MixPeriod.LAST_MONTH.value, _("Last month")),
            (MixPeriod.LAST_3_MONTHS.value, _("Last three months")),
        ],
    )
    product_type = forms.ChoiceField(
        label=_("Product type"),
        required=False,
        choices=[
            ("", _("All types")),
            (ProductType.SOFTWARE_SUBSCRIPTION.value, _("Software subscription")),
            (ProductType.RESERVED_INSTANCE.value, _("Reserved instance")),
            (ProductType.ESD.value, _("ESD")),
            (ProductType.USAGE.value, _("Usage")),
            (ProductType.SERVICE.value, _("Service")),
        ],
    )
    billing_type = forms.ChoiceField(
        label=_("Billing type"),
        required=False,
        choices=[
            ("", _("All billing")),
            (BillingType.ONE_TIME.value, _("One time")),
            (BillingType.MONTHLY.value, _("Monthly")),
            (BillingType.ANNUAL.value, _("Annual")),
            (BillingType.USAGE.value, _("Usage")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"


@page(kinds=SELLERS)
def dashboard(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What stands, and what waits."""
    found = read_dashboard(by=caller.actor, of=caller.organization, shown=SHOWN)
    shown = {
        "now": now(),
        "dashboard": found,
        "widgets": {name: _widget(each, caller) for name, each in found.widgets.items()},
        "credit": _has_credit(found, caller),
        "can_order": caller.may(Permission.ORDER),
        "mix_query": _mix_query(request),
        "at_once": "figures" in request.GET,
    }
    if shown["at_once"]:
        shown |= _figures(caller) | _mix(request, caller) | _glance(caller)
    return show(request, "portal/dashboard.html", shown)


def _has_credit(found: Dashboard, caller: Caller) -> bool:
    """Whether it sells to partners, whose credit it looks after."""
    return found.sells_first or (caller.kind is Kind.RESELLER and sells_to_partners(by=caller.actor))


@dataclass(frozen=True, slots=True)
class ShownWidget:
    """A list's first orders, and how many there are in words."""

    rows: Sequence[OrderRow]
    count: str
    more: bool


def _widget(widget: Widget, caller: Caller) -> ShownWidget:
    count = f"{COUNTED - 1}+" if widget.count >= COUNTED else str(widget.count)
    rows = [row_of(order, caller.actor) for order in widget.orders]
    return ShownWidget(rows, count, widget.count > len(rows))


# Fragments ----------------------------------------------------------------------------------


@page(kinds=SELLERS)
def figures(request: HttpRequest, caller: Caller) -> HttpResponse:
    """General statistics (R102)."""
    return _fragment(request, "portal/dashboard_figures.html", _figures(caller))


@page(kinds=SELLERS)
def mix(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The product mix (R103); the page's address then says what is in it."""
    answer = _fragment(request, "portal/dashboard_mix.html", _mix(request, caller))
    if request.headers.get("HX-Trigger") == "mix-form":
        answer.headers["HX-Replace-Url"] = f"{reverse('dashboard')}{_mix_query(request)}"
    return answer


@page(kinds=SELLERS)
def credit(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Buyers near their limits, and late ones (R105)."""
    return _fragment(request, "portal/dashboard_credit.html", _glance(caller))


def _fragment(request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
    """The part alone, to who builds it into the page; everybody else gets the page with it."""
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return show(request, template, shown)
    asked = request.GET.dict() | {"figures": "now"}
    return HttpResponseRedirect(f"{reverse('dashboard')}?{urlencode(asked)}")


def _figures(caller: Caller) -> dict[str, Any]:
    found = read_statistics(by=caller.actor, at=now())
    return {"figures": None if isinstance(found, Refusal) else found}


def _glance(caller: Caller) -> dict[str, Any]:
    return {"glance": glance(by=caller.actor, most=GLANCED, at=now())}


def _mix(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    form = MixForm(_asked(request) or None)
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = read_product_mix(
        period=MixPeriod(said.get("period") or MixPeriod.THIS_MONTH),
        product_type=ProductType(said["product_type"]) if said.get("product_type") else None,
        billing_type=BillingType(said["billing_type"]) if said.get("billing_type") else None,
        by=caller.actor,
        at=now(),
    )
    if isinstance(found, Refusal):
        return {"mix": None}
    return {"mix": found, "slices": _slices(found), "form": form, "filtered": any(said.values())}


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: value for name in MixForm.base_fields if (value := request.GET.get(name))}


def _mix_query(request: HttpRequest) -> str:
    asked = _asked(request)
    return f"?{urlencode(asked)}" if asked else ""


def _slices(found: ProductMix) -> list[dict[str, Any]]:
    """The largest, and all others as one."""
    most = SLICES if len(found.slices) <= SLICES else SLICES - 1
    shown = [_slice(each) for each in found.slices[:most]]
    rest = found.slices[most:]
    if rest:
        amount = Money(sum(each.amount.minor for each in rest), found.total.currency)
        shown.append({"name": None, "count": len(rest), "amount": amount, "share": _percent(rest)})
    return shown


def _slice(each: Slice) -> dict[str, Any]:
    return {"name": each.product["name"], "amount": each.amount, "share": _percent([each])}


def _percent(slices: Sequence[Slice]) -> str:
    share = Decimal(sum(each.share for each in slices)) / 100
    digits = "0" if share == WHOLE else "0.0"
    return f"{format_decimal(share, digits, locale=locale())}{NO_BREAK}%"


urls = [
    path("dashboard", dashboard, name="dashboard"),
    path("dashboard/figures", figures, name="dashboard-figures"),
    path("dashboard/mix", mix, name="dashboard-mix"),
    path("dashboard/credit", credit, name="dashboard-credit"),
]
