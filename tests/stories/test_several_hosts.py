"""Two web servers and two workers behind a load balancer, as docs/deploy.md has them: while orders come in,
each of them is stopped or killed and started again. Nothing is lost, nothing happens twice.

`PLACET_TEST_ROUNDS` says how often each of them goes; more than once takes longer than the build has.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import ADDRESS
from tests.stories.balancer import balancing
from tests.stories.client import until
from tests.stories.hooks import Hooks, receiving
from tests.stories.hosts import Host, Hosts, several
from tests.stories.server import free_port
from tests.stories.worlds import customer, distributor, key, product, reseller, world

ROUNDS: Final = int(os.environ.get("PLACET_TEST_ROUNDS", "1"))
BUYERS: Final = 4
BETWEEN: Final = 0.05
"""Seconds between an order and its buyer's next."""
PATIENCE: Final = 30.0
"""Seconds within which a buyer's order must be placed, whatever happens to the servers."""

WORLD: Final = world(
    distributor("many-top"),
    reseller("many-res", "many-top"),
    *(customer(f"many-buyer-{number}", "many-res") for number in range(BUYERS)),
    prices={"many-seat": "10.00"},
    products=[product("many-seat", latency_ms=20)],
    told=["many-res"],
    events=["order.placed", "order.executed"],
)


