"""Sub-orders to their vendors (R52): take, ask outside of any transaction, book."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Final
from uuid import UUID

from placet.actions.provision import begin_sub_orders, finish_sub_order, give_back_sub_orders
from placet.domain.executing import Answer
from placet.entrypoints.jobs.loops import NEVER, went_well
from placet.gateways.vendors.connectors import Connectors
from placet.gateways.vendors.port import VendorConnector
from placet.storage.errands import SubOrderErrand

BATCH: Final = 8


def provision(connectors: Connectors, at: datetime, stop: Event = NEVER) -> int:
    """Delivers some of the sub-orders that are due; answers how many there were. One that fails falls due
    again when its lease ends; those that nothing was asked about before we stop, at once."""
    errands = begin_sub_orders(most=BATCH, at=at)
    for done, errand in enumerate(errands):
        if stop.is_set():
            give_back_sub_orders(errands=[left.id for left in errands[done:]], at=datetime.now(UTC))
            break
        about = {"order": str(errand.order), "sub_order": str(errand.id)}
        went_well(partial(_deliver, connectors, errand), "sub_order", **about)
    return len(errands)


def _deliver(connectors: Connectors, errand: SubOrderErrand) -> None:
    answers = asked(connectors.connector(errand.connector), errand)
    finish_sub_order(errand=errand, answers=answers, at=datetime.now(UTC))


def asked(vendor: VendorConnector, errand: SubOrderErrand) -> Mapping[UUID, Answer]:
    """What the vendor says to each line."""
    looked_up = {key: vendor.look_up(key) for key in errand.look_ups}
    return {ask.key: vendor.provision(ask) for ask in errand.asks} | looked_up
