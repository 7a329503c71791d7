"""One line of an import, whatever it is about: carried out, or only tried."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from placet.actions.import_documents import import_invoice, import_order, import_payment
from placet.actions.import_parties import import_limit, import_organization
from placet.domain.exchange import Cells, Entry, Outcome, about, refused
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, sentence
from placet.domain.verbs import ROLES_FOR, Verb
from placet.domain.words import Exchanged, Kind, LineBecame
from placet.storage import db, exchange, organizations

LINES: Final[Mapping[Exchanged, Callable[[Cells, Actor, datetime], Outcome]]] = {
    Exchanged.ORGANIZATIONS: import_organization,
    Exchanged.LIMITS: import_limit,
    Exchanged.INVOICES: import_invoice,
    Exchanged.PAYMENTS: import_payment,
    Exchanged.ORDERS: import_order,
}

NEEDED: Final[Mapping[Exchanged, tuple[Permission, ...]]] = {
    Exchanged.ORGANIZATIONS: (Permission.ADMINISTER,),
    Exchanged.LIMITS: (Permission.FINANCE,),
    Exchanged.INVOICES: (Permission.FINANCE,),
    Exchanged.PAYMENTS: (Permission.FINANCE,),
    Exchanged.ORDERS: ROLES_FOR[Verb.EXECUTE],
}
"""What it takes to do by hand what a line asks for."""


def may_import(kind: Exchanged, by: Actor) -> Refusal | None:
    """Why the actor imports nothing of that kind: its role, or that it sells to nobody."""
    return None if kind in importable(by) else Refusal("forbidden")


def importable(by: Actor) -> list[Exchanged]:
    """What the actor may import."""
    if organizations.party(by.organization).kind is Kind.CUSTOMER:
        return []
    return [kind for kind in Exchanged if by.may(*NEEDED[kind])]


@db.transaction
def import_line(*, kind: Exchanged, entry: Entry, by: Actor, at: datetime) -> Outcome:
    """What became of the line: all that it asks for is done, or nothing of it."""
    return _carried_out(kind, entry, by, at, keep=_good)


@db.transaction
def try_line(*, kind: Exchanged, entry: Entry, by: Actor, at: datetime) -> Outcome:
    """What would become of it; nothing stays."""
    return _carried_out(kind, entry, by, at, keep=lambda _: False)


def _good(outcome: Outcome) -> bool:
    """An order that lacks a card remembers why (R49)."""
    return outcome.became is not LineBecame.REFUSED or outcome.code == "no_active_token"


def _carried_out(
    kind: Exchanged, entry: Entry, by: Actor, at: datetime, keep: Callable[[Outcome], bool]
) -> Outcome:
    name = about(kind, entry.cells)
    if entry.wrong:
        return refused(name, entry.wrong)
    try:
        return exchange.done(lambda: LINES[kind](entry.cells, by, at), keep)
    except exchange.UnstorableError:
        return refused(name, Refusal("invalid", sentence("A value cannot be stored.")))
