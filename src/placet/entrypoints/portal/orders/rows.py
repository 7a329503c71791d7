"""An order as a row of a dashboard: rendered for who looks (R2), with what it may do and what that does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor, Party
from placet.domain.verbs import Verb
from placet.domain.words import OrderStatus, StepStatus
from placet.entrypoints.portal.frame.money import money_text

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of a row's menu: what pressing it does stands in `words`. One that `asks` for a reason opens
    a dialog first; one to `confirm` is asked about."""

    verb: str
    title: str | Promise
    words: str
    address: str
    asks: bool = False
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class OrderRow:
    """`short`: by how much, where the viewer may know. `sold_to`: the neighbour that it sells the order to.
    `note` says in a word why it stands here."""

    order: Json
    short: Json | None
    sold_to: Party | None
    note: str
    deeds: tuple[Deed, ...]


def row_of(order: Order, viewer: Actor) -> OrderRow:
    """The order for this viewer."""
    shown = view.render(order, viewer)
    unexecuted = order.status is OrderStatus.UNEXECUTED
    short = view.shortfall(order, viewer.organization) if unexecuted else None
    sold_to = view.sold_to(order, viewer.organization)
    deeds = _in_short(_deeds(shown, short, sold_to))
    return OrderRow(shown, short, sold_to, _note(order, viewer, shown, short), deeds)


def _note(order: Order, viewer: Actor, shown: Json, short: Json | None) -> str:
    if shown.get("warning"):
        return str(shown["warning"])
    place = order.place_of(viewer.organization)
    step = None if place is None else order.step_at(place)
    if order.status is OrderStatus.UNEXECUTED and short:
        amount = {"amount": money_text(short)}
        if step and step.status is StepStatus.APPROVED:
            return _("Accepted, %(amount)s short") % amount
        return _("%(amount)s short") % amount
    if order.status is OrderStatus.PENDING_APPROVAL and "approve" not in shown["actions"]:
        return _("Waits for other partners")
    return _("In progress") if order.status is OrderStatus.UNEXECUTED else ""


def deeds_of(order: Order, viewer: Actor) -> tuple[Deed, ...]:
    """All that the viewer may do with the order, exactly what its `actions` say (R101)."""
    short = view.shortfall(order, viewer.organization) if order.short_tiers else None
    return tuple(_deeds(view.render(order, viewer), short, view.sold_to(order, viewer.organization)))


def _in_short(deeds: Iterator[Deed]) -> tuple[Deed, ...]:
    """For a row's menu: accept and cancel (R104); a no only where it cannot be cancelled."""
    offered = {deed.verb: deed for deed in deeds}
    if Verb.CANCEL.value in offered:
        offered.pop(Verb.REJECT.value, None)
    return tuple(offered.values())


def _deeds(shown: Json, short: Json | None, sold_to: Party | None) -> Iterator[Deed]:
    """In the words of pages: accept is a yes, or another look at the credit (spec §1)."""
    offered = set(shown["actions"])
    for verb in ORDER:
        if verb.value in offered:
            address = reverse(f"order-{verb.value}", args=[shown["id"]])
            yield Deed(
                verb.value,
                TITLES[verb],
                _words(verb, shown, short, sold_to),
                address,
                asks=verb in ASK,
                confirm=verb is Verb.EXECUTE,
            )


ORDER: Final = (Verb.APPROVE, Verb.RETRY, Verb.EXECUTE, Verb.RELEASE, Verb.REJECT, Verb.CANCEL)
ASK: Final = frozenset({Verb.RELEASE, Verb.REJECT, Verb.CANCEL})
TITLES: Final[dict[Verb, Promise]] = {
    Verb.APPROVE: gettext_lazy("Accept order"),
    Verb.RETRY: gettext_lazy("Accept order"),
    Verb.EXECUTE: gettext_lazy("Execute order"),
    Verb.RELEASE: gettext_lazy("Release this order"),
    Verb.REJECT: gettext_lazy("Reject order"),
    Verb.CANCEL: gettext_lazy("Cancel order"),
}


def _words(verb: Verb, shown: Json, short: Json | None, sold_to: Party | None) -> str:
    match verb:
        case Verb.APPROVE:
            return _("Your yes. Other partners may still decide.")
        case Verb.RETRY if short:
            amount = {"amount": money_text(short)}
            return _("Checks the credit again. %(amount)s short at the last check.") % amount
        case Verb.RETRY:
            return _("Checks the credit of the whole chain again.")
        case Verb.EXECUTE:
            return _("All lines that wait are delivered and billed.")
        case Verb.RELEASE:
            buyer = {"name": sold_to.name if sold_to else ""}
            return _("Lets this one order pass beyond the limit of %(name)s.") % buyer
        case Verb.REJECT:
            return _("Closes it for good; your reason is told to everyone in the chain.")
        case Verb.CANCEL:
            told = shown["customer"] is not None
            return (
                _("It will not be executed; the customer is told.") if told else _("It will not be executed.")
            )
