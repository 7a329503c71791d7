"""What Prometheus reads: what was counted, and what the database says; nothing of a price or a name."""

import os
import re
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now
from django_subatomic.db import transaction as atomic
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from placet.actions.read_figures import read_figures
from placet.entrypoints import metrics
from placet.entrypoints.jobs import provisioning
from placet.entrypoints.jobs.loops import Loop, went_well
from placet.gateways.vendors.connectors import Connectors
from placet.project.gauges import Database
from placet.storage import db, figures
from tests.api.callers import Caller
from tests.api.chains import Chain, chain
from tests.api.worker import provision

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: Any) -> Chain:  # noqa: ANN401, ARG001 - pytest-django's
    with django_db_blocker.unblock():
        return chain(cust={"order_approval": True})


@pytest.fixture
def before() -> dict[str, float]:
    """What had been counted before."""
    return counts()


def counts() -> dict[str, float]:
    """All counters of this process, by name and labels."""
    families = text_string_to_metric_families(generate_latest(REGISTRY).decode())
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("placet_")
    }


def more(before: dict[str, float], name: str, **labels: str) -> float:
    """How much more of it there is now."""
    sample = f"{name}{sorted(labels.items())}"
    return counts().get(sample, 0) - before.get(sample, 0)


def test_requests_by_method_route_and_status(here: Chain, before: dict[str, float]) -> None:
    order = here.ordered()
    here.cust.get(f"/orders/{order['id']}")
    here.rival.call("GET", f"/orders/{order['id']}")
    route = "api/v1/orders/<order_id>"
    assert more(before, "placet_requests_total", method="GET", route=route, status="200") == 1
    assert more(before, "placet_requests_total", method="GET", route=route, status="404") == 1
    assert more(before, "placet_request_seconds_count", method="GET", route=route) == 2


def test_made_up_methods_and_addresses_make_no_new_series(before: dict[str, float]) -> None:
    for method, path in (("BREW", "/x/1"), ("STEEP", "/x/2")):
        Caller("nobody")._client.generic(method, path)  # noqa: SLF001
    assert more(before, "placet_requests_total", method="other", route="none", status="404") == 2


def test_facts_and_credit_refusals(here: Chain, before: dict[str, float]) -> None:
    """An order that comes short counts, and each time that it is tried in vain."""
    order = here.ordered(quantity=1000)
    order = here.res.post(f"/orders/{order['id']}/approve")
    assert order["status"] == "unexecuted"
    here.res.refused("POST", f"/orders/{order['id']}/retry", "insufficient_credit", {})
    assert more(before, "placet_facts_total", type="order.placed") == 1
    assert more(before, "placet_facts_total", type="order.unexecuted") == 1
    assert more(before, "placet_refusals_total", code="insufficient_credit") == 1
    assert more(before, "placet_credit_refusals_total") == 2


def test_errands_and_what_came_of_them(here: Chain, before: dict[str, float], tmp_path: Path) -> None:
    here.res.post(f"/orders/{here.ordered()['id']}/approve")
    with closing(Connectors(tmp_path)) as vendors:
        assert provisioning.provision(vendors, now())
    assert more(before, "placet_errands_total", kind="sub_order", outcome="done") >= 1
    assert more(before, "placet_errand_seconds_count", kind="sub_order") >= 1

    def fail() -> None:
        raise ValueError

    assert not went_well(fail, "renewal")
    assert more(before, "placet_errands_total", kind="renewal", outcome="failed") == 1


def test_a_loop_that_fails_counts(before: dict[str, float]) -> None:
    from tests.project.test_loops import Counted

    def fail(_at: object) -> int:
        raise ValueError

    Loop("tested", fail, 0.1).run(Counted(2))
    assert more(before, "placet_errands_total", kind="tested", outcome="failed") == 2


def test_orders_by_status_and_queues(here: Chain) -> None:
    was = read_figures(at=now())
    order = here.ordered()
    found = read_figures(at=now())
    assert found.orders["pending_approval"] == was.orders["pending_approval"] + 1
    assert set(found.orders) == set(STATUSES)
    here.cust.post(f"/orders/{order['id']}/cancel", {"reason": "no need"})
    assert read_figures(at=now()).orders["cancelled"] == was.orders["cancelled"] + 1
    here.res.post(f"/orders/{here.ordered()['id']}/approve")
    queue = {queue.kind: queue for queue in read_figures(at=now()).queues}["sub_order"]
    assert queue.due >= 1
    assert queue.oldest_at is not None
    assert queue.oldest_at <= now()
    provision()


STATUSES = (
    "draft",
    "pending_approval",
    "rejected",
    "unexecuted",
    "submitted",
    "executed",
    "cancelled",
    "expired",
)


def test_watching_scans_no_table_that_grows() -> None:
    """However many orders are stored: each statement finds an index for what it counts."""
    with atomic():
        db.fetch("SET LOCAL enable_seqscan = off")
        for statement in (figures.ORDERS, figures.QUEUES, figures.WAITING):
            asked = statement.replace("%(now)s", "now()")
            plan = "\n".join(str(row["QUERY PLAN"]) for row in db.fetch(f"EXPLAIN {asked}"))
            assert not re.search(r"Seq Scan on (?!webhook_endpoint)", plan), plan


def test_the_database_is_asked_every_few_seconds_whoever_asks() -> None:
    collector = Database()
    first = list(collector.collect())
    began_at = time.perf_counter()
    again = list(collector.collect())
    assert time.perf_counter() - began_at < 0.01
    assert first == again
    names = {family.name for family in first}
    assert {"placet_database_up", "placet_orders", "placet_queue", "placet_queue_age_seconds"} <= names
    assert {"placet_mails_waiting", "placet_deliveries_waiting", "placet_webhook_endpoints"} <= names


def test_every_metric_is_in_the_docs() -> None:
    """And every metric in the docs, in an alert or on the dashboard is one of ours."""
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("placet_")}
    ours |= {family.name for family in Database().collect()}
    docs = (ROOT / "docs" / "metrics.md").read_text()
    assert ours == set(re.findall(r"^\| `(placet_\w+?)(?:_total)?` \|", docs, re.MULTILINE))
    for file in ("deploy/prometheus/alerts.yml", "deploy/grafana/placet.json"):
        named = set(re.findall(r"\bplacet_\w+", (ROOT / file).read_text()))
        assert {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in named} <= ours


ROOT = Path(__file__).parents[2]


def test_nothing_of_a_price_or_a_name_is_a_label() -> None:
    labels = {
        label
        for metric in vars(metrics).values()
        if hasattr(metric, "_labelnames")
        for label in metric._labelnames  # noqa: SLF001
    }
    assert labels == {"method", "route", "status", "type", "code", "kind", "outcome"}


assert os.environ.get("PROMETHEUS_MULTIPROC_DIR") is None, "tests count in their own process"
