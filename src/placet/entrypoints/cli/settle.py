"""`placet settle-charge`: a person's word on a charge that its gateway never answered (R48)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from rich.console import Console

from placet.actions.charge import settle_charge as settled_charge
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
