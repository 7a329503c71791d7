"""Receivers in all weathers, several workers at once, and workers that are killed (R91): nothing is lost,
nothing about an order comes out of order, and nobody waits for somebody else's receiver."""

import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from pydantic_core import from_json
from standardwebhooks import Webhook
from urllib3.util import Timeout

from placet.domain.words import SUBSCRIBABLE
from placet.entrypoints.jobs.delivering import Deliverer
from placet.gateways import outbound
from placet.gateways.webhooks import WebhookSender
from placet.storage import db
from tests.api.callers import Caller, Json, load
from tests.api.worker import provision
from tests.conftest import ADDRESS
from tests.gateways.receivers import Received, Receiver, receiver
from tests.processes import all_gone
from tests.schemas import validate
from tests.stories.client import until
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

WORKERS: Final = 3
PROMISED: Final = timedelta(seconds=5)
"""First attempt within five seconds (contract §4)."""

WELL: Final = ("well-0", "well-1", "well-2")
BAD: Final = {
    "slow": "/slow/1200",
    "silent": "/silence",
    "failing": "/status/500",
    "moved": "/status/302",
    "reset": "/reset",
    "endless": "/endless-chunks",
    "down": "down",
}
NOBODY: Final = "http://127.0.0.1:9/"
"""Where nobody listens."""
PATIENT: Final = Timeout(connect=1, read=1.5, total=2)
"""A day in the life of a time-out, shortened."""

ORDERS: Final = 6


@dataclass
class Told:
    """One organization whose customer orders, and its receiver."""

    name: str
    there: Receiver
    secret: str = ""

    @property
    def api(self) -> Caller:
        """Its program."""
        return Caller(self.name)

    @property
    def came(self) -> list[Received]:
        """What it has received, so far."""
        return list(self.there.received)

    def expected(self) -> dict[str, int]:
        """Every event that its endpoint is to be told, by `webhook-id`, with its place among all."""
        rows = db.fetch(
            """SELECT d.id::text, d.seq FROM delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id
            JOIN organization o ON o.id = w.owner_id WHERE o.ref = %(ref)s""",
            {"ref": self.name},
        )
        return {row["id"]: row["seq"] for row in rows}

    def point_to(self, path: str) -> None:
        """Its receiver behaves like that from now on."""
        self.change(url=NOBODY if path == "down" else self.there.url(path), status="active")

    def change(self, **wishes: str) -> Json:
        """Its endpoint, as it became."""
        return self.api.patch(f"/webhook-endpoints/{self.endpoint['id']}", wishes)

    @property
    def endpoint(self) -> Json:
        """Its endpoint, as it is."""
        (endpoint,) = self.api.items("/webhook-endpoints")
        return endpoint


@contextmanager
def everybody(*names: str) -> Iterator[dict[str, Told]]:
    """One distributor, and under it each of them with a customer and a receiver of its own, that is well."""
    with ExitStack() as stack:
        told = {name: Told(name, stack.enter_context(receiver())) for name in names}
        load(
            world(
                distributor("top"),
                *(reseller(name, "top") for name in names),
                *(customer(f"{name}-c", name, {"order_approval": True}) for name in names),
                prices={"seat": "10.00"},
            )
        )
        for each in told.values():
            wishes = {"url": each.there.url("/status/200"), "events": [kind.value for kind in SUBSCRIBABLE]}
            each.secret = each.api.post("/webhook-endpoints", wishes)["secret"]
        yield told


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, webhook_allow_private=True))


def live(name: str) -> None:
    """An order of its customer, from the beginning to the end."""
    order = Caller(f"{name}-c").post("/orders", {"lines": [{"product": "seat", "quantity": 1}]})
    Caller(name).post(f"/orders/{order['id']}/approve")
    provision()


def live_of_everybody(names: Sequence[str], orders: int) -> None:
    for _ in range(orders):
        for name in names:
            live(name)


@contextmanager
def workers(count: int) -> Iterator[None]:
    """So many, in threads of their own, each as `placet worker` has it."""
    stop = Event()

    def work() -> None:
        deliverer = Deliverer(WebhookSender(outbound.anywhere, PATIENT), "http://placet.example")
        while not stop.is_set():
            if not deliverer.deliver(datetime.now(UTC)):
                stop.wait(0.05)
        deliverer.close()
        connection.close()

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(work) for _ in range(count)]
        try:
            yield
        finally:
            stop.set()
            for each in running:
                each.result()


def in_order(each: Told, *, once: bool) -> None:
    """All has come, what is told of an order in the order that it happened, and as its schema says; a copy,
    where there may be one, before anything later. Every signature is good, by the official package."""
    places, seen = each.expected(), defaultdict(list)
    for message in each.came:
        body = Webhook(each.secret).verify(message.body, message.headers)
        validate(body)
        seen[_about(body)].append(places[message.headers["webhook-id"]])
    assert {place for order in seen.values() for place in order} == set(places.values())
    for order in seen.values():
        assert order == sorted(order)
        assert not once or len(order) == len(set(order))


