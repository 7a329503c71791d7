"""What holds of price lists (R4, R7)."""

from typing import Final

from placet.storage.invariants.invariant import Invariant

# The database forbids it; a copied one might not.
PERIODS: Final = Invariant(
    "R4",
    "of one list, product and quantity, one price and one discount holds at a time",
    """(
  SELECT i.*, lead(coalesce(i.valid_from, '-infinity')) OVER (
    PARTITION BY i.what, i.price_list_id, i.product_id, i.min_quantity
    ORDER BY coalesce(i.valid_from, '-infinity'), coalesce(i.valid_to, 'infinity')) AS next
  FROM (
    SELECT 'price' AS what, price_list_id, product_id, min_quantity, valid_from, valid_to FROM price
    UNION ALL
    SELECT 'discount', price_list_id, product_id, min_quantity, valid_from, valid_to FROM discount
  ) i
) i JOIN price_list l ON l.id = i.price_list_id LEFT JOIN product p ON p.id = i.product_id""",
    {
        "i.next < coalesce(i.valid_to, 'infinity')": (
            "price list {coalesce(l.ref, l.id::text)} has two of a {i.what} at one time: "
            "on {coalesce(p.name, 'everything')}, from {i.min_quantity} on"
        ),
    },
)

INVARIANTS: Final = (PERIODS,)
