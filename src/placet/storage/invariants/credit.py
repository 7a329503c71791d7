"""What holds of contracts' accounts: balances, reservations, limits (R40-R44, R60, R61)."""

from typing import Final

from iso4217 import Currency

from placet.storage.invariants.invariant import ACCOUNT, ACCOUNTS, ORDER, Invariant

ONE_EACH: Final = Invariant(
    "R60",
    "every contract has its credit account, in its currency",
    """
SELECT CASE WHEN a.id IS NULL THEN concat('contract ', c.id, ' has no credit account')
  WHEN a.currency <> c.currency THEN
    concat('contract ', c.id, ' is in ', c.currency, ', its account in ', a.currency) END AS wrong
FROM contract c LEFT JOIN credit_account a ON a.contract_id = c.id""",
)

BALANCE: Final = Invariant(
    "R60",
    "an account's balance is the sum of its entries",
    f"""
SELECT CASE WHEN a.balance_minor <> coalesce(e.total, 0) THEN
    concat({ACCOUNT}, ' has a balance of ', a.balance_minor, ', its entries make ', coalesce(e.total, 0))
  END AS wrong
FROM {ACCOUNTS} LEFT JOIN (
  SELECT account_id, sum(amount_minor) AS total FROM account_entry GROUP BY account_id
) e ON e.account_id = a.id""",
)

RUNNING_BALANCE: Final = Invariant(
    "R60",
    "every entry says the balance that it led to",
    """
SELECT CASE WHEN e.balance_minor <> e.total THEN
    concat('entry ', e.id, ' of account ', e.account_id, ' says ', e.balance_minor, ', the entries up to it make ',
      e.total) END AS wrong
FROM (SELECT id, account_id, balance_minor,
    sum(amount_minor) OVER (PARTITION BY account_id ORDER BY seq, id) AS total FROM account_entry) e""",
)

RESERVED: Final = Invariant(
    "R42",
    "what an account has reserved is the sum of its open reservations",
    f"""
SELECT CASE WHEN a.reserved_minor <> coalesce(r.total, 0) THEN
    concat({ACCOUNT}, ' has reserved ', a.reserved_minor, ', its open reservations make ', coalesce(r.total, 0))
  END AS wrong
FROM {ACCOUNTS} LEFT JOIN (
  SELECT account_id, sum(amount_minor) AS total FROM reservation WHERE state = 'open' GROUP BY account_id
) r ON r.account_id = a.id""",
)

RELEASED: Final = "o.released @> jsonb_build_array(jsonb_build_object('tier', {tier}))"
"""Whether the order was let pass beyond the limit of that link (R44)."""

CHECKS: Final = Invariant(
    "R41",
    "a credit check passed where the available credit covered the amount, or the order was released",
    f"""
SELECT CASE
  WHEN d.required IS DISTINCT FROM l.gross_minor THEN
    concat({ORDER}, ', run ', k.run, ', tier ', k.tier, ' was checked for ', d.required, ', it costs ',
      l.gross_minor)
  WHEN d.available IS DISTINCT FROM d."limit" - d.balance - d.reserved THEN
    concat({ORDER}, ', run ', k.run, ', tier ', k.tier, ' says that ', d.available, ' was available, of a limit of ',
      d."limit", ', a balance of ', d.balance, ' and ', d.reserved, ' reserved')
  WHEN k.result = 'passed' AND d.required > d.available AND NOT coalesce({RELEASED.format(tier="k.tier")}, false) THEN
    concat({ORDER}, ', run ', k.run, ', tier ', k.tier, ' passed with ', d.available, ' available for ', d.required)
  WHEN k.result <> 'passed'
    AND (d.required <= d.available OR d.shortfall IS DISTINCT FROM d.required - d.available) THEN
    concat({ORDER}, ', run ', k.run, ', tier ', k.tier, ' ', k.result, ' with ', d.available, ' available for ',
      d.required, ', short by ', d.shortfall) END AS wrong
FROM validation_check k JOIN orders o ON o.id = k.order_id
JOIN order_link l ON l.order_id = k.order_id AND l.tier = k.tier
CROSS JOIN LATERAL jsonb_to_record(k.detail) AS d("limit" int8, balance int8, reserved int8, available int8,
  required int8, shortfall int8)
WHERE k.name = 'available_credit'""",
)

