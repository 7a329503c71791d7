"""A seller's own buyers, as lists (R1, R100): quick however many there are.

A list by name walks the index of names, where the seller has most of them, or begins at the seller's
contracts, where it has few. Which of the two is quicker is told by the seller; so these statements are
planned for the one that is asked for.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from placet.domain.buyers import Below, Buyer, BuyerFilter, BuyerSort
from placet.domain.credit import Account, limit_of
from placet.domain.words import LimitSource, PaymentMethod
from placet.storage import db
from placet.storage.db import Row
from placet.storage.order_lists import literally
from placet.storage.reading import PARTY, party

OPEN: Final = "('pending_approval', 'unexecuted', 'submitted')"
"""As the partial index says it: only so is it found."""

PICKED: Final = """
SELECT g.id, g.ref, g.name, g.kind, g.status, g.country, c.id AS contract_id, c.external_id, c.currency,
  c.payment_method, c.order_approval
FROM contract c JOIN organization g ON g.id = c.buyer_id
WHERE c.seller_id = %(seller)s AND c.ended_at IS NULL AND {conditions}"""

LISTED: Final = f"""
WITH g AS MATERIALIZED ({PICKED} ORDER BY {{order}} LIMIT %(most)s)
SELECT {PARTY.format("g")} AS party, g.country, g.contract_id, g.external_id, g.currency, g.payment_method,
  g.order_approval, a.id AS account_id, a.limit_minor, a.limit_source, a.balance_minor, a.reserved_minor,
  (SELECT count(*) FROM orders o WHERE o.buyer_id = g.id AND o.status IN {OPEN}
    AND EXISTS (SELECT FROM order_link l WHERE l.order_id = o.id AND l.seller_id = %(seller)s)) AS open_orders
FROM g JOIN credit_account a ON a.contract_id = g.contract_id ORDER BY {{order}}"""

CONDITIONS: Final = {
    "text": "(g.name ILIKE %(text)s OR g.ref ILIKE %(text)s OR c.external_id ILIKE %(text)s)",
    "status": "g.status = %(status)s",
    "order_approval": "c.order_approval = %(order_approval)s",
}
KINDS: Final = {True: "g.kind = 'customer'", False: "g.kind <> 'customer'"}
COLUMNS: Final = {BuyerSort.NAME: ("g.name", "g.id"), BuyerSort.STATUS: ("g.status", "g.name", "g.id")}


def buyers(  # noqa: PLR0913 - a page of a list, each part by name
    seller: UUID,
    wanted: BuyerFilter,
    *,
    sort: BuyerSort,
    descending: bool,
    after: Sequence[Any] | None,
    most: int,
) -> list[Buyer]:
    """Who buys from the seller; from after the place that `place_of` gives on."""
    conditions, asked = _conditions(wanted)
    columns, way = COLUMNS[sort], "<" if descending else ">"
    if after is not None:
        place = {f"after{n}": cell for n, cell in enumerate(after)}
        conditions += f" AND ({', '.join(columns)}) {way} ({', '.join(f'%({name})s' for name in place)})"
        asked |= place
    order = ", ".join(f"{column} {'DESC' if descending else 'ASC'}" for column in columns)
    statement = LISTED.format(conditions=conditions, order=order)
    return [as_buyer(row) for row in db.fetch_planned(statement, {"seller": seller, "most": most, **asked})]


def place_of(buyer: Buyer, sort: BuyerSort) -> list[str]:
    """Where a buyer stands in a list that is sorted so."""
    cells = [buyer.party.name, str(buyer.party.id)]
    return cells if sort is BuyerSort.NAME else [buyer.party.status.value, *cells]


def one(seller: UUID, buyer: UUID) -> Buyer | None:
    """One of them, customer or partner."""
    statement = LISTED.format(conditions="g.id = %(buyer)s", order="g.id")
    rows = db.fetch(statement, {"seller": seller, "buyer": buyer, "most": 1})
    return as_buyer(rows[0]) if rows else None


COUNT: Final = f"SELECT count(*) AS many FROM ({PICKED} LIMIT %(most)s) counted"


def count(seller: UUID, wanted: BuyerFilter, most: int) -> int:
    """How many there are; no more than `most` are counted."""
    conditions, asked = _conditions(wanted)
    rows = db.fetch_planned(COUNT.format(conditions=conditions), {"seller": seller, "most": most, **asked})
    return int(rows[0]["many"])


def _conditions(wanted: BuyerFilter) -> tuple[str, Row]:
    asked = {
        "text": f"%{literally(wanted.text)}%" if wanted.text else None,
        "status": wanted.status,
        "order_approval": wanted.order_approval,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    return " AND ".join([KINDS[wanted.customers], *(CONDITIONS[name] for name in given)]), given


def as_buyer(row: Row) -> Buyer:
    """One of a seller's buyers, as `LISTED` selects it."""
    return Buyer(
        party=party(row["party"]),
        country=row["country"],
        contract=row["contract_id"],
        external_id=row["external_id"],
        currency=row["currency"],
        payment_method=PaymentMethod(row["payment_method"]),
        order_approval=row["order_approval"],
        account=Account(
            row["account_id"], limit_of(row["limit_minor"]), row["balance_minor"], row["reserved_minor"]
        ),
        source=LimitSource(row["limit_source"]),
        open_orders=row["open_orders"],
    )


