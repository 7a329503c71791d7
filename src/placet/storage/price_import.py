"""Prices of one list out of a file, by sets: the rows are copied into a temporary table, judged all
together beside what the list has, and written by a few statements, however many they are.

Of a product and a quantity, one price holds at a time. A row without an end holds until the next one
begins, in the file or on the list; a price that the list has ends where a new one begins within it.
In these tables a period without a border has an infinite one, so that borders compare.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import ServerCursor, sql
from psycopg.rows import dict_row

from placet.domain import money
from placet.domain.nce import OfferRow, Skipped
from placet.domain.price_rows import Became, PriceRow
from placet.storage import db
from placet.storage.db import Row

STATED: Final = """
SET LOCAL jit = off;
DROP TABLE IF EXISTS stated_price, judged_price;
CREATE TEMP TABLE stated_price (line int4, product text, product_id uuid, min_quantity int4,
  unit_minor int8, starts timestamptz, ends timestamptz, skipped text) ON COMMIT DROP;
CREATE TEMP TABLE judged_price (line int4, product text, product_id uuid, min_quantity int4,
  unit_minor int8, starts timestamptz, ends timestamptz, price_id uuid, became text, reason text)
  ON COMMIT DROP;
"""

HOLD: Final = """
SELECT l.id, l.currency, g.time_zone AS zone FROM price_list l JOIN organization g ON g.id = l.owner_id
WHERE l.id = %(id)s FOR NO KEY UPDATE OF l"""


def hold(price_list: UUID) -> Row | None:
    """The list, locked: whoever else writes its prices waits."""
    return db.fetch_one(HOLD, {"id": price_list})


def state(rows: Iterable[PriceRow]) -> None:
    """Copies the rows of a list's own file."""
    _run(STATED)
    _copy(
        "stated_price (line, product, min_quantity, unit_minor, starts, ends)",
        ((r.line, r.product, r.min_quantity, r.unit, *_borders(r.valid_from, r.valid_to)) for r in rows),
    )


def _borders(first: datetime | None, last: datetime | None) -> tuple[datetime | str, datetime | str]:
    return first or "-infinity", last or "infinity"


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with db.raw().cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    _run(f"ANALYZE {table.partition(' ')[0]}")


def _run(statements: str) -> None:
    for statement in filter(str.strip, statements.split(";")):
        db.raw().execute(statement.encode())


# Judging ------------------------------------------------------------------------------------

