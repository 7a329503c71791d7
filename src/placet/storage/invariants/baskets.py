"""What holds of baskets (R10, R14)."""

from typing import Final

from placet.domain.placing import MOST_LINES
from placet.storage.invariants.invariant import Invariant

BASKETS: Final = Invariant(
    "R10",
    "a basket holds no more than an order may; once it is one, of its buyer and its placer, it holds nothing",
    """basket k JOIN organization g ON g.id = k.buyer_id LEFT JOIN orders o ON o.id = k.order_id
LEFT JOIN (
  SELECT basket_id, count(*) AS had, count(*) FILTER (WHERE removed_at IS NULL) AS wanted
  FROM basket_line GROUP BY basket_id
) l ON l.basket_id = k.id""",
    {
        f"l.wanted > {MOST_LINES}": "basket {k.id} for {g.name} holds {l.wanted} products",
        "o.buyer_id <> k.buyer_id OR o.placer_id <> k.organization_id": (
            "basket {k.id} for {g.name} became {order} of others"
        ),
        "o.id IS NOT NULL AND l.had > 0": "basket {k.id} for {g.name} became {order} and is not empty",
    },
)

INVARIANTS: Final = (BASKETS,)
