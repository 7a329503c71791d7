"""What is measured, in which order: ours and pgbench take turns, so that both meet the same machine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bench import cpu, world
from bench.figures import Measured, Row
from bench.filling import fill
from bench.house import House, Web
from bench.recording import record
from bench.replay import Life, Replay, Replayed

CLIENTS: Final = 8
SMALL: Final = 1000
"""Stored orders of the small case."""

WARM_UP: Final = 80
"""Lives before a case is measured: every thread has prepared its statements."""

REQUESTS: Final = ("place", "approve", "approve_last")
LIFE: Final = (*REQUESTS, "execute")
STAGES: Final = {**{stage: (stage,) for stage in LIFE}, "life": LIFE}
"""What is measured, and which stretches of a recorded life that is."""

NAMES: Final = {
    "place": "place",
    "approve": "approve, the first yes",
    "approve_last": "approve, the last yes",
    "execute": "execute (worker alone)",
    "life": "whole life",
}

WORLD_IDS: Final = """
SELECT id::text FROM organization UNION ALL SELECT id::text FROM vendor UNION ALL SELECT id::text FROM product
UNION ALL SELECT id::text FROM contract UNION ALL SELECT id::text FROM credit_account"""

SETTLED: Final = 1.0
"""Seconds after which a worker has started and found nothing to do."""

Task = dict[str, Any]
Chains = Sequence[world.Chain]


@dataclass
class Bench:
    """One run: so many `orders` for each stage and round, `tell` is told what goes on."""

    house: House
    orders: int
    rounds: int
    tell: Callable[[str], None]
    replayed: int = 0

    def run(self, large: int) -> list[Row]:
        """All rows of the table: few stored orders, one hot account, many stored orders."""
        self.tell("Recording what lives of orders say to PostgreSQL …")
        lives = record(self.house, world.chains()[:CLIENTS])
        self.tell(f"{SMALL} orders to begin with …")
        with self.house.web() as web:
            self._live(web, SMALL)
        rows = self._case(world.chains(), lives, tuple(STAGES), "")
        rows += self._case(world.chains()[:1], lives[:1] * CLIENTS, ("life",), ", one hot account")
        self._fill(large)
        return rows + self._case(world.chains(), lives, tuple(STAGES), "")

    def _live(self, web: Web, count: int) -> None:
        """So many whole lives, unmeasured."""
        with self.house.worker():
            requests(web, tasks_of(world.chains(), count), REQUESTS)
            self.house.wait_until_executed()

    def _fill(self, total: int) -> None:
        self.tell(f"Filling up to {total} stored orders …")
        began_at = time.monotonic()
        fill(self.house, total=total, now=datetime.now(UTC))
        self.tell(f"… took {time.monotonic() - began_at:.0f} s.")

    def _case(self, chains: Chains, lives: Sequence[Life], stages: Sequence[str], where: str) -> list[Row]:
        """These stages, ours and pgbench's, in turns, with a web server of their own."""
        self.house.settle()
        stored = self.house.value("SELECT count(*) FROM orders")
        replay = Replay(self.house, lives, [id_ for (id_,) in self.house.rows(WORLD_IDS)])
        ours, theirs = [], []
        with self.house.web() as web:
            self._live(web, WARM_UP)
            for number in range(self.rounds):
                self.tell(f"{stored} stored orders{where}, round {number + 1} of {self.rounds} …")
                ours.append(self._ours(web, chains, stages))
                theirs.append(self._theirs(replay, stages))
                for stage in stages:
                    pair = ours[-1][stage].per_second, theirs[-1][stage].per_second
                    self.tell("  {}: {:.0f}/s, pgbench {:.0f}/s".format(NAMES[stage], *pair))
        parts = {stage.name: stage for stage in lives[0]}
        return [
            Row(
                NAMES[stage] + where,
                stored,
                [one[stage] for one in ours],
                [one[stage] for one in theirs],
                sum(parts[part].queries for part in STAGES[stage]),
                sum(parts[part].trips for part in STAGES[stage]),
            )
            for stage in stages
        ]

    def _ours(self, web: Web, chains: Chains, stages: Sequence[str]) -> dict[str, Measured]:
        """Each stage on its own, with the same orders, and then whole lives of others."""
        tasks = tasks_of(chains, self.orders)
        return {stage: self._measured(web, chains, tasks, stage) for stage in stages}

    def _measured(self, web: Web, chains: Chains, tasks: list[Task], stage: str) -> Measured:
        if stage == "execute":
            return self._executed()
        return (
            self._lived(web, tasks_of(chains, self.orders))
            if stage == "life"
            else self._asked(web, tasks, stage)
        )

    def _asked(self, web: Web, tasks: list[Task], stage: str) -> Measured:
        """One kind of request; the worker is not there."""
        clock = _Clock(self.house, [web.pid])
        answer = requests(web, tasks, [stage])
        return clock.measured(len(tasks), answer["took"][stage], answer["cpu_seconds"])

    def _executed(self) -> Measured:
        """What a worker does with orders that wait for it, from the moment it is awake."""
        waiting = "SELECT count(*) FROM orders WHERE status = 'submitted'"
        with self.house.worker() as worker:
            while (left := self.house.value(waiting)) == self.orders:
                time.sleep(0.01)
            clock = _Clock(self.house, [worker])
            self.house.wait_until_executed()
            return clock.measured(left, [], 0)

    def _lived(self, web: Web, tasks: list[Task]) -> Measured:
        """Whole lives: a client goes on with its next order while the worker executes the last one; the
        clock stops when the last order is executed."""
        with self.house.worker() as worker:
            time.sleep(SETTLED)
            clock = _Clock(self.house, [web.pid, worker])
            answer = requests(web, tasks, REQUESTS)
            self.house.wait_until_executed()
            return clock.measured(len(tasks), self._lasted(tasks), answer["cpu_seconds"])

    def _lasted(self, tasks: list[Task]) -> list[int]:
        """From placed to executed, in µs."""
        lasted = (
            "SELECT extract(epoch FROM closed_at - placed_at) * 1e6 FROM orders WHERE id = ANY(%s::uuid[])"
        )
        return [int(us) for (us,) in self.house.rows(lasted, [[task["order"] for task in tasks]])]

    def _theirs(self, replay: Replay, stages: Sequence[str]) -> dict[str, Replayed]:
        runs = self.orders // CLIENTS
        replayed = {}
        for stage in stages:
            if stage == "life":
                self.replayed += self.orders
            replayed[stage] = replay.run(STAGES[stage], runs, self.replayed)
        self.replayed += self.orders
        return replayed