JUDGE: Final = """
WITH named AS (
  SELECT s.line, s.product, coalesce(s.product_id, r.id, d.id) AS product_id, s.min_quantity, s.unit_minor,
    s.starts, s.ends, s.skipped
  FROM stated_price s LEFT JOIN product r ON r.ref = s.product
  LEFT JOIN product d ON d.id::text = lower(s.product)
), row_ AS (
  SELECT n.*, min(n.line) OVER (PARTITION BY n.product_id, n.min_quantity, n.starts) AS first_line,
    lead(n.starts) OVER later AS next_starts, lead(n.line) OVER later AS next_line
  FROM named n WHERE n.skipped IS NULL AND n.product_id IS NOT NULL
  WINDOW later AS (PARTITION BY n.product_id, n.min_quantity ORDER BY n.starts, n.line)
), standing AS (
  SELECT i.id, i.product_id, i.min_quantity, i.unit_minor, coalesce(i.valid_from, '-infinity') AS starts,
    coalesce(i.valid_to, 'infinity') AS ends
  FROM price i JOIN (SELECT DISTINCT product_id FROM row_) p ON p.product_id = i.product_id
  WHERE i.price_list_id = %(price_list)s
), moment AS (
  SELECT product_id, min_quantity, starts,
    lead(starts) OVER (PARTITION BY product_id, min_quantity ORDER BY starts) AS next
  FROM (SELECT product_id, min_quantity, starts FROM row_
    UNION SELECT product_id, min_quantity, starts FROM standing) every
), bounded AS (
  SELECT r.*, CASE r.ends WHEN 'infinity' THEN coalesce(m.next, 'infinity') ELSE r.ends END AS until
  FROM row_ r JOIN moment m USING (product_id, min_quantity, starts)
), other AS (
  SELECT s.* FROM standing s LEFT JOIN row_ r USING (product_id, min_quantity, starts) WHERE r.line IS NULL
), clash AS (
  SELECT b.line, min(s.starts) AS starts FROM bounded b JOIN other s USING (product_id, min_quantity)
  WHERE b.unit_minor IS NOT NULL AND s.starts < b.until AND b.starts < s.ends AND (s.starts > b.starts
    OR b.ends < s.ends AND coalesce(b.next_starts, 'infinity') >= s.ends)
  GROUP BY b.line
), ended AS (
  SELECT b.line, s.id FROM bounded b JOIN standing s USING (product_id, min_quantity)
  WHERE b.unit_minor IS NULL AND s.starts <= b.starts AND b.starts < s.ends
), verdict AS (
  SELECT n.line, n.product, n.product_id, n.min_quantity, n.unit_minor, n.starts, b.until AS ends,
    coalesce(e.id, m.id) AS price_id, n.skipped,
    CASE
      WHEN n.skipped IS NOT NULL THEN NULL
      WHEN n.product_id IS NULL THEN concat('product: there is no ', n.product)
      WHEN b.first_line < n.line THEN concat('stands already on line ', b.first_line)
      WHEN b.unit_minor IS NOT NULL AND b.next_starts < b.ends AND b.ends <> 'infinity'
        THEN concat('valid_to: overlaps what stands on line ', b.next_line)
      WHEN c.starts = '-infinity' THEN 'overlaps the price that the list has from its beginning on'
      WHEN c.line IS NOT NULL THEN concat('overlaps the price that the list has from ',
        to_char(c.starts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ' on')
    END AS wrong,
    CASE
      WHEN n.skipped IS NOT NULL THEN 'skipped'
      WHEN n.unit_minor IS NULL THEN CASE WHEN e.id IS NULL THEN 'unchanged' ELSE 'ended' END
      WHEN m.id IS NULL THEN 'added'
      WHEN (m.unit_minor, m.ends) = (n.unit_minor, b.until) THEN 'unchanged'
      ELSE 'changed'
    END AS became
  FROM named n LEFT JOIN bounded b USING (line) LEFT JOIN clash c USING (line) LEFT JOIN ended e USING (line)
  LEFT JOIN standing m ON (m.product_id, m.min_quantity, m.starts) = (b.product_id, b.min_quantity, b.starts)
)
INSERT INTO judged_price (line, product, product_id, min_quantity, unit_minor, starts, ends, price_id, became,
  reason)
SELECT line, product, product_id, min_quantity, unit_minor, starts, ends, price_id,
  CASE WHEN wrong IS NULL THEN became END, coalesce(wrong, skipped) FROM verdict"""

WRONG: Final = "SELECT line, reason FROM judged_price WHERE became IS NULL ORDER BY line LIMIT %(most)s"
COUNTS: Final = "SELECT became, count(*) AS rows FROM judged_price GROUP BY became"


def judge(price_list: UUID) -> None:
    """Says of every row what it comes to, or what is wrong with it."""
    db.fetch(JUDGE, {"price_list": price_list})
    _run("ANALYZE judged_price")


def wrong(most: int) -> list[Row]:
    """The first rows that cannot be: `line` and `reason`."""
    return db.fetch(WRONG, {"most": most})


def counts() -> dict[str | None, int]:
    """How many rows come to what; none: something is wrong with them."""
    return {row["became"]: row["rows"] for row in db.fetch(COUNTS)}


def verdicts() -> Iterator[Row]:
    """Every row in the file's order: `line`, `product`, `became`, `reason`."""
    with ServerCursor(db.raw(), "verdicts", row_factory=dict_row) as cursor:
        cursor.itersize = 1000
        cursor.execute("SELECT line, product, became, reason FROM judged_price ORDER BY line")
        yield from cursor


# Writing ------------------------------------------------------------------------------------

END: Final = f"""
DELETE FROM price i USING judged_price j
WHERE j.became = '{Became.ENDED}' AND i.id = j.price_id AND coalesce(i.valid_from, '-infinity') = j.starts"""

CUT: Final = """
UPDATE price i SET valid_to = cut.at FROM (
  SELECT i.id, min(j.starts) AS at FROM price i
  JOIN judged_price j ON j.product_id = i.product_id AND j.min_quantity = i.min_quantity
    AND coalesce(i.valid_from, '-infinity') < j.starts AND j.starts < coalesce(i.valid_to, 'infinity')
  WHERE i.price_list_id = %(price_list)s AND j.became <> 'skipped' GROUP BY i.id
) cut WHERE i.id = cut.id"""