def _about(body: Json) -> str:
    order: Json = body["data"].get("order", {})
    return str(order.get("id", body["timestamp"]))


def lags(each: Told) -> list[timedelta]:
    """How long after its event each message first came."""
    first: dict[str, timedelta] = {}
    for message in each.came:
        happened_at = datetime.fromisoformat(from_json(message.body)["timestamp"])
        first.setdefault(message.headers["webhook-id"], message.at - happened_at)
    return sorted(first.values())


def has_all(each: Told) -> bool:
    return each.expected().keys() <= {message.headers["webhook-id"] for message in each.came}


def time_passes() -> timedelta:
    """The clock goes on to when the next try is due: everything that has happened is that much longer ago.
    Answers how much."""
    due = db.fetch_one("SELECT max(due_at) - now() AS later FROM delivery WHERE due_at > now() AND NOT taken")
    later: timedelta = (due and due["later"]) or timedelta()
    for table, column in PAST.items():
        db.fetch(f"UPDATE {table} SET {column} = {column} - %(later)s", {"later": later})  # noqa: S608
    return later


PAST: Final = {"delivery": "due_at", "delivery_attempt": "at", "webhook_endpoint": "failing_since"}
"""What is compared with the clock."""


def test_nobody_waits_for_somebody_elses_receiver() -> None:
    """Some are slow, silent, failing, moved, rude or endless, all through: those that are well hear of
    everything in time. When the others are well again, they hear all of it, in order."""
    with everybody(*WELL, *BAD, "gone") as told:
        for name, path in BAD.items():
            told[name].point_to(path)
        told["gone"].point_to("/status/410")
        with workers(WORKERS):
            live_of_everybody(list(told), ORDERS)
            until(lambda: all(has_all(told[name]) for name in WELL), "those that are well have all")
            for name in WELL:
                assert lags(told[name])[-1] < PROMISED
        for name in WELL:
            in_order(told[name], once=True)
        assert told["gone"].endpoint["status"] == "ended"
        tried = {name: sum(tries_of(each)) for name, each in told.items()}
        for name in BAD:
            told[name].there.received.clear()
            db.fetch(
                """UPDATE delivery SET status = 'pending', due_at = now(), tries = 0, taken = false
                FROM webhook_endpoint w JOIN organization o ON o.id = w.owner_id
                WHERE w.id = delivery.endpoint_id AND o.ref = %(ref)s""",
                {"ref": name},
            )
            told[name].point_to("/status/200")
        with workers(WORKERS):
            until(lambda: all(has_all(told[name]) for name in BAD), "the others have all")
        for name in BAD:
            in_order(told[name], once=True)
        print_weather(told, tried)


