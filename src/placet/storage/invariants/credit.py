"""What holds of contracts' accounts: balances, reservations, limits (R40-R44, R60, R61)."""

from typing import Final

from iso4217 import Currency

from placet.storage.invariants.invariant import ACCOUNTS, Invariant

ONE_EACH: Final = Invariant(
    "R60",
    "every contract has its credit account, in its currency",
    "contract c LEFT JOIN credit_account a ON a.contract_id = c.id",
    {
        "a.id IS NULL": "contract {c.id} has no credit account",
        "a.currency <> c.currency": "contract {c.id} is in {c.currency}, its account in {a.currency}",
    },
)

BALANCE: Final = Invariant(
    "R60",
    "an account's balance is the sum of its entries",
    f"""{ACCOUNTS} LEFT JOIN (
  SELECT account_id, sum(amount_minor) AS total FROM account_entry GROUP BY account_id
) e ON e.account_id = a.id""",
    {
        "a.balance_minor <> coalesce(e.total, 0)": (
            "{account} has a balance of {a.balance_minor}, its entries make {coalesce(e.total, 0)}"
        ),
    },
)

RUNNING_BALANCE: Final = Invariant(
    "R60",
    "every entry says the balance that it led to",
    """(SELECT id, account_id, balance_minor,
    sum(amount_minor) OVER (PARTITION BY account_id ORDER BY seq, id) AS total FROM account_entry) e""",
    {
        "e.balance_minor <> e.total": (
            "entry {e.id} of account {e.account_id} says {e.balance_minor}, its entries make {e.total}"
        ),
    },
)

RESERVED: Final = Invariant(
    "R42",
    "what an account has reserved is the sum of its open reservations",
    f"""{ACCOUNTS} LEFT JOIN (
  SELECT account_id, sum(amount_minor) AS total FROM reservation WHERE state = 'open' GROUP BY account_id
) r ON r.account_id = a.id""",
    {
        "a.reserved_minor <> coalesce(r.total, 0)": (
            "{account} has reserved {a.reserved_minor}, its open reservations make {coalesce(r.total, 0)}"
        ),
    },
)

BEYOND_LIMIT: Final = "coalesce(o.released @> jsonb_build_array(jsonb_build_object('tier', l.tier)), false)"
"""Whether the order was let pass beyond the limit of that link (R44)."""

WHERE: Final = "{order}, run {k.run}, tier {k.tier}"

CHECKS: Final = Invariant(
    "R41",
    "a credit check passed where the available credit covered the amount, or the order was released",
    """validation_check k JOIN orders o ON o.id = k.order_id
JOIN order_link l ON l.order_id = k.order_id AND l.tier = k.tier
CROSS JOIN LATERAL jsonb_to_record(k.detail) AS d("limit" int8, balance int8, reserved int8,
  available int8, required int8, shortfall int8)
WHERE k.name = 'available_credit' AND k.result <> 'skipped'""",
    {
        "d.required IS DISTINCT FROM l.gross_minor": (
            f"{WHERE} was checked for {{d.required}}, it costs {{l.gross_minor}}"
        ),
        'd.available IS DISTINCT FROM d."limit" - d.balance - d.reserved': (
            f"{WHERE} says that {{coalesce(d.available::text, 'no end')}} was available, its figures make "
            "{coalesce((d.\"limit\" - d.balance - d.reserved)::text, 'no end')}"
        ),
        f"""k.result = 'passed' AND d.required > d.available AND NOT {BEYOND_LIMIT}
          AND (d.required > 0 OR o.change IS NULL)""": (
            f"{WHERE} passed with {{d.available}} available for {{d.required}}"
        ),
        """k.result = 'failed' AND (coalesce(d.required <= d.available, true)
          OR d.shortfall IS DISTINCT FROM d.required - d.available)""": (
            f"{WHERE} failed with {{d.available}} available for {{d.required}}, short by {{d.shortfall}}"
        ),
    },
)

CHECKED: Final = Invariant(
    "R42",
    "every order that credit was set aside for passed the credit check on every link",
    """orders o JOIN order_link l ON l.order_id = o.id
JOIN (SELECT DISTINCT order_id FROM reservation) held ON held.order_id = o.id
LEFT JOIN (SELECT DISTINCT order_id, tier FROM validation_check
  WHERE name = 'available_credit' AND result = 'passed') k ON k.order_id = o.id AND k.tier = l.tier""",
    {"k.order_id IS NULL": "{order} never passed the credit check on tier {l.tier}"},
)

