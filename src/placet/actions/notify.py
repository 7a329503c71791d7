"""Telling people of facts by mail (R93): take the facts with whom to tell, and keep the mails once they are
written. Facts and their mails are two transactions, so that no order ever waits for a mail; the second one
clears the errand with the mails that it asked for, so that each is written once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from placet.domain.mailing import Letter
from placet.domain.notifying import Notice, notice
from placet.domain.order import Order
from placet.storage import db, directory, event_log, notices, status_addresses
from placet.storage.db import Row

LEASE: Final = timedelta(minutes=2)
"""Many times as long as writing a batch of mails takes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be told to whom, leased until then."""

    notice: Notice
    until: datetime


@db.transaction
def take_notices(*, most: int, at: datetime) -> list[Taken]:
    """Facts that are due, leased to the caller, with whom they are to be told to: in four statements, however
    many they are."""
    until = at + LEASE
    rows = notices.take(at, until, most)
    orders = event_log.orders_of(rows)
    reachable = directory.of(_concerned(rows, orders.values()))
    links = status_addresses.links(orders)
    return [
        Taken(notice(tuple(map(notices.fact_of, told)), orders.get(id_), reachable, links.get(id_)), until)
        for id_, told in _together(rows)
    ]


def _concerned(rows: Iterable[Row], orders: Iterable[Order]) -> set[UUID]:
    """The parties of the orders; of what is no order's, who may know of it."""
    parties = {party.id for order in orders for party in order.parties}
    return parties | {owner for row in rows if row["order_id"] is None for owner in row["seen_by"]}


def _together(rows: Iterable[Row]) -> Iterable[tuple[Any, list[Row]]]:
    """By the order: what one act made of one sort is told in one mail, as when several items fail at once.
    Who is asked for approval is asked by a fact of its own."""

    def act(row: Row) -> tuple[Any, ...]:
        alone = row["id"] if "line" not in row["detail"] else None
        return row["order_id"], row["type"], row["at"], alone

    return ((key[0], list(told)) for key, told in groupby(rows, act))


@db.transaction
def post_letters(*, taken: Taken, letters: Sequence[Letter], at: datetime) -> bool:
    """The mails into the outbox, and the errand done; `False` where another one has taken it meanwhile."""
    events = [fact.id for fact in taken.notice.facts]
    return notices.write(events, taken.until, letters, at)
