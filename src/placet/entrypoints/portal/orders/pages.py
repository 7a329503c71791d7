"""Orders: the list, one order, why it is where it is (R40, R101)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.doors import order_seen
from placet.actions.list_orders import Age, OrderFilter, find_orders, history_of
from placet.actions.order_messages import messages_of
from placet.actions.weigh_orders import short_exposure
from placet.domain import view
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import Kind, OrderStatus
from placet.entrypoints.portal.buying.checkout import in_words
from placet.entrypoints.portal.buying.status_page import status_part
from placet.entrypoints.portal.frame.answers import csv_answer, now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.keyset import after_id, cursor_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.rows import Deed, deeds_of
from placet.entrypoints.portal.orders.story import Story, story_of

Json = dict[str, Any]

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


# One order ------------------------------------------------------------------------------------


class Reason(Form):
    """Why something is rejected, cancelled, released or given up."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3, "autofocus": True})
    )
    note = forms.CharField(
        label=_("Note"), max_length=4000, required=False, widget=forms.Textarea({"rows": 2})
    )


@page()
def one(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """One order. Its parts ask for themselves again while it is under way: what is unchanged since the
    `version` that they show is not sent."""
    order = seen(order_id, caller)
    if request.headers.get("HX-Target") == "order-body" and request.GET.get("version") == str(order.version):
        return HttpResponse(status=204)
    return order_page(request, caller, order)


def seen(order_id: UUID, caller: Caller) -> Order:
    """The order; to who is no party of it, it is not there."""
    found = order_seen(order_id, caller.actor)
    if isinstance(found, Refusal):
        raise Http404
    return found


def told(order: Order, caller: Caller) -> Story:
    """The order as this caller may be told of it, with its history."""
    return story_of(order, caller.actor, caller.kind, history_of(order.id))


def order_page(  # noqa: PLR0913 - what a form that came back needs, by name
    request: HttpRequest,
    caller: Caller,
    order: Order,
    *,
    verb: str = "",
    form: Reason | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the order; with the dialog of that verb open, where its form came back."""
    story = told(order, caller)
    deeds = deeds_of(order, caller.actor)
    parts = [_part(story, sub) for sub in story.order["sub_orders"]]
    context = {
        **_shown(story),
        "status_part": status_part(request, order, caller),
        "billing": in_words(story.order.get("billing")),
        "deeds": [deed for deed in deeds if deed.verb != "execute"],
        "dialogs": [
            dialog.with_form(form if dialog.id == verb else None) for dialog in _dialogs(story, deeds, parts)
        ],
        "lines": [
            {
                **line,
                "discounted": Decimal(line["discount"]["amount"]) != 0,
                "details": in_words(line.get("service_details")),
            }
            for line in story.order["lines"]
        ],
        "menu_of_actions": story.status in ("pending_approval", "unexecuted") and _menu(deeds),
        "warning": words.warning(story),
        "track": words.track(story),
        "run": words.checks(story, story.runs[-1]) if story.runs else [],
        "checked_at": story.runs[-1][-1]["at"] if story.runs else None,
        "timeline": words.timeline(story),
        "parts": parts,
        "waiting": [line for line in story.order["lines"] if line["delivery_status"] == "waiting"],
        "buyer_name": words.buyer_name(story),
        **_addresses(story),
    }
    return show(request, "portal/order.html", context, status=status)


def _shown(story: Story) -> Json:
    return {
        "story": story,
        "order": story.order,
        "label": words.label(story.order),
        "look": words.look(story.order),
        "kind": KINDS[story.order["kind"]],
        "closed": story.closed,
    }


def _addresses(story: Story) -> Json:
    """Where the pages of the neighbour below are: the customer's, or the partner's."""
    partner = story.sold_to
    if partner is None:
        return {}
    name = "customer" if partner.kind is Kind.CUSTOMER else "partner"
    own = partner.name == words.buyer_name(story)
    return {"buyer_address" if own else "partner_address": reverse(name, args=[partner.id])}


def _menu(deeds: tuple[Deed, ...]) -> bool:
    return any(deed.verb != "execute" for deed in deeds)


@dataclass(frozen=True, slots=True)
class Dialog:
    """A dialog that asks for a reason before something is done; `form` is what came back wrong."""

    id: str
    address: str
    title: str | Promise
    text: str | Promise
    label: str | Promise
    button: str | Promise
    gentle: bool = False
    note: str | Promise = ""
    form: Reason | None = None

    def with_form(self, form: Reason | None) -> "Dialog":
        """With what was typed, where it has to be typed again."""
        return replace(self, form=form)


TOLD: Final = _("Reason, told to everyone in the chain")


def _dialogs(story: Story, deeds: tuple[Deed, ...], parts: "list[Part]") -> Iterator[Dialog]:
    for deed in deeds:
        if deed.verb == "reject":
            yield reject_dialog(story, deed.address)
        elif deed.asks:
            gentle = deed.verb == "release"
            label = _("Why; it is kept with the order") if gentle else TOLD
            yield Dialog(deed.verb, deed.address, deed.title, deed.words, label, deed.title, gentle=gentle)
    for part in parts:
        if part.may_cancel:
            yield Dialog(
                f"part-{part.id}",
                reverse("order-part-cancel", args=[story.order["id"], part.id]),
                _("Give up what is not delivered?"),
                _("Its reserved credit is free again; what a card paid for it is given back."),
                TOLD,
                _("Give up"),
            )


def reject_dialog(story: Story, address: str) -> Dialog:
    """The dialog of a no (R31): a reason that is told, a note that is not."""
    viewer = next(
        (step["approver"]["name"] for step in story.order["approvals"] if step["tier"] == story.place), ""
    )
    return Dialog(
        "reject",
        address,
        translated("Reject %s?") % story.order["number"],
        _("This ends the whole order for good, for every partner of the chain."),
        _("Reason, told to the customer"),
        _("Reject order"),
        note=translated("Note, stays inside %s") % viewer if viewer else _("Note, stays inside"),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-order: its lines, whose vendor they are, what it comes to as the viewer sees it."""

    id: str
    status: str
    reason: str
    vendor: str
    lines: list[Json]
    amount: Json | None
    may_retry: bool
    may_cancel: bool


def _part(story: Story, sub: Json) -> Part:
    lines = [line for line in story.order["lines"] if line["id"] in sub["lines"]]
    states = {line["delivery_status"] for line in lines}
    acts = story.top and story.status == "submitted" and not story.charging
    return Part(
        id=sub["id"],
        status=sub["status"],
        reason=sub.get("reason") or "",
        vendor=lines[0]["vendor"]["name"] if lines else "",
        lines=lines,
        amount=_sum([line["total_amount"] for line in lines if "total_amount" in line]),
        may_retry=acts and "failed" in states,
        may_cancel=acts and bool(states & {"failed", "waiting"}),
    )


def _sum(amounts: list[Json]) -> Json | None:
    """All in one currency: those of one link."""
    if not amounts:
        return None
    total = sum((Decimal(amount["amount"]) for amount in amounts), Decimal(0))
    return {"amount": str(total), "currency": amounts[0]["currency"]}


@page()
def why(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """Why the order is where it is, in sentences (R40)."""
    order = seen(order_id, caller)
    story = told(order, caller)
    runs = [
        (number, run[-1]["at"], words.checks(story, run)) for number, run in enumerate(story.runs, start=1)
    ]
    context = {
        **_shown(story),
        "verdict": words.verdict(story),
        "to_go_on": [*words.to_go_on(story), *_available_now(order, story, caller)],
        "steps": words.steps(story),
        "runs": runs[::-1],
        "not_done": words.not_done(story),
        "messages_sent": [_message(row) for row in messages_of(order.id, by=caller.actor)],
    }
    return show(request, "portal/order_why.html", context)


def _available_now(order: Order, story: Story, caller: Caller) -> list[str]:
    """Whether the credit that was short is there by now; of the viewer's own link."""
    if story.short is None or "retry" not in story.may:
        return []
    tier = next(tier for tier in order.short_tiers if tier in (story.place, story.place + 1))
    return [words.available_now(short_exposure(order, tier, by=caller.actor, at=now()))]


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook: when the fact was, what it was, where it went, what came of it."""

    at: datetime
    type: str
    host: str
    url: str
    status: str
    answer: str


def _message(row: Json) -> Message:
    url = str(row["url"])
    host = url.split("://", 1)[-1].split("/", 1)[0]
    return Message(row["at"], row["type"], host, url, row["status"], words.webhook_answer(row))


urls = [
    path("orders", listed, name="orders"),
    path("orders/<uuid:order_id>", one, name="order"),
    path("orders/<uuid:order_id>/why", why, name="order-why"),
]
