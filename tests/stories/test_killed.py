"""A worker is killed at every step of a card payment (R48, R53): nobody has paid twice, nothing was
executed without being paid for, and nothing is paid for that was not executed.

It is stopped from outside, by locks: an order that is locked stops it before it asks and before it books,
a gateway that does not answer in between. Then it is killed (SIGKILL), and another one finishes the work.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from placet.actions.verify import verify
from placet.gateways.cards.sandbox import Sandbox
from tests import doubles
from tests.api.callers import Caller, Json, load
from tests.conftest import ADDRESS
from tests.databases import emptied
from tests.processes import all_gone
from tests.stories.client import until
from tests.stories.worlds import customer, distributor, product, reseller, world

PREFORK: Final = Path(__file__).with_name("prefork.py")

POINTS: Final = """
chain  outcome  questions
one    paid     authorise-2 capture-2
two    paid     authorise-2 authorise-3 capture-2 capture-3
two    refused  authorise-2 authorise-3 void-2
"""
"""What the gateway is asked, by the place of the link that is paid, in this order."""

STAGES: Final = ("before", "asking", "done")
"""Where it is killed: before the question is on record; when it is, and nothing was done yet; when it was
done, and is not booked. After the last one nothing is left to be asked."""


@dataclass(frozen=True)
class Point:
    """One place to die at; what was on its way just then is lost, or arrives when all is over."""

    gateway: str
    chain: str
    outcome: str
    questions: tuple[str, ...]
    at: int
    stage: str
    late: bool = False

    def is_before(self, question: int) -> bool:
        """Whether it is right before that question."""
        return (self.at, self.stage) == (question, "before")

    def __str__(self) -> str:
        late = ", arrives late" if self.late else ""
        return f"{self.gateway} {self.chain} {self.outcome}: {self.stage} {self.questions[self.at]}{late}"


def points() -> Iterator[Point]:
    """Every step of every payment, at both gateways."""
    for row in POINTS.strip().splitlines()[1:]:
        chain, outcome, *questions = row.split()
        for gateway in ("sandbox", "stripe"):
            for at in range(len(questions)):
                for stage in STAGES:
                    yield Point(gateway, chain, outcome, tuple(questions), at, stage)
                    if (gateway, stage) == ("stripe", "asking"):
                        yield Point(gateway, chain, outcome, tuple(questions), at, stage, late=True)


# What it all happens in ---------------------------------------------------------------------


@dataclass
class Placet:
    """A database, workers that can be killed, and the gateways' own records."""

    folder: Path
    address: str
    beside: psycopg.Connection
    double: doubles.Stripe
    prefork: "subprocess.Popen[str]"
    worker: int = 0

    def work(self) -> None:
        """There is a worker."""
        if self.worker:
            return
        assert self.prefork.stdin
        assert self.prefork.stdout
        self.prefork.stdin.write("\n")
        self.prefork.stdin.flush()
        self.worker = int(self.prefork.stdout.readline())

    def kill(self) -> None:
        """It is gone, in the middle of whatever it did."""
        os.kill(self.worker, signal.SIGKILL)
        assert all_gone([self.worker])
        self.worker = 0

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What a statement finds."""
        cursor = self.beside.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def asks(self, order: Json, question: str) -> bool:
        """Whether that question is on record, and not answered."""
        act, _, tier = question.partition("-")
        return bool(self.rows(ASKS, order["id"], tier, act != "authorise"))

    def waits(self) -> bool:
        """Whether the worker stands at an order that is locked."""
        return bool(self.rows(WAITS))

    def falls_due(self) -> None:
        """The dead worker's lease ends."""
        for table in ("charge_attempt", "charge_refund"):
            self.rows(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")  # noqa: S608

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """The worker does nothing meanwhile."""
        self.work()
        os.kill(self.worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.worker, signal.SIGCONT)

    def lock(self, order: Json) -> psycopg.Connection:
        """Nobody else changes the order until this is closed."""
        beside = psycopg.connect(self.address)
        beside.execute("SELECT 1 FROM orders WHERE id = %s FOR NO KEY UPDATE", [order["id"]])
        return beside

    def lock_behind(self, lock: psycopg.Connection) -> psycopg.Connection:
        """Lets go of the lock, and stops whoever waited there at its next transaction: a lock of the
        whole table is had as soon as it has booked, and before it can ask again."""
        beside = psycopg.connect(self.address)
        with ThreadPoolExecutor(1) as pool:
            locked = pool.submit(beside.execute, "LOCK TABLE orders")
            until(lambda: self.rows(QUEUES), "it stands in line")
            lock.close()
            locked.result()
        until(self.waits, "it is about to ask")
        return beside

    def killed(
        self,
        order: Json,
        lock: psycopg.Connection | None,
        outside: "Sandboxes | Stripes | None",
        *,
        late: bool = False,
    ) -> Json:
        """The worker is dead, and nothing that stopped it is left; the order that it was at."""
        self.kill()
        if lock:
            lock.close()
        if outside:
            outside.open_after_death(late=late)
        return order

    def money(self, order: Json) -> dict[str, tuple[int, int]]:
        """By payer, what its gateway has taken in all, and how many charges it has of this order."""
        charges = "SELECT h.id, h.tier, h.gateway FROM charge_attempt h WHERE h.order_id = %s ORDER BY h.tier"
        found: dict[str, tuple[int, int]] = {}
        for id_, tier, gateway in self.rows(charges, order["id"]):
            taken, made = self._at(str(gateway), UUID(str(id_)))
            before = found.get(str(tier), (0, 0))
            found[str(tier)] = (before[0] + taken, before[1] + made)
        return found

    def _at(self, gateway: str, charge: UUID) -> tuple[int, int]:
        if gateway == "sandbox":
            sandbox = Sandbox(self.folder)
            known = sandbox.charges().get(charge)
            sandbox.close()
            return (known.captured - known.refunded, 1) if known else (0, 0)
        intents = self.double.of(charge)
        taken = [each["latest_charge"] for each in intents if each["status"] == "succeeded"]
        return sum(each["amount"] - each["amount_refunded"] for each in taken), len(intents)


WAITS: Final = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND query LIKE 'SELECT status FROM orders WHERE id = %%'"""

QUEUES: Final = """
SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
  AND relation = 'orders'::regclass"""

GIVES: Final = "SELECT 1 FROM charge_refund WHERE order_id = %s AND tries > 0"

ASKS: Final = """
SELECT 1 FROM charge_attempt
WHERE order_id = %s AND tier = %s::int2 AND state = 'unknown' AND (reference <> '') = %s"""


@pytest.fixture(scope="module")
def placet(
    django_db_setup: None,  # noqa: ARG001
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Placet]:
    folder = tmp_path_factory.mktemp("killed")
    with django_db_blocker.unblock(), doubles.stripe_double() as double:
        emptied()
        load(made_world(double))
        address = database_address()
        with (
            preforked(address, folder, double) as prefork,
            psycopg.connect(address, autocommit=True) as beside,
        ):
            placet = Placet(folder, address, beside, double, prefork)
            yield placet
            if placet.worker:
                placet.kill()
        emptied()
        connection.close()


def database_address() -> str:
    at = urlsplit(os.environ[ADDRESS])
    return f"{at.scheme}://{at.netloc}/{connection.settings_dict['NAME']}?{at.query}"


@contextmanager
def preforked(address: str, folder: Path, double: doubles.Stripe) -> Iterator["subprocess.Popen[str]"]:
    variables = {
        "PLACET_DATABASE_URL": address,
        "PLACET_DATA_DIR": str(folder),
        "PLACET_STRIPE_API_BASE": double.address,
        "PLACET_SECRET_KEY": settings.SECRET_KEY,
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


def made_world(double: doubles.Stripe) -> str:
    """At each gateway one chain with one card payer, one with two, and one in which the upper of two
    cannot pay."""
    organizations = [
        party
        for gateway in ("sandbox", "stripe")
        for chain, cards in (("one", ["ok"]), ("two-paid", ["ok", "ok"]), ("two-refused", ["declined", "ok"]))
        for party in chain_of(double, gateway, f"{gateway}-{chain}", cards)
    ]
    broken = product("broken", outcome="fail")
    return world(*organizations, prices={"seat": "100.00", "broken": "100.00"}, products=[broken])


def chain_of(double: doubles.Stripe, gateway: str, name: str, cards: list[str]) -> Iterator[Json]:
    """The distributor, the card payers from the top, and a customer."""
    keys = {"gateway": gateway}
    at = {"card_gateway": keys | ({"secret_key": doubles.KEY} if gateway == "stripe" else {})}
    yield distributor(f"{name}-top", **at)
    above = f"{name}-top"
    for place, kind in enumerate(cards):
        number = doubles.GOOD if kind == "ok" else doubles.DECLINED
        reference = double.card(number) if gateway == "stripe" else f"tok_{kind}"
        token = {"gateway": gateway, "reference": reference, "expires": "2099-12"}
        terms = {"payment_method": "credit_card", "tokens": [token]}
        yield reseller(f"{name}-payer-{place}", above, terms, **at)
        above = f"{name}-payer-{place}"
    yield customer(f"{name}-cust", above)


# The gateway, shut and opened ---------------------------------------------------------------


class Sandboxes:
    """The sandbox writes into a file: who holds that stops it."""

    def __init__(self, placet: Placet) -> None:
        sandbox = Sandbox(placet.folder)
        sandbox.charges()  # there is such a file now
        sandbox.close()
        self._file = sqlite3.connect(placet.folder / "sandbox-cards.sqlite3", isolation_level=None)

    def shut(self) -> None:
        """Nothing is done from now on."""
        self._file.execute("BEGIN IMMEDIATE")

    def has_arrived(self) -> bool:
        """A question that is on record stands at the file, or will in a moment: there it cannot pass."""
        return True

    def open(self) -> None:
        """What waits goes on."""
        self._file.execute("ROLLBACK")

    def open_after_death(self, *, late: bool) -> None:
        """What the dead one asked dies with it."""
        assert not late, "a simulation has no line on which something could be under way"
        self.open()

    def close(self) -> None:
        """Nothing arrives late."""
        self._file.close()


class Stripes:
    """Stripe is stopped on the line."""

    def __init__(self, placet: Placet) -> None:
        self._double = placet.double
        self._valve: doubles.Valve | None = None
        self._late: doubles.Valve | None = None

    def shut(self) -> None:
        """Nothing is done from now on."""
        self._valve = self._double.shut()

    def has_arrived(self) -> bool:
        """Something waits on the line."""
        return self._valve is not None and self._valve.waiting > 0

    def open(self) -> None:
        """What waits goes on."""
        assert self._valve
        self._double.open(self._valve)

    def open_after_death(self, *, late: bool) -> None:
        """What the dead one asked is lost, or still on its way; what others ask goes on."""
        assert self._valve
        if late:
            self._double._valve, self._late = None, self._valve  # noqa: SLF001 - they wait on
        else:
            self._double.open(self._valve, lost=True)

    def close(self) -> None:
        """What was on its way arrives at last."""
        if self._late:
            self._double.open(self._late)


# The story ----------------------------------------------------------------------------------


@pytest.mark.parametrize("point", [*points()], ids=str)
def test_killed_at(placet: Placet, point: Point) -> None:
    with closing(Sandboxes(placet) if point.gateway == "sandbox" else Stripes(placet)) as outside:
        order = killed_there(placet, point, outside)
        assert {taken for taken, _ in placet.money(order).values()} <= {0, 10_000, 12_000}

        placet.falls_due()
        placet.work()
        after = settled(order, point)
    assert placet.money(order) == expected(point)
    if point.outcome == "refused":
        assert after["warning"]
        Caller(f"{name_of(point)}-cust").post(f"/orders/{order['id']}/cancel", {"reason": "No card."})


REFUNDS: Final = [
    ("sandbox", "asking", False),
    ("sandbox", "done", False),
    ("stripe", "asking", False),
    ("stripe", "asking", True),
    ("stripe", "done", False),
]


@pytest.mark.parametrize(("gateway", "stage", "late"), REFUNDS)
def test_killed_while_giving_back(placet: Placet, gateway: str, stage: str, *, late: bool) -> None:
    """R53: what a card paid for a line that is given up goes back to it, once."""
    order = given_up(placet, gateway)
    with closing(Sandboxes(placet) if gateway == "sandbox" else Stripes(placet)) as outside:
        outside.shut()
        with placet.asleep():
            cancel = f"/orders/{order['id']}/sub-orders/{order['sub_orders'][0]['id']}/cancel"
            Caller(f"{gateway}-one-top").post(cancel, {"reason": "Out of keys."})
        until(lambda: placet.rows(GIVES, order["id"]) and outside.has_arrived(), "it asks")
        if stage == "asking":
            placet.killed(order, None, outside, late=late)
        else:
            lock = placet.lock(order)
            outside.open()
            until(placet.waits, "it is about to book")
            placet.killed(order, lock, None)
        placet.falls_due()
        placet.work()
        payer = Caller(f"{gateway}-one-payer-0")
        back = until(lambda: is_back(payer.get(f"/orders/{order['id']}")), "it is given back")
    assert [refund["status"] for refund in back["refunds"]] == ["done"]
    assert placet.money(order) == {"2": (0, 1)}


def given_up(placet: Placet, gateway: str) -> Json:
    """An order that was paid, and that its vendor cannot deliver."""
    body = {"lines": [{"product": "broken", "quantity": 1}]}
    order = Caller(f"{gateway}-one-cust").post("/orders", body)
    payer = Caller(f"{gateway}-one-payer-0")
    payer.post(f"/orders/{order['id']}/approve")
    placet.work()
    until(lambda: failed(payer.get(f"/orders/{order['id']}")), "its vendor has failed")
    assert placet.money(order) == {"2": (10_000, 1)}
    return order


def failed(order: Json) -> bool:
    return bool(order["lines"][0]["delivery_status"] == "failed")


def is_back(order: Json) -> Json | None:
    payment: Json = order["payment"]
    return payment if payment["status"] == "refunded" else None


def test_the_books_are_true_after_all_that(placet: Placet) -> None:
    """Every invariant, and nobody complained in the log."""
    assert {finding.rule: finding.broken for finding in verify() if finding.broken} == {}
    charged = placet.rows("SELECT count(DISTINCT order_id) FROM charge_attempt")[0][0]
    assert charged
    assert "error" not in (placet.folder / "log").read_text().lower()


def name_of(point: Point) -> str:
    return f"{point.gateway}-one" if point.chain == "one" else f"{point.gateway}-two-{point.outcome}"


def payers(point: Point) -> list[str]:
    """From the top."""
    return [f"{name_of(point)}-payer-{place}" for place in range(1 if point.chain == "one" else 2)]


def expected(point: Point) -> dict[str, tuple[int, int]]:
    """What is taken in the end, and by how many charges: the gross of each payer's link, by one."""
    if point.outcome == "refused":
        return {"2": (0, 1), "3": (0, 1)}
    return {"2": (10_000, 1)} if point.chain == "one" else {"2": (12_000, 1), "3": (10_000, 1)}


def killed_there(placet: Placet, point: Point, outside: Sandboxes | Stripes) -> Json:
    """Places an order, lets the worker go from stop to stop until it stands at the point, and kills it."""
    outside.shut()
    with placet.asleep():
        order = approved(point)
        lock = placet.lock(order)
    for number, question in enumerate(point.questions):
        if number == 0:
            until(placet.waits, "it is about to ask the first")
            if point.is_before(number):
                return placet.killed(order, lock, outside)
        lock.close()
        until(lambda q=question: placet.asks(order, q) and outside.has_arrived(), "it asks")  # type: ignore[misc]
        if (point.at, point.stage) == (number, "asking"):
            return placet.killed(order, None, outside, late=point.late)
        lock = placet.lock(order)
        outside.open()
        until(placet.waits, "it is about to book")
        if (point.at, point.stage) == (number, "done"):
            return placet.killed(order, lock, None)
        outside.shut()
        if point.is_before(number + 1):
            return placet.killed(order, placet.lock_behind(lock), outside)
    raise AssertionError("it got past the point")


def approved(point: Point) -> Json:
    """An order whose card payers have all said yes: the first question is due."""
    body = {"lines": [{"product": "seat", "quantity": 1}]}
    order = Caller(f"{name_of(point)}-cust").post("/orders", body)
    for payer in payers(point):
        order = Caller(payer).post(f"/orders/{order['id']}/approve")
    assert order["payment"]["status"] == "in_progress"
    return order


def settled(order: Json, point: Point) -> Json:
    """The order, once it is executed, or its upper payer was declined."""
    top_payer = Caller(payers(point)[0])

    def found() -> Json | None:
        now = top_payer.get(f"/orders/{order['id']}")
        if point.outcome == "paid":
            return now if now["status"] == "executed" else None
        return now if now["payment"]["status"] == "declined" else None

    return until(found, f"{order['number']} is {point.outcome}")
