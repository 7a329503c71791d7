"""Card payments (R48, R53): one question at a time for the gateway, each on record before it is asked."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from placet.actions.charge import (
    GatewayErrand,
    begin_charge,
    finish_charge,
    finish_refund,
    postpone_charge,
    take_charges,
    take_refunds,
)
from placet.domain.charging import GatewayWord
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.port import PaymentGateway

BATCH: Final = 1
"""At a time, and a thread: one slow bank holds up nobody else, and no lease runs out while it waits."""
log = structlog.get_logger()


def charge(gateways: Gateways, at: datetime) -> int:
    """Brings some of the payments that are due as far as their gateways answer."""
    due = take_charges(most=BATCH, at=at)
    for row in due:
        _settle(gateways, row["order_id"], row["tries"])
    return len(due)


def refund(gateways: Gateways, at: datetime) -> int:
    """Has some of the refunds that are due given back."""
    due = take_refunds(most=BATCH, at=at)
    for errand in due:
        word = gateways.gateway(errand.merchant).refund(errand.ask)
        finish_refund(errand=errand, word=word, at=datetime.now(UTC))
        if word.state != "done":
            log.warning("refund.not_done", refund=str(errand.ask.key), state=word.state, reason=word.reason)
    return len(due)


def _settle(gateways: Gateways, order_id: UUID, tries: int) -> None:
    going = True
    while going:
        errand = begin_charge(order_id=order_id, at=datetime.now(UTC))
        if errand is None:
            return
        word = said(gateways.gateway(errand.merchant), errand)
        going = finish_charge(errand=errand, word=word, at=datetime.now(UTC))
    postpone_charge(order_id=order_id, tries=tries - 1, at=datetime.now(UTC))


def said(gateway: PaymentGateway, errand: GatewayErrand) -> GatewayWord:
    """The gateway's word on the one question."""
    match errand.wish:
        case "authorise":
            return gateway.authorise(errand.ask)
        case "look_up":
            return gateway.look_up(errand.ask)
        case "capture":
            return gateway.capture(errand.ask)
        case "void":
            return gateway.void(errand.ask)