def print_weather(told: dict[str, Told], tried: dict[str, int]) -> None:
    """The lag of each: from the event until it had come, and for those that were not well until it had come
    in the end; so many tries before that."""
    print("\n| receiver | messages | tries in bad weather | median lag | longest lag |")  # noqa: T201
    print("| --- | ---: | ---: | ---: | ---: |")  # noqa: T201
    for name in (*WELL, *BAD):
        own, before = lags(told[name]), tried[name] if name in BAD else "-"
        median, longest = (f"{lag.total_seconds():.2f} s" for lag in (own[len(own) // 2], own[-1]))
        print(f"| {name} | {len(own)} | {before} | {median} | {longest} |")  # noqa: T201
    print(f"| gone | {tried['gone']} | - | ended by its first 410 | - |")  # noqa: T201


def test_one_that_was_down_for_a_day_hears_it_all_when_it_is_back() -> None:
    """Every pause passes, and it is down at each try but the last: then it has everything, in order."""
    with everybody("back") as told, delivering() as deliverer:
        back = told["back"]
        back.point_to("down")
        live_of_everybody(["back"], 2)
        gone_by = timedelta()
        for _ in range(10):
            emptied(deliverer)
            gone_by += time_passes()
        assert timedelta(hours=23) < gone_by < timedelta(hours=24)
        assert back.endpoint["failing_since"]
        back.point_to("/status/200")
        emptied(deliverer)
        in_order(back, once=True)
        tries = tries_of(back)
        assert sorted(tries, reverse=True)[:2] == [11, 11]  # of each order the first, eleven times
        assert set(tries) == {1, 11}
        print(f"\ndown for {gone_by}: {len(tries)} messages, all delivered, {max(tries)} tries at most")  # noqa: T201


def test_one_that_was_down_for_longer_has_what_was_given_up_sent_again() -> None:
    """After a day of nothing but failures the endpoint is switched off; brought back, it is sent what waits,
    and by one call what was given up and what happened meanwhile: nothing is lost, nothing out of order."""
    with everybody("back") as told, delivering() as deliverer:
        back, since = told["back"], datetime.now(UTC) - timedelta(days=3)
        back.point_to("down")
        live("back")
        while back.endpoint["status"] == "active":
            emptied(deliverer)
            time_passes()
        assert back.endpoint["status"] == "disabled"
        live("back")  # of this nothing is kept for it
        back.point_to("/status/200")
        for status in ("failed", "missed"):
            wishes = {"from": since.isoformat(), "status": status}
            back.api.post(f"/webhook-endpoints/{back.endpoint['id']}/replay", wishes)
        emptied(deliverer)
        in_order(back, once=True)
        happened = {event["id"] for event in back.api.told(1) if event["type"] != "webhook_endpoint.disabled"}
        heard = {row["event"]["id"] for row in back.api.items("/webhook-deliveries?status=delivered")}
        assert happened <= heard


@contextmanager
def delivering() -> Iterator[Deliverer]:
    """A worker's part, to be driven by hand."""
    deliverer = Deliverer(WebhookSender(outbound.anywhere, PATIENT), "http://placet.example")
    try:
        yield deliverer
    finally:
        deliverer.close()


def tries_of(each: Told) -> list[int]:
    """How often each of its messages was tried."""
    return [len(row["attempts"]) for row in each.api.items("/webhook-deliveries")]


def emptied(deliverer: Deliverer) -> None:
    """Delivers until nothing is due or on the way."""
    idle = 0
    while idle < 3:
        idle = 0 if deliverer.deliver(datetime.now(UTC)) else idle + 1


# Killed -------------------------------------------------------------------------------------

KILLS: Final = int(os.environ.get("PLACET_TEST_KILLS", "20"))
"""More of them take longer than the build has: `PLACET_TEST_KILLS=50 pytest -s -k killed_in_the_middle`."""
PREFORK: Final = Path(__file__).with_name("prefork.py")


def test_workers_are_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    """SIGKILL, again and again, at any moment, with another worker beside: everything comes at least once,
    in order, and what comes twice comes before anything later of its order."""
    chance = random.Random(7405)  # noqa: S311 - the same moments every time
    with everybody("one", "two") as told, preforked(tmp_path) as forks:
        told["two"].point_to("/slow/20")
        alive, lost = [forked(forks), forked(forks)], 0
        for _ in range(KILLS):
            live_of_everybody(["one", "two"], 1)
            stops = Event()
            stops.wait(chance.random() * 0.15)
            dead = alive.pop(0)
            os.kill(dead, signal.SIGKILL)
            assert all_gone([dead])
            lost += bool(db.fetch("SELECT 1 FROM delivery WHERE taken"))
            leases_end()
            alive.append(forked(forks))
        until(lambda: is_settled() and all(map(has_all, told.values())), "all has come, and is settled")
        stuck = db.fetch("SELECT 1 FROM orders WHERE status <> 'executed'")
        assert not stuck, "every order has come to its end"
        print(f"{KILLS} workers killed, {lost} of them or the other with messages on the way")  # noqa: T201
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
        assert all_gone(alive)
        for each in told.values():
            copies = len(each.came) - len(each.expected())
            print(f"{each.name}: {len(each.expected())} messages, {copies} came twice")  # noqa: T201
            in_order(each, once=False)


def is_settled() -> bool:
    leases_end()
    return not db.fetch("SELECT 1 FROM delivery WHERE status = 'pending'")


def leases_end() -> None:
    """Those of the dead; what a living worker has taken just now it would send in the next moment."""
    for table in ("sub_order", "charge_attempt", "charge_refund"):
        db.fetch(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")  # noqa: S608
    db.fetch(
        """UPDATE delivery SET due_at = now()
        WHERE taken AND due_at > now() AND due_at < now() + interval '59 seconds'"""
    )


def forked(forks: "subprocess.Popen[str]") -> int:
    assert forks.stdin
    assert forks.stdout
    forks.stdin.write("\n")
    forks.stdin.flush()
    return int(forks.stdout.readline())


@contextmanager
def preforked(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    at = urlsplit(os.environ[ADDRESS])
    variables = {
        "PLACET_DATABASE_URL": f"{at.scheme}://{at.netloc}/{connection.settings_dict['NAME']}?{at.query}",
        "PLACET_DATA_DIR": str(folder),
        "PLACET_SECRET_KEY": settings.SECRET_KEY,
        "PLACET_WEBHOOK_ALLOW_PRIVATE": "1",
        "PLACET_WORKER_THREADS": "1",
        "DJANGO_SETTINGS_MODULE": "placet.project.settings",
    }
    pipe = subprocess.PIPE
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", str(PREFORK)],
            env=os.environ | variables,
            stdin=pipe,
            stdout=pipe,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
