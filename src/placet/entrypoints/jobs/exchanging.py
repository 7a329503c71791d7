"""Exchanges with ERPs: imports that are longer than their sender waits for, and regular ones."""

import threading
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from placet.actions.exchange_schedules import Done, Errand, finish_errand, take_schedules
from placet.actions.export_lines import Count, whole_file
from placet.actions.import_runs import carry_out, give_back, give_up, take_runs
from placet.domain.exchange import FORMATS
from placet.domain.words import ExchangeWay
from placet.entrypoints.jobs.loops import NEVER, went_well
from placet.gateways.courier import Courier
from placet.storage.db import Row

BATCH: Final = 1
"""At a time, and a thread: nobody waits long for another's."""
MOST_BYTES: Final = 50_000_000
"""Of a file that goes out by itself; who has more takes it page by page."""

log = structlog.get_logger()


def import_some(at: datetime, stop: threading.Event = NEVER) -> int:
    """Goes on with an import that is due, to its end or until `stop` is set; answers how many there were."""
    due = take_runs(most=BATCH, at=at)
    for run in due:
        went_well(partial(_carried_out, run, stop), "import", run=str(run["id"]))
    return len(due)


def _carried_out(run: Row, stop: threading.Event) -> None:
    ids = {"run": run["id"], "organization": run["organization_id"]}
    give_up(**ids, at=datetime.now(UTC))
    while carry_out(**ids, at=datetime.now(UTC)):
        if stop.is_set():
            give_back(run=ids["run"], at=datetime.now(UTC))
            return


def exchange(courier: Courier, at: datetime) -> int:
    """Does a regular exchange whose time has come; answers how many there were. One that fails in our own
    hands falls due again when its lease ends."""
    errands = take_schedules(most=BATCH, at=at)
    for errand in errands:
        went_well(partial(_exchanged, courier, errand, at), "exchange", schedule=str(errand.id))
    return len(errands)


def _exchanged(courier: Courier, errand: Errand, at: datetime) -> None:
    done = _done(courier, errand, at)
    if done.error:
        log.warning("exchange.failed", schedule=str(errand.id), error=done.error)
    finish_errand(errand=errand, done=done, at=at)


def _done(courier: Courier, errand: Errand, at: datetime) -> Done:
    if errand.shut:
        return Done(error="What it signs in with can no longer be opened: set it up again.")
    if errand.plan.way is ExchangeWay.EXPORT:
        return _taken_there(courier, errand, at)
    fetched = courier.fetch(_address(errand.plan.url, at), errand.plan.authorization)
    return Done(error=fetched.error) if fetched.error else Done(content=fetched.content)


def _taken_there(courier: Courier, errand: Errand, at: datetime) -> Done:
    """What changed, if anything did: nothing is sent of nothing."""
    count, content = Count(), bytearray()
    for part in whole_file(wanted=errand.export, form=errand.plan.form, by=errand.by, at=at, count=count):
        content += part
        if len(content) > MOST_BYTES:
            return Done(error="It is more than 50 MB: take it page by page from the API.")
    if count.lines:
        kind, url = FORMATS[errand.plan.form], _address(errand.plan.url, at)
        error = courier.put(url, bytes(content), kind, errand.plan.authorization, str(errand.run))
        if error:
            return Done(error=error)
    return Done(count.lines, count.whole_up_to)


def _address(url: str, at: datetime) -> str:
    """`{time}` in an address is when it is asked, so that one file does not take the place of another."""
    return url.replace("{time}", f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
