"""`placet settle-charge`, `settle-refund`: a person's word on what a card gateway never answered (R48), or
would not give back (R53)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from rich.console import Console

from placet.actions.charge import settle_charge as settled_charge
from placet.actions.refund_card import settle_refund as settled_refund
from placet.domain.charging import GatewayWord
from placet.domain.refusals import Refusal


def settle_charge(
    charge: UUID, became: Literal["captured", "declined"], *, now: datetime, console: Console
) -> bool:
    """Books it and says what the order became; false if it was refused."""
    reason = "" if became == "captured" else "The payment was not made."
    order = settled_charge(charge=charge, word=GatewayWord(became, reason=reason), at=now)
    if isinstance(order, Refusal):
        console.print(order.words, markup=False)
        return False
    console.print(f"{order.number}: {order.status.value}", markup=False)
    return True


def settle_refund(refund: UUID, *, now: datetime, console: Console) -> bool:
    """Books a refund that was given back by hand (R53); false if it was refused."""
    order = settled_refund(refund=refund, at=now)
    if isinstance(order, Refusal):
        console.print(order.words, markup=False)
        return False
    console.print(f"{order.number}: {order.status.value}", markup=False)
    return True
