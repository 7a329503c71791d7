"""One order at every stage of its life, in the chain cust < res < sub < dist, for the tests of who may
do and who may see what."""

from collections.abc import Callable

from placet.domain.chain import Chain
from placet.domain.ending import expired
from placet.domain.executing import Delivered, Failed, execute
from placet.domain.order import Order
from placet.domain.words import ApprovalOrder
from tests.domain.builders import (
    LATER,
    NOW,
    act,
    approved,
    chain,
    line,
    machine,
    ordered,
    payers,
    placed,
    played,
    told,
    validated,
    vendors_said,
    with_all_yes,
)

NAMES = ("cust", "res", "sub", "dist")
CARD = "cash < card=2030-12"
LISTS = "list +20% < +10% < 10.00"


def links(rows: str = "", **options: ApprovalOrder) -> Chain:
    """The chain; the customer's toggle is on and dist asks about sub."""
    return chain(f"{LISTS}\napproval on < off\n{rows}", groups={"dist": {"sub": "all"}}, **options)  # type: ignore[arg-type]


def _pending(by: str = "cust") -> Order:
    return placed(links(), "1 bp, 1 onsite", by)


def _unexecuted(paid: str) -> Order:
    return approved(_pending(), paid)


def _submitted(lines: str) -> Order:
    return approved(placed(links(), lines))


def _executing(*products: str) -> Order:
    """A manual order of which these lines are with their vendors."""
    order = _submitted("1 bp, 1 onsite")
    chosen = tuple(line(order, each).id for each in products)
    after, _ = execute(order, chosen, act("dist"), payers(order))
    assert after is not None
    return after


def _charging_manual() -> Order:
    order = approved(placed(links("pays cash < card < cash"), "1 bp, 1 onsite"), CARD)
    after, _ = execute(order, (), act("dist"), payers(order, CARD))
    assert after is not None
    return after


def _charging() -> Order:
    return approved(placed(links("pays cash < card < cash")), CARD)


STAGES: dict[str, Callable[[], Order]] = {
    "pending": _pending,
    "pending, placed by sub": lambda: _pending("sub"),
    "pending, placed by dist": lambda: _pending("dist"),
    "pending, res said yes": lambda: ordered(played(_pending(), "res approves")),
    "pending, buyer first": lambda: placed(links(approval_order=ApprovalOrder.BUYER_FIRST)),
    "charging": _charging,
    "declined": lambda: told(_charging(), "declined: No funds."),
    "without a token": lambda: validated(
        with_all_yes(placed(links("pays cash < card < cash"))), "cash < card"
    ),
    "short for cust": lambda: _unexecuted("limit=1"),
    "short for res": lambda: _unexecuted("cash < limit=1"),
    "short for sub": lambda: _unexecuted("cash < cash < limit=1"),
    "short for cust, sub": lambda: _unexecuted("limit=1 < cash < limit=1"),
    "manual": lambda: _submitted("1 bp, 1 onsite"),
    "manual, one begun": lambda: _executing("bp"),
    "manual, all begun": _executing,
    "manual, charging": _charging_manual,
    "provisioning": lambda: _submitted("1 bp"),
    "failed": lambda: vendors_said(_submitted("1 bp, 1 ps"), Failed("Tenant 4711 is full."), "bp"),
    "executed": lambda: vendors_said(_submitted("1 bp, 1 ps"), Delivered("V-1"), at=LATER),
    "executed by card": lambda: vendors_said(told(_charging(), "captured"), Delivered("V-1")),
    "rejected by res": lambda: ordered(played(_pending(), "res rejects")),
    "rejected by dist": lambda: ordered(played(_pending(), "res approves, dist rejects")),
    "cancelled": lambda: ordered(played(_pending(), "cust cancels")),
    "expired": lambda: expired(_pending(), machine(NOW)),
}