# What an account owes and holds can have grown past a limit by what no check stands before (openings,
# refunds, renewals, what a change is billed for days that a renewal billed before it was delivered) and by
# released orders. Every other order left it within the limit of its moment; so it is at most the highest of
# these limits and all that ever came without a check. This sees what no single check can: two orders that
# were both let in on the same credit.
LIMITS: Final = Invariant(
    "R42",
    "accepted orders never took balance and reserved beyond a limit",
    f"""{ACCOUNTS} LEFT JOIN (
  SELECT l.account_id, max((k.detail ->> 'limit')::int8) AS "limit",
    bool_or(k.detail ->> 'limit' IS NULL) AS unlimited
  FROM validation_check k JOIN order_link l ON l.order_id = k.order_id AND l.tier = k.tier
  WHERE k.name = 'available_credit' AND k.result = 'passed' GROUP BY l.account_id
) highest ON highest.account_id = a.id
LEFT JOIN (
  SELECT r.account_id, sum(r.amount_minor) AS total
  FROM reservation r JOIN orders o ON o.id = r.order_id
  JOIN order_link l ON l.order_id = r.order_id AND l.account_id = r.account_id
  WHERE r.state <> 'released' AND {BEYOND_LIMIT} GROUP BY r.account_id
) let_pass ON let_pass.account_id = a.id
LEFT JOIN (
  SELECT e.account_id, sum(e.amount_minor) AS total
  FROM account_entry e LEFT JOIN (SELECT DISTINCT account_id, order_id FROM reservation) held
    ON held.account_id = e.account_id AND held.order_id = e.order_id
  WHERE e.amount_minor > 0 AND (e.kind <> 'invoice' OR held.order_id IS NULL) GROUP BY e.account_id
) unchecked ON unchecked.account_id = a.id
LEFT JOIN (
  SELECT r.account_id,
    sum(greatest(0, (o.change #>> ARRAY['billed', (l.tier - 1)::text])::int8 - r.amount_minor)) AS total
  FROM reservation r JOIN orders o ON o.id = r.order_id AND o.change IS NOT NULL
  JOIN order_link l ON l.order_id = r.order_id AND l.account_id = r.account_id GROUP BY r.account_id
) late ON late.account_id = a.id""",
    {
        """highest.unlimited IS NOT TRUE AND a.balance_minor + a.reserved_minor > coalesce(highest."limit", 0)
          + coalesce(let_pass.total, 0) + coalesce(unchecked.total, 0) + coalesce(late.total, 0)""": (
            "{account} owes and holds {a.balance_minor + a.reserved_minor}, no order passed at a limit above "
            '{coalesce(highest."limit", 0)}'
        ),
    },
)

RELEASES: Final = Invariant(
    "R44",
    "only the seller of a link released an order beyond that link's limit",
    """orders o CROSS JOIN LATERAL jsonb_array_elements(o.released) AS r
LEFT JOIN order_link l ON l.order_id = o.id AND l.tier = (r ->> 'tier')::int2""",
    {
        "l.seller_id IS DISTINCT FROM (r -> 'by' ->> 'organization')::uuid": (
            "{order} was released on tier {r ->> 'tier'} by {r -> 'by' ->> 'organization'}"
        ),
    },
)

DIGITS: Final = ", ".join(f"('{c.code}', {c.exponent})" for c in Currency if c.exponent is not None)

LIMIT_IN_FORCE: Final = Invariant(
    "R61",
    "a limit in force is the account's own, else the default of its seller's group, else 0",
    f"""{ACCOUNTS} JOIN (VALUES {DIGITS}) AS d (currency, digits) ON d.currency = a.currency
LEFT JOIN group_member m ON m.owner_id = c.seller_id AND m.organization_id = c.buyer_id
LEFT JOIN credit_risk_group g ON g.id = m.group_id
WHERE c.ended_at IS NULL""",
    {
        """a.limit_source = 'default' AND a.limit_minor IS DISTINCT FROM
          round(coalesce(g.default_limit, 0) * 10::numeric ^ d.digits)::int8""": (
            "{account} has a limit of {coalesce(a.limit_minor::text, 'no end')} by default, which is "
            "{coalesce(g.default_limit, 0)} {a.currency}"
        ),
    },
)

TOLD: Final = Invariant(
    "R61",
    "a limit in force that was ever changed is the one last told of",
    f"""{ACCOUNTS} JOIN (VALUES {DIGITS}) AS d (currency, digits) ON d.currency = a.currency
JOIN (
  SELECT DISTINCT ON ((detail ->> 'credit_account')::uuid) (detail ->> 'credit_account')::uuid AS account_id,
    (detail -> 'limit' ->> 'amount')::numeric AS amount
  FROM event WHERE type = 'credit.limit_changed' ORDER BY (detail ->> 'credit_account')::uuid, seq DESC
) e ON e.account_id = a.id""",
    {
        "a.limit_minor IS DISTINCT FROM (e.amount * 10::numeric ^ d.digits)::int8": (
            "{account} has a limit of {coalesce(a.limit_minor::text, 'no end')}, the last that was told is "
            "{coalesce(e.amount::text, 'no end')}"
        ),
    },
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
    TOLD,
)
