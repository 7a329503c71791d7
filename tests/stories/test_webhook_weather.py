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
}
PATIENT: Final = Timeout(connect=1, read=1.5, total=2)
"""A day in the life of a time-out, shortened."""

ORDERS: Final = 6


@dataclass
class Told:
    """One organization whose customer orders, and its receiver."""

    name: str
    there: Receiver

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
        (endpoint,) = self.api.items("/webhook-endpoints")
        wishes = {"url": self.there.url(path), "status": "active"}
        self.api.patch(f"/webhook-endpoints/{endpoint['id']}", wishes)


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
            each.api.post("/webhook-endpoints", wishes)
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
    where there may be one, before anything later."""
    places, seen = each.expected(), defaultdict(list)
    for message in each.came:
        body = from_json(message.body)
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


def time_passes() -> None:
    """What waits for its next try is due."""
    db.fetch("UPDATE delivery SET due_at = now() WHERE due_at > now() AND NOT taken")


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
                own = lags(told[name])
                print(f"{name}: median {own[len(own) // 2]}, longest {own[-1]} of {len(own)}")  # noqa: T201
                assert own[-1] < PROMISED
        for name in WELL:
            in_order(told[name], once=True)
        (endpoint,) = told["gone"].api.items("/webhook-endpoints")
        assert endpoint["status"] == "ended"
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


def test_one_that_was_down_for_a_day_hears_it_all_when_it_is_back() -> None:
    """Every pause passes, and it is down at each try but the last: then it has everything, in order."""
    with everybody("back") as told:
        back = told["back"]
        back.point_to("/status/503")
        live_of_everybody(["back"], 2)
        deliverer = Deliverer(WebhookSender(outbound.anywhere, PATIENT), "http://placet.example")
        for _ in range(9):
            emptied(deliverer)
            time_passes()
        tried = [message.headers["webhook-id"] for message in back.came]
        assert len(set(tried)) == 2  # of each order the first, nine times
        assert len(tried) == 18
        back.there.received.clear()
        back.point_to("/status/200")
        emptied(deliverer)
        deliverer.close()
        in_order(back, once=True)


def emptied(deliverer: Deliverer) -> None:
    """Delivers until nothing is due or on the way."""
    idle = 0
    while idle < 3:
        idle = 0 if deliverer.deliver(datetime.now(UTC)) else idle + 1


# Killed -------------------------------------------------------------------------------------

KILLS: Final = 20
PREFORK: Final = Path(__file__).with_name("prefork.py")


def test_workers_are_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    """SIGKILL, again and again, at any moment, with another worker beside: everything comes at least once,
    in order, and what comes twice comes before anything later of its order."""
    chance = random.Random(7405)  # noqa: S311 - the same moments every time
    with everybody("one", "two") as told, preforked(tmp_path) as forks:
        told["two"].point_to("/slow/20")
        alive = [forked(forks), forked(forks)]
        for _ in range(KILLS):
            live_of_everybody(["one", "two"], 1)
            stops = Event()
            stops.wait(chance.random() * 0.15)
            dead = alive.pop(0)
            os.kill(dead, signal.SIGKILL)
            assert all_gone([dead])
            leases_end()
            alive.append(forked(forks))
        until(lambda: is_settled() and all(map(has_all, told.values())), "all has come, and is settled")
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
