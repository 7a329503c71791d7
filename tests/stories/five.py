"""A chain of five tiers, in which a figure says by itself which link it is from: prices, markups, limits and
tax rates are such that no figure of one link is one of another's."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from placet.domain.words import SUBSCRIBABLE
from tests.stories.worlds import Json, customer, distributor, group, reseller, world

TOP: Final = 5
"""The distributor's place; 0 is the customer's. The link of tier N is between places N-1 and N."""

PRICE: Final = Decimal("1009.37")
MARKUPS: Final = {4: "13.57", 3: "17.71", 2: "19.93", 1: "23.39"}
TAXES: Final = {5: "3.1", 4: "5.3", 3: "7.9", 2: "11.3", 1: "21.7"}
LIMITS: Final = {5: "710054.21", 4: "720063.43", 3: "9873.65", 2: "740041.87", 1: "750052.09"}
"""By tier. That of tier 3 is enough for two licences, and not for seven."""


ABOVE: Final = "600001.11"
"""The amount above which the distributor asks: it never does."""

PRIVATE: Final = {1: ("ours alone: tier 1", "Ask again in spring."), 4: ("ours alone: tier 4",)}
"""What an organization says to itself: comments on its own approvals, notes on its own rejections."""


def terms(tier: int, **more: object) -> Json:
    """Of the contract in which that tier sells."""
    return {"tax_rate": TAXES[tier], "credit_limit": LIMITS[tier], **more}


def chain_of_five(people: Callable[[str], Json] = lambda _: {}) -> str:
    """The world file; `people(ref)` is more of an organization."""
    return world(
        distributor("five-5", multi_tier_approval=True, **people("five-5")),
        reseller("five-4", "five-5", terms(5), multi_tier_approval=True, **people("five-4")),
        reseller("five-3", "five-4", terms(4), **people("five-3")),
        reseller("five-2", "five-3", terms(3), multi_tier_approval=True, **people("five-2")),
        reseller("five-1", "five-2", terms(2), **people("five-1")),
        customer("five-0", "five-1", terms(1, order_approval=True), **people("five-0")),
        prices={"five-seat": str(PRICE)},
        groups=[
            # Of the distributor's groups the one with the nearest organization counts, and it does not ask.
            group("five-5", "five-3", name="Near", policies=[{"scope": "all", "approve_above": ABOVE}]),
            group("five-5", "five-0", name="Far"),
            group("five-4", "five-0"),  # the nearest that it has is the customer
            group("five-3", "five-2"),  # the feature is off
        ],
        markups={f"five-{place}": markup for place, markup in MARKUPS.items()},
        told=[f"five-{place}" for place in range(TOP + 1)],
        events=[event.value for event in SUBSCRIBABLE],
    )


FIGURES: Final = """
WITH account AS (SELECT a.*, c.seller_id FROM credit_account a JOIN contract c ON c.id = a.contract_id
  WHERE c.seller_id = (SELECT id FROM organization WHERE ref = %(seller)s))
SELECT unnest(ARRAY[l.net_minor, l.tax_minor, l.gross_minor]) AS minor
FROM order_link l JOIN account a USING (seller_id) WHERE tier = %(tier)s
UNION
SELECT unnest(ARRAY[p.unit_minor, p.net_minor, p.tax_minor, p.gross_minor])
FROM order_line_price p JOIN order_link l USING (order_id, tier) JOIN account a USING (seller_id)
WHERE tier = %(tier)s
UNION
SELECT unnest(ARRAY[limit_minor, balance_minor, reserved_minor, limit_minor - balance_minor - reserved_minor])
FROM account
UNION
SELECT unnest(ARRAY[abs(e.amount_minor), abs(e.balance_minor)])
FROM account_entry e JOIN account a ON a.id = e.account_id
UNION
SELECT unnest(ARRAY[i.net_minor, i.tax_minor, i.total_minor, i.open_minor, n.net_minor, n.tax_minor])
FROM invoice i JOIN invoice_line n ON n.invoice_id = i.id JOIN account a USING (seller_id)
"""


def figures_of(rows: Callable[..., list[Json]], tier: int) -> set[str]:
    """Every figure of one link; its seller's markup, or the amount above which it asks."""
    found = rows(FIGURES, tier=tier, seller=f"five-{tier}")
    return {str(Decimal(row["minor"]) / 100) for row in found if row["minor"]} | {MARKUPS.get(tier, ABOVE)}


def unit_of(tier: int) -> Decimal:
    """R7: the markup is on the unit cost as rounded one link up, rounded half-up."""
    if tier == TOP:
        return PRICE
    return cents(unit_of(tier + 1) * (100 + Decimal(MARKUPS[tier])) / 100)


def gross_of(tier: int, quantity: int) -> Decimal:
    """What so many seats are on that link, tax included."""
    net = unit_of(tier) * quantity
    return net + cents(net * Decimal(TAXES[tier]) / 100)


def cents(amount: Decimal) -> Decimal:
    """Rounded half-up."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
