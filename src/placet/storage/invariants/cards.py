"""What holds of card payments: never a second charge, never an execution without one (R48, R49, R53)."""

from typing import Final

from placet.storage.invariants.invariant import CHARGING, Invariant

ONE_CHARGE: Final = Invariant(
    "R48",
    "a card was charged at most once for an order, and no charge is begun beside another",
    """(
  SELECT order_id, tier, count(*) FILTER (WHERE state = 'captured') AS captured,
    count(*) FILTER (WHERE state IN ('planned', 'unknown', 'authorised')) AS open
  FROM charge_attempt GROUP BY order_id, tier
) h JOIN orders o ON o.id = h.order_id""",
    {
        "h.captured > 1": "{order}, tier {h.tier} was charged {h.captured} times",
        "h.captured + h.open > 1": "{order}, tier {h.tier} is charged again beside another charge",
    },
)

PAYERS: Final = Invariant(
    "R48",
    "a charge is of the contract, in the currency and within the amount of its payer's link",
    """charge_attempt h JOIN orders o ON o.id = h.order_id
LEFT JOIN order_link l ON l.order_id = h.order_id AND l.tier = h.tier""",
    {
        "(h.contract_id, h.currency) IS DISTINCT FROM (l.contract_id, l.currency)": (
            "{order}, tier {h.tier} was charged on another contract or in another currency"
        ),
        "h.amount_minor NOT BETWEEN 1 AND l.gross_minor": (
            "{order}, tier {h.tier} was charged {h.amount_minor} for {l.gross_minor}"
        ),
    },
)

UNDER_WAY: Final = Invariant(
    "R48",
    "an order whose card is being charged waits, and the worker comes back for it or has asked in vain",
    f"""(SELECT h.order_id, bool_or(h.due_at IS NOT NULL OR h.asked_at IS NOT NULL) AS remembered
  FROM charge_attempt h JOIN {CHARGING} ON charging.order_id = h.order_id
  WHERE h.state IN ('planned', 'unknown', 'authorised') GROUP BY h.order_id) h
JOIN orders o ON o.id = h.order_id""",
    {
        "o.status NOT IN ('pending_approval', 'submitted')": "{order} is {o.status} while a card is charged",
        "NOT h.remembered": "{order} is to be charged, and nobody will ask for it",
    },
)

PAID: Final = Invariant(
    "R48",
    "no order of automatic products that a card pays for was executed without the charge",
    """orders o JOIN order_link l ON l.order_id = o.id
JOIN (SELECT DISTINCT order_id FROM event WHERE to_status = 'submitted') begun ON begun.order_id = o.id
LEFT JOIN (SELECT DISTINCT order_id FROM order_line WHERE manual) m ON m.order_id = o.id
LEFT JOIN (SELECT order_id, tier, sum(amount_minor)::int8 AS paid FROM charge_attempt
  WHERE state = 'captured' GROUP BY order_id, tier) h ON h.order_id = o.id AND h.tier = l.tier
WHERE o.kind <> 'renewal' AND l.payment_method = 'credit_card' AND l.gross_minor > 0
  AND m.order_id IS NULL""",
    {
        "h.paid IS DISTINCT FROM l.gross_minor": (
            "{order}, tier {l.tier} pays {l.gross_minor} by card, {coalesce(h.paid, 0)} was charged"
        ),
    },
)

# A payment is booked when all payers of its round have paid. What was captured before another payer's no
# ended the round is `voided` and has its refund.
BOOKED: Final = Invariant(
    "R48",
    "what cards paid and got back for an order is what stands in its accounts' entries",
    f"""(
  SELECT h.order_id, l.account_id, sum(f.done) AS refunded, sum(h.amount_minor) FILTER (
      WHERE (h.state = 'captured' AND charging.order_id IS NULL)
        OR (h.state = 'voided' AND f.charge_id IS NOT NULL)) AS paid
  FROM charge_attempt h JOIN order_link l ON l.order_id = h.order_id AND l.tier = h.tier
  LEFT JOIN {CHARGING} ON charging.order_id = h.order_id
  LEFT JOIN (SELECT charge_id, sum(amount_minor) FILTER (WHERE done_at IS NOT NULL) AS done
    FROM charge_refund GROUP BY charge_id) f ON f.charge_id = h.id
  GROUP BY h.order_id, l.account_id
) h FULL JOIN (
  SELECT order_id, account_id, -sum(amount_minor) FILTER (WHERE kind = 'payment') AS paid,
    sum(amount_minor) FILTER (WHERE kind = 'refund') AS refunded
  FROM account_entry WHERE kind IN ('payment', 'refund') AND order_id IS NOT NULL
  GROUP BY order_id, account_id
) e USING (order_id, account_id) JOIN orders o ON o.id = order_id""",
    {
        "coalesce(h.paid, 0) <> coalesce(e.paid, 0)": (
            "{order}, account {account_id}: a card paid {coalesce(h.paid, 0)}, "
            "{coalesce(e.paid, 0)} is booked"
        ),
        "coalesce(h.refunded, 0) <> coalesce(e.refunded, 0)": (
            "{order}, account {account_id}: a card got back {coalesce(h.refunded, 0)}, "
            "{coalesce(e.refunded, 0)} is booked"
        ),
    },
)

