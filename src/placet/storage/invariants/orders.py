"""What holds of orders: their chain and amounts, and that their status follows from their facts
(R5, R7, R24, R30, R31, R40, R42, R50, R51, spec §8)."""

from typing import Final

from placet.domain.moves import CLOSED, MOVES
from placet.storage.invariants.invariant import CHARGING, ORDER, Invariant

CHAIN: Final = Invariant(
    "R5",
    "an order's links are one chain of contracts from its buyer up to its top seller",
    f"""
SELECT CASE WHEN l.order_id IS NULL THEN concat({ORDER}, ' has no link')
  WHEN l.buyer_id IS DISTINCT FROM CASE l.tier WHEN 1 THEN o.buyer_id ELSE below.seller_id END
    OR (above.order_id IS NULL AND l.seller_id <> o.top_seller_id) THEN
    concat({ORDER}, ' has a chain that breaks at tier ', l.tier)
  WHEN (c.seller_id, c.buyer_id, c.currency, a.contract_id) IS DISTINCT FROM
      (l.seller_id, l.buyer_id, l.currency, l.contract_id) THEN
    concat({ORDER}, ', tier ', l.tier, ' is not of the contract and the account that it names') END AS wrong
FROM orders o LEFT JOIN order_link l ON l.order_id = o.id
LEFT JOIN order_link below ON below.order_id = l.order_id AND below.tier = l.tier - 1
LEFT JOIN order_link above ON above.order_id = l.order_id AND above.tier = l.tier + 1
LEFT JOIN contract c ON c.id = l.contract_id LEFT JOIN credit_account a ON a.id = l.account_id""",
)

TOTALS: Final = Invariant(
    "R7",
    "what an order costs on a link is the sum of its lines there, every line priced on every link",
    f"""
SELECT CASE WHEN p.lines IS DISTINCT FROM n.lines THEN
    concat({ORDER}, ', tier ', l.tier, ' prices ', coalesce(p.lines, 0), ' of ', coalesce(n.lines, 0), ' lines')
  WHEN (l.net_minor, l.tax_minor, l.gross_minor) IS DISTINCT FROM (p.net, p.tax, p.gross) THEN
    concat({ORDER}, ', tier ', l.tier, ' costs ', l.gross_minor, ', its lines cost ', p.gross) END AS wrong
FROM orders o JOIN order_link l ON l.order_id = o.id
LEFT JOIN (SELECT order_id, count(*) AS lines FROM order_line GROUP BY order_id) n ON n.order_id = o.id
LEFT JOIN (
  SELECT order_id, tier, count(*) AS lines, sum(net_minor)::int8 AS net, sum(tax_minor)::int8 AS tax,
    sum(gross_minor)::int8 AS gross
  FROM order_line_price GROUP BY order_id, tier
) p ON p.order_id = l.order_id AND p.tier = l.tier""",
)

PRICES: Final = Invariant(
    "R7",
    "a line costs unit times quantity without its discount, and its tax is rounded once",
    f"""
SELECT CASE WHEN o.kind = 'new' AND c.net_minor <> CASE
      WHEN n.trial OR p.product_type = 'usage' OR p.billing_type = 'usage' THEN 0
      ELSE c.unit_minor * n.quantity - c.discount_minor END THEN
    concat({ORDER}, ', line ', n.position + 1, ', tier ', c.tier, ' costs ', c.net_minor, ' for ', n.quantity,
      ' at ', c.unit_minor)
  WHEN c.tax_minor <> round(c.net_minor * l.tax_rate / 100) THEN
    concat({ORDER}, ', line ', n.position + 1, ', tier ', c.tier, ' has a tax of ', c.tax_minor, ' on ', c.net_minor,
      ' at ', l.tax_rate, ' percent') END AS wrong
FROM order_line_price c JOIN order_line n ON n.id = c.line_id JOIN orders o ON o.id = n.order_id
JOIN order_link l ON l.order_id = n.order_id AND l.tier = c.tier JOIN product p ON p.id = n.product_id""",
)

STATUS: Final = Invariant(
    "R51",
    "an order's status follows from its lines",
    f"""
SELECT CASE WHEN n.lines IS NULL THEN concat({ORDER}, ' has no line')
  WHEN NOT CASE o.status
      WHEN 'submitted' THEN n.delivered + n.cancelled < n.lines
      WHEN 'executed' THEN n.delivered > 0 AND n.delivered + n.cancelled = n.lines
      WHEN 'draft' THEN n.waiting = n.lines
      WHEN 'pending_approval' THEN n.waiting = n.lines
      WHEN 'unexecuted' THEN n.waiting = n.lines
      ELSE n.cancelled = n.lines END THEN
    concat({ORDER}, ' is ', o.status, ', of its ', n.lines, ' lines ', n.waiting, ' wait, ', n.delivered,
      ' are delivered, ', n.cancelled, ' are cancelled')
  WHEN (o.closed_at IS NULL) = (o.status IN {tuple(sorted(CLOSED))}) THEN
    concat({ORDER}, ' is ', o.status, ', closed at ', coalesce(o.closed_at::text, 'no time')) END AS wrong
FROM orders o LEFT JOIN (
  SELECT order_id, count(*) AS lines, count(*) FILTER (WHERE state = 'waiting') AS waiting,
    count(*) FILTER (WHERE state = 'delivered') AS delivered,
    count(*) FILTER (WHERE state = 'cancelled') AS cancelled
  FROM order_line GROUP BY order_id
) n ON n.order_id = o.id""",
)

