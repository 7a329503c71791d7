"""The approvals inbox (R30-R36): what waits for the caller's yes or no, what each would do, deciding one or
several."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from placet.actions.approve_order import approve_order
from placet.actions.list_orders import decided_by, waiting_for
from placet.actions.reject_order import reject_order
from placet.actions.weigh_orders import exposures_of
from placet.domain import view
from placet.domain.exposure import Exposure
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.verbs import ROLES_FOR, Verb
from placet.entrypoints.portal.frame.answers import now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act, page
from placet.entrypoints.portal.frame.keyset import after_id, cursor_of
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.refusals import kindly
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.acts import STALE, decided_now, rejected, stale_words
from placet.entrypoints.portal.orders.dialogs import Dialog, Reason, reject_dialog
from placet.entrypoints.portal.orders.pages import seen, told
from placet.entrypoints.portal.orders.story import Story
from placet.storage.facts import as_uuid

Json = dict[str, Any]

MOST: Final = 50
"""So many stand in the inbox at once; the next ones follow as these are decided."""
MOST_AT_ONCE: Final = MOST
MOST_EXPORTED: Final = 1000
"""Decided orders in a file."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The exposure bar, in percent of its width."""

    before: str
    order_x: str
    order: str
    over_x: str
    over: str
    limit: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order in the queue: as the caller sees it, and what it does to the credit of its link."""

    order: Json
    buyer: str
    via: str
    exposure: Exposure
    next: str = ""

    @property
    def amount(self) -> Money:
        """The credit risk amount of the caller's level (R36)."""
        return self.exposure.money(self.exposure.link.gross)

    @property
    def short(self) -> Money | None:
        """By how much it is over the limit, if it is."""
        minor = self.exposure.short_minor
        return self.exposure.money(minor) if minor else None


@page()
def inbox(request: HttpRequest, caller: Caller, order_id: UUID | None = None) -> HttpResponse:
    """What waits; one of it with all that a decision needs: the first, where none is chosen."""
    return inbox_page(request, caller, order_id)