REFUNDS: Final = Invariant(
    "R53",
    "only a captured charge is given back, and the worker comes back for every refund that is neither done "
    "nor refused",
    """charge_refund f JOIN charge_attempt h ON h.id = f.charge_id JOIN orders o ON o.id = h.order_id""",
    {
        "h.state NOT IN ('captured', 'voided') OR h.order_id <> f.order_id": (
            "{order}, tier {h.tier} gets back of a charge that is {h.state}"
        ),
        "f.done_at IS NULL AND f.failed_at IS NULL AND f.due_at IS NULL": (
            "{order}, tier {h.tier} has a refund that nobody will ask for"
        ),
        "f.failed_at IS NOT NULL AND (f.done_at IS NOT NULL OR f.due_at IS NOT NULL OR f.reason = '')": (
            "{order}, tier {h.tier} has a refund that failed and goes on, or does not say why"
        ),
        "f.done_at IS NOT NULL AND f.due_at IS NOT NULL": (
            "{order}, tier {h.tier} has a refund that is done and would be asked for again"
        ),
    },
)

KEPT: Final = Invariant(
    "R53",
    "what a card paid for an order and does not get back, but by its seller's own wish, is what its "
    "uncancelled lines cost",
    """charge_attempt h JOIN orders o ON o.id = h.order_id
LEFT JOIN (SELECT g.charge_id, sum(g.amount_minor) AS total FROM charge_refund g
  LEFT JOIN refund r ON r.id = g.id AND r.by IS NOT NULL
  WHERE r.id IS NULL GROUP BY g.charge_id) f ON f.charge_id = h.id
LEFT JOIN (SELECT c.order_id, c.tier, sum(c.gross_minor) AS gross
  FROM order_line_price c JOIN order_line n ON n.id = c.line_id WHERE n.state <> 'cancelled'
  GROUP BY c.order_id, c.tier) n ON n.order_id = h.order_id AND n.tier = h.tier
WHERE h.state = 'captured' OR (h.state = 'voided' AND f.total IS NOT NULL)""",
    {
        """h.amount_minor - coalesce(f.total, 0) <>
          CASE h.state WHEN 'captured' THEN coalesce(n.gross, 0) ELSE 0 END""": (
            "{order}, tier {h.tier} paid {h.amount_minor} by card, gets back {coalesce(f.total, 0)}, and its "
            "lines cost {coalesce(n.gross, 0)}"
        ),
    },
)

MERCHANTS: Final = Invariant(
    "R49",
    "a card was charged, or stored, at an account of the very seller that it pays",
    """(
  SELECT h.order_id, NULL::uuid AS token_id, h.contract_id, h.merchant_id, h.gateway FROM charge_attempt h
  UNION ALL SELECT NULL, t.id, t.contract_id, t.merchant_id, t.gateway FROM payment_token t
) x JOIN merchant m ON m.id = x.merchant_id JOIN contract c ON c.id = x.contract_id""",
    {
        "m.organization_id <> c.seller_id OR m.gateway <> x.gateway": (
            "order {coalesce(x.order_id::text, 'none')}, card {coalesce(x.token_id::text, 'none')}: "
            "the account is of another seller, or at another gateway"
        ),
    },
)

TOLD: Final = Invariant(
    "R53",
    "whoever is to get back what the gateway refused to give was told",
    """charge_refund f JOIN orders o ON o.id = f.order_id
LEFT JOIN (SELECT DISTINCT detail ->> 'refund' AS refund FROM event WHERE type = 'payment.refund_failed') e
  ON e.refund = f.id::text""",
    {"f.failed_at IS NOT NULL AND e.refund IS NULL": "{order} has a refund that failed, and nobody was told"},
)

INVARIANTS: Final = (ONE_CHARGE, PAYERS, UNDER_WAY, PAID, BOOKED, REFUNDS, KEPT, MERCHANTS, TOLD)
