"""What holds of card payments: never a second charge, never an execution without one (R47-R49, R53)."""

from typing import Final

from placet.storage.invariants.invariant import CHARGING, ORDER, Invariant

ONE_CHARGE: Final = Invariant(
    "R48",
    "a card was charged at most once for an order, and no charge is begun beside another",
    f"""
SELECT CASE WHEN h.captured > 1 THEN concat({ORDER}, ', tier ', h.tier, ' was charged ', h.captured, ' times')
  WHEN h.captured + h.open > 1 THEN concat({ORDER}, ', tier ', h.tier, ' is charged again beside another charge')
  END AS wrong
FROM (
  SELECT order_id, tier, count(*) FILTER (WHERE state = 'captured') AS captured,
    count(*) FILTER (WHERE state IN ('planned', 'unknown', 'authorised')) AS open
  FROM charge_attempt GROUP BY order_id, tier
) h JOIN orders o ON o.id = h.order_id""",
)

PAYERS: Final = Invariant(
    "R48",
    "a charge is of the contract, in the currency, and not beyond the amount, of its payer's link",
    f"""
SELECT CASE WHEN (h.contract_id, h.currency) IS DISTINCT FROM (l.contract_id, l.currency)
    OR h.amount_minor > l.gross_minor OR h.amount_minor <= 0 THEN
    concat({ORDER}, ', tier ', h.tier, ' was charged ', h.amount_minor, ' ', h.currency, ' for ', l.gross_minor, ' ',
      l.currency) END AS wrong
FROM charge_attempt h JOIN orders o ON o.id = h.order_id
LEFT JOIN order_link l ON l.order_id = h.order_id AND l.tier = h.tier""",
)

UNDER_WAY: Final = Invariant(
    "R48",
    "an order whose card is being charged waits, and the worker comes back for it or has asked in vain",
    f"""
SELECT CASE WHEN o.status NOT IN ('pending_approval', 'submitted') THEN
    concat({ORDER}, ' is ', o.status, ' while a card is charged')
  WHEN NOT h.remembered THEN concat({ORDER}, ' is to be charged, and nobody will ask for it') END AS wrong
FROM (SELECT h.order_id, bool_or(h.due_at IS NOT NULL OR h.asked_at IS NOT NULL) AS remembered
  FROM charge_attempt h JOIN ({CHARGING}) charging ON charging.order_id = h.order_id
  WHERE h.state IN ('planned', 'unknown', 'authorised') GROUP BY h.order_id) h
JOIN orders o ON o.id = h.order_id""",
)

PAID: Final = Invariant(
    "R48",
    "no order of automatic products that a card pays for was executed without the charge",
    f"""
SELECT CASE WHEN h.paid IS DISTINCT FROM l.gross_minor THEN
    concat({ORDER}, ', tier ', l.tier, ' pays ', l.gross_minor, ' by card, ', coalesce(h.paid, 0), ' was charged')
  END AS wrong
FROM orders o JOIN order_link l ON l.order_id = o.id
JOIN (SELECT DISTINCT order_id FROM event WHERE to_status = 'submitted') begun ON begun.order_id = o.id
LEFT JOIN (SELECT DISTINCT order_id FROM order_line WHERE manual) m ON m.order_id = o.id
LEFT JOIN (SELECT order_id, tier, sum(amount_minor)::int8 AS paid FROM charge_attempt WHERE state = 'captured'
  GROUP BY order_id, tier) h ON h.order_id = o.id AND h.tier = l.tier
WHERE o.kind IN ('new', 'change') AND l.payment_method = 'credit_card' AND l.gross_minor > 0 AND m.order_id IS NULL""",
)

# What was captured before another payer's no ended the round is `voided` and has its refund.
BOOKED: Final = Invariant(
    "R48",
    "what cards paid and got back for an order is what stands in its accounts' entries",
    f"""
WITH moved AS (
  SELECT h.order_id, l.account_id, sum(h.amount_minor) FILTER (WHERE h.state = 'captured'
      OR (h.state = 'voided' AND f.charge_id IS NOT NULL)) AS paid, sum(f.done) AS refunded
  FROM charge_attempt h JOIN order_link l ON l.order_id = h.order_id AND l.tier = h.tier
  LEFT JOIN (SELECT charge_id, sum(amount_minor) FILTER (WHERE done_at IS NOT NULL) AS done FROM charge_refund
    GROUP BY charge_id) f ON f.charge_id = h.id
  GROUP BY h.order_id, l.account_id
), entered AS (
  SELECT order_id, account_id, -sum(amount_minor) FILTER (WHERE kind = 'payment') AS paid,
    sum(amount_minor) FILTER (WHERE kind = 'refund') AS refunded
  FROM account_entry WHERE kind IN ('payment', 'refund') AND order_id IS NOT NULL GROUP BY order_id, account_id
)
SELECT CASE WHEN coalesce(m.paid, 0) <> coalesce(e.paid, 0) THEN
    concat({ORDER}, ', account ', account_id, ': a card paid ', coalesce(m.paid, 0), ', ', coalesce(e.paid, 0),
      ' is booked')
  WHEN coalesce(m.refunded, 0) <> coalesce(e.refunded, 0) THEN
    concat({ORDER}, ', account ', account_id, ': a card got back ', coalesce(m.refunded, 0), ', ',
      coalesce(e.refunded, 0), ' is booked') END AS wrong
FROM moved m FULL JOIN entered e USING (order_id, account_id) JOIN orders o ON o.id = order_id""",
)

REFUNDS: Final = Invariant(
    "R53",
    "a card gets back at most what it paid, and the worker comes back for every refund that is not done",
    f"""
SELECT CASE WHEN f.total > h.amount_minor THEN
    concat({ORDER}, ', tier ', h.tier, ' paid ', h.amount_minor, ' by card and is to get back ', f.total)
  WHEN h.state NOT IN ('captured', 'voided') THEN concat({ORDER}, ', tier ', h.tier, ' gets back of a charge that is ',
      h.state)
  WHEN NOT f.remembered THEN concat({ORDER}, ', tier ', h.tier, ' has a refund that nobody will ask for') END AS wrong
FROM (SELECT charge_id, sum(amount_minor) AS total, bool_and((done_at IS NULL) = (due_at IS NOT NULL)) AS remembered
  FROM charge_refund GROUP BY charge_id) f
JOIN charge_attempt h ON h.id = f.charge_id JOIN orders o ON o.id = h.order_id""",
)

INVARIANTS: Final = (ONE_CHARGE, PAYERS, UNDER_WAY, PAID, BOOKED, REFUNDS)
