"""Which orders: ids by who looks and what for. The orders themselves are then read by `reading`."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from placet.domain.words import OrderStatus
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import as_uuid


class Age(StrEnum):
    """Which end of a list comes first, by the order's date."""

    NEWEST = "DESC"
    OLDEST = "ASC"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders of an organization's: everything that is set must hold. `text` is a number, or its
    digits, or part of the buyer's name; a page starts `after` an order of the list."""

    status: OrderStatus | None = None
    buyer: UUID | None = None
    text: str = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    after: UUID | None = None
    first: Age = Age.NEWEST


PARTY: Final = """(o.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = o.id AND l.seller_id = %(organization)s))"""

BOUGHT: Final = "orders o WHERE o.buyer_id = %(organization)s"
SOLD: Final = "order_link l JOIN orders o ON o.id = l.order_id WHERE l.seller_id = %(organization)s"
OF_BUYERS: Final = f"""unnest(%(buyers)s::uuid[]) AS b(id) CROSS JOIN LATERAL (
    SELECT o.id, o.placed_at, o.status FROM orders o WHERE o.buyer_id = b.id AND {PARTY}{{conditions}}
    ORDER BY o.placed_at {{age}}, o.id {{age}} LIMIT %(most)s) o WHERE true"""
IN_STATUS: Final = f"orders o WHERE {PARTY}"
NUMBERED: Final = f"orders o WHERE o.number = %(number)s AND {PARTY}"
"""Ways to an organization's orders, each along an index: the first three in the order of time; the others
where there are few to look at, whoever's they are."""

PART: Final = """(SELECT {id} AS id, {placed_at} AS placed_at FROM {way}{conditions}
  ORDER BY {placed_at} {age}, {id} {age} LIMIT %(most)s)"""
LISTED: Final = """
SELECT id, placed_at FROM ({parts}) AS mine ORDER BY placed_at {age}, id {age} LIMIT %(most)s"""

CONDITIONS: Final = {
    "status": "o.status = %(status)s",
    "placed_from": "{placed_at} >= %(placed_from)s",
    "placed_to": "{placed_at} < %(placed_to)s",
    "after": """({placed_at}, {id}) {beyond}
    (SELECT c.placed_at, c.id FROM orders c WHERE c.id = %(after)s)""",
    # In so many words, so that names are looked at one by one along the list, and not all orders of all.
    "name": "(SELECT n.name ILIKE %(name)s FROM organization n WHERE n.id = o.buyer_id)",
}
BEYOND: Final = {Age.NEWEST: "<", Age.OLDEST: ">"}

FEW: Final = "SELECT count(*) AS many FROM (SELECT FROM orders WHERE status = %(status)s LIMIT %(most)s) few"
MOST_FEW: Final = 3000
"""Statuses that hardly any order is in have an index of their own; so many of them are looked at."""

NAMED: Final = "SELECT id FROM organization WHERE name ILIKE %(name)s LIMIT %(most)s"
MOST_NAMED: Final = 500
"""So many buyers are gone through one by one; where more have such a name, their orders are found soon by
walking down the list."""


def ids(*, organization: UUID, wanted: Wanted, most: int) -> list[UUID]:
    """Orders that the organization is a party of.

    Planned for these very values: a rare status is found by its own index, a common one by walking down
    the organization's list, and which is which depends on whose list it is.
    """
    asked: Row = {name: value for name in CONDITIONS if (value := getattr(wanted, name, None)) is not None}
    asked |= {"organization": organization, "most": most}
    ways = [BOUGHT, SOLD]
    if wanted.buyer:
        ways, asked["buyers"] = [OF_BUYERS], [wanted.buyer]
    elif wanted.status and _few(wanted.status):
        ways = [IN_STATUS]
    if wanted.text:
        ways = _by_text(wanted, ways, asked)
    statement = _statement(ways, asked, wanted.first)
    return [row["id"] for row in db.fetch_planned(statement, asked)]


def _few(status: OrderStatus) -> bool:
    """Whether hardly any order is in that status, of all there are."""
    [found] = db.fetch_planned(FEW, {"status": status, "most": MOST_FEW + 1})
    return int(found["many"]) <= MOST_FEW


def _by_text(wanted: Wanted, ways: list[str], asked: Row) -> list[str]:
    """The ways to what is meant by the text: by the number, and by the buyer's name."""
    name = f"%{literally(wanted.text)}%"
    named = [row["id"] for row in db.fetch(NAMED, {"name": name, "most": MOST_NAMED + 1})]
    if number := number_of(wanted.text):
        asked["number"] = number
    numbered = [NUMBERED] if number else []
    if len(named) <= MOST_NAMED:
        asked["buyers"] = [buyer for buyer in named if wanted.buyer in (None, buyer)]
        return [OF_BUYERS, *numbered]
    asked["name"] = name
    return numbered or ways


