"""What holds of open items: what is owed, what was paid and credited, what settled what (R60, R62)."""

from typing import Final

from placet.storage.invariants.invariant import ACCOUNTS, Invariant

OPEN: Final = """(SELECT contract_id,
    sum(open_minor) FILTER (WHERE kind = 'debit') AS owed,
    sum(open_minor) FILTER (WHERE kind = 'credit') AS credited FROM invoice GROUP BY contract_id)"""
PAID: Final = """(SELECT account_id, sum(left_minor) AS unused, sum(earmarked_minor) AS earmarked
  FROM payment GROUP BY account_id)"""
USED: Final = "(SELECT source_id AS id, sum(amount_minor)::int8 AS total FROM allocation GROUP BY source_id)"
SETTLED: Final = (
    "(SELECT target_id AS id, sum(amount_minor)::int8 AS total FROM allocation GROUP BY target_id)"
)

OPEN_ITEMS: Final = Invariant(
    "R62",
    "a balance is what is open on the account without what is not used of payments and credit invoices",
    f"{ACCOUNTS} LEFT JOIN {OPEN} i ON i.contract_id = c.id LEFT JOIN {PAID} p ON p.account_id = a.id",
    {
        """a.balance_minor <> a.opening_open_minor + coalesce(i.owed, 0) - coalesce(i.credited, 0)
          - coalesce(p.unused, 0) - coalesce(p.earmarked, 0)""": (
            "{account} has a balance of {a.balance_minor}, open are {coalesce(i.owed, 0)} and of its opening "
            "{a.opening_open_minor}, unused {coalesce(i.credited, 0) + coalesce(p.unused, 0)}, for orders "
            "{coalesce(p.earmarked, 0)}"
        ),
        """a.unused_minor <> coalesce(i.credited, 0) + coalesce(p.unused, 0)
          + greatest(0, -a.opening_open_minor)""": (
            "{account} says that {a.unused_minor} is unused, its payments and credit invoices make "
            "{coalesce(i.credited, 0) + coalesce(p.unused, 0) + greatest(0, -a.opening_open_minor)}"
        ),
        "a.unused_minor > 0 AND coalesce(i.owed, 0) + greatest(0, a.opening_open_minor) > 0": (
            "{account} has {a.unused_minor} unused while "
            "{coalesce(i.owed, 0) + greatest(0, a.opening_open_minor)} is open"
        ),
    },
)

INVOICES: Final = Invariant(
    "R62",
    "what of an invoice is not open is what settled it, or what it settled",
    f"""invoice i LEFT JOIN {USED} u ON u.id = i.id LEFT JOIN {SETTLED} s ON s.id = i.id""",
    {
        """i.status = 'cancelled' AND (i.open_minor <> 0 OR coalesce(u.total, 0) <> 0
          OR coalesce(s.total, 0) <> 0)""": (
            "{invoice} is cancelled with {i.open_minor} open and {coalesce(u.total, s.total, 0)} settled"
        ),
        """i.status <> 'cancelled' AND i.total_minor - i.open_minor <>
          CASE i.kind WHEN 'debit' THEN coalesce(s.total, 0) ELSE coalesce(u.total, 0) END""": (
            "{invoice} over {i.total_minor} has {i.open_minor} open, settled are "
            "{coalesce(s.total, u.total, 0)}"
        ),
    },
)

PAYMENTS: Final = Invariant(
    "R62",
    "what of a payment is neither unused nor for its order has settled something, and it is in the entries",
    f"""payment p LEFT JOIN {USED} u ON u.id = p.id
LEFT JOIN account_entry e ON e.id = p.id AND e.kind = 'payment' AND e.account_id = p.account_id""",
    {
        "p.amount_minor - p.left_minor - p.earmarked_minor <> coalesce(u.total, 0)": (
            "payment {p.id} of {p.amount_minor} has {p.left_minor + p.earmarked_minor} left, used are "
            "{coalesce(u.total, 0)}"
        ),
        "e.amount_minor IS DISTINCT FROM -p.amount_minor": (
            "payment {p.id} of {p.amount_minor} stands as {coalesce(e.amount_minor, 0)} in the entries"
        ),
    },
)

