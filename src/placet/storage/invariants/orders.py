"""What holds of orders: their chain and amounts, and that their status follows from their facts
(R5, R7, R30-R32, R40, R42, R51, R90, spec §8)."""

from typing import Final

from placet.domain.moves import CLOSED, MOVES
from placet.storage.invariants.invariant import CHARGING, Invariant, listed

CHAIN: Final = Invariant(
    "R5",
    "an order's links are one chain of contracts from its buyer up to its top seller",
    """orders o LEFT JOIN order_link l ON l.order_id = o.id
LEFT JOIN order_link below ON below.order_id = l.order_id AND below.tier = l.tier - 1
LEFT JOIN order_link above ON above.order_id = l.order_id AND above.tier = l.tier + 1
LEFT JOIN contract c ON c.id = l.contract_id LEFT JOIN credit_account a ON a.id = l.account_id""",
    {
        "l.order_id IS NULL": "{order} has no link",
        """l.buyer_id IS DISTINCT FROM CASE l.tier WHEN 1 THEN o.buyer_id ELSE below.seller_id END
          OR (above.order_id IS NULL AND l.seller_id <> o.top_seller_id)""": (
            "{order} has a chain that breaks at tier {l.tier}"
        ),
        """(c.seller_id, c.buyer_id, c.currency, a.contract_id) IS DISTINCT FROM
          (l.seller_id, l.buyer_id, l.currency, l.contract_id)""": (
            "{order}, tier {l.tier} is not of the contract and the account that it names"
        ),
        "l.placed_at <> o.placed_at": "{order}, tier {l.tier} has another date than the order",
    },
)

TOTALS: Final = Invariant(
    "R7",
    "what an order costs on a link is the sum of its lines there, every line priced on every link",
    """orders o JOIN order_link l ON l.order_id = o.id
LEFT JOIN (SELECT order_id, count(*) AS lines FROM order_line GROUP BY order_id) n ON n.order_id = o.id
LEFT JOIN (
  SELECT order_id, tier, count(*) AS lines, sum(net_minor)::int8 AS net, sum(tax_minor)::int8 AS tax,
    sum(gross_minor)::int8 AS gross
  FROM order_line_price GROUP BY order_id, tier
) p ON p.order_id = l.order_id AND p.tier = l.tier""",
    {
        "p.lines IS DISTINCT FROM n.lines": (
            "{order}, tier {l.tier} prices {coalesce(p.lines, 0)} of {coalesce(n.lines, 0)} lines"
        ),
        "(l.net_minor, l.tax_minor, l.gross_minor) IS DISTINCT FROM (p.net, p.tax, p.gross)": (
            "{order}, tier {l.tier} costs {l.gross_minor}, its lines cost {p.gross}"
        ),
    },
)

PRICES: Final = Invariant(
    "R7",
    "a line costs unit times quantity without its discount, and its tax is rounded once",
    """order_line_price c JOIN order_line n ON n.id = c.line_id JOIN orders o ON o.id = n.order_id
JOIN order_link l ON l.order_id = n.order_id AND l.tier = c.tier JOIN product p ON p.id = n.product_id""",
    {
        """o.kind = 'new' AND c.net_minor <> CASE
          WHEN n.trial OR p.product_type = 'usage' OR p.billing_type = 'usage' THEN 0
          ELSE c.unit_minor * n.quantity - c.discount_minor END""": (
            "{line}, tier {c.tier} costs {c.net_minor} for {n.quantity} at {c.unit_minor}"
        ),
        """c.tax_minor <> round(c.net_minor * l.tax_rate / 100)
          AND coalesce(o.change -> 'credits', '[]') = '[]'""": (
            "{line}, tier {c.tier} has a tax of {c.tax_minor} on {c.net_minor} at {l.tax_rate} percent"
        ),
    },
)

STATUS: Final = Invariant(
    "R51",
    "an order's status follows from its lines",
    """orders o LEFT JOIN (
  SELECT order_id, count(*) AS lines, count(*) FILTER (WHERE state = 'waiting') AS waiting,
    count(*) FILTER (WHERE state = 'delivered') AS delivered,
    count(*) FILTER (WHERE state = 'cancelled') AS cancelled
  FROM order_line GROUP BY order_id
) n ON n.order_id = o.id""",
    {
        "n.lines IS NULL": "{order} has no line",
        """NOT CASE WHEN o.status IN ('draft', 'pending_approval', 'unexecuted') THEN n.waiting = n.lines
          WHEN o.status = 'submitted' THEN n.delivered + n.cancelled < n.lines
          WHEN o.status = 'executed' THEN n.delivered > 0 AND n.delivered + n.cancelled = n.lines
          ELSE n.cancelled = n.lines END""": (
            "{order} is {o.status}, of its {n.lines} lines {n.waiting} wait, {n.delivered} are delivered, "
            "{n.cancelled} are cancelled"
        ),
        f"(o.closed_at IS NULL) = (o.status IN {listed(CLOSED)})": (
            "{order} is {o.status}, closed at {coalesce(o.closed_at::text, 'no time')}"
        ),
    },
)