class _Clock:
    """What something took, from now on: time, and of the processors."""

    def __init__(self, house: House, product: Sequence[int]) -> None:
        self._database, self._product = house.postmaster, product
        self._spent, self._began_at = self._cpu(), time.perf_counter()

    def measured(self, done: int, took: list[int], clients: float) -> Measured:
        """The figures of what was `done`; `clients` is what the load generator had, in seconds."""
        seconds = time.perf_counter() - self._began_at
        python, database = (
            1e6 * (now - then) / done for then, now in zip(self._spent, self._cpu(), strict=True)
        )
        return Measured(done, seconds, took, python, database, 1e6 * clients / done)

    def _cpu(self) -> tuple[float, float]:
        return sum(map(cpu.seconds, self._product)), cpu.seconds(self._database)


def tasks_of(chains: Chains, count: int) -> list[Task]:
    """Orders to come, spread over the chains; a client never meets another's chain, if there are enough."""
    return [{"keys": chains[n % len(chains)].as_json(), "order": None} for n in range(count)]


def requests(web: Web, tasks: list[Task], steps: Sequence[str]) -> dict[str, Any]:
    """Has a load generator take these steps with every task; it fills in their `order`."""
    job = {"port": web.port, "clients": CLIENTS, "tasks": [task | {"steps": steps} for task in tasks]}
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    for task, order in zip(tasks, answer["orders"], strict=True):
        task["order"] = order
    return answer