@dataclass
class Crowd:
    """Buyers that order one after the other, each order until it is placed."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)
    tries: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0

    def buy(self, number: int) -> list[str]:
        """The ids of all that one of them has placed by when it is over."""
        placed: list[str] = []
        for turn in count():
            if self.over.wait(BETWEEN):
                return placed
            placed.append(self._placed(key(f"many-buyer-{number}"), f"order-{number}-{turn}"))
        raise AssertionError

    def _placed(self, api_key: str, idempotency_key: str) -> str:
        began_at = time.monotonic()
        headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": idempotency_key}
        body = {"lines": [{"product": "many-seat", "quantity": 1}]}
        while time.monotonic() - began_at < PATIENCE:
            try:
                url = f"http://127.0.0.1:{self.port}/api/v1/orders"
                answer = httpx.post(url, json=body, headers=headers, timeout=10, trust_env=False)
            except httpx.HTTPError as error:
                self.tries[type(error).__name__] += 1
                time.sleep(0.05)
                continue
            self.tries[str(answer.status_code)] += 1
            if answer.is_success:
                self.longest = max(self.longest, time.monotonic() - began_at)
                return str(answer.json()["id"])
            assert answer.json()["code"] == "idempotency_in_progress", answer.text
        raise AssertionError(f"not placed within {PATIENCE} s: {dict(self.tries)}")


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with receiving() as hooks:
        yield hooks


@pytest.fixture
def hosts(tmp_path: Path, hooks: Hooks) -> Iterator[Hosts]:
    with several(os.environ[ADDRESS], tmp_path, "many") as hosts:
        hosts.migrate()
        (tmp_path / "world.json").write_text(WORLD.replace("{hooks}", hooks.address))
        assert hosts.run("load", str(tmp_path / "world.json")).returncode == 0
        yield hosts


def test_nothing_is_lost_when_each_of_them_goes(hosts: Hosts, hooks: Hooks) -> None:
    metrics = [free_port() for _ in range(4)]
    webs = [hosts.web(**at(port)) for port in metrics[:2]]
    workers = [hosts.worker(**at(port)) for port in metrics[2:]]
    with (
        balancing([web.port for web in webs]) as (_, port),
        ThreadPoolExecutor(BUYERS) as pool,
        ThreadPoolExecutor(2) as both,
    ):
        crowd = Crowd(port)
        buying = [pool.submit(crowd.buy, number) for number in range(BUYERS)]
        try:
            for _ in range(ROUNDS):
                for each in (0, 1):
                    gone = partial(gone_and_back, hosts)
                    web = both.submit(gone, webs[each], metrics[each], by_force=each == 1)
                    worker = both.submit(gone, workers[each], metrics[2 + each], by_force=each == 0)
                    webs[each], workers[each] = web.result(), worker.result()
        finally:
            crowd.over.set()
        placed = [order for one in buying for order in one.result()]
    leases_end(hosts)
    figures = all_is_done(hosts, hooks, placed)
    print(f"{len(placed)} orders, longest {crowd.longest:.1f} s, answers {dict(crowd.tries)}, {figures}")  # noqa: T201
    counted(metrics, placed)
    for host in (*webs, *workers):
        host.tell_to_stop()
    assert [host.ended() for host in (*webs, *workers)] == [0, 0, 0, 0]
    proof = hosts.run("verify")
    assert proof.returncode == 0, proof.stdout
    assert '"level":"error"' not in hosts.logs()


def at(port: int) -> dict[str, Any]:
    """Settings of one that answers Prometheus there."""
    return {
        "PLACET_METRICS_LISTEN": f"127.0.0.1:{port}",
        "PLACET_WEBHOOK_ALLOW_PRIVATE": "1",
        "PLACET_WEB_DRAIN": "1",
    }


def gone_and_back(hosts: Hosts, host: Host, metrics: int, *, by_force: bool) -> Host:
    """It is killed in the middle of whatever it does, or told to stop; then another takes its place."""
    time.sleep(0.7)
    if by_force:
        host.kill()
    else:
        host.tell_to_stop()
        assert host.ended() == 0
    return hosts.web(host.port, **at(metrics)) if host.port else hosts.worker(**at(metrics))


def leases_end(hosts: Hosts) -> None:
    """What the killed worker had taken falls due in a minute or two; here it does so now."""
    with psycopg.connect(hosts.database) as beside:
        beside.execute("UPDATE sub_order SET due_at = now() WHERE due_at > now()")
        beside.execute("UPDATE delivery SET due_at = now() WHERE taken AND due_at > now()")


def all_is_done(hosts: Hosts, hooks: Hooks, placed: list[str]) -> str:
    """Each order was placed once, is executed, and its reseller was told so at least once."""
    with psycopg.connect(hosts.database, autocommit=True) as beside:

        def found(statement: str) -> int:
            row = beside.execute(statement.encode()).fetchone()
            assert row
            return int(row[0])

        assert found("SELECT count(*) FROM orders") == len(placed) == len(set(placed))
        until(
            lambda: found("SELECT count(*) FROM orders WHERE status = 'executed'") == len(placed), "executed"
        )
        until(lambda: not found("SELECT count(*) FROM delivery WHERE status <> 'delivered'"), "told")
        until(lambda: not found("SELECT count(*) FROM invoice WHERE number IS NULL"), "numbered")
        assert found("SELECT count(*) FROM subscription") == len(placed)
        assert found("SELECT count(*) FROM invoice") == 2 * len(placed)
    messages = [message for order in placed for message in hooks.all("many-res", {"id": order})]
    assert {message.about for message in messages} == {
        (kind, order) for order in placed for kind in ("order.placed", "order.executed")
    }
    return f"{len(messages)} messages, {len(messages) - len({m.id for m in messages})} of them twice"


def counted(ports: list[int], placed: list[str]) -> None:
    """What those that are there now have counted; those that went have taken theirs with them."""
    samples = [sample for port in ports for sample in scraped(port)]
    orders = {s[2] for s in samples if s[:2] == ("placet_queue_age_seconds", "sub_order")}
    assert orders == {0.0}, "all of them read the same in the database"
    done = sum(s[2] for s in samples if s[:2] == ("placet_errands_total", "delivery"))
    assert 0 < done <= 3 * len(placed)
    assert any(s[:2] == ("placet_requests_total", "api/v1/orders") and s[2] for s in samples)


def scraped(port: int) -> list[tuple[str, str, float]]:
    """Name, kind or route, and value of all that one of them tells Prometheus."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    return [
        (s.name, s.labels.get("kind") or s.labels.get("route") or "", s.value)
        for family in text_string_to_metric_families(text)
        for s in family.samples
    ]