REFUNDS: Final = Invariant(
    "R65",
    "a refund that is done was drawn on what was paid, and is in the entries; another one is not",
    f"""refund f LEFT JOIN {SETTLED} s ON s.id = f.id
LEFT JOIN account_entry e ON e.id = f.id AND e.kind = 'refund' AND e.account_id = f.account_id""",
    {
        "coalesce(s.total, 0) <> CASE WHEN f.done_at IS NULL THEN 0 ELSE f.amount_minor END": (
            "refund {f.id} of {f.amount_minor} was drawn on {coalesce(s.total, 0)}"
        ),
        "e.amount_minor IS DISTINCT FROM CASE WHEN f.done_at IS NULL THEN NULL ELSE f.amount_minor END": (
            "refund {f.id} of {f.amount_minor} stands as {coalesce(e.amount_minor, 0)} in the entries"
        ),
    },
)

MOVEMENTS: Final = Invariant(
    "R60",
    "every payment and refund in an account's entries is one",
    """account_entry e LEFT JOIN payment p ON p.id = e.id AND e.kind = 'payment'
LEFT JOIN refund f ON f.id = e.id AND e.kind = 'refund'""",
    {
        "e.kind = 'payment' AND p.id IS NULL": "entry {e.id} of account {e.account_id} is of no payment",
        "e.kind = 'refund' AND f.id IS NULL": "entry {e.id} of account {e.account_id} is of no refund",
    },
)

OPENINGS: Final = Invariant(
    "R62",
    "what of an opening balance is not open is what settled it, or what it settled",
    f"""{ACCOUNTS} LEFT JOIN (SELECT account_id, sum(amount_minor)::int8 AS total FROM account_entry
  WHERE kind = 'opening' GROUP BY account_id) e ON e.account_id = a.id
LEFT JOIN {USED} used ON used.id = a.id LEFT JOIN {SETTLED} paid ON paid.id = a.id""",
    {
        """coalesce(e.total, 0) - a.opening_open_minor
          <> coalesce(paid.total, 0) - coalesce(used.total, 0)""": (
            "{account} began with {coalesce(e.total, 0)}, {a.opening_open_minor} is open, settled are "
            "{coalesce(paid.total, 0) - coalesce(used.total, 0)}"
        ),
    },
)

PAIRS: Final = Invariant(
    "R62",
    "credit of an account settles what is owed on that account, and is undone at most as far as it did",
    """(SELECT source_id, target_id, account_id, sum(amount_minor) AS total FROM allocation
  GROUP BY source_id, target_id, account_id) l JOIN credit_account a ON a.id = l.account_id
LEFT JOIN payment p ON p.id = l.source_id AND p.account_id = a.id
LEFT JOIN invoice k ON k.id = l.source_id AND k.contract_id = a.contract_id AND k.kind = 'credit'
LEFT JOIN invoice i ON i.id = l.target_id AND i.contract_id = a.contract_id AND i.kind = 'debit'
LEFT JOIN refund f ON f.id = l.target_id AND f.account_id = a.id""",
    {
        "p.id IS NULL AND k.id IS NULL AND l.source_id <> a.id": (
            "on account {a.id} {l.source_id} settles something, and is no credit of it"
        ),
        "i.id IS NULL AND f.id IS NULL AND l.target_id <> a.id": (
            "on account {a.id} {l.target_id} is settled, and is nothing that is owed on it"
        ),
        "l.total < 0": "on account {a.id} {l.source_id} no longer settles more of {l.target_id} than it did",
    },
)

