"""A database full of orders, quickly: copies of orders that the product itself executed, with all of
their rows, spread over the last three months. Ids keep their order in time, as the product's do."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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

MADE: Final = frozenset(
    {
        "id",
        "order_id",
        "line_id",
        "priced_line_id",
        "sub_order_id",
        "step_id",
        "invoice_id",
        "subscription_id",
    }
)
"""Columns with ids that were made for the order: every copy has its own."""

OTHERWISE: Final = {
    ("orders", "number"): "'PL-' || (%(numbered)s + g)",
    ("invoice", "number"): "x.number || '-' || g",
    ("account_entry", "seq"): "nextval('entry_seq')",
    ("account_entry", "balance_minor"): (
        "(SELECT a.balance_minor FROM credit_account a WHERE a.id = x.account_id)"
        " + x.amount_minor * (1 + g / %(templates)s)"
    ),
    ("event", "seq"): "nextval('event_seq')",
}
"""What is unique, or adds up, for another reason."""

SPREAD: Final = timedelta(days=90)
CHUNK: Final = 20_000
SQUAD: Final = 2
"""Connections that copy at once."""

QUICK: Final = {"max_wal_size": "8GB", "autovacuum": "off", "maintenance_work_mem": "256MB"}
"""Settings of the server while it is being filled: nothing of it is measured."""

TEMPLATES: Final = """
CREATE TABLE bench_template AS
SELECT o.*, row_number() OVER (ORDER BY o.id) - 1 AS n FROM (
  SELECT DISTINCT ON (buyer_id) id, placed_at FROM orders WHERE status = 'executed'
  ORDER BY buyer_id, id DESC) o"""

COLUMNS: Final = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"""

ROWS: Final = """
CREATE TABLE bench_{} AS SELECT x.*, o.n AS bench_n, o.placed_at AS bench_at FROM bench_template o JOIN {}"""

INSERT: Final = """
INSERT INTO {0} ({1}) SELECT {2} FROM generate_series(%(low)s::int8, %(high)s) AS g
JOIN bench_{0} x ON x.bench_n = g %% %(templates)s"""

INDEXES: Final = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)"""

BALANCES: Final = """
UPDATE credit_account a SET balance_minor = a.balance_minor
  + x.amount_minor * ((%(copies)s - o.n + %(templates)s - 1) / %(templates)s)
FROM bench_template o JOIN account_entry x ON x.order_id = o.id WHERE a.id = x.account_id"""

AT: Final = "to_timestamp((%(begins_ms)s + g * %(step_ms)s) / 1000.0)"
# Of the copy's time; of how many orders were stored before, so that no two fillings make the same one; and
# of the row that is copied.
ID: Final = """(lpad(to_hex(%(begins_ms)s + g * %(step_ms)s), 12, '0')
  || '7' || lpad(to_hex(%(stored)s %% 4096), 3, '0') || substr(replace(x.{0}::text, '-', ''), 17))::uuid"""


def fill(house: House, *, total: int, now: datetime, tables: Collection[str] = tuple(TABLES)) -> None:
    """Adds executed orders until `total` are stored, as far as these tables go. With all of them, credit
    accounts still add up afterwards."""
    stored = house.value("SELECT count(*) FROM orders")
    if stored >= total:
        return
    house.rows(TEMPLATES)
    for table in tables:
        house.rows(ROWS.format(table, TABLES[table]))
    values = _values(house, total - stored, now)
    with _quick(house), ThreadPoolExecutor(SQUAD) as squad:
        list(squad.map(lambda table: _copy(house, table, values), sorted(tables, key=_heaviest_first)))
    house.rows(BALANCES % values)
    for table in ("template", *tables):
        house.rows(f"DROP TABLE bench_{table}")


def _values(house: House, copies: int, now: datetime) -> dict[str, int]:
    begins_at = now - SPREAD - timedelta(days=1)
    stored = house.value("SELECT count(*) FROM orders")
    return {
        "copies": copies,
        "templates": house.value("SELECT count(*) FROM bench_template"),
        "stored": stored,
        "numbered": 10_000_000 + stored,
        "begins_ms": int(begins_at.timestamp() * 1000),
        "step_ms": int(SPREAD / timedelta(milliseconds=1)) // copies,
    }


def _heaviest_first(table: str) -> int:
    return -("event", "validation_check", "account_entry", "invoice", "order_line_price").count(table)


@contextmanager
def _quick(house: House) -> Iterator[None]:
    try:
        for name, value in QUICK.items():
            house.rows(f"ALTER SYSTEM SET {name} = '{value}'")
        house.rows("SELECT pg_reload_conf()")
        yield
    finally:
        for name in QUICK:
            house.rows(f"ALTER SYSTEM RESET {name}")
        house.rows("SELECT pg_reload_conf()")


def _copy(house: House, table: str, values: dict[str, int]) -> None:
    """All copies of one table's rows. Foreign keys hold by construction, so they are not checked; indexes
    that uphold nothing are made when all is there."""
    columns = [(name, _copied(table, name, kind)) for name, kind in house.rows(COLUMNS, [table])]
    statement = INSERT.format(table, ", ".join(n for n, _ in columns), ", ".join(v for _, v in columns))
    with psycopg.connect(house.address, autocommit=True) as own:
        for setting in ("session_replication_role = replica", "synchronous_commit = off"):
            own.execute(f"SET {setting}".encode())
        indexes = own.execute(INDEXES, [table]).fetchall()
        for name, _ in indexes:
            own.execute(f"DROP INDEX {name}".encode())
        for low in range(0, values["copies"], CHUNK):
            high = min(low + CHUNK, values["copies"]) - 1
            own.execute((statement % (values | {"low": low, "high": high})).encode())
        for _, made_by in indexes:
            own.execute(made_by.encode())


def _copied(table: str, column: str, kind: str) -> str:
    """What stands in a column of the copy numbered `g` of the row `x` of the order `o`."""
    if other := OTHERWISE.get((table, column)):
        return other
    if kind == "uuid" and column in MADE:
        return ID.format(column)
    if kind == "timestamp with time zone":
        return f"{AT} + (x.{column} - x.bench_at)"
    if kind == "date":
        return f"x.{column} + ({AT}::date - x.bench_at::date)"
    return f"x.{column}"