CHECKED: Final = Invariant(
    "R42",
    "every order that credit was set aside for passed the credit check on every link",
    f"""
SELECT CASE WHEN k.order_id IS NULL THEN concat({ORDER}, ' never passed the credit check on tier ', l.tier) END
  AS wrong
FROM orders o JOIN order_link l ON l.order_id = o.id
JOIN (SELECT DISTINCT order_id FROM reservation) held ON held.order_id = o.id
LEFT JOIN (SELECT DISTINCT order_id, tier FROM validation_check
  WHERE name = 'available_credit' AND result = 'passed') k ON k.order_id = o.id AND k.tier = l.tier""",
)

# What an account owes and holds can have grown past a limit by what no check stands before (openings,
# refunds, renewals) and by released orders. Each checked order left it within the limit of that moment;
# so it is at most the highest of these limits and all that came without a check, ever.
LIMITS: Final = Invariant(
    "R42",
    "accepted orders never took balance and reserved beyond a limit",
    f"""
WITH held AS (
  SELECT r.account_id, r.order_id, sum(r.amount_minor) AS amount,
    bool_or({RELEASED.format(tier="l.tier")}) AS released
  FROM reservation r JOIN orders o ON o.id = r.order_id
  JOIN order_link l ON l.order_id = r.order_id AND l.account_id = r.account_id
  WHERE r.state <> 'released' GROUP BY r.account_id, r.order_id
), let_pass AS (
  SELECT account_id, sum(amount) AS total FROM held WHERE released GROUP BY account_id
), unchecked AS (
  SELECT e.account_id, sum(e.amount_minor) AS total
  FROM account_entry e LEFT JOIN held ON held.account_id = e.account_id AND held.order_id = e.order_id
  WHERE e.amount_minor > 0 AND (e.kind <> 'invoice' OR held.order_id IS NULL) GROUP BY e.account_id
), highest AS (
  SELECT l.account_id, max((k.detail ->> 'limit')::int8) AS "limit",
    bool_or(k.detail ->> 'limit' IS NULL) AS unlimited
  FROM validation_check k JOIN order_link l ON l.order_id = k.order_id AND l.tier = k.tier
  WHERE k.name = 'available_credit' AND k.result = 'passed' GROUP BY l.account_id
)
SELECT CASE WHEN h.unlimited IS NOT TRUE AND a.balance_minor + a.reserved_minor
    > coalesce(h."limit", 0) + coalesce(u.total, 0) + coalesce(p.total, 0) THEN
    concat({ACCOUNT}, ' owes and holds ', a.balance_minor + a.reserved_minor, ', no order passed at a limit above ',
      coalesce(h."limit", 0)) END AS wrong
FROM {ACCOUNTS} LEFT JOIN highest h ON h.account_id = a.id LEFT JOIN unchecked u ON u.account_id = a.id
LEFT JOIN let_pass p ON p.account_id = a.id""",
)

RELEASES: Final = Invariant(
    "R44",
    "only the seller of a link released an order beyond that link's limit",
    f"""
SELECT CASE WHEN r ->> 'tier' IS NULL OR l.seller_id IS DISTINCT FROM (r -> 'by' ->> 'organization')::uuid THEN
    concat({ORDER}, ' was released on tier ', r ->> 'tier', ' by ', r -> 'by' ->> 'organization') END AS wrong
FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.released) AS r
LEFT JOIN order_link l ON l.order_id = o.id AND l.tier = (r ->> 'tier')::int2""",
)

DIGITS: Final = ", ".join(f"('{c.code}', {c.exponent})" for c in Currency if c.exponent is not None)

LIMIT_IN_FORCE: Final = Invariant(
    "R61",
    "a limit in force is the account's own, else its seller's group's default, else 0",
    f"""
WITH digits (currency, number) AS (VALUES {DIGITS})
SELECT CASE WHEN a.limit_source = 'default'
    AND a.limit_minor IS DISTINCT FROM round(coalesce(g.default_limit, 0) * 10::numeric ^ d.number)::int8 THEN
    concat({ACCOUNT}, ' has a limit of ', coalesce(a.limit_minor::text, 'no end'), ' by default, the default is ',
      coalesce(g.default_limit, 0), ' ', a.currency) END AS wrong
FROM {ACCOUNTS} JOIN digits d ON d.currency = a.currency
LEFT JOIN group_member m ON m.owner_id = c.seller_id AND m.organization_id = c.buyer_id
LEFT JOIN credit_risk_group g ON g.id = m.group_id
WHERE c.ended_at IS NULL""",
)

INVARIANTS: Final = (
    ONE_EACH,
    BALANCE,
    RUNNING_BALANCE,
    RESERVED,
    CHECKS,
    CHECKED,
    LIMITS,
    RELEASES,
    LIMIT_IN_FORCE,
)
