"""The load generator: `python -m bench.clients`, a job as JSON on stdin, what came of it on stdout.

All clients live in one process and one thread, each with a connection that it keeps and at most one
request under way: it shares the machine with what it measures, so it must be light. It says how much
of a core it took.
"""

import json
import re
import select
import socket
import sys
import time
from collections.abc import Generator, Iterator
from typing import Any, Final

from bench.world import PRODUCT

BODY: Final = json.dumps({"lines": [{"product": PRODUCT, "quantity": 2}]})
STEPS: Final = ("place", "approve", "approve_last")
"""In the order of an order's life; step n is taken by party n of the chain."""

EXPECTED: Final = {"place": b"pending_approval", "approve": b"pending_approval", "approve_last": b"submitted"}
ORDER_ID: Final = re.compile(rb'"id":"([^"]+)"')
STATUS: Final = re.compile(rb'"status":"([^"]+)"')
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LAST_CHUNK: Final = b"\r\n0\r\n\r\n"

Json = dict[str, Any]
Requests = Generator[tuple[str, bytes], bytes, None]


class Client:
    """One connection, working through its share of the tasks."""

    def __init__(self, port: int, tasks: Iterator[Json]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.took: dict[str, list[int]] = {step: [] for step in (*STEPS, "task")}
        self._requests = _requests(tasks, self.took["task"])
        self._step, self._sent_at, self._received = "", 0, b""

    def begin(self) -> bool:
        """Sends the first request; false if there is none."""
        return self._send(next(self._requests, None))

    def receive(self) -> bool:
        """Takes what has come; false once the last answer has."""
        self._received += self.socket.recv(65536)
        if not _whole(self._received):
            return True
        self.took[self._step].append((time.perf_counter_ns() - self._sent_at) // 1000)
        answer, self._received = self._received, b""
        _refuse_surprises(self._step, answer)
        try:
            return self._send(self._requests.send(answer))
        except StopIteration:
            return False

    def _send(self, request: tuple[str, bytes] | None) -> bool:
        if request is None:
            return False
        self._step, message = request
        self._sent_at = time.perf_counter_ns()
        self.socket.sendall(message)
        return True


def run(job: Json) -> Json:
    """Does all tasks of a job: `{port, clients, tasks: [{keys, order, steps}]}`.

    Answers `{seconds, cpu_seconds, requests, took: {step: [µs]}}`; tasks that place an order get its
    id as their `order`. `took["task"]` is from a task's first byte out to its last byte in.
    """
    tasks, count = job["tasks"], job["clients"]
    clients = [Client(job["port"], iter(tasks[n::count])) for n in range(count)]
    began_at, cpu_before = time.perf_counter(), time.process_time()
    _drive(clients)
    seconds, cpu_seconds = time.perf_counter() - began_at, time.process_time() - cpu_before
    took = {step: [us for client in clients for us in client.took[step]] for step in (*STEPS, "task")}
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "requests": sum(len(took[step]) for step in STEPS),
        "took": took,
        "orders": [task["order"] for task in tasks],
    }


def _drive(clients: list[Client]) -> None:
    by_number = {client.socket.fileno(): client for client in clients}
    ready = select.epoll()
    busy = 0
    for number, client in by_number.items():
        ready.register(number, select.EPOLLIN)
        busy += client.begin()
    while busy:
        for number, _ in ready.poll():
            if not by_number[number].receive():
                busy -= 1
                ready.unregister(number)


def _requests(tasks: Iterator[Json], took: list[int]) -> Requests:
    """The requests of one client, one after the other; each is answered by `send`."""
    for task in tasks:
        began_at = time.perf_counter_ns()
        for step in task["steps"]:
            answer = yield step, _request(step, task)
            if step == "place":
                task["order"] = _first(ORDER_ID, answer)
        took.append((time.perf_counter_ns() - began_at) // 1000)


def _request(step: str, task: Json) -> bytes:
    path, body = ("orders", BODY) if step == "place" else (f"orders/{task['order']}/approve", "{}")
    return (
        f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {task['keys'][STEPS.index(step)]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _whole(received: bytes) -> bool:
    head = received.find(b"\r\n\r\n")
    if not received or head < 0:
        assert received, "the server closed the connection"
        return False
    length = LENGTH.search(received, 0, head)
    return len(received) - head - 4 >= int(length[1]) if length else received.endswith(LAST_CHUNK)


def _refuse_surprises(step: str, answer: bytes) -> None:
    """Figures of wrong answers would mean nothing."""
    if (
        not answer.startswith((b"HTTP/1.1 201", b"HTTP/1.1 200"))
        or _first(STATUS, answer) != EXPECTED[step].decode()
    ):
        sys.exit(f"{step} was answered: {answer.decode()}")


def _first(pattern: re.Pattern[bytes], answer: bytes) -> str:
    found = pattern.search(answer)
    return found[1].decode() if found else ""


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
