"""Webhooks (R91): what is due is taken, sent side by side, and every answer kept as it comes in."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from placet.actions.deliver import Parcel, record_answers, take_deliveries
from placet.domain.delivering import SLOW, Outgoing, Sent, Tried
from placet.domain.words import DeliveryStatus
from placet.entrypoints import metrics
from placet.gateways.webhooks import WebhookSender

QUICK: Final = 32
"""How many messages are on the way to endpoints that answer well."""
IN_DOUBT: Final = 32
"""How many to endpoints whose last answer was a failure, or took long."""
THREADS: Final = QUICK + 2 * IN_DOUBT
"""The last third is for messages that turned out to take long: they do not count as quick any more."""

MOMENT: Final = 0.05
"""Seconds to wait for an answer before looking what else is due."""

GATHERING: Final = 0.01
"""Seconds more for others, once there is one: one commit keeps them all."""

NO_SECRET: Final = Sent(None, "Not sent: no secret of this endpoint can be opened. Rotate it.", 0)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A message that is being sent since then."""

    parcel: Parcel
    since: datetime


class Deliverer:
    """Sends what is due. Its threads do nothing but wait for receivers; what is taken and what is kept goes
    through one connection, in the thread that calls `deliver`."""

    def __init__(self, sender: WebhookSender, address: str) -> None:
        self._sender, self._address = sender, address
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._on_the_way: dict[Future[Sent], OnTheWay] = {}

    def deliver(self, at: datetime) -> int:
        """Keeps what was answered meanwhile, sends what there is room for, and waits a moment; answers how
        much there was to do."""
        kept = self._keep(at)
        parcels = self._take(at)
        for parcel in parcels:
            since = datetime.now(UTC)
            self._on_the_way[self._pool.submit(self._sent, parcel, since)] = OnTheWay(parcel, since)
        if self._on_the_way:
            wait(self._on_the_way, MOMENT, FIRST_COMPLETED)
            wait(self._on_the_way, GATHERING)
        return kept + len(parcels)

    def close(self) -> None:
        """Waits for the answers to what is on the way, and keeps them."""
        self._pool.shutdown()
        self._keep(datetime.now(UTC))

    def _take(self, at: datetime) -> list[Parcel]:
        ways = self._on_the_way.values()
        quick = sum(not way.parcel.in_doubt and at - way.since < SLOW for way in ways)
        in_doubt = sum(way.parcel.in_doubt for way in ways)
        left = THREADS - len(self._on_the_way)
        return take_deliveries(
            quick=min(QUICK - quick, left), in_doubt=IN_DOUBT - in_doubt, at=at, address=self._address
        )

    def _keep(self, at: datetime) -> int:
        done = [future for future in self._on_the_way if future.done()]
        answered = [future for future in done if _has_answer(future, self._on_the_way[future])]
        if answered:
            record_answers(tries=[self._tried(future) for future in answered], at=at)
        for future in answered:
            _tell(self._on_the_way[future].parcel, self._tried(future))
        for future in done:
            del self._on_the_way[future]
        return len(done)

    def _tried(self, future: Future[Sent]) -> Tried:
        way = self._on_the_way[future]
        parcel = way.parcel
        return Tried(parcel.id, parcel.endpoint, parcel.type, parcel.tries, way.since, future.result())

    def _sent(self, parcel: Parcel, now: datetime) -> Sent:
        if not parcel.secrets:
            return NO_SECRET
        return self._sender.send(_message(parcel, now))


def _has_answer(future: Future[Sent], way: OnTheWay) -> bool:
    """A sender that fails is our mistake: it is logged, and the message falls due again."""
    if error := future.exception():
        log.error("work.failed", **_about(way.parcel), exc_info=error)
        metrics.errands.labels("delivery", "failed").inc()
    return error is None


def _tell(parcel: Parcel, tried: Tried) -> None:
    """Logs and counts what came of one try, once that is kept."""
    outcome = OUTCOMES[tried.status]
    metrics.ran("delivery", outcome, tried.sent.milliseconds / 1000)
    if tried.status is DeliveryStatus.DELIVERED:
        metrics.delivery_lag.observe((datetime.now(UTC) - parcel.at).total_seconds())
    log.info(
        "errand",
        errand="delivery",
        outcome=outcome,
        **_about(parcel),
        tries=tried.tries,
        status=tried.sent.status_code,
        ms=tried.sent.milliseconds,
    )


OUTCOMES: Final = {
    DeliveryStatus.DELIVERED: "done",
    DeliveryStatus.PENDING: "retry",
    DeliveryStatus.FAILED: "given_up",
}


def _about(parcel: Parcel) -> dict[str, str]:
    """Which delivery it is: never its address or its content."""
    order = {"order": str(parcel.order)} if parcel.order else {}
    return {"delivery": str(parcel.id), "endpoint": str(parcel.endpoint), "type": parcel.type, **order}


def _message(parcel: Parcel, now: datetime) -> Outgoing:
    return Outgoing(
        id=str(parcel.id),
        url=parcel.url,
        secrets=parcel.secrets,
        body=parcel.body,
        now=now,
        schema=parcel.schema,
    )
