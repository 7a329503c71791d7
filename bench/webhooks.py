"""`python -m bench.webhooks`: how many webhooks a second the worker delivers (R91), beside a bare loop of the
HTTP client to the same receivers; explained in docs/benchmarks.md."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Annotated, Final

import typer
from requests import Session

from bench import world
from bench.__main__ import circumstances, fresh, notes, out
from bench.house import House, Web
from bench.measuring import requests, tasks_of

EVENTS: Final = ("order.placed", "order.pending_approval")
"""What a reseller's endpoint is told of each order: two events, the second after the first."""

AT_ONCE: Final = 32
"""How many messages are on the way at once, as in the worker."""

PATIENCE: Final = 600.0

ARRIVED: Final = """
SELECT count(*), extract(epoch FROM max(a.at + make_interval(secs => a.milliseconds / 1000.0)) - min(a.at)),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY a.milliseconds)
FROM delivery d JOIN delivery_attempt a ON a.delivery_id = d.id WHERE d.status = 'delivered'"""

LEFT: Final = """
SELECT count(*) FROM delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id
WHERE d.status = 'pending' AND NOT w.url LIKE '%%/silent'"""

ANEW: Final = """
DELETE FROM delivery_attempt;
UPDATE delivery SET status = 'pending', tries = 0, taken = false, due_at = now();
UPDATE webhook_endpoint SET failing_since = NULL, slow = false"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """One way of sending: how many, in how many seconds."""

    how: str
    count: int
    seconds: float

    def row(self) -> str:
        """A line of the table."""
        return f"| {self.how} | {self.count} | {self.seconds:.1f} | {self.count / self.seconds:.0f} |"


@app.command()
def main(
    events: Annotated[int, typer.Option(help="Events to tell.")] = 10_000,
    endpoints: Annotated[int, typer.Option(help="Endpoints that they go to.")] = 20,
    folder: Annotated[Path | None, typer.Option(help="Work in this folder, and leave it there.")] = None,
) -> None:
    """Webhooks a second: of the worker, of two workers, with silent receivers among them, of a bare loop."""
    with fresh(folder) as place, House(place) as house, receivers(endpoints, 0) as ports:
        _happen(house, ports, events)
        body = b"x" * int(_length(house, ports))
        sent = [
            Sent("bare loop of the HTTP client", events, _bare(ports, events, body)),
            _measured(house, "one worker", 1),
            _measured(house, "two workers", 2),
        ]
        with receivers(endpoints, endpoints // 5) as others:
            _move(house, ports, others, silent=endpoints // 5)
            sent.append(_measured(house, f"one worker, {endpoints // 5} receivers silent", 1))
        said = circumstances(house)
    out.print(said, markup=False)
    out.print(f"Messages of {len(body)} bytes.\n", markup=False)
    out.print("| | delivered | seconds | /s |\n| --- | ---: | ---: | ---: |", markup=False)
    out.print("\n".join(each.row() for each in sent), markup=False)


@contextmanager
def receivers(count: int, silent: int) -> Iterator[list[int]]:
    """A process that answers at these ports; at the last ones it never does."""
    command = [sys.executable, "-m", "bench.receivers", str(count), str(silent)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603
        assert process.stdin
        assert process.stdout
        yield [int(port) for port in process.stdout.readline().split()]
        process.stdin.close()


def _happen(house: House, ports: Sequence[int], events: int) -> None:
    """Orders are placed, each of which is to be told twice."""
    notes.print(f"{events // len(EVENTS)} orders …")
    with house.web(PLACET_WEBHOOK_ALLOW_PRIVATE="1") as web:
        chains = world.chains()[: len(ports)]
        for chain, port in zip(chains, ports, strict=True):
            _subscribe(web, chain.reseller, port)
        requests(web, tasks_of(chains, events // len(EVENTS)), ("place",))
    house.settle()


def _subscribe(web: Web, key: str, port: int) -> None:
    connection = HTTPConnection("127.0.0.1", web.port)
    body = json.dumps({"url": f"http://127.0.0.1:{port}/hook", "events": EVENTS})
    connection.request("POST", "/api/v1/webhook-endpoints", body, {"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()  # noqa: PLR2004 - HTTP's own
    connection.close()


def _length(house: House, ports: Sequence[int]) -> int:
    """About how long such a message is: what the first reseller reads of one event."""
    assert ports
    with house.web() as web:
        connection = HTTPConnection("127.0.0.1", web.port)
        key = world.chains()[0].reseller
        connection.request("GET", "/api/v1/events?limit=1", headers={"Authorization": f"Bearer {key}"})
        (event,) = json.loads(connection.getresponse().read())["items"]
        connection.close()
    return len(json.dumps(event, separators=(",", ":")))


def _bare(ports: Sequence[int], count: int, body: bytes) -> float:
    """Seconds for so many messages, by as many threads as the worker has on the way at once."""
    notes.print("a bare loop …")

    def loop(number: int) -> None:
        with Session() as session:
            for n in range(number, count, AT_ONCE):
                session.post(f"http://127.0.0.1:{ports[n % len(ports)]}/hook", data=body, timeout=10)

    began_at = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(loop, range(AT_ONCE)))
    return time.perf_counter() - began_at


def _measured(house: House, how: str, workers: int) -> Sent:
    """What so many workers deliver, from the first attempt to the last answer."""
    notes.print(f"{how} …")
    for statement in ANEW.split(";"):
        house.rows(statement)
    house.settle()
    with _working(house, workers):
        give_up_at = time.monotonic() + PATIENCE
        while house.value(LEFT):
            assert time.monotonic() < give_up_at, "it takes too long"
            time.sleep(0.2)
        ((count, seconds, _),) = house.rows(ARRIVED)
    return Sent(how, count, float(seconds))


@contextmanager
def _working(house: House, workers: int) -> Iterator[None]:
    with house.worker(PLACET_WEBHOOK_ALLOW_PRIVATE="1"):
        if workers == 1:
            yield
        else:
            with _working(house, workers - 1):
                yield


def _move(house: House, before: Sequence[int], after: Sequence[int], *, silent: int) -> None:
    """The endpoints go to other receivers, of which the last ones are silent."""
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        path = "silent" if place >= len(after) - silent else "hook"
        house.rows(
            "UPDATE webhook_endpoint SET url = %s WHERE url LIKE %s",
            [f"http://127.0.0.1:{new}/{path}", f"%:{old}/%"],
        )


if __name__ == "__main__":
    app()