# Many at once -------------------------------------------------------------------------------

CHOSEN: Final = "(%(chosen)s::uuid[] IS NULL OR g.id = ANY(%(chosen)s::uuid[]))"

CONCERNED: Final = f"SELECT count(*) AS many FROM ({PICKED} AND {CHOSEN}) concerned"

SET_APPROVAL: Final = f"""
WITH changed AS (
  UPDATE contract c SET order_approval = %(approval)s FROM organization g
  WHERE g.id = c.buyer_id AND c.seller_id = %(seller)s AND c.ended_at IS NULL
    AND c.order_approval <> %(approval)s AND {CHOSEN} AND {{conditions}} RETURNING c.id
)
SELECT count(*) AS many FROM changed"""


def concerned(seller: UUID, wanted: BuyerFilter, chosen: Sequence[UUID] | None) -> int:
    """How many of the seller's buyers that are wanted are among the chosen; none named are all."""
    return _many(CONCERNED, seller, wanted, chosen, {})


def set_approval(seller: UUID, wanted: BuyerFilter, chosen: Sequence[UUID] | None, *, approval: bool) -> int:
    """Switches the toggle of those; how many it changed."""
    return _many(SET_APPROVAL, seller, wanted, chosen, {"approval": approval})


def _many(statement: str, seller: UUID, wanted: BuyerFilter, chosen: Sequence[UUID] | None, more: Row) -> int:
    conditions, asked = _conditions(wanted)
    asked |= {"seller": seller, "chosen": None if chosen is None else list(chosen), **more}
    return int(db.fetch(statement.format(conditions=conditions), asked)[0]["many"])


PAYS_BY_CARD: Final = f"""
SELECT {PARTY.format("s")} AS seller FROM contract c JOIN organization s ON s.id = c.seller_id
WHERE c.buyer_id = %(organization)s AND c.ended_at IS NULL AND c.payment_method = 'credit_card'
ORDER BY c.started_at, c.id LIMIT 1"""


def paid_by_card(organization: UUID) -> str | None:
    """Whom the organization pays by card, by name; then the toggles of all its buyers are locked (R21)."""
    row = db.fetch_one(PAYS_BY_CARD, {"organization": organization})
    return party(row["seller"]).name if row else None


# Who sells below ----------------------------------------------------------------------------

BUYERS_COUNTED: Final = 1000
DEEPEST: Final = 50

BELOW: Final = f"""
WITH RECURSIVE walked AS (
  SELECT c.buyer_id AS id, c.seller_id AS above, 2 AS depth
  FROM contract c JOIN organization g ON g.id = c.buyer_id AND g.kind <> 'customer'
  WHERE c.seller_id = ANY(%(direct)s) AND c.ended_at IS NULL
  UNION
  SELECT c.buyer_id, c.seller_id, w.depth + 1 FROM walked w
  JOIN contract c ON c.seller_id = w.id AND c.ended_at IS NULL
  JOIN organization g ON g.id = c.buyer_id AND g.kind <> 'customer' WHERE w.depth < {DEEPEST}
)
SELECT {PARTY.format("g")} AS party, g.country, w.above, w.depth,
  (SELECT count(*) FROM (SELECT FROM contract b WHERE b.seller_id = g.id AND b.ended_at IS NULL
    LIMIT {BUYERS_COUNTED}) counted) AS buyers
FROM walked w JOIN organization g ON g.id = w.id ORDER BY g.name, g.id LIMIT %(most)s"""


def below(direct: Sequence[UUID], most: int) -> list[Below]:
    """Everyone who sells below these partners of the viewer, by name."""
    if not direct:
        return []
    rows = db.fetch(BELOW, {"direct": list(direct), "most": most})
    return [
        Below(party(row["party"]), row["country"], row["above"], row["depth"], row["buyers"]) for row in rows
    ]


SELLS_TO_PARTNERS: Final = """
SELECT g.kind <> 'customer' AS partners FROM contract c JOIN organization g ON g.id = c.buyer_id
WHERE c.seller_id = %(seller)s AND c.ended_at IS NULL AND g.kind <> 'customer' LIMIT 1"""


def sells_to_partners(seller: UUID) -> bool:
    """Whether anyone who sells buys from it."""
    return db.fetch_one(SELLS_TO_PARTNERS, {"seller": seller}) is not None
