"""Lines of an import about what was paid, billed and delivered: the caller's ERP hands back what it knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.billing_doors import invoice_to_bill
from placet.actions.doors import order_to
from placet.actions.execute_order import execute_order
from placet.actions.import_parties import terms_of
from placet.actions.provision import finish_sub_order
from placet.actions.record_payment import record_payment
from placet.domain.exchange import Cells, Outcome, about, refused
from placet.domain.exchange_lines import MISSING, same_payment, wrong_currency
from placet.domain.executing import Delivered
from placet.domain.order import Line, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.verbs import Verb
from placet.domain.words import Exchanged, LineBecame, LineState
from placet.storage import billing, exchange_lists, subscriptions
from placet.storage.db import Row
from placet.storage.errands import SubOrderErrand
from placet.storage.facts import as_uuid

Made = tuple[LineBecame, str] | Refusal
UNCHANGED: Final = (LineBecame.UNCHANGED, "")
NOTHING: Final = UUID(int=0)


def _outcome(name: str, made: Made) -> Outcome:
    return refused(name, made) if isinstance(made, Refusal) else Outcome(made[0], name, note=made[1])


# Payments -------------------------------------------------------------------------------------


def import_payment(cells: Cells, by: Actor, at: datetime) -> Outcome:
    """Money that the caller got, under the reference of its own books: booked once (R60, R62). One that is
    there already, by its reference or its id, does not change."""
    return _outcome(about(Exchanged.PAYMENTS, cells), _payment(cells, by, at))


def _payment(cells: Cells, by: Actor, at: datetime) -> Made:
    if row := _booked(cells, by):
        return _other_payment(cells, row, by) or UNCHANGED
    if "id" in cells:
        return Refusal("not_found")
    if missing := {name: MISSING for name in ("reference", "amount") if name not in cells}:
        return invalid(**missing)
    terms = terms_of(cells, by)
    if isinstance(terms, Refusal):
        return terms
    if refusal := wrong_currency(cells, terms.currency):
        return refusal
    booked = record_payment(
        contract=terms.id,
        amount=cells["amount"],
        invoice=_invoice(cells["invoice"], by) if "invoice" in cells else None,
        note=cells.get("note", ""),
        reference=cells["reference"],
        by=by,
        at=at,
    )
    return booked if isinstance(booked, Refusal) else (LineBecame.CREATED, "")


def _booked(cells: Cells, by: Actor) -> Row | None:
    """The payment that the line is about, if there is one already."""
    if "reference" in cells:
        billing.hold_reference(by.organization, cells["reference"])
        if row := billing.payment_of(by.organization, cells["reference"]):
            return row
    id_ = as_uuid(cells.get("id", ""))
    return billing.payment_seen(id_, by.organization) if id_ else None


def _other_payment(cells: Cells, row: Row, by: Actor) -> Refusal | None:
    """Why the line means another payment than the one that stands, if it does."""
    if cells.get("id", str(row["id"])) != str(row["id"]):
        return Refusal("reference_taken")
    if cells.get("reference", row["reference"]) != row["reference"]:
        return invalid(reference=sentence("It is booked already, under another reference or none."))
    if {"external_id", "organization"} & cells.keys():
        terms = terms_of(cells, by)
        if isinstance(terms, Refusal):
            return terms
        if terms.id != row["contract_id"]:
            return Refusal("reference_taken")
    return same_payment(cells, row)


# Invoices -------------------------------------------------------------------------------------


def import_invoice(cells: Cells, by: Actor, at: datetime) -> Outcome:  # noqa: ARG001 - as every line is
    """The number that the caller's own books have an invoice under."""
    return _outcome(about(Exchanged.INVOICES, cells), _numbered(cells, by))


def _numbered(cells: Cells, by: Actor) -> Made:
    found = billing.invoice_seen(_invoice(cells.get("id") or cells.get("number", ""), by), by.organization)
    if found is None:
        return Refusal("not_found", sentence("There is no such invoice."))
    if cells.get("number", found["number"]) != found["number"]:
        return invalid(number=sentence("The invoice of this id has another number."))
    number = cells.get("external_number", found["external_number"])
    if number == found["external_number"]:
        return UNCHANGED
    door = invoice_to_bill(found["id"], by)
    if isinstance(door, Refusal):
        return door
    if len(number) > 100:  # noqa: PLR2004 - the column's
        return invalid(external_number=sentence("Has more than {most} characters.", most=100))
    billing.hold_reference(by.organization, f"invoice {number}")
    if billing.number_of_another(found["id"], by.organization, number):
        return invalid(external_number=sentence("It is the number of another of your invoices."))
    billing.set_external_number(found["id"], number)
    return LineBecame.UPDATED, ""


