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
from placet.domain.errands import CardCharge
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.port import PaymentGateway

BATCH: Final = 4
log = structlog.get_logger()


def charge(gateways: Gateways, at: datetime) -> int:
    """Brings some of the payments that are due as far as their gateways answer."""
    due = take_charges(most=BATCH, at=at)
    for row in due:
        _settle(gateways, row["order_id"], row["tries"])
    return len(due)


def refund(gateways: Gateways, at: datetime) -> int:
    """Has some of the refunds that are due given back; what is not stays due."""
    due = take_refunds(most=BATCH, at=at)
    for row in due:
        word = gateways.gateway(row["gateway"]).refund(row["id"], row["charge_id"], row["amount_minor"])
        if word.state == "done":
            finish_refund(order_id=row["order_id"], refund=row["id"], at=datetime.now(UTC))
        else:
            log.warning("refund.not_done", refund=str(row["id"]), state=word.state, reason=word.reason)
    return len(due)


def _settle(gateways: Gateways, order_id: UUID, tries: int) -> None:
    going = True
    while going:
        errand = begin_charge(order_id=order_id, at=datetime.now(UTC))
        if errand is None:
            return
        word = said(gateways.gateway(errand.charge.gateway), errand)
        going = finish_charge(errand=errand, word=word, at=datetime.now(UTC))
    postpone_charge(order_id=order_id, tries=tries - 1, at=datetime.now(UTC))


def said(gateway: PaymentGateway, errand: GatewayErrand) -> GatewayWord:
    """The gateway's word on the one question."""
    charge = errand.charge
    match errand.wish:
        case "authorise":
            card = CardCharge(
                key=charge.id, token=charge.token, amount=charge.amount, currency=charge.currency
            )
            return gateway.authorise(card)
        case "look_up":
            return gateway.look_up(charge.id)
        case "capture":
            return gateway.capture(charge.id)
        case "void":
            return gateway.void(charge.id)