APPROVED: Final = Invariant(
    "R30",
    "every order that went on to validation has all its steps approved",
    f"""orders o LEFT JOIN {CHARGING} ON charging.order_id = o.id
LEFT JOIN (SELECT order_id, count(*) AS missing FROM approval_step WHERE status <> 'approved'
  GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status IN ('unexecuted', 'submitted', 'executed') OR charging.order_id IS NOT NULL""",
    {"t.missing > 0": "{order} is {o.status} without {t.missing} of its approvals"},
)

ASKS: Final = Invariant(
    "R30",
    "every order that waits for approval waits for somebody, and nobody has refused it",
    f"""orders o LEFT JOIN {CHARGING} ON charging.order_id = o.id
LEFT JOIN (SELECT order_id, bool_or(status = 'pending') AS pending,
    bool_or(status IN ('rejected', 'moot')) AS over
  FROM approval_step GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status = 'pending_approval' AND charging.order_id IS NULL""",
    {
        "t.pending IS NOT TRUE": "{order} waits for approval of nobody",
        "t.over": "{order} waits for approval though it was refused",
    },
)

ASKS_NO_MORE: Final = Invariant(
    "R31",
    "a closed order asks nobody any more",
    f"""orders o LEFT JOIN (SELECT order_id, count(*) AS open FROM approval_step
  WHERE status IN ('pending', 'waiting') GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status IN {listed(CLOSED)}""",
    {"t.open > 0": "{order} is {o.status} and asks for {t.open} approvals"},
)

REJECTED: Final = Invariant(
    "R31",
    "a rejected order, and no other, has one no, which its rejection is",
    """orders o LEFT JOIN (SELECT order_id, max(tier) AS tier, count(*) AS refusals FROM approval_step
  WHERE status = 'rejected' GROUP BY order_id) t ON t.order_id = o.id""",
    {
        """(o.status = 'rejected') <> (t.order_id IS NOT NULL) OR t.refusals > 1
          OR t.tier IS DISTINCT FROM (o.rejection ->> 'tier')::int2""": (
            "{order} is {o.status}, refused on tier {coalesce(t.tier::text, 'none')}, its rejection says "
            "{coalesce(o.rejection ->> 'tier', 'none')}"
        ),
    },
)

DECISIONS: Final = Invariant(
    "R32",
    "a step's approver stands at its place in the chain, and a decided step has that approver's decision",
    """approval_step t JOIN orders o ON o.id = t.order_id
LEFT JOIN order_link l ON l.order_id = t.order_id AND l.tier = t.tier
LEFT JOIN (SELECT DISTINCT ON (step_id) step_id, organization_id, decision::text FROM decision
  ORDER BY step_id, at DESC, id DESC) d ON d.step_id = t.id""",
    {
        "t.approver_id IS DISTINCT FROM CASE t.tier WHEN 0 THEN o.buyer_id ELSE l.seller_id END": (
            "{order} asks the wrong organization on tier {t.tier}"
        ),
        """t.status IN ('approved', 'rejected') AND (d.organization_id, d.decision) IS DISTINCT FROM
          (t.approver_id, CASE t.status WHEN 'approved' THEN 'approve' ELSE 'reject' END)""": (
            "{order} is {t.status} on tier {t.tier}, its approver's last word was "
            "{coalesce(d.decision, 'none')}"
        ),
    },
)

VALIDATED: Final = Invariant(
    "R40",
    "every validation run looked at the credit of every link, at the products and at the cards",
    """(
  SELECT order_id, run, count(*) OVER (PARTITION BY order_id) AS runs,
    count(DISTINCT tier) FILTER (WHERE name = 'available_credit') AS credit,
    count(*) FILTER (WHERE name = 'automatic_products') AS products,
    count(*) FILTER (WHERE name = 'active_token') AS cards
  FROM validation_check GROUP BY order_id, run
) k JOIN orders o ON o.id = k.order_id
JOIN (SELECT order_id, count(*) AS links FROM order_link GROUP BY order_id) l ON l.order_id = o.id
""",
    {
        "k.credit <> l.links OR k.products <> 1 OR k.cards < 1": (
            "{order}, run {k.run} has {k.credit} credit checks for {l.links} links, "
            "{k.products} of products, {k.cards} of cards"
        ),
        "k.run > k.runs": "{order} has a run {k.run}, and {k.runs} in all",
    },
)