APPROVED: Final = Invariant(
    "R30",
    "every order that went on to validation has all its steps approved",
    f"""
SELECT CASE WHEN t.missing > 0 THEN concat({ORDER}, ' is ', o.status, ' without ', t.missing, ' of its approvals')
  END AS wrong
FROM orders o LEFT JOIN ({CHARGING}) charging ON charging.order_id = o.id
LEFT JOIN (SELECT order_id, count(*) AS missing FROM approval_step WHERE status <> 'approved'
  GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status IN ('unexecuted', 'submitted', 'executed') OR charging.order_id IS NOT NULL""",
)

ASKS: Final = Invariant(
    "R30",
    "every order that waits for approval waits for somebody, and nobody has refused it",
    f"""
SELECT CASE WHEN t.pending IS NOT TRUE OR t.over THEN
    concat({ORDER}, ' waits for approval', CASE WHEN t.over THEN ' though it was refused' ELSE ' of nobody' END)
  END AS wrong
FROM orders o LEFT JOIN ({CHARGING}) charging ON charging.order_id = o.id
LEFT JOIN (SELECT order_id, bool_or(status = 'pending') AS pending,
    bool_or(status IN ('rejected', 'moot')) AS over FROM approval_step GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status = 'pending_approval' AND charging.order_id IS NULL""",
)

ASKS_NO_MORE: Final = Invariant(
    "R31",
    "a closed order asks nobody any more",
    f"""
SELECT CASE WHEN t.open > 0 THEN concat({ORDER}, ' is ', o.status, ' and asks for ', t.open, ' approvals') END
  AS wrong
FROM orders o LEFT JOIN (SELECT order_id, count(*) AS open FROM approval_step
  WHERE status IN ('pending', 'waiting') GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status IN {tuple(sorted(CLOSED))}""",
)

REJECTED: Final = Invariant(
    "R31",
    "a rejected order, and no other, has one no, which its rejection is",
    f"""
SELECT CASE WHEN (o.status = 'rejected') <> (t.order_id IS NOT NULL)
    OR t.tier IS DISTINCT FROM (o.rejection ->> 'tier')::int2 OR t.refusals > 1 THEN
    concat({ORDER}, ' is ', o.status, ', refused on tier ', coalesce(t.tier::text, 'none'), ', its rejection says ',
      coalesce(o.rejection ->> 'tier', 'none')) END AS wrong
FROM orders o LEFT JOIN (SELECT order_id, max(tier) AS tier, count(*) AS refusals FROM approval_step
  WHERE status = 'rejected' GROUP BY order_id) t ON t.order_id = o.id""",
)

DECISIONS: Final = Invariant(
    "R32",
    "a step's approver stands at its place in the chain, and a decided step has that approver's decision",
    f"""
SELECT CASE WHEN t.approver_id IS DISTINCT FROM CASE t.tier WHEN 0 THEN o.buyer_id ELSE l.seller_id END THEN
    concat({ORDER}, ' asks the wrong organization on tier ', t.tier)
  WHEN t.status IN ('approved', 'rejected') AND (d.organization_id, d.decision) IS DISTINCT FROM
      (t.approver_id, CASE t.status WHEN 'approved' THEN 'approve' ELSE 'reject' END) THEN
    concat({ORDER}, ' is ', t.status, ' on tier ', t.tier, ', but its approver''s last word was ',
      coalesce(d.decision, 'nothing')) END AS wrong
FROM approval_step t JOIN orders o ON o.id = t.order_id
LEFT JOIN order_link l ON l.order_id = t.order_id AND l.tier = t.tier
LEFT JOIN (SELECT DISTINCT ON (step_id) step_id, organization_id, decision::text FROM decision
  ORDER BY step_id, at DESC, id DESC) d ON d.step_id = t.id""",
)

VALIDATED: Final = Invariant(
    "R40",
    "every validation run looked at the credit of every link, at the products and at the cards",
    f"""
SELECT CASE WHEN k.credit <> l.links OR k.products <> 1 OR k.cards < 1 OR k.run > k.runs THEN
    concat({ORDER}, ', run ', k.run, ' has ', k.credit, ' credit checks for ', l.links, ' links, ', k.products,
      ' of products, ', k.cards, ' of cards') END AS wrong
FROM (
  SELECT order_id, run, count(*) OVER (PARTITION BY order_id) AS runs,
    count(DISTINCT tier) FILTER (WHERE name = 'available_credit') AS credit,
    count(*) FILTER (WHERE name = 'automatic_products') AS products,
    count(*) FILTER (WHERE name = 'active_token') AS cards
  FROM validation_check GROUP BY order_id, run
) k JOIN orders o ON o.id = k.order_id
JOIN (SELECT order_id, count(*) AS links FROM order_link GROUP BY order_id) l ON l.order_id = o.id
WHERE o.kind = 'new'""",
)

