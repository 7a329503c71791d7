"""What holds of subscriptions: they are what their orders made of them, and each of their days is billed
once (R70, R71)."""

from typing import Final

from placet.storage.invariants.invariant import Invariant

NAMED: Final = "subscription {n.id}"

STANDING: Final = Invariant(
    "R70",
    "a subscription's offer and quantity are those that it was sold with, or last changed to",
    """subscription n JOIN order_line sold ON sold.id = n.line_id LEFT JOIN (
  SELECT DISTINCT ON (subscription_id) subscription_id, change FROM orders
  WHERE kind IN ('change', 'cancel') AND status = 'executed' ORDER BY subscription_id, closed_at DESC, id DESC
) o ON o.subscription_id = n.id""",
    {
        """(n.product_id, n.quantity) IS DISTINCT FROM
          (coalesce((o.change #>> '{after,0}')::uuid, sold.product_id),
           coalesce((o.change #>> '{after,3}')::int4, sold.quantity))""": (
            f"{NAMED} has {{n.quantity}} of {{n.product_id}}, its orders made something else of it"
        ),
        "(n.status = 'cancelled') <> (n.ended_at IS NOT NULL)": (
            f"{NAMED} is {{n.status}}, ended {{coalesce(n.ended_at::text, 'never')}}"
        ),
        "(n.status = 'suspended') <> (n.suspended_at IS NOT NULL AND n.ended_at IS NULL)": (
            f"{NAMED} is {{n.status}}, suspended {{coalesce(n.suspended_at::text, 'never')}}"
        ),
        "NOT EXISTS (SELECT FROM order_line_price c WHERE c.line_id = n.priced_line_id)": (
            f"{NAMED} has no locked prices"
        ),
    },
)

RENEWED: Final = Invariant(
    "R71",
    "no day of a subscription is billed by two renewals, and none by a renewal and by its sale",
    """(
  SELECT n.id, o.number, (o.change #>> '{rest,0}')::date AS first, coalesce(
      lag((o.change #>> '{rest,1}')::date) OVER (PARTITION BY n.id ORDER BY o.change #>> '{rest,0}'),
      CASE WHEN 'usage' NOT IN (p.billing_type, p.product_type) THEN sale.until END) AS before,
    n.renews_on, (o.change #>> '{rest,1}')::date AS until
  FROM orders o JOIN subscription n ON n.id = o.subscription_id JOIN product p ON p.id = n.product_id
  LEFT JOIN (SELECT line_id, max(period_until) AS until FROM invoice_line GROUP BY line_id) sale
    ON sale.line_id = n.line_id
  WHERE o.kind = 'renewal'
) n""",
    {
        "n.first < n.before": f"{NAMED} is billed twice from {{n.first}} on, the second time by {{n.number}}",
        "n.until > n.renews_on": f"{NAMED} is billed until {{n.until}}, and again from {{n.renews_on}} on",
    },
)

INVOICED: Final = """LEFT JOIN LATERAL (
  SELECT coalesce(sum(x.net_minor), 0)::int8 AS net, coalesce(sum(x.tax_minor), 0)::int8 AS tax
  FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
  WHERE x.line_id = n.id AND x.subscription_id IS NOT NULL AND i.contract_id = l.contract_id
    AND i.kind = '{0}'
    AND (x.period_until IS NULL OR x.period_until <= (o.change #>> '{{rest,1}}')::date)
    AND NOT EXISTS (SELECT FROM invoice_line d WHERE d.id = x.credits_id AND d.line_id = n.id)
) {0} ON true"""
"""What a change was debited or credited on a link for the days that it was submitted for; not what a seller
has credited by hand of what the change itself was invoiced at."""

CHANGED: Final = Invariant(
    "R71",
    "a delivered change is invoiced on every link as it was submitted, and gives back no more than that",
    f"""order_line n JOIN orders o ON o.id = n.order_id AND o.kind IN ('change', 'cancel')
JOIN order_link l ON l.order_id = n.order_id
{INVOICED.format("debit")}
{INVOICED.format("credit")}
LEFT JOIN LATERAL (
  SELECT coalesce(sum((c ->> 3)::int8), 0)::int8 AS net, coalesce(sum((c ->> 4)::int8), 0)::int8 AS tax
  FROM jsonb_array_elements(o.change -> 'credits') c WHERE (c ->> 0)::int2 = l.tier
) promised ON true""",
    {
        """(debit.net, debit.tax) <> CASE n.state WHEN 'delivered' THEN
            ((o.change #>> ARRAY['debits', (l.tier - 1)::text, '0'])::int8,
             (o.change #>> ARRAY['debits', (l.tier - 1)::text, '1'])::int8)
          ELSE (0::int8, 0::int8) END""": (
            "{line}, tier {l.tier} is {n.state} and invoiced at {debit.net} net, {debit.tax} tax"
        ),
        """credit.net > promised.net OR credit.tax > promised.tax
          OR (n.state <> 'delivered' AND credit.net + credit.tax > 0)""": (
            "{line}, tier {l.tier} is {n.state} and gave back {credit.net} net, {credit.tax} tax of "
            "{promised.net}, {promised.tax}"
        ),
    },
)

USAGE: Final = Invariant(
    "R71",
    "usage that is billed is billed by a renewal of its own subscription",
    """usage_record u LEFT JOIN order_line n ON n.id = u.billed_line_id
LEFT JOIN orders o ON o.id = n.order_id WHERE u.billed_line_id IS NOT NULL""",
    {
        "(o.kind, o.subscription_id) IS DISTINCT FROM ('renewal', u.subscription_id)": (
            "usage {u.key} is billed by something else than a renewal of its subscription"
        ),
    },
)

IMPORTED: Final = Invariant(
    "R70",
    "what a world file states stands as a sale that was never asked for, validated, reserved or billed here",
    "orders o WHERE o.imported_as IS NOT NULL",
    {
        """(o.kind, o.status) <> ('new', 'executed')
          OR EXISTS (SELECT FROM approval_step t WHERE t.order_id = o.id)
          OR EXISTS (SELECT FROM validation_check k WHERE k.order_id = o.id)
          OR EXISTS (SELECT FROM reservation r WHERE r.order_id = o.id)
          OR EXISTS (SELECT FROM invoice i WHERE i.order_id = o.id)""": (
            "{order} stands for subscription {o.imported_as} of a file, and something was done with it"
        ),
    },
)

INVARIANTS: Final = (STANDING, RENEWED, CHANGED, USAGE, IMPORTED)
