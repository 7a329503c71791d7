"""What Prometheus reads (docs/metrics.md): what our processes have counted, and what the database says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from threading import Lock
from time import monotonic
from typing import Final

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from placet.project.apart import Apart

FRESH_FOR: Final = 10.0
"""Seconds for which what the database said is told again."""
PATIENCE: Final = 5.0
"""Seconds that whoever asks waits for the database."""

log = structlog.get_logger()


def registry(folder: str) -> CollectorRegistry:
    """All metrics; `folder` is where our processes count."""
    all_ = CollectorRegistry()
    MultiProcessCollector(all_, folder)  # type: ignore[no-untyped-call]
    all_.register(Database())
    return all_


@dataclass(eq=False)
class Database(Collector):
    """Gauges read from the database: the same whichever process is asked, so none of them is to be added up.
    Where it does not answer, they are missing, and `placet_database_up` is 0."""

    _lock: Lock = field(default_factory=Lock)
    _known: list[Metric] = field(default_factory=list)
    _until: float = 0.0

    def __post_init__(self) -> None:
        self._apart = Apart(_gauges)

    def describe(self) -> list[Metric]:
        """Nothing before it is asked: the database may not be there yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All gauges."""
        with self._lock:
            if monotonic() >= self._until:
                self._known, self._until = self._asked(), monotonic() + FRESH_FOR
            yield from self._known

    def _asked(self) -> list[Metric]:
        build = _by("placet_build", "What runs here.", "version", {version("placet"): 1})
        try:
            return [build, _up(1), *self._apart.answer(PATIENCE)]
        except Exception as error:  # noqa: BLE001 - whatever it is, what was counted is told all the same
            log.warning("metrics.no_database", error=type(error).__name__)
            return [build, _up(0)]


def _up(value: int) -> Metric:
    return GaugeMetricFamily("placet_database_up", "Whether the database answers.", value)


def _gauges() -> list[Metric]:
    from django.db import connection

    from placet.actions.read_figures import read_figures

    now = datetime.now(UTC)
    try:
        figures = read_figures(at=now)
    except Exception:
        connection.close()
        raise
    ages = {
        queue.kind: (now - queue.oldest_at).total_seconds() if queue.oldest_at else 0.0
        for queue in figures.queues
    }
    return [
        _by("placet_orders", "Orders; executed ones are estimated.", "status", figures.orders),
        _by("placet_queue", "Errands due.", "kind", {queue.kind: queue.due for queue in figures.queues}),
        _by("placet_queue_age_seconds", "For how long the oldest errand is due.", "kind", ages),
        GaugeMetricFamily("placet_mails_waiting", "Mails neither sent nor given up.", figures.mails_waiting),
        GaugeMetricFamily(
            "placet_deliveries_waiting", "Webhooks due now or later.", figures.deliveries_waiting
        ),
        _by("placet_webhook_endpoints", "Webhook endpoints.", "status", figures.endpoints),
    ]


def _by(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