def inbox_page(  # noqa: PLR0913 - what a form that came back needs, by name
    request: HttpRequest,
    caller: Caller,
    order_id: UUID | None,
    *,
    form: Reason | None = None,
    bulk: Reason | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; with the dialog open whose form came back."""
    orders = waiting_for(by=caller.actor, before=None, most=MOST)
    chosen = _chosen(orders, order_id, caller)
    shown = [chosen, *orders] if chosen and all(chosen.id != order.id for order in orders) else orders
    weighed = exposures_of(shown, by=caller.actor, at=now())
    queue = [_waiting(order, caller, weighed[order.id]) for order in orders[:MOST]]
    context = {
        "queue": queue,
        "more": len(orders) > MOST,
        "totals": ", ".join(money_text(total) for total in _totals(queue)),
        "open": order_id is not None,
        "may_decide": caller.may(Permission.DECIDE),
        "ticked": set(request.POST.getlist("orders")),
        "bulk_form": bulk,
        "bulk_dialog": _bulk_dialog(caller, bulk),
        **(_detail(chosen, caller, weighed[chosen.id], orders, form) if chosen else {}),
    }
    return show(request, "portal/approvals.html", context, status=status)


def _chosen(orders: Sequence[Order], order_id: UUID | None, caller: Caller) -> Order | None:
    if order_id is None:
        return orders[0] if orders else None
    return next((order for order in orders if order.id == order_id), None) or seen(order_id, caller)


def _waiting(order: Order, caller: Caller, exposure: Exposure) -> Waiting:
    shown = view.render(order, caller.actor)
    buyer = exposure.link.buyer.name
    customer = shown["customer"]["name"] if shown["customer"] else buyer
    return Waiting(shown, customer, buyer if buyer != customer else "", exposure)


def _totals(queue: Sequence[Waiting]) -> list[Money]:
    """What it comes to at the caller's level, by currency."""
    sums: dict[str, int] = {}
    for each in queue:
        currency = each.exposure.link.currency
        sums[currency] = sums.get(currency, 0) + each.exposure.link.gross
    return [Money(minor, currency) for currency, minor in sums.items()]


def _detail(
    order: Order, caller: Caller, exposure: Exposure, queue: Sequence[Order], form: Reason | None
) -> Json:
    story = told(order, caller)
    own = exposure.link.buyer.id == caller.organization.id
    ids = [each.id for each in queue[:MOST]]
    place = ids.index(order.id) if order.id in ids else -1
    beside = {
        "next": ids[place + 1] if 0 <= place < len(ids) - 1 else None,
        "previous": ids[place - 1] if place > 0 else None,
    }
    waits = story.own_step is not None and story.own_step["status"] == "pending"
    return {
        "chosen": _waiting(order, caller, exposure),
        "story": story,
        "order": story.order,
        "lines": story.order["lines"],
        "own_credit": own,
        "other": exposure.link.seller if own else exposure.link.buyer,
        "bar": None if exposure.unlimited else bar_of(exposure),
        "before": exposure.money(exposure.before_minor),
        "after": exposure.money(exposure.after_minor),
        "limit": exposure.money(exposure.limit_minor),
        "weighed": words.weighed(exposure),
        "track": words.asking(story),
        "hint": words.waits_beside(story),
        "warning": words.warning(story),
        "too_late": "" if waits or story.own_step is None else stale_words(order, caller),
        "waits": waits and not story.charging,
        "dialog": _reject_dialog(story, form),
        **beside,
        "goes_on": _next_address(beside["next"] or beside["previous"]),
    }


def _reject_dialog(story: Story, form: Reason | None) -> Dialog:
    address = reverse("approval-reject", args=[story.order["id"]])
    return reject_dialog(story, address).with_form(form)


def _bulk_dialog(caller: Caller, form: Reason | None) -> Dialog:
    return Dialog(
        "reject-chosen",
        reverse("approvals-decide"),
        gettext_lazy("Reject the chosen orders?"),
        gettext_lazy("This ends each of them for good, for every partner of its chain."),
        gettext_lazy("Reason, told to the customers"),
        gettext_lazy("Reject orders"),
        note=_("Note, stays inside %s") % caller.organization.name,
        form=form,
    )


def _next_address(order: UUID | None) -> str:
    return reverse("approval", args=[order]) if order else reverse("approvals")


def bar_of(exposure: Exposure) -> Bar:
    """Before, this order, over the limit: scaled to the limit or to what is owed then, whichever is more."""
    scale = max(exposure.limit_minor, exposure.after_minor, 1)
    before, after = max(exposure.before_minor, 0), max(exposure.after_minor, 0)
    within = max(min(after, exposure.limit_minor), 0)

    def percent(minor: int) -> str:
        return f"{100 * minor / scale:.2f}%"

    over = max(after - max(within, before), 0)
    return Bar(
        before=percent(min(before, scale)),
        order_x=percent(before),
        order=percent(max(within - before, 0)),
        over_x=percent(after - over),
        over=percent(over),
        limit=percent(exposure.limit_minor),
    )


# Deciding one ---------------------------------------------------------------------------------


@act(may=ROLES_FOR[Verb.REJECT])
def reject(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """The caller's no; without a reason the inbox comes back with its dialog."""
    form = Reason(request.POST)
    if not form.is_valid():
        form.errors["reason"] = form.error_class([_("Say why: the customer reads this.")])
        return inbox_page(request, caller, order_id, form=form, status=422)
    return rejected(request, caller, order_id, form)


# Deciding several -----------------------------------------------------------------------------


@act(may=ROLES_FOR[Verb.APPROVE])
def decide(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The chosen ones, each on its own: what became of each is told."""
    ids = [id_ for text in request.POST.getlist("orders")[:MOST_AT_ONCE] if (id_ := as_uuid(text))]
    if not ids:
        return refused(request, Refusal("invalid", _("Choose at least one order.")), to=reverse("approvals"))
    form = None
    if request.POST.get("decision") == "reject":
        form = Reason(request.POST)
        if not form.is_valid():
            return inbox_page(request, caller, None, bulk=form, status=422)
    results = [(id_, _decided(id_, caller, form)) for id_ in ids]
    _tell(request, caller, results, no=form is not None)
    return HttpResponseRedirect(reverse("approvals"), status=303)


def _decided(order: UUID, caller: Caller, form: Reason | None) -> Order | Refusal:
    at = now()
    if form is None:
        became = approve_order(order_id=order, by=caller.actor, comment="", at=at)
    else:
        said = form.cleaned_data
        became = reject_order(
            order_id=order, by=caller.actor, reason=said["reason"], note=said["note"], at=at
        )
    if isinstance(became, Order) and not decided_now(became, caller.actor, at):
        return Refusal("already_decided")
    return became


def _tell(
    request: HttpRequest, caller: Caller, results: list[tuple[UUID, Order | Refusal]], *, no: bool
) -> None:
    """What went well in one sentence, what did not each on its own."""
    numbers = [became.number for _id, became in results if isinstance(became, Order)]
    if numbers:
        facts = {"count": len(numbers), "numbers": ", ".join(numbers)}
        approved = ngettext(
            "%(count)s order approved: %(numbers)s.", "%(count)s orders approved: %(numbers)s.", len(numbers)
        )
        turned_down = ngettext(
            "%(count)s order rejected: %(numbers)s.", "%(count)s orders rejected: %(numbers)s.", len(numbers)
        )
        messages.success(request, (turned_down if no else approved) % facts)
    for id_, became in results:
        if isinstance(became, Refusal):
            messages.warning(request, _not_decided(id_, caller, became))


def _not_decided(order_id: UUID, caller: Caller, refusal: Refusal) -> str:
    if refusal.code == "not_found":
        return _("One of the chosen orders is not there.")
    order = seen(order_id, caller)
    if refusal.code in STALE:
        return stale_words(order, caller)
    return f"{order.number}: {kindly(refusal)}"


# What was decided -----------------------------------------------------------------------------

COLUMNS: Final = (
    Column("number", gettext_lazy("Order"), fixed=True),
    Column("customer", gettext_lazy("Customer")),
    Column("decision", gettext_lazy("Your decision")),
    Column("by", gettext_lazy("By")),
    Column("at", gettext_lazy("When")),
    Column("amount", gettext_lazy("At your level"), css="money"),
    Column("status", gettext_lazy("The order now")),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """An order that the caller's organization decided: its own step, and how the order stands now."""

    order: Json
    step: Json
    buyer: str
    label: str
    look: str


@page()
def decided(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What this organization decided, the latest first."""
    table = Table(request, COLUMNS, name="decided-table")
    if table.csv:
        every = decided_by(by=caller.actor, before=None, most=MOST_EXPORTED - 1)
        return table.as_csv(_("decided orders"), [_exported(row) for row in _decided_rows(every, caller)])
    found = decided_by(by=caller.actor, before=after_id(table.cursor), most=table.limit)
    table.of_one_more(found, lambda each: cursor_of(each[1]))
    table.rows = _decided_rows(table.rows, caller)
    return show(request, "portal/approvals_decided.html", {"table": table})


def _decided_rows(found: Sequence[tuple[Order, UUID]], caller: Caller) -> list[Decided]:
    return [row for order, _decision in found if (row := _decided_row(order, caller))]


def _decided_row(order: Order, caller: Caller) -> Decided | None:
    shown = view.render(order, caller.actor)
    place = order.place_of(caller.organization.id)
    step = next((step for step in shown["approvals"] if step["tier"] == place), None)
    if step is None:
        return None
    partner = view.sold_to(order, caller.organization.id)
    buyer = shown["customer"]["name"] if shown["customer"] else partner.name if partner else ""
    return Decided(shown, step, buyer, words.label(shown), words.look(shown))


def _exported(row: Decided) -> Json:
    amount = row.step["credit_risk_amount"]
    return {
        "number": row.order["number"],
        "customer": row.buyer,
        "decision": row.step["status"],
        "by": row.step["decided_by"] or "",
        "at": row.step["decided_at"] or "",
        "amount": f"{amount['amount']} {amount['currency']}",
        "status": row.label,
    }


urls = [
    path("approvals", inbox, name="approvals"),
    path("approvals/decided", decided, name="approvals-decided"),
    path("approvals/decide", decide, name="approvals-decide"),
    path("approvals/<uuid:order_id>", inbox, name="approval"),
    path("approvals/<uuid:order_id>/reject", reject, name="approval-reject"),
]
