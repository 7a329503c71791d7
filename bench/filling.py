"""A database full of orders, quickly: copies of orders that the product itself executed, with all of
their rows, spread over the last three months. Ids keep their order in time, as the product's do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import psycopg

from bench.house import House

TABLES: Final = {
    "orders": "orders x ON x.id = o.id",
    "order_link": "order_link x ON x.order_id = o.id",
    "sub_order": "sub_order x ON x.order_id = o.id",
    "order_line": "order_line x ON x.order_id = o.id",
    "order_line_price": "order_line_price x ON x.order_id = o.id",
    "approval_step": "approval_step x ON x.order_id = o.id",
    "decision": "approval_step t ON t.order_id = o.id JOIN decision x ON x.step_id = t.id",
    "validation_check": "validation_check x ON x.order_id = o.id",
    "reservation": "reservation x ON x.order_id = o.id",
    "event": "event x ON x.order_id = o.id",
    "subscription": "subscription x ON x.order_id = o.id",
    "invoice": "invoice x ON x.order_id = o.id",
    "invoice_line": "invoice t ON t.order_id = o.id JOIN invoice_line x ON x.invoice_id = t.id",
    "account_entry": "account_entry x ON x.order_id = o.id",
}
"""What an executed order leaves behind, and how to come from the order `o` to the rows `x`."""

MADE: Final = frozenset({"id", "order_id", "line_id", "sub_order_id", "step_id", "invoice_id", "subscription_id"})
"""Columns with ids that were made for the order: every copy has its own."""

FORWARD: Final = {
    ("orders", "number"): "'PL-' || (%(numbered)s + g)",
    ("invoice", "number"): "x.number || '-' || g",
    ("account_entry", "seq"): "nextval('entry_seq')",
    ("account_entry", "balance_minor"): "x.balance_minor + x.amount_minor * (1 + g / %(templates)s)",
    ("event", "seq"): "nextval('event_seq')",
}
SPREAD: Final = timedelta(days=90)

SQUAD: Final = 2
"""Connections that copy at once."""


def fill(house: House, *, total: int, now: datetime) -> None:
    """Adds executed orders until `total` are stored."""
    missing = total - house.value("SELECT count(*) FROM orders")
    if missing <= 0:
        return
    _choose_templates(house)
    step_ms = int(SPREAD / timedelta(milliseconds=1)) // missing
    begins_ms = int((now - SPREAD - timedelta(days=1)).timestamp() * 1000)
    values = {
        "copies": missing,
        "templates": house.value("SELECT count(*) FROM bench_template"),
        "numbered": house.value("SELECT count(*) FROM orders") + 10_000_000,
        "begins_ms": begins_ms,
        "step_ms": step_ms,
    }
    with _quick(house), ThreadPoolExecutor(SQUAD) as squad:
        list(squad.map(lambda table: _copy(house, table, values), TABLES))
    house.rows(BALANCES, values)
    house.rows("DROP TABLE bench_template")


CHOOSE: Final = """
CREATE TABLE bench_template AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM (
  SELECT DISTINCT ON (buyer_id) id FROM orders WHERE status = 'executed' ORDER BY buyer_id, id DESC) o"""
