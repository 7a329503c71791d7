"""A buyer's figures (R102) and the mix of what it bought (R103), computed where the rows are.

Money is that of one contract, the one that the organization buys on, so that no two currencies are ever
added. Days are those of that contract's seller, who writes its invoices.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from placet.domain.periods import Period
from placet.domain.words import BillingType, ProductType
from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row

BOOKS: Final = """
SELECT c.id AS contract, a.id AS account, c.currency, s.time_zone,
  (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date AS today
FROM contract c JOIN organization s ON s.id = c.seller_id JOIN credit_account a ON a.contract_id = c.id
WHERE c.buyer_id = %(organization)s AND c.ended_at IS NULL
ORDER BY c.started_at DESC, c.id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Books:
    """Whose figures: the contract that an organization buys on, and which day it is there."""

    contract: UUID
    account: UUID
    currency: str
    time_zone: str
    today: date


def books_of(organization: UUID, at: datetime) -> Books | None:
    """The contract that began last of those it buys on; `None` for who buys from nobody."""
    row = db.fetch_one(BOOKS, {"organization": organization, "at": at})
    return Books(**row) if row else None


# An instant is compared with the first one of a day, a day wider, for the index; and then by its own day:
# clocks that are set back at midnight have two first instants of a day. That second look hardly leaves
# anything out; `coalesce` keeps the planner from taking it for a narrow range, and from looking up what it
# finds one by one.
def _within(instant: str) -> str:
    """Whether an instant lies on the days of the month."""
    day = f"({instant} AT TIME ZONE %(time_zone)s)::date"
    return f"""{instant} >= (%(first)s::date - 1)::timestamp AT TIME ZONE %(time_zone)s
    AND {instant} < (%(until)s::date + 1)::timestamp AT TIME ZONE %(time_zone)s
    AND coalesce({day} >= %(first)s::date AND {day} < %(until)s::date, false)"""


LICENCES: Final = "p.product_type IN ('software_subscription', 'reserved_instance', 'esd')"

HELD: Final = """count(*) FILTER (WHERE n.status <> 'suspended' AND NOT n.trial) AS active,
    count(*) FILTER (WHERE n.status = 'suspended') AS suspended"""

STATISTICS: Final = f"""
WITH bought AS (
  SELECT coalesce(sum(CASE kind WHEN 'credit' THEN -net_minor ELSE net_minor END), 0)::int8 AS monthly_costs
  FROM invoice WHERE contract_id = %(contract)s AND status <> 'cancelled'
    AND issued_on >= %(first)s AND issued_on < %(until)s
), late AS (
  SELECT coalesce(sum(open_minor), 0)::int8 AS overdue_payments
  FROM invoice WHERE contract_id = %(contract)s AND status = 'unpaid' AND kind = 'debit'
    AND due_on < %(today)s
), sold AS (
  SELECT count(*) FILTER (WHERE NOT m.trial) AS subscriptions,
    coalesce(sum(m.quantity) FILTER (WHERE {LICENCES}), 0)::int8 AS licences
  FROM subscription n JOIN order_link l ON l.order_id = n.order_id AND l.seller_id = %(organization)s
  JOIN order_line m ON m.id = n.line_id JOIN product p ON p.id = m.product_id
  WHERE {_within("n.started_at")}
), changed AS (
  SELECT count(*) FILTER (WHERE was.trial AND NOT m.trial) AS subscriptions,
    coalesce(sum(greatest((o.change #>> '{{after,3}}')::int4 - (o.change #>> '{{before,3}}')::int4, 0))
      FILTER (WHERE {LICENCES}), 0)::int8 AS licences
  FROM orders o JOIN order_link l ON l.order_id = o.id AND l.seller_id = %(organization)s
  JOIN order_line m ON m.order_id = o.id JOIN product p ON p.id = m.product_id
  JOIN product was ON was.id = (o.change #>> '{{before,0}}')::uuid
  WHERE o.kind = 'change' AND o.status = 'executed' AND {_within("o.closed_at")}
), below AS (
  SELECT {HELD} FROM subscription n
  JOIN order_link l ON l.order_id = n.order_id AND l.seller_id = %(organization)s
  WHERE n.status <> 'cancelled'
), own AS (
  SELECT {HELD} FROM subscription n WHERE n.buyer_id = %(organization)s AND n.status <> 'cancelled'
)
SELECT bought.monthly_costs, a.balance_minor AS account_balance,
  sold.subscriptions + changed.subscriptions AS subscriptions_sold,
  sold.licences + changed.licences AS licenses_sold,
  below.active + own.active AS active_subscriptions,
  below.suspended + own.suspended AS suspended_subscriptions,
  late.overdue_payments, a.limit_minor AS credit_limit,
  a.limit_minor - a.balance_minor - a.reserved_minor AS available_credit
FROM credit_account a, bought, late, sold, changed, below, own WHERE a.id = %(account)s"""
"""What was sold is told by the order lines that sold it, as they were: a trial counts from the change that
made it a subscription, a change by the seats that it adds."""


def statistics(organization: UUID, books: Books, month: Period) -> Row:
    """All figures of R102, money in minor units of the contract's currency; a null `credit_limit` is
    unlimited. One statement: they are all of one moment. How much there is to add up differs from one
    organization to the next, and so does the best plan."""
    asked = {
        "organization": organization,
        "contract": books.contract,
        "account": books.account,
        "time_zone": books.time_zone,
        "today": books.today,
        "first": month.first,
        "until": month.until,
    }
    rows = db.fetch_planned(STATISTICS, asked)
    assert rows, "a contract has its account"
    return rows[0]


MIX: Final = f"""
WITH volume AS (
  SELECT n.product_id, sum(n.net_minor)::int8 AS net_minor
  FROM invoice i JOIN invoice_line n ON n.invoice_id = i.id
  WHERE i.contract_id = %(contract)s AND i.kind = 'debit' AND i.status <> 'cancelled'
    AND i.issued_on >= %(first)s AND i.issued_on < %(until)s
  GROUP BY n.product_id
)
SELECT {NAMED.format("p")} AS product, v.net_minor
FROM volume v JOIN product p ON p.id = v.product_id
WHERE v.net_minor > 0
  AND (%(product_type)s::text IS NULL OR p.product_type = %(product_type)s::text)
  AND (%(billing_type)s::text IS NULL OR p.billing_type = %(billing_type)s::text)
ORDER BY v.net_minor DESC, p.name, p.id"""


def product_mix(
    contract: UUID, days: Period, product_type: ProductType | None, billing_type: BillingType | None
) -> list[Row]:
    """Products and what was bought of them on these days, net, the largest first (R103). What cost nothing
    is no part of it."""
    asked = {"product_type": product_type, "billing_type": billing_type}
    return db.fetch(MIX, {"contract": contract, "first": days.first, "until": days.until, **asked})