VERDICT: Final = Invariant(
    "R40",
    "an order's last validation run says why it is unexecuted or went on",
    f"""
SELECT CASE WHEN k.order_id IS NULL THEN concat({ORDER}, ' is ', o.status, ' and was never validated')
  WHEN (o.status = 'unexecuted') <> k.short THEN
    concat({ORDER}, ' is ', o.status, ', its last run was ', CASE WHEN k.short THEN 'short of credit'
      ELSE 'not short of credit' END) END AS wrong
FROM orders o LEFT JOIN (
  SELECT DISTINCT ON (order_id) order_id,
    bool_or(name = 'available_credit' AND result = 'failed') AS short
  FROM validation_check GROUP BY order_id, run ORDER BY order_id, run DESC
) k ON k.order_id = o.id
WHERE o.kind = 'new' AND o.status IN ('unexecuted', 'submitted', 'executed')""",
)

NOTHING_HELD: Final = Invariant(
    "R42",
    "a closed order holds no credit",
    f"""
SELECT CASE WHEN r.total IS NOT NULL THEN concat({ORDER}, ' is ', o.status, ' and holds ', r.lines, ' reservations')
  END AS wrong
FROM orders o LEFT JOIN (SELECT order_id, count(*) AS lines, sum(amount_minor) AS total FROM reservation
  WHERE state = 'open' GROUP BY order_id) r ON r.order_id = o.id
WHERE o.status IN {tuple(sorted(CLOSED))}""",
)

HELD: Final = Invariant(
    "R42",
    "credit is held on every link for what may still be billed, billed with what was delivered, else given back",
    f"""
SELECT CASE WHEN r.amount_minor IS DISTINCT FROM c.gross_minor AND (r.line_id IS NOT NULL OR n.wants <> 'released') THEN
    concat({ORDER}, ', line ', n.position + 1, ', tier ', c.tier, ' holds ', coalesce(r.amount_minor::text, 'nothing'),
      ' for ', c.gross_minor)
  WHEN r.state <> n.wants AND NOT (o.closed_at IS NOT NULL AND r.state = 'open') THEN
    concat({ORDER}, ', line ', n.position + 1, ', tier ', c.tier, ' is ', n.state, ', its reservation is ', r.state)
  END AS wrong
FROM (
  SELECT n.id, n.order_id, n.position, n.state, CASE
      WHEN n.state = 'delivered' THEN 'billed'
      WHEN n.state = 'cancelled' THEN 'released'
      WHEN o.status = 'submitted' OR charging.order_id IS NOT NULL THEN 'open'
      ELSE 'released' END AS wants
  FROM order_line n JOIN orders o ON o.id = n.order_id
  LEFT JOIN ({CHARGING}) charging ON charging.order_id = n.order_id
) n JOIN orders o ON o.id = n.order_id
JOIN order_line_price c ON c.line_id = n.id JOIN order_link l ON l.order_id = n.order_id AND l.tier = c.tier
LEFT JOIN reservation r ON r.line_id = n.id AND r.account_id = l.account_id
WHERE o.kind = 'new'""",
)

ALLOWED: Final = ", ".join(
    f"('{before}', '{after}')" for before, afters in MOVES.items() for after in sorted(afters)
)

HISTORY: Final = Invariant(
    "R90",
    "an order's history is one chain of allowed moves that ends in its status",
    f"""
SELECT CASE WHEN h.last IS DISTINCT FROM o.status THEN
    concat({ORDER}, ' is ', o.status, ', its history ends ', coalesce(h.last, 'before it began'))
  WHEN NOT (h.joined AND h.allowed) THEN concat({ORDER}, ' has a history that breaks: ', h.moves) END AS wrong
FROM orders o LEFT JOIN (
  SELECT order_id, max(to_status) FILTER (WHERE is_last) AS last,
    bool_and(from_status IS NOT DISTINCT FROM before) AS joined,
    bool_and((before IS NULL AND to_status = 'pending_approval')
      OR (from_status, to_status) IN (VALUES {ALLOWED})) AS allowed,
    string_agg(concat(from_status, ' → ', to_status), ', ' ORDER BY seq) AS moves
  FROM (
    SELECT order_id, seq, from_status::text, to_status::text, lag(to_status::text) OVER moves AS before,
      lead(seq) OVER moves IS NULL AS is_last
    FROM event WHERE to_status IS NOT NULL WINDOW moves AS (PARTITION BY order_id ORDER BY seq)
  ) m GROUP BY order_id
) h ON h.order_id = o.id""",
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
