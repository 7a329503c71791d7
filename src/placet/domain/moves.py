"""The one table of an order's allowed moves (spec §8). The database's constraint is made from it."""

from typing import Final

from placet.domain.words import OrderStatus

MOVES: Final[dict[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.DRAFT: frozenset({OrderStatus.PENDING_APPROVAL}),
    OrderStatus.PENDING_APPROVAL: frozenset(
        {
            OrderStatus.UNEXECUTED,
            OrderStatus.SUBMITTED,
            OrderStatus.REJECTED,
            OrderStatus.CANCELLED,
            OrderStatus.EXPIRED,
        }
    ),
    OrderStatus.UNEXECUTED: frozenset(
        {
            OrderStatus.PENDING_APPROVAL,
            OrderStatus.SUBMITTED,
            OrderStatus.CANCELLED,
            OrderStatus.EXPIRED,
        }
    ),
    OrderStatus.SUBMITTED: frozenset({OrderStatus.EXECUTED, OrderStatus.CANCELLED}),
    OrderStatus.EXECUTED: frozenset(),
    OrderStatus.REJECTED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
}

CLOSED: Final = frozenset(status for status, onward in MOVES.items() if not onward)
WAITING: Final = frozenset({OrderStatus.PENDING_APPROVAL, OrderStatus.UNEXECUTED})
"""The statuses that end by expiry, and by a suspension of anyone in the chain (R5, R72)."""


def may_move(before: OrderStatus, after: OrderStatus) -> bool:
    """Whether an order may go from one status to the other."""
    return after in MOVES[before]