def _invoice(name: str, by: Actor) -> UUID:
    """The invoice of that id, or of that number among the caller's."""
    return as_uuid(name) or billing.invoice_numbered(by.organization, name) or NOTHING


# Orders ---------------------------------------------------------------------------------------


def import_order(cells: Cells, by: Actor, at: datetime) -> Outcome:
    """That a line of an order was delivered, or all that wait for it: executed as by hand (R45), with the
    vendor's reference where nobody but the caller can say it."""
    return _outcome(about(Exchanged.ORDERS, cells), _delivered(cells, by, at))


def _delivered(cells: Cells, by: Actor, at: datetime) -> Made:
    id_ = as_uuid(cells.get("order", "")) or exchange_lists.numbered(by.organization, cells.get("number", ""))
    order = order_to(Verb.EXECUTE, id_ or NOTHING, by)
    if isinstance(order, Refusal):
        return order
    lines = _lines(order, cells)
    if not lines:
        return invalid(line=sentence("Not a line of this order."))
    waiting = _to_deliver(cells.get("delivery_status"), lines)
    if isinstance(waiting, Refusal):
        return waiting
    reference = cells.get("vendor_reference")
    if reference and (refusal := _not_ours_to_say(lines, reference)):
        return refusal
    if not waiting:
        return _noted(lines, reference)
    executed = execute_order(order_id=order.id, by=by, lines=tuple(line.id for line in waiting), at=at)
    if isinstance(executed, Refusal):
        return executed
    return LineBecame.UPDATED, _finished(executed, waiting, reference, at) if reference else ""


def _lines(order: Order, cells: Cells) -> list[Line]:
    return [line for line in order.lines if cells.get("line", str(line.id)) == str(line.id)]


def _to_deliver(wish: str | None, lines: Sequence[Line]) -> list[Line] | Refusal:
    """Which of these lines are to be executed; a word that is true already asks for nothing."""
    if wish is None or all(line.state == wish for line in lines):
        return []
    if wish != LineState.DELIVERED:
        states = ", ".join(sorted({line.state for line in lines}))
        return invalid(delivery_status=sentence("It is {states}; a file can say delivered.", states=states))
    if any(line.state in {LineState.FAILED, LineState.CANCELLED} for line in lines):
        return Refusal("wrong_status", sentence("Some lines failed or are cancelled."))
    return [line for line in lines if line.state is LineState.WAITING]


def _not_ours_to_say(lines: Sequence[Line], reference: str) -> Refusal | None:
    if len(reference) > 200:  # noqa: PLR2004 - the column's
        return invalid(vendor_reference=sentence("Has more than {most} characters.", most=200))
    if len(lines) > 1:
        return invalid(line=sentence("A vendor's reference is of one line: name it."))
    if exchange_lists.connector_of(lines[0].vendor.id) == "manual":
        return None
    return invalid(vendor_reference=sentence("Its vendor's own system says it."))


def _noted(lines: Sequence[Line], reference: str | None) -> Made:
    """The vendor's reference of what is delivered already."""
    (line,) = lines[:1]
    if reference is None or line.subscription is None or line.state is not LineState.DELIVERED:
        return UNCHANGED
    if subscriptions.vendor_reference(line.subscription) == reference:
        return UNCHANGED
    subscriptions.set_vendor_reference(line.subscription, reference)
    return LineBecame.UPDATED, ""


def _finished(order: Order, lines: Sequence[Line], reference: str, at: datetime) -> str:
    """Books what nobody needs to be asked for; where a card is charged first, it comes later."""
    (line,) = (line for line in order.lines if line.id == lines[0].id)
    if line.state is not LineState.PROVISIONING:
        return sentence("A card is charged first. Send this line again for the vendor's reference.")
    errand = SubOrderErrand(line.sub_order, order.id, "manual", 1, (), ())
    finish_sub_order(errand=errand, answers={line.id: Delivered(reference)}, at=at)
    return ""
