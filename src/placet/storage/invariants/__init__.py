"""What is true of the data at every moment, as statements that find where it is not.

Each invariant cites its rule; the database's own constraints hold what one row can say, these hold what
rows say of one another.
"""

from typing import Final

from placet.storage.invariants import (
    baskets,
    cards,
    credit,
    exchange,
    execution,
    ledger,
    orders,
    parties,
    prices,
    subscriptions,
    telling,
)
from placet.storage.invariants.invariant import Examined, Invariant, examine, hold_moment

__all__ = ["INVARIANTS", "Examined", "Invariant", "examine", "hold_moment"]

INVARIANTS: Final[tuple[Invariant, ...]] = (
    *credit.INVARIANTS,
    *orders.INVARIANTS,
    *execution.INVARIANTS,
    *subscriptions.INVARIANTS,
    *ledger.INVARIANTS,
    *cards.INVARIANTS,
    *telling.INVARIANTS,
    *parties.INVARIANTS,
    *prices.INVARIANTS,
    *baskets.INVARIANTS,
    *exchange.INVARIANTS,
)
