"""The list of orders (R101): by date, filtered, as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.list_orders import Age, OrderFilter, find_orders
from placet.domain import view
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import Kind, OrderStatus
from placet.entrypoints.portal.frame.answers import csv_answer, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.keyset import after_id, cursor_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.story import Json

NUMBER: Final = Column("number", _("Order"), fixed=True)
CUSTOMER: Final = Column("customer", _("Customer"))
PARTNER: Final = Column("partner", _("Partner"))
STATUS: Final = Column("status", _("Status"))
PLACED: Final = Column("placed_at", _("Order date"), sort=True)
COST: Final = Column("total_cost", _("Total cost"), css="money")
AMOUNT: Final = Column("total_amount", _("Total amount"), css="money")
KIND: Final = Column("kind", _("Kind"), hidden=True)
COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    Kind.CUSTOMER: (NUMBER, STATUS, PLACED, AMOUNT, KIND),
    Kind.RESELLER: (NUMBER, CUSTOMER, STATUS, PLACED, COST, AMOUNT, KIND),
    Kind.DISTRIBUTOR: (NUMBER, CUSTOMER, PARTNER, STATUS, PLACED, AMOUNT, KIND),
}
"""What each kind of viewer has of an order: a customer no cost, a top seller neither."""
STATUSES: Final = [
    ("", _("Any status")),
    (OrderStatus.PENDING_APPROVAL.value, _("Waiting for approval")),
    (OrderStatus.UNEXECUTED.value, _("Short of credit")),
    (OrderStatus.SUBMITTED.value, _("Submitted")),
    (OrderStatus.EXECUTED.value, _("Executed")),
    (OrderStatus.REJECTED.value, _("Rejected")),
    (OrderStatus.CANCELLED.value, _("Cancelled")),
    (OrderStatus.EXPIRED.value, _("Expired")),
]
KINDS: Final[Mapping[str, Promise]] = {
    "new": _("New order"),
    "change": _("Change of a subscription"),
    "renewal": _("Renewal"),
    "cancel": _("Cancellation of a subscription"),
}
BATCH: Final = 500


class OrderFilterForm(Form):
    """Which orders."""

    q = forms.CharField(label=_("Number or customer"), required=False, max_length=200)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    placed_from = DayField(label=_("Placed from"))
    placed_to = DayField(label=_("Placed to"))
    customer = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        text = translated("Number") if kind is Kind.CUSTOMER else translated("Number or customer")
        self.fields["q"].label = text
        self.fields["q"].widget.attrs.update({"placeholder": text, "type": "search"})
        if kind is Kind.CUSTOMER:
            known = dict(STATUSES) | {OrderStatus.UNEXECUTED.value: _("Approved, in progress")}
            self.fields["status"].choices = list(known.items())  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Row:
    """An order in the list: rendered for who looks, and its neighbour below, where it has one."""

    order: Json
    partner: str
    label: str
    look: str


@page()
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The caller's orders by date, as it may see each."""
    filters = OrderFilterForm(caller.kind, request.GET)
    table = Table(
        request, COLUMNS[caller.kind], default_sort="-placed_at", filters=filters, name="orders-table"
    )
    wanted = _wanted(table.filter_values)
    first = Age.NEWEST if table.descending else Age.OLDEST
    if table.csv:
        return _exported(table, caller, wanted, first)
    found = _found(caller, wanted, after_id(table.cursor), table.limit, first)
    table.of_one_more(found, lambda order: cursor_of(order.id))
    table.rows = [row_in_list(order, caller) for order in table.rows]
    context = {"table": table, "kinds": KINDS, "customer": caller.kind is Kind.CUSTOMER}
    return show(request, "portal/orders.html", context)


def _wanted(asked: Mapping[str, Any]) -> OrderFilter:
    """As people say it: a day includes its evening, in their own zone."""
    until = asked.get("placed_to")
    return OrderFilter(
        status=OrderStatus(asked["status"]) if asked.get("status") else None,
        customer=asked.get("customer", ""),
        text=asked.get("q", ""),
        placed_from=_midnight(asked["placed_from"]) if asked.get("placed_from") else None,
        placed_to=_midnight(until + timedelta(days=1)) if until else None,
    )


def _midnight(day: Any) -> datetime:  # noqa: ANN401 - a date out of a form
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _found(caller: Caller, wanted: OrderFilter, after: UUID | None, most: int, first: Age) -> list[Order]:
    """Nothing, where the filter names a customer that is nobody's here."""
    found = find_orders(by=caller.actor, wanted=wanted, before=after, most=most, first=first)
    return [] if isinstance(found, Refusal) else found


def row_in_list(order: Order, caller: Caller) -> Row:
    """The order as a row for who looks."""
    shown = view.render(order, caller.actor)
    partner = view.sold_to(order, caller.organization.id)
    return Row(shown, partner.name if partner else "", words.label(shown), words.look(shown))


def _exported(table: Table, caller: Caller, wanted: OrderFilter, first: Age) -> HttpResponse:
    """The whole filtered list as a file, amounts and their currencies apart."""
    money = {"total_cost": translated("Currency of the cost"), "total_amount": translated("Currency")}
    header = [
        title
        for column in table.columns
        for title in (str(column.title), *filter(None, [money.get(column.name)]))
    ]
    labels = {label: str(said) for label, said in words.LABELS.items()}
    kinds = {kind: str(said) for kind, said in KINDS.items()}
    zone = ZoneInfo(caller.time_zone)

    def cells(order: Order) -> Iterator[str]:
        row = row_in_list(order, caller)
        for column in table.columns:
            match column.name:
                case "total_cost" | "total_amount":
                    amount: Json = row.order.get(column.name) or {}
                    yield from (amount.get("amount", ""), amount.get("currency", ""))
                case "number":
                    yield str(row.order["number"])
                case "customer":
                    yield str((row.order["customer"] or {}).get("name", ""))
                case "partner":
                    yield row.partner
                case "status":
                    yield labels.get(row.order["status_label"], str(row.order["status_label"]))
                case "kind":
                    yield kinds[row.order["kind"]]
                case _:
                    yield f"{datetime.fromisoformat(row.order['placed_at']).astimezone(zone):%Y-%m-%d %H:%M}"

    return csv_answer(translated("orders"), header, (list(cells(o)) for o in _all(caller, wanted, first)))


def _all(caller: Caller, wanted: OrderFilter, first: Age) -> Iterator[Order]:
    """Batch after batch, each from where the last one ended."""
    after, left = None, MOST_EXPORTED
    while left > 0:
        found = _found(caller, wanted, after, min(BATCH, left), first)
        yield from found[:BATCH]
        if len(found) <= BATCH:
            return
        after, left = found[BATCH - 1].id, left - BATCH


urls = [path("orders", listed, name="orders")]