# A card is charged for all lines; what it paid is for them until they are invoiced or it gets it back.
EARMARKED: Final = Invariant(
    "R48",
    "what of a card's payment is for its order is the price of lines under way, and what it is to get back",
    """payment p JOIN orders o ON o.id = p.order_id JOIN charge_attempt h ON h.id = p.id
LEFT JOIN (SELECT c.order_id, c.tier, sum(c.gross_minor) AS gross
  FROM order_line_price c JOIN order_line n ON n.id = c.line_id
  WHERE n.state NOT IN ('delivered', 'cancelled') GROUP BY c.order_id, c.tier) n
  ON n.order_id = h.order_id AND n.tier = h.tier AND h.state = 'captured'
LEFT JOIN (SELECT g.charge_id, sum(g.amount_minor) AS total FROM charge_refund g
  LEFT JOIN refund f ON f.id = g.id WHERE f.id IS NULL GROUP BY g.charge_id) g ON g.charge_id = p.id""",
    {
        "p.earmarked_minor <> coalesce(n.gross, 0) + coalesce(g.total, 0)": (
            "{order}: of what a card paid {p.earmarked_minor} is for it, its lines under way cost "
            "{coalesce(n.gross, 0)}, and {coalesce(g.total, 0)} goes back"
        ),
    },
)

CREDITS: Final = Invariant(
    "R62",
    "a debit line is credited by lines of its own contract, at most as far as it was billed",
    """(SELECT x.credits_id, sum(x.net_minor) AS net, sum(x.tax_minor) AS tax,
    min(i.contract_id::text) AS first, max(i.contract_id::text) AS last
  FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
  WHERE x.credits_id IS NOT NULL AND i.status <> 'cancelled' GROUP BY x.credits_id) x
LEFT JOIN invoice_line n ON n.id = x.credits_id LEFT JOIN invoice i ON i.id = n.invoice_id""",
    {
        """i.kind IS DISTINCT FROM 'debit' OR i.status = 'cancelled'
          OR (x.first, x.last) <> (i.contract_id::text, i.contract_id::text)""": (
            "line {x.credits_id} is credited, and is no debit line that counts on that contract"
        ),
        "x.net > n.net_minor OR x.tax > n.tax_minor": (
            "line {n.id} of {invoice} over {n.net_minor + n.tax_minor} is credited {x.net + x.tax}"
        ),
    },
)

CREDIT_LINES: Final = Invariant(
    "R62",
    "every line of a credit invoice that was made here names what it credits, and no other line does",
    "invoice_line x JOIN invoice i ON i.id = x.invoice_id",
    {
        "i.kind = 'debit' AND x.credits_id IS NOT NULL": "line {x.id} of {invoice} credits another",
        "i.kind = 'credit' AND x.credits_id IS NULL AND (i.serial IS NOT NULL OR i.number IS NULL)": (
            "line {x.id} of {invoice} credits nothing"
        ),
    },
)

NUMBERS: Final = Invariant(
    "R62",
    "a seller's invoices are numbered without gaps, up to its counter",
    """invoice_counter k LEFT JOIN (SELECT seller_id, count(*) AS many, min(serial) AS first,
    max(serial) AS last FROM invoice WHERE serial IS NOT NULL GROUP BY seller_id
) i ON i.seller_id = k.seller_id""",
    {
        """(coalesce(i.many, 0), coalesce(i.last, k.begins_at - 1)) <> (k.last - k.begins_at + 1, k.last)
          OR i.first <> k.begins_at""": (
            "seller {k.seller_id} has {coalesce(i.many, 0)} numbered invoices from {k.begins_at} to {k.last}"
        ),
    },
)

INVARIANTS: Final = (
    OPEN_ITEMS,
    INVOICES,
    PAYMENTS,
    REFUNDS,
    MOVEMENTS,
    OPENINGS,
    PAIRS,
    EARMARKED,
    CREDITS,
    CREDIT_LINES,
    NUMBERS,
)