def _statement(ways: list[str], asked: Row, age: Age) -> str:
    return LISTED.format(parts=" UNION ".join(_part(way, asked, age) for way in ways), age=age)


def _part(way: str, asked: Row, age: Age) -> str:
    of = ("l.order_id", "l.placed_at") if way is SOLD else ("o.id", "o.placed_at")
    columns = dict(zip(("id", "placed_at"), of, strict=True))
    conditions = "".join(
        f" AND {CONDITIONS[name].format(beyond=BEYOND[age], **columns)}"
        for name in CONDITIONS
        if name in asked and not (way is NUMBERED and name == "name")
    )
    if way is OF_BUYERS:
        way, conditions = way.format(conditions=conditions, age=age), ""
    return PART.format(way=way, conditions=conditions, age=age, **columns)


def number_of(text: str) -> str | None:
    """The order number that is meant: by its digits, with or without what stands before them."""
    found = re.fullmatch(r"(?i)(?:pl)?[-\s]*(\d{1,12})", text.strip())
    return f"PL-{found[1].zfill(6)}" if found else None


def literally(text: str) -> str:
    """The text as LIKE takes it: its own wild cards stand for themselves."""
    for wild in ("\\", "%", "_"):
        text = text.replace(wild, f"\\{wild}")
    return text


BELOW: Final = """
WITH RECURSIVE found AS (
  SELECT id FROM organization WHERE id = %(id)s OR ref = %(ref)s
), up AS (
  SELECT id FROM found
  UNION
  SELECT c.seller_id FROM contract c JOIN up ON up.id = c.buyer_id WHERE c.ended_at IS NULL
)
SELECT found.id FROM found WHERE EXISTS (SELECT FROM up WHERE up.id = %(organization)s)"""


def organization_below(organization: UUID, name: str) -> UUID | None:
    """The organization of that id or ref, if it is this one or anywhere below it."""
    row = db.fetch_one(BELOW, {"organization": organization, "id": as_uuid(name), "ref": name})
    return row["id"] if row else None


EVENTS: Final = """
SELECT id::text, type, seen_by::text[] AS seen_by, by::json, detail::json, at
FROM event
WHERE order_id = %(order)s ORDER BY seq"""


def events_of(order_id: UUID) -> list[dict[str, Any]]:
    """The facts of one order, oldest first."""
    rows: list[Row] = db.fetch(EVENTS, {"order": order_id})
    return rows


PENDING: Final = """
SELECT t.order_id AS id FROM approval_step t
WHERE t.approver_id = %(organization)s AND t.status = 'pending'
  AND (%(before)s::uuid IS NULL OR t.order_id < %(before)s::uuid)
ORDER BY t.order_id DESC LIMIT %(most)s"""


def waiting_for(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Orders that wait for this organization's yes or no, the newest first."""
    parameters = {"organization": organization, "before": before, "most": most}
    return [row["id"] for row in db.fetch(PENDING, parameters)]


DECIDED: Final = """
SELECT t.order_id AS id, max(d.id::text) AS place FROM (
  SELECT id, step_id FROM decision
  WHERE organization_id = %(organization)s AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
  ORDER BY id DESC LIMIT %(most)s
) d JOIN approval_step t ON t.id = d.step_id
GROUP BY t.order_id ORDER BY place DESC"""


def decided_by(organization: UUID, before: UUID | None, most: int) -> list[tuple[UUID, UUID]]:
    """Orders that this organization decided, the newest decision first, each with that decision's id, after
    which the next page begins. One that was asked again may come again on a later page."""
    parameters = {"organization": organization, "before": before, "most": most}
    return [(row["id"], UUID(row["place"])) for row in db.fetch(DECIDED, parameters)]


LOCK_WAITING: Final = """
SELECT o.id FROM orders o
WHERE o.status IN ('pending_approval', 'unexecuted', 'submitted') AND o.id IN (
  SELECT id FROM (
    SELECT id, buyer_id FROM orders WHERE status IN ('pending_approval', 'unexecuted')
    UNION ALL
    SELECT id, buyer_id FROM orders WHERE status = 'submitted'
  ) open
  WHERE open.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = open.id AND l.seller_id = %(organization)s))
ORDER BY o.id FOR NO KEY UPDATE OF o"""


def lock_waiting(organization: UUID) -> list[UUID]:
    """Every order that is not closed and has the organization in its chain, locked in the order of ids."""
    return [row["id"] for row in db.fetch(LOCK_WAITING, {"organization": organization})]