CHANGE: Final = f"""
UPDATE price i SET unit_minor = j.unit_minor, valid_to = nullif(j.ends, 'infinity')
FROM judged_price j WHERE j.became = '{Became.CHANGED}' AND i.id = j.price_id"""

ADD: Final = f"""
INSERT INTO price (price_list_id, product_id, min_quantity, unit_minor, valid_from, valid_to)
SELECT %(price_list)s, product_id, min_quantity, unit_minor, nullif(starts, '-infinity'),
  nullif(ends, 'infinity')
FROM judged_price WHERE became = '{Became.ADDED}'"""


def write(price_list: UUID) -> None:
    """Writes what was judged. Prices become shorter before others grow or come, so that no two overlap
    in between."""
    for statement in (END, CUT, CHANGE, ADD):
        parameters = {"price_list": price_list} if "%(price_list)s" in statement else {}
        db.fetch(statement, parameters)


# Offers -------------------------------------------------------------------------------------

STATED_OFFERS: Final = """
DROP TABLE IF EXISTS stated_offer, offer_row, new_offer;
CREATE TEMP TABLE stated_offer (line int4, id uuid, ref text, sku text, name text, billing_type text,
  term_months int2, trial bool, min_quantity int4, unit_minor int8, starts timestamptz, ends timestamptz,
  removed bool, skipped text) ON COMMIT DROP;
CREATE TEMP TABLE new_offer (id uuid, ref text, sku text, name text, billing_type text, term_months int2,
  trial bool) ON COMMIT DROP
"""

NEW_OFFERS: Final = """
INSERT INTO new_offer SELECT DISTINCT ON (o.ref) o.id, o.ref, o.sku, o.name, o.billing_type, o.term_months,
  o.trial
FROM stated_offer o LEFT JOIN product p ON p.ref = o.ref
WHERE p.id IS NULL AND o.skipped IS NULL AND NOT o.removed ORDER BY o.ref, o.starts DESC, o.line"""

# Rows of one offer may overlap: what began first holds until its end, if it names one, and else until the
# next begins. Of two that begin together the longer one counts.
OFFER_PRICES: Final = """
WITH named AS (
  SELECT o.line, o.ref, o.min_quantity, o.unit_minor, o.starts, o.ends, o.removed, o.skipped,
    coalesce(p.id, n.id) AS product_id
  FROM stated_offer o LEFT JOIN product p ON p.ref = o.ref LEFT JOIN new_offer n ON n.ref = o.ref
), priced AS (
  SELECT n.*, first_value(n.line) OVER same AS first_line,
    n.ends = first_value(n.ends) OVER same AND n.unit_minor <> first_value(n.unit_minor) OVER same
      AS contradicts
  FROM named n WHERE n.skipped IS NULL AND NOT n.removed
  WINDOW same AS (PARTITION BY n.ref, n.min_quantity, n.starts ORDER BY n.ends DESC, n.line)
), shifted AS (
  SELECT k.*, greatest(k.starts, max(nullif(k.ends, 'infinity')) OVER (PARTITION BY k.ref, k.min_quantity
    ORDER BY k.starts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS begins
  FROM priced k WHERE k.line = k.first_line
), gone AS (
  SELECT n.*, CASE n.ends WHEN 'infinity' THEN %(now)s ELSE n.ends END AS at FROM named n
  WHERE n.skipped IS NULL AND n.removed
), once AS (
  SELECT g.*, min(g.line) OVER (PARTITION BY g.ref, g.min_quantity, g.at) AS first_line FROM gone g
), every AS (
  SELECT line, ref, product_id, min_quantity, unit_minor, begins AS starts, ends,
    CASE WHEN begins >= ends THEN 'other rows of this offer hold all of its time' END AS skipped FROM shifted
  UNION ALL
  SELECT line, ref, product_id, min_quantity, unit_minor, starts, ends,
    CASE WHEN NOT contradicts THEN concat('like line ', first_line, ', which holds as long or longer') END
  FROM priced WHERE line <> first_line
  UNION ALL
  SELECT g.line, g.ref, g.product_id, g.min_quantity, NULL, g.at, 'infinity',
    CASE WHEN g.product_id IS NULL THEN 'removed, and was never here'
      WHEN g.line <> g.first_line THEN concat('like line ', g.first_line)
      WHEN s.line IS NOT NULL THEN concat('line ', s.line, ' begins then') END
  FROM once g LEFT JOIN shifted s ON (s.ref, s.min_quantity, s.begins) = (g.ref, g.min_quantity, g.at)
  UNION ALL
  SELECT line, ref, product_id, min_quantity, unit_minor, starts, ends, skipped FROM named
  WHERE skipped IS NOT NULL
)
INSERT INTO stated_price (line, product, product_id, min_quantity, unit_minor, starts, ends, skipped)
SELECT line, coalesce(ref, ''), product_id, min_quantity, unit_minor, starts, ends, skipped FROM every"""


