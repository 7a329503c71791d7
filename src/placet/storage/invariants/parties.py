"""What holds of organizations, their contracts and their groups (R1, R4, R72, R81, R82, spec §13)."""

from typing import Final

from placet.domain.order import ENDS
from placet.storage.facts import DEEPEST
from placet.storage.invariants.invariant import CHARGING, Invariant, listed

TREE: Final = Invariant(
    "R1",
    "contracts lead from every organization to one top seller, and never back",
    f"""organization g JOIN (
  WITH RECURSIVE up AS (
    SELECT id AS start, id, 0 AS tier FROM organization
    UNION ALL
    SELECT up.start, c.seller_id, up.tier + 1
    FROM up JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL WHERE up.tier <= {DEEPEST}
  )
  SELECT up.start, max(up.tier) AS tiers, count(*) FILTER (WHERE c.id IS NULL) AS tops
  FROM up LEFT JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL GROUP BY up.start
) up ON up.start = g.id""",
    {
        f"up.tiers > {DEEPEST}": "the contracts of {g.name} ({g.id}) never end",
        "up.tops > 1": "the contracts of {g.name} ({g.id}) lead up {up.tops} ways",
    },
)

SELLERS: Final = Invariant(
    "R1",
    "no customer sells",
    "contract c JOIN organization s ON s.id = c.seller_id",
    {"s.kind = 'customer'": "contract {c.id} has the customer {s.name} for its seller"},
)

PRICE_LISTS: Final = Invariant(
    "R4",
    "a contract's price list is one of its seller's, in its currency",
    "contract c JOIN price_list l ON l.id = c.price_list_id",
    {
        "l.owner_id <> c.seller_id": "contract {c.id} names a price list of another owner ({l.id})",
        "l.currency <> c.currency": (
            "contract {c.id} is in {c.currency} and names a price list in {l.currency} ({l.id})"
        ),
    },
)

STOPPED: Final = Invariant(
    "R72",
    "no order that nothing was begun of waits in a chain with a suspended or blocked organization, but for "
    "the end of a subscription",
    f"""orders o LEFT JOIN {CHARGING} ON charging.order_id = o.id
LEFT JOIN (
  SELECT n.order_id FROM order_line n LEFT JOIN sub_order u ON u.id = n.sub_order_id
  WHERE n.state NOT IN ('waiting', 'cancelled') OR u.asked_at IS NOT NULL GROUP BY n.order_id
) begun ON begun.order_id = o.id
LEFT JOIN (
  SELECT party.order_id, string_agg(g.name, ', ' ORDER BY g.name) AS names
  FROM (SELECT id AS order_id, buyer_id AS id FROM orders
    UNION ALL SELECT order_id, seller_id FROM order_link) party
  JOIN organization g ON g.id = party.id WHERE g.status IN ('suspended', 'blocked') GROUP BY party.order_id
) stopped ON stopped.order_id = o.id
WHERE o.status IN ('pending_approval', 'unexecuted', 'submitted')
  AND charging.order_id IS NULL AND begun.order_id IS NULL
  AND coalesce(o.change ->> 'does', '') NOT IN {listed(ENDS)}""",
    {"stopped.names IS NOT NULL": "{order} is {o.status} though {stopped.names} may not order"},
)

MEMBERS: Final = Invariant(
    "R82",
    "a member of a credit risk group is an organization below the group's owner",
    f"""group_member m JOIN credit_risk_group g ON g.id = m.group_id
JOIN organization b ON b.id = m.organization_id
LEFT JOIN (
  WITH RECURSIVE up AS (
    SELECT m.organization_id AS member, m.organization_id AS id, 0 AS tier FROM group_member m
    UNION
    SELECT up.member, c.seller_id, up.tier + 1
    FROM up JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL WHERE up.tier <= {DEEPEST}
  )
  SELECT DISTINCT member, id FROM up WHERE tier > 0
) above ON above.member = m.organization_id AND above.id = m.owner_id""",
    {
        "g.owner_id <> m.owner_id": "{b.name} ({b.id}) is a member of {g.name} ({g.id}) under another owner",
        "above.member IS NULL": "{b.name} ({b.id}) is a member of {g.name} ({g.id}) and not below its owner",
    },
)

POLICIES: Final = Invariant(
    "R81",
    "a policy for chosen offers has offers of its own vendor alone, and no other policy has any",
    """policy y LEFT JOIN (
  SELECT f.policy_id, count(*) AS offers, array_agg(DISTINCT p.vendor_id) AS vendors
  FROM policy_offer f JOIN product p ON p.id = f.product_id GROUP BY f.policy_id
) f ON f.policy_id = y.id""",
    {
        "y.scope <> 'offers' AND f.offers > 0": "policy {y.id} is for {y.scope} and names {f.offers} offers",
        "f.vendors <> ARRAY[y.vendor_id]": "policy {y.id} names offers of other vendors",
    },
)

# The database forbids two orders of one number; a copied one might not, and might have lost count, which
# would stop every next order.
NUMBERS: Final = Invariant(
    "R14",
    "order numbers are unique per top seller, which counts on from the last",
    """organization g LEFT JOIN pg_sequences q ON q.schemaname = current_schema()
  AND q.sequencename = 'order_number_' || replace(g.id::text, '-', '')
LEFT JOIN (
  SELECT top_seller_id, max(count) AS last, min(number) FILTER (WHERE times > 1) AS twice
  FROM (SELECT top_seller_id, number, substring(number FROM '[0-9]+$')::int8 AS count, count(*) AS times
    FROM orders GROUP BY top_seller_id, number) numbers GROUP BY top_seller_id
) n ON n.top_seller_id = g.id
WHERE n.top_seller_id IS NOT NULL OR (g.kind <> 'customer'
  AND NOT EXISTS (SELECT FROM contract c WHERE c.buyer_id = g.id AND c.ended_at IS NULL))""",
    {
        "n.twice IS NOT NULL": "{g.name} ({g.id}) has {n.twice} more than once",
        "q.sequencename IS NULL": "{g.name} ({g.id}) does not count its orders",
        "n.last > coalesce(q.last_value, 0)": (
            "{g.name} ({g.id}) has an order of number {n.last} and counts on from {coalesce(q.last_value, 0)}"
        ),
    },
)

INVARIANTS: Final = (TREE, SELLERS, PRICE_LISTS, STOPPED, MEMBERS, POLICIES, NUMBERS)
