"""Placet on several hosts, as docs/deploy.md has it: who is ready says so, who is told to stop finishes what
it has begun, and who is killed loses nothing."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import httpx
import psycopg
import pytest

from tests.conftest import ADDRESS
from tests.stories.client import Client, until
from tests.stories.forwarder import wire
from tests.stories.hosts import Hosts, several
from tests.stories.worlds import customer, distributor, key, product, reseller, world

WORLD: Final = world(
    distributor("host-top"),
    reseller("host-res", "host-top"),
    customer("host-quick", "host-res"),
    customer("host-asks", "host-res", {"order_approval": True}),
    prices={"host-seat": "10.00", "host-slow": "10.00"},
    products=[product("host-slow", latency_ms=400)],
)


Open = Callable[[int, str], Client]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with several(os.environ[ADDRESS], tmp_path, "hosts") as hosts:
        yield hosts


@pytest.fixture
def settled(hosts: Hosts) -> Hosts:
    """Migrated, with the world."""
    hosts.migrate()
    file = hosts.folder / "world.json"
    file.write_text(WORLD)
    loaded = hosts.run("load", str(file))
    assert loaded.returncode == 0, loaded.stderr
    return hosts


def said(port: int, path: str = "/readyz", host: str = "") -> tuple[int, str]:
    """What is answered there, to whatever name it is called by."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode().strip()
    finally:
        connection.close()


@pytest.fixture
def client() -> Iterator[Open]:
    """An organization's program at the web server of that port."""
    with ExitStack() as stack:

        def opened(port: int, ref: str) -> Client:
            client = Client(f"http://127.0.0.1:{port}", key(ref))
            stack.callback(client.close)
            return client

        yield opened


def test_ready_is_who_has_a_database_with_its_tables(hosts: Hosts) -> None:
    """Before the migration a web server lives and is not ready; with a silent database it says so soon."""
    with wire(hosts.database) as (line, address):
        started = hosts.web_not_ready(PLACET_DATABASE_URL=address)
        port = started.port
        assert said(port, "/healthz") == (200, "ok")
        assert said(port) == (503, "tables not up to date: run `placet migrate`")
        hosts.migrate()
        assert said(port) == (200, "ok")
        assert said(port, host="10.1.2.3:8000") == (200, "ok")  # a probe knows no name
        assert said(port, "/metrics")[0] == 404
        line.clear()
        began_at = time.monotonic()
        assert said(port) == (503, "database unreachable")
        assert said(port, "/healthz") == (503, "database unreachable")
        assert time.monotonic() - began_at < 10
        line.set()
        until(lambda: said(port) == (200, "ok"), "it is heard again")
    # who asks now, finds nobody there
    answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/me", headers={"Authorization": "Bearer anybody"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    page = httpx.get(f"http://127.0.0.1:{port}/orders", cookies={"placet_session": "s" * 32})
    assert (page.status_code, "back in a moment" in page.text) == (503, True), page.text


def test_a_web_server_told_to_stop_finishes_what_it_has_begun(settled: Hosts, client: Open) -> None:
    """First it says that it is not ready, and serves on; then it answers what is under way, and is gone."""
    web = settled.web(PLACET_WEB_DRAIN="1")
    order = client(web.port, "host-asks").place("host-seat")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(settled.database) as beside:
        beside.execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", [order["id"]])
        approved = pool.submit(client(web.port, "host-res").approve, order)
        until(lambda: waits(settled), "the approval is under way")
        web.tell_to_stop()
        until(lambda: said(web.port) == (503, "stopping"), "it is not ready any more")
        assert client(web.port, "host-quick").place("host-seat")[
            "number"
        ]  # who has not heard of it is served
        until(lambda: refuses(web.port), "it takes no new connections")
        beside.rollback()
        assert approved.result()["status"] == "submitted"
    assert web.ended() == 0


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(settled: Hosts, client: Open) -> None:
    """R52: what its vendor was asked is booked; the rest of the batch is due at once, for the next worker."""
    web = settled.web()
    buyer, top = client(web.port, "host-quick"), client(web.port, "host-top")
    orders = [buyer.place("host-slow") for _ in range(6)]
    worker = settled.worker(PLACET_WORKER_THREADS="1")
    until(lambda: taken(settled), "it has taken them")
    worker.tell_to_stop()
    assert worker.ended() == 0
    assert not taken(settled), "nothing is left leased to it"
    done = [top.read(order)["status"] for order in orders].count("executed")
    assert 0 < done < len(orders)
    settled.worker()
    for order in orders:
        top.wait_for(order, "executed")
    with psycopg.connect(settled.database) as beside:
        tries = beside.execute("SELECT DISTINCT tries FROM sub_order").fetchall()
    assert tries == [(1,)], "each was asked about once"


def waits(hosts: Hosts) -> bool:
    """Whether somebody stands at a lock."""
    with psycopg.connect(hosts.database) as beside:
        statement = """SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        return bool(beside.execute(statement).fetchall())


def taken(hosts: Hosts) -> int:
    """How many sub-orders are leased to somebody."""
    with psycopg.connect(hosts.database) as beside:
        found = beside.execute("SELECT count(*) FROM sub_order WHERE due_at > now()").fetchone()
        assert found
        return int(found[0])


def refuses(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1)
    except httpx.HTTPError:
        return True
    return False