def state_offers(rows: Iterable[OfferRow | Skipped], now: datetime) -> None:
    """Copies the rows of a vendor's file of offers and their prices. What is removed without a day ends
    `now`; offers that are not there yet get an id, for `write_offers`."""
    _run(STATED)
    _run(STATED_OFFERS)
    _copy("stated_offer", map(_offer, rows))
    db.fetch(NEW_OFFERS)
    _run("ANALYZE new_offer")
    db.fetch(OFFER_PRICES, {"now": now})
    _run("ANALYZE stated_price")


def _offer(row: OfferRow | Skipped) -> tuple[Any, ...]:
    if isinstance(row, Skipped):
        return (row.line, *[None] * 11, False, row.reason)
    offer = row.ref, row.sku, row.name, row.billing_type.value, row.term_months, row.trial
    price = row.min_quantity, row.unit, *_borders(row.valid_from, row.valid_to)
    return (row.line, db.new_id(), *offer, *price, row.removed, None)


OF_OTHERS: Final = """
SELECT o.line, concat(o.ref, ' stands already, as a product of ', v.name) AS reason FROM stated_offer o
JOIN product p ON p.ref = o.ref JOIN vendor v ON v.id = p.vendor_id
WHERE p.vendor_id <> %(vendor)s ORDER BY o.line LIMIT %(most)s"""


def of_others(vendor: UUID, most: int) -> list[Row]:
    """The first rows whose offers another vendor has: `line` and `reason`."""
    return db.fetch(OF_OTHERS, {"vendor": vendor, "most": most})


ADD_OFFERS: Final = """
INSERT INTO product (id, ref, vendor_id, sku, name, product_type, billing_type, fulfilment, trial,
  term_months, sandbox)
SELECT id, ref, %(vendor)s, sku, name, 'software_subscription', billing_type, 'automatic', trial, term_months,
  '{}' FROM new_offer"""

RENAME_OFFERS: Final = """
UPDATE product p SET name = o.name FROM (
  SELECT DISTINCT ON (ref) ref, name FROM stated_offer
  WHERE skipped IS NULL AND NOT removed ORDER BY ref, starts DESC, line
) o WHERE p.ref = o.ref AND p.vendor_id = %(vendor)s AND p.name <> o.name"""


def write_offers(vendor: UUID) -> None:
    """Adds the offers that are not there yet, and names the others as the file does."""
    db.fetch(RENAME_OFFERS, {"vendor": vendor})
    db.fetch(ADD_OFFERS, {"vendor": vendor})


def count_new_offers() -> int:
    """How many offers are not there yet."""
    row = db.fetch_one("SELECT count(*) AS offers FROM new_offer")
    assert row is not None, "a count has its row"
    return int(row["offers"])


# Export -------------------------------------------------------------------------------------

# A name that a spreadsheet would take for a formula gets an apostrophe before it; it is not read again.
EXPORT: Final = """
COPY (
  SELECT coalesce(p.ref, p.id::text) AS product,
    CASE WHEN p.name ~ '^[=+@-]' THEN concat('''', p.name) ELSE p.name END AS name,
    {currency} AS currency, i.min_quantity, round(i.unit_minor / 10.0 ^ {digits}, {digits}) AS unit_price,
    {begins} AS valid_from, {ends} AS valid_to
  FROM price i JOIN product p ON p.id = i.product_id WHERE i.price_list_id = {price_list}
  ORDER BY 1, i.min_quantity, i.valid_from NULLS FIRST
) TO STDOUT WITH (FORMAT csv, HEADER)"""

TIME: Final = """replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000', '')"""


def exported(price_list: UUID, currency: str) -> Iterator[bytes]:
    """The list's prices as CSV, a piece at a time, as they all are at one moment."""
    statement = sql.SQL(EXPORT).format(
        currency=sql.Literal(currency),
        digits=sql.Literal(money.exponent(currency)),
        begins=sql.SQL(TIME.format("i.valid_from")),
        ends=sql.SQL(TIME.format("i.valid_to")),
        price_list=sql.Literal(price_list),
    )
    with db.raw().cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            yield bytes(piece)
