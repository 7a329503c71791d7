"""What Prometheus is told of requests and errands (docs/metrics.md). No price and nobody's name is in it.

Where `PROMETHEUS_MULTIPROC_DIR` names a folder, all processes write into it, and whoever is asked adds them
up (`placet.project.exposition`); it must be set before this module is imported.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram

from placet.domain.words import EventType
from placet.storage.tally import Work

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LONG: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)

requests: Final = Counter("placet_requests", "Requests answered.", ["method", "route", "status"])
request_seconds: Final = Histogram(
    "placet_request_seconds", "Seconds from a request to its answer.", ["method", "route"], buckets=QUICK
)
facts: Final = Counter("placet_facts", "Facts recorded, by the type of event.", ["type"])
refusals: Final = Counter("placet_refusals", "What was refused, by code.", ["code"])
credit_refusals: Final = Counter(
    "placet_credit_refusals", "Orders that were short of credit, when they came or were tried again."
)
errands: Final = Counter("placet_errands", "Errands of the worker that were run.", ["kind", "outcome"])
errand_seconds: Final = Histogram(
    "placet_errand_seconds", "Seconds that an errand took.", ["kind"], buckets=(*QUICK, 15.0, 60.0)
)
delivery_lag: Final = Histogram(
    "placet_delivery_lag_seconds", "Seconds from a fact to its webhook's delivery.", buckets=LONG
)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered. Methods that HTTP does not know are one: nobody fills our memory with them."""
    method = method if method in METHODS else "other"
    requests.labels(method, route, str(status)).inc()
    request_seconds.labels(method, route).observe(seconds)


def refused(code: str) -> None:
    """Somebody was told no."""
    refusals.labels(code).inc()
    if code == "insufficient_credit":
        credit_refusals.inc()


def recorded(work: Work) -> None:
    """Counts the facts that came of it."""
    for fact in work.facts:
        facts.labels(fact).inc()
        if fact is EventType.ORDER_UNEXECUTED:
            credit_refusals.inc()


@contextmanager
def errand(kind: str) -> Iterator[None]:
    """Times one errand, and counts it as `done`, or as `failed` where it raises."""
    began_at = perf_counter()
    try:
        yield
    except BaseException:
        ran(kind, "failed", perf_counter() - began_at)
        raise
    ran(kind, "done", perf_counter() - began_at)


def ran(kind: str, outcome: str, seconds: float) -> None:
    """One errand was run."""
    errands.labels(kind, outcome).inc()
    errand_seconds.labels(kind).observe(seconds)