VERDICT: Final = Invariant(
    "R40",
    "an order's last validation run says why it is unexecuted or went on",
    """orders o LEFT JOIN (
  SELECT DISTINCT ON (order_id) order_id,
    bool_or(name = 'available_credit' AND result = 'failed') AS short
  FROM validation_check GROUP BY order_id, run ORDER BY order_id, run DESC
) k ON k.order_id = o.id
WHERE o.kind <> 'renewal' AND o.imported_as IS NULL
  AND o.status IN ('unexecuted', 'submitted', 'executed')""",
    {
        "k.order_id IS NULL": "{order} is {o.status} and was never validated",
        "(o.status = 'unexecuted') <> k.short": (
            "{order} is {o.status}, its last run was {CASE WHEN NOT k.short THEN 'not ' END}short of credit"
        ),
    },
)

NOTHING_HELD: Final = Invariant(
    "R42",
    "a closed order holds no credit",
    f"""orders o LEFT JOIN (SELECT order_id, count(*) AS times FROM reservation
  WHERE state = 'open' GROUP BY order_id) r ON r.order_id = o.id
WHERE o.status IN {listed(CLOSED)}""",
    {"r.times > 0": "{order} is {o.status} and holds {r.times} reservations"},
)

HELD: Final = Invariant(
    "R42",
    "credit is held for what may still be billed, billed with what was delivered, else given back",
    f"""(
  SELECT n.id, n.order_id, n.position, n.state, CASE
      WHEN n.state = 'delivered' THEN 'billed'
      WHEN n.state = 'cancelled' THEN 'released'
      WHEN o.status = 'submitted' OR charging.order_id IS NOT NULL THEN 'open'
      ELSE 'released' END AS wants
  FROM order_line n JOIN orders o ON o.id = n.order_id LEFT JOIN {CHARGING} ON charging.order_id = n.order_id
) n JOIN orders o ON o.id = n.order_id
JOIN order_line_price c ON c.line_id = n.id JOIN order_link l ON l.order_id = n.order_id AND l.tier = c.tier
LEFT JOIN reservation r ON r.line_id = n.id AND r.account_id = l.account_id
WHERE o.kind <> 'renewal' AND o.imported_as IS NULL""",
    {
        "r.line_id IS NULL AND n.wants <> 'released'": "{line}, tier {c.tier} is {n.state} and holds nothing",
        "r.amount_minor <> greatest(0, c.gross_minor)": (
            "{line}, tier {c.tier} holds {r.amount_minor} for {c.gross_minor}"
        ),
        "r.state <> n.wants AND (r.state <> 'open' OR o.closed_at IS NULL)": (
            "{line}, tier {c.tier} is {n.state}, its reservation is {r.state}"
        ),
    },
)

ALLOWED: Final = ", ".join(f"('{before}', '{after}')" for before in MOVES for after in sorted(MOVES[before]))

HISTORY: Final = Invariant(
    "R90",
    "an order's history is one chain of allowed moves that ends in its status",
    f"""orders o LEFT JOIN (
  SELECT order_id, max(to_status) FILTER (WHERE is_last) AS last,
    bool_and(from_status IS NOT DISTINCT FROM before) AS joined,
    bool_and((before IS NULL AND to_status =
        CASE WHEN kind = 'renewal' OR imported_as IS NOT NULL THEN 'executed' ELSE 'pending_approval' END)
      OR (from_status, to_status) IN (VALUES {ALLOWED})) AS allowed,
    string_agg(concat(from_status, ' → ', to_status), ', ' ORDER BY seq) AS moves
  FROM (
    SELECT order_id, seq, kind, imported_as, from_status::text, to_status::text,
      lag(to_status::text) OVER moves AS before, lead(seq) OVER moves IS NULL AS is_last
    FROM event JOIN orders ON orders.id = order_id WHERE to_status IS NOT NULL
    WINDOW moves AS (PARTITION BY order_id ORDER BY seq)
  ) m GROUP BY order_id
) h ON h.order_id = o.id""",
    {
        "h.last IS DISTINCT FROM o.status": (
            "{order} is {o.status}, its history ends {coalesce(h.last, 'before it began')}"
        ),
        "NOT (h.joined AND h.allowed)": "{order} has a history that breaks: {h.moves}",
    },
)

INVARIANTS: Final = (
    CHAIN,
    TOTALS,
    PRICES,
    STATUS,
    APPROVED,
    ASKS,
    ASKS_NO_MORE,
    REJECTED,
    DECISIONS,
    VALIDATED,
    VERDICT,
    NOTHING_HELD,
    HELD,
    HISTORY,
)
