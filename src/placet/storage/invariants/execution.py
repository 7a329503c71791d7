"""What holds of delivering and billing: each line once, on every link (R50, R52, R60, R62)."""

from typing import Final

from placet.storage.invariants.invariant import Invariant

SUB_ORDERS: Final = Invariant(
    "R50",
    "every line is in a sub-order of its own order and vendor",
    """order_line n JOIN orders o ON o.id = n.order_id JOIN product p ON p.id = n.product_id
LEFT JOIN sub_order u ON u.id = n.sub_order_id""",
    {
        "(u.order_id, u.vendor_id) IS DISTINCT FROM (n.order_id, n.vendor_id)": (
            "{line} is in a sub-order of another order or vendor"
        ),
        "n.vendor_id <> p.vendor_id": "{line} names another vendor than its product's",
    },
)

ERRANDS: Final = Invariant(
    "R52",
    "the worker comes back for every line that is with its vendor, and for no other",
    """sub_order u JOIN orders o ON o.id = u.order_id
LEFT JOIN (SELECT sub_order_id, bool_or(state = 'provisioning') AS going FROM order_line
  GROUP BY sub_order_id) n ON n.sub_order_id = u.id""",
    {
        "n.going AND u.due_at IS NULL": (
            "{order}, sub-order {u.position + 1} is with its vendor, and nobody will ask again"
        ),
        "n.going IS NOT TRUE AND u.due_at IS NOT NULL": (
            "{order}, sub-order {u.position + 1} is due, and nothing of it is with its vendor"
        ),
    },
)

EFFECTS: Final = Invariant(
    "R52",
    "every delivered line has exactly one effect on a subscription, every other line none",
    """order_line n JOIN orders o ON o.id = n.order_id LEFT JOIN subscription made ON made.line_id = n.id""",
    {
        "n.state <> 'delivered' AND (n.subscription_id IS NOT NULL OR made.id IS NOT NULL)": (
            "{line} is {n.state} and has a subscription"
        ),
        "n.state = 'delivered' AND n.subscription_id IS NULL": "{line} is delivered without a subscription",
        "o.subscription_id IS NOT NULL AND made.id IS NOT NULL": (
            "{line} made a subscription where it changes one"
        ),
        "n.state = 'delivered' AND n.subscription_id IS DISTINCT FROM coalesce(o.subscription_id, made.id)": (
            "{line} names subscription {n.subscription_id}, it made {coalesce(made.id::text, 'none')}"
        ),
        "(made.order_id, made.buyer_id) <> (n.order_id, o.buyer_id)": (
            "{line} made a subscription of another order or buyer"
        ),
    },
)

BILLED: Final = Invariant(
    "R52",
    "every delivered line is invoiced once on every link, at its price there, and no other line is",
    """order_line n JOIN orders o ON o.id = n.order_id AND o.kind IN ('new', 'renewal')
  AND o.imported_as IS NULL
JOIN order_line_price c ON c.line_id = n.id
JOIN order_link l ON l.order_id = n.order_id AND l.tier = c.tier
LEFT JOIN (
  SELECT x.line_id, i.contract_id, count(*) AS times, sum(x.net_minor)::int8 AS net,
    sum(x.tax_minor)::int8 AS tax
  FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
  WHERE i.kind = 'debit' AND x.line_id IS NOT NULL GROUP BY x.line_id, i.contract_id
) i ON i.line_id = n.id AND i.contract_id = l.contract_id""",
    {
        "coalesce(i.times, 0) <> CASE n.state WHEN 'delivered' THEN 1 ELSE 0 END": (
            "{line}, tier {c.tier} is {n.state} and invoiced {coalesce(i.times, 0)} times"
        ),
        "i.times > 0 AND (i.net, i.tax) <> (c.net_minor, c.tax_minor)": (
            "{line}, tier {c.tier} costs {c.gross_minor} and is invoiced at {i.net + i.tax}"
        ),
    },
)

INVOICE_PARTIES: Final = Invariant(
    "R62",
    "an invoice is between the parties of its contract, in its currency, on a link of its order",
    """invoice i JOIN contract c ON c.id = i.contract_id
LEFT JOIN order_link l ON l.order_id = i.order_id AND l.contract_id = i.contract_id
LEFT JOIN sub_order u ON u.id = i.sub_order_id""",
    {
        "(i.seller_id, i.buyer_id, i.currency) <> (c.seller_id, c.buyer_id, c.currency)": (
            "{invoice} is not of the parties and the currency of its contract"
        ),
        "i.order_id IS NOT NULL AND l.order_id IS NULL": (
            "{invoice} is on a contract that its order has no link of"
        ),
        "i.sub_order_id IS NOT NULL AND u.order_id IS DISTINCT FROM i.order_id": (
            "{invoice} is for a sub-order of another order"
        ),
    },
)

INVOICE_TOTALS: Final = Invariant(
    "R62",
    "an invoice is the sum of its lines, and paid when nothing of it is open",
    """invoice i LEFT JOIN (SELECT invoice_id, sum(net_minor)::int8 AS net, sum(tax_minor)::int8 AS tax
  FROM invoice_line GROUP BY invoice_id) x ON x.invoice_id = i.id""",
    {
        """(i.net_minor, i.tax_minor, i.total_minor) IS DISTINCT FROM
          (coalesce(x.net, 0), coalesce(x.tax, 0), coalesce(x.net + x.tax, 0))""": (
            "{invoice} is over {i.total_minor}, its lines make {coalesce(x.net + x.tax, 0)}"
        ),
        """i.open_minor NOT BETWEEN 0 AND i.total_minor
          OR (i.status = 'unpaid') <> (i.open_minor > 0)""": (
            "{invoice} is {i.status} with {i.open_minor} of {i.total_minor} open"
        ),
    },
)

BOOKED: Final = Invariant(
    "R60",
    "every invoice stands once in its account's entries, and a cancelled one is taken back there",
    """(invoice i JOIN credit_account a ON a.contract_id = i.contract_id) FULL JOIN (
  SELECT invoice_id, account_id, sum(amount_minor) AS total,
    count(*) FILTER (WHERE kind <> 'cancellation') AS times
  FROM account_entry WHERE kind IN ('invoice', 'credit_invoice', 'cancellation')
  GROUP BY invoice_id, account_id
) e ON e.invoice_id = i.id AND e.account_id = a.id""",
    {
        "i.id IS NULL": "account {e.account_id} has an entry of invoice {e.invoice_id}, not one of its",
        """e.times IS DISTINCT FROM 1 OR e.total <> CASE WHEN i.status = 'cancelled' THEN 0
          WHEN i.kind = 'debit' THEN i.total_minor ELSE -i.total_minor END""": (
            "{invoice} over {i.total_minor} is booked {coalesce(e.times, 0)} times, as {coalesce(e.total, 0)}"
        ),
    },
)

INVARIANTS: Final = (SUB_ORDERS, ERRANDS, EFFECTS, BILLED, INVOICE_PARTIES, INVOICE_TOTALS, BOOKED)
