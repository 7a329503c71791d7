"""The one table of an order's moves (spec §8), and that the database holds to it."""

import re

import pytest
from django.db import connection

from placet.domain.ending import cancelled
from placet.domain.moves import CLOSED, MOVES, WAITING, may_move
from placet.domain.order import fact, moved
from placet.domain.words import EventType, OrderStatus
from tests.domain.builders import machine
from tests.domain.stages import STAGES
from tests.domain.tables import cases

ALLOWED = """
before            ->  after
draft                 pending_approval
pending_approval      unexecuted submitted rejected cancelled expired
unexecuted            pending_approval submitted cancelled expired
submitted             executed cancelled
executed              -
rejected              -
cancelled             -
expired               -
"""


@cases(ALLOWED)
def test_allowed_moves(before: str, after: str) -> None:
    onward = {status for status in OrderStatus if may_move(OrderStatus(before), status)}
    assert onward == {OrderStatus(status) for status in after.split()}


def test_closed_is_what_nothing_follows() -> None:
    assert set(CLOSED) == {"executed", "rejected", "cancelled", "expired"}
    assert set(WAITING) == {"pending_approval", "unexecuted"}


@pytest.mark.django_db
def test_the_database_allows_the_same_moves() -> None:
    """A fact that moved an order says from where to where, and a constraint holds it to this table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'event_allowed_move'"
        )
        ((written,),) = cursor.fetchall()
    pair = r"from_status\)?::text = '(\w+)'::text\) AND \(+to_status\)?::text = '(\w+)'"
    pairs = set(re.findall(pair, written))
    assert pairs == {(str(before), str(after)) for before, onward in MOVES.items() for after in onward}
    (first,) = re.findall(r"from_status IS NULL\) AND (.+?\]\)?)", written)
    assert re.findall(r"'(\w+)'", first) == ["pending_approval", "executed"]  # a renewal is done at once


@pytest.mark.parametrize("stage", STAGES)
def test_every_fact_that_moved_an_order_is_in_the_table(stage: str) -> None:
    order = STAGES[stage]()
    moves = [event.moved for event in order.events if event.moved]
    assert [before for before, _ in moves[1:]] == [after for _, after in moves[:-1]]
    assert moves[-1][1] == order.status
    assert (order.closed_at is not None) == order.closed


@pytest.mark.parametrize("stage", ["executed", "rejected by res", "cancelled", "expired"])
def test_what_is_closed_stays_closed(stage: str) -> None:
    with pytest.raises(AssertionError, match="→"):
        cancelled(STAGES[stage](), "No.", machine())


def test_a_move_that_is_not_in_the_table_is_our_own_mistake() -> None:
    order = STAGES["manual"]()
    with pytest.raises(AssertionError, match="submitted → rejected"):
        moved(order, OrderStatus.REJECTED, fact(order, EventType.ORDER_REJECTED, machine()))
