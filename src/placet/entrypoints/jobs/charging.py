"""Card payments (R48, R53): one question at a time for the gateway, each on record before it is asked."""

from datetime import UTC, datetime
from functools import partial
from threading import Event
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
from placet.entrypoints.jobs.loops import NEVER, went_well
from placet.gateways.cards.gateways import Gateways
from placet.gateways.cards.port import PaymentGateway
from placet.storage.errands import RefundErrand

BATCH: Final = 1
"""At a time, and a thread: one slow bank holds up nobody else, and no lease runs out while it waits."""
log = structlog.get_logger()


def charge(gateways: Gateways, at: datetime, stop: Event = NEVER) -> int:
    """Brings some of the payments that are due as far as their gateways answer; those that are not done when
    we stop are due again soon."""
    due = take_charges(most=BATCH, at=at)
    for row in due:
        settle = partial(_settle, gateways, row["order_id"], row["tries"], stop)
        went_well(settle, "charge", order=str(row["order_id"]))
    return len(due)


def refund(gateways: Gateways, at: datetime) -> int:
    """Has some of the refunds that are due given back."""
    due = take_refunds(most=BATCH, at=at)
    for errand in due:
        about = {"order": str(errand.order), "refund": str(errand.ask.key)}
        went_well(partial(_give_back, gateways, errand), "refund", **about)
    return len(due)


def _give_back(gateways: Gateways, errand: RefundErrand) -> None:
    word = gateways.gateway(errand.merchant).refund(errand.ask)
    finish_refund(errand=errand, word=word, at=datetime.now(UTC))
    if word.state != "done":
        log.warning("refund.not_done", state=word.state, reason=word.reason)


def _settle(gateways: Gateways, order_id: UUID, tries: int, stop: Event) -> None:
    going = True
    while going and not stop.is_set():
        errand = begin_charge(order_id=order_id, at=datetime.now(UTC))
        if errand is None:
            return
        word = said(gateways.gateway(errand.merchant), errand)
        log.info("charge.asked", charge=str(errand.ask.key), wish=errand.wish, state=word.state)
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
