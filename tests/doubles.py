"""A double of Stripe, as another process: localstripe behind a proxy of our own.

The proxy adds what localstripe leaves out (idempotency keys, filters of lists, who a key belongs to, no
more given back than was taken), and goes wrong where it is told to: answers that are lost, connections
that are reset, errors before and after the work was done, requests that are held until somebody looks.
"""

import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.stories.client import until

Json = dict[str, Any]

KEY: Final = "sk_test_placet_double"
OTHER_KEY: Final = "sk_test_another_account"
WRONG_KEY: Final = "sk_test_wrong"

GOOD: Final = "4242424242424242"
DECLINED: Final = "4000000000000341"
NEEDS_OWNER: Final = "4000002760003184"
NEVER_STORED: Final = "4000000000000002"

MISSING: Final = 404
STATUS: Final = re.compile(rb'"status": "[a-z_]+"')

LOCALSTRIPE: Final = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
listening = __import__("socket").socket(fileno=int(sys.argv[1]))
web.run_app(server.app, sock=listening, print=None, handle_signals=True)
"""
"""On loopback alone, without the file that it would share with every other run on the machine."""

Fault = Literal["lost", "reset", "reset_after", "failed", "failed_after", "busy", "refused", "twice"]
"""What can go wrong with a request. `lost`: done, and never answered; `reset`, `reset_after`: the
connection breaks before or after it was done; `failed`, `failed_after`: 500 before or after, the latter
kept under the idempotency key; `busy`: 429;
`refused`: 400; `twice`: the network delivers it a second time."""


@dataclass
class Gate:
    """A place where requests are held: `reached` once one is there, until it is let `through`."""

    reached: Event = field(default_factory=Event)
    through: Event = field(default_factory=Event)


@dataclass
class Valve:
    """Where all that moves money waits while it is shut; in the end it goes on, or is lost on the way."""

    waiting: int = 0
    lost: bool = False
    opened: Event = field(default_factory=Event)


@dataclass
class Stripe:
    """The double. `address` is what Placet takes for Stripe; faults and gates are for requests whose
    method and path match, such as `POST /v1/payment_intents$`, each fault once."""

    address: str
    _backend: int
    _faults: list[tuple[re.Pattern[str], Fault]] = field(default_factory=list)
    _gates: list[tuple[re.Pattern[str], str, Gate]] = field(default_factory=list)
    _answers: dict[str, tuple[str, int, bytes] | None] = field(default_factory=dict)
    _pretended: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    _valve: Valve | None = None
    _lock: Lock = field(default_factory=Lock)
    _one_refund: Lock = field(default_factory=Lock)
    asked: list[str] = field(default_factory=list)
    """Every request that came: method, path, and the idempotency key if it had one."""
    headers: str = ""
    """Those of the last request."""

    def goes_wrong(self, request: str, *faults: Fault) -> None:
        """The next requests of that kind."""
        self._faults += [(re.compile(request), fault) for fault in faults]

    def pretends(self, request: str, status: str) -> None:
        """What answers that kind of request next is in that state, as far as one can see."""
        self._pretended.append((re.compile(request), status))

    def hold(self, request: str, when: Literal["before", "in", "after"]) -> Gate:
        """The next request of that kind waits: before it has arrived, while Stripe is at it, or when it is
        done and not answered yet."""
        gate = Gate()
        self._gates.append((re.compile(request), when, gate))
        return gate

    def shut(self) -> Valve:
        """From now on nothing that would move money arrives."""
        self._valve = Valve()
        return self._valve

    def open(self, valve: Valve, *, lost: bool = False) -> None:
        """What waits at the valve goes on, or is lost; what comes from now on does not wait there."""
        if self._valve is valve:
            self._valve = None
        valve.lost = lost
        valve.opened.set()

    def arrives(self, request: str) -> bool:
        """Waits at the valve, if one is shut; whether the request goes on after that."""
        valve = self._valve
        if valve is None or not request.startswith("POST"):
            return True
        with self._lock:
            valve.waiting += 1
        valve.opened.wait(60)
        return not valve.lost

    def quiet(self) -> None:
        """Nothing goes wrong any more, nothing is held."""
        self._faults.clear()
        self._pretended.clear()
        if self._valve:
            self.open(self._valve)
        for _, _, gate in self._gates:
            gate.through.set()
        self._gates.clear()

    # What it has -------------------------------------------------------------------------------

    def card(self, number: str = GOOD, expires: tuple[int, int] = (2099, 12)) -> str:
        """A stored card as a token names it: customer and payment method."""
        customer = self.call("POST", "/v1/customers", {"name": "A buyer"})["id"]
        return f"{customer}/{self.method(number, expires)}"

    def method(self, number: str = GOOD, expires: tuple[int, int] = (2099, 12)) -> str:
        """A payment method."""
        year, month = expires
        card = {"number": number, "exp_year": year, "exp_month": month, "cvc": "123"}
        fields = {"type": "card", **{f"card[{name}]": str(value) for name, value in card.items()}}
        made: str = self.call("POST", "/v1/payment_methods", fields)["id"]
        return made

    def confirm(self, setup: str, number: str = GOOD, expires: tuple[int, int] = (2099, 12)) -> None:
        """What the buyer's browser does with a setup."""
        with suppress(AssertionError):
            method = self.method(number, expires)
            self.call("POST", f"/v1/setup_intents/{setup}/confirm", {"payment_method": method})

    def intents(self) -> list[Json]:
        """Every payment intent, the newest first."""
        found: list[Json] = self.call("GET", "/v1/payment_intents?limit=100000")["data"]
        return found[::-1]

    def of(self, key: object) -> list[Json]:
        """The payment intents of one of our charge attempts."""
        return [each for each in self.intents() if each["metadata"].get("placet_charge") == str(key)]

    def call(self, method: str, path: str, fields: Json | None = None) -> Json:
        """A request past the proxy."""
        status, body = self._forward(method, path, urlencode(fields or {}).encode(), KEY)
        assert status == 200, body
        found: Json = json.loads(body)
        return found

    def answers(self) -> bool:
        """Whether it is there."""
        with suppress(OSError):
            return bool(self.call("GET", "/v1/customers"))
        return False

    # How it answers ----------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: bytes, key: str, idempotency: str) -> tuple[int, bytes]:
        """As Stripe would, whatever the network does with it."""
        if key == WRONG_KEY:
            return 401, _error("invalid_request_error", f"Invalid API Key provided: {key}")
        if path == "/v1/account":
            return 200, json.dumps({"id": f"acct_{key.rsplit('_', 1)[-1]}", "object": "account"}).encode()
        if not idempotency:
            return self._done(method, path, body, key)
        return self._once(
            f"{method} {path} {body!r}", idempotency, lambda: self._done(method, path, body, key)
        )

    def as_pretended(self, request: str, answer: bytes) -> bytes:
        """The answer, with another state in it where it should have one."""
        for place, (pattern, status) in enumerate(self._pretended):
            if pattern.match(request):
                del self._pretended[place]
                return STATUS.sub(f'"status": "{status}"'.encode(), answer)
        return answer

    def keep_failure(self, idempotency: str) -> None:
        """What failed after the work was done keeps failing under its key."""
        said = self._answers.get(idempotency)
        if said:
            self._answers[idempotency] = (said[0], 500, _error("api_error", "Something went wrong."))

    def _once(self, same: str, idempotency: str, work: Any) -> tuple[int, bytes]:  # noqa: ANN401
        with self._lock:
            known = idempotency in self._answers
            said = self._answers.setdefault(idempotency, None)
        if known:
            if said is None:
                return 409, _error(
                    "idempotency_error", "Another request is running.", "idempotency_key_in_use"
                )
            if said[0] != same:
                return 400, _error("idempotency_error", "Keys can only be used with the same parameters.")
            return said[1], said[2]
        status, answer = work()
        with self._lock:
            if status in {400, 401, 404}:  # refused before anything began: not kept
                del self._answers[idempotency]
            else:
                self._answers[idempotency] = (same, status, answer)
        return status, answer

    def _done(self, method: str, path: str, body: bytes, key: str) -> tuple[int, bytes]:
        self.pass_gate(f"{method} {path}", "in")
        if method == "GET" and path.startswith("/v1/payment_intents?"):
            return self._listed(path, key)
        if path == "/v1/refunds" and method == "POST":
            with self._one_refund:
                return self._too_much(body, key) or self._given_back(body, key)
        pairs = [pair for pair in parse_qsl(body.decode()) if not pair[0].startswith("allowed_")]
        return self._forward(method, path, urlencode(pairs).encode(), key)

    def _listed(self, path: str, key: str) -> tuple[int, bytes]:
        """Filtered by customer and time, which localstripe cannot."""
        wanted = dict(parse_qsl(urlsplit(path).query))
        if self._forward("GET", f"/v1/customers/{wanted.get('customer')}", b"", key)[0] == MISSING:
            return 400, _error("invalid_request_error", "No such customer.", "resource_missing")
        status, body = self._forward("GET", "/v1/payment_intents?limit=100000", b"", key)
        found = json.loads(body)
        customer, since = wanted.get("customer"), int(wanted.get("created[gte]", 0))
        data = [each for each in found["data"] if each["created"] >= since]
        found["data"] = [each for each in data if customer in {None, each["customer"]}][::-1]
        return status, json.dumps(found | {"has_more": False}).encode()

    def _too_much(self, body: bytes, key: str) -> tuple[int, bytes] | None:
        asked = dict(parse_qsl(body.decode()))
        status, found = self._forward("GET", f"/v1/payment_intents/{asked['payment_intent']}", b"", key)
        charge = json.loads(found).get("latest_charge") if status == 200 else None
        if charge and int(asked["amount"]) <= charge["amount"] - charge["amount_refunded"]:
            return None
        return 400, _error("invalid_request_error", "Refund amount is greater than unrefunded amount.")

    def _given_back(self, body: bytes, key: str) -> tuple[int, bytes]:
        return self._forward("POST", "/v1/refunds", body, key)

    def _forward(self, method: str, path: str, body: bytes, key: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self._backend, timeout=20)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body=body or None, headers=headers)
        response = connection.getresponse()
        try:
            return response.status, response.read()
        finally:
            connection.close()

    # What goes wrong ---------------------------------------------------------------------------

    def next_fault(self, request: str) -> Fault | None:
        """The first that is meant for it, once."""
        with self._lock:
            for place, (pattern, fault) in enumerate(self._faults):
                if pattern.match(request):
                    del self._faults[place]
                    return fault
        return None

    def pass_gate(self, request: str, when: str) -> None:
        """Waits where it is held."""
        with self._lock:
            held = next((g for g in self._gates if g[0].match(request) and g[1] == when), None)
            if held:
                self._gates.remove(held)
        if held:
            held[2].reached.set()
            held[2].through.wait(30)


def _error(kind: str, message: str, code: str = "") -> bytes:
    return json.dumps({"error": {"type": kind, "message": message, "code": code or None}}).encode()


class _Proxy(BaseHTTPRequestHandler):
    """One connection from Placet."""

    protocol_version = "HTTP/1.1"
    double: Stripe

    def do_GET(self) -> None:
        """As any request."""
        self._answered("GET")

    def do_POST(self) -> None:
        """As any request."""
        self._answered("POST")

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answered(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request, key = f"{method} {self.path}", self.headers.get("Authorization", "").removeprefix("Bearer ")
        idempotency = self.headers.get("Idempotency-Key", "")
        self.double.asked.append(f"{request} {idempotency}".strip())
        self.double.headers = str(self.headers)
        if not self.double.arrives(request):
            return self._reset()
        fault = self.double.next_fault(request)
        if fault == "reset":
            return self._reset()
        if fault == "failed":
            return self._send(500, _error("api_error", "Something went wrong."))
        if fault == "busy":
            return self._send(429, _error("invalid_request_error", "Too many requests.", "rate_limit"))
        if fault == "refused":
            return self._send(400, _error("invalid_request_error", "Received unknown parameter."))
        self.double.pass_gate(request, "before")
        if fault == "twice":
            self.double.answer(method, self.path, body, key, idempotency)
        status, answer = self.double.answer(method, self.path, body, key, idempotency)
        self.double.pass_gate(request, "after")
        if fault == "failed_after":
            self.double.keep_failure(idempotency)
            return self._send(500, _error("api_error", "Something went wrong."))
        if fault == "reset_after":
            return self._reset()
        if fault == "lost":
            self.close_connection = True
            self.connection.recv(1)  # until whoever asked gives up
            return None
        return self._send(status, self.double.as_pretended(request, answer))

    def _send(self, status: int, body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked may be dead."""


@contextmanager
def stripe_double() -> Iterator[Stripe]:
    """A double that runs until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        backend = listening.getsockname()[1]
        handle = listening.fileno()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-c", LOCALSTRIPE, str(handle)],
            pass_fds=[handle],
            stderr=subprocess.DEVNULL,
        )
    try:
        with _proxied(backend) as double:
            until(double.answers, "localstripe answers")
            yield double
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _proxied(backend: int) -> Iterator[Stripe]:
    handler = type("Handler", (_Proxy,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        double = Stripe(f"http://127.0.0.1:{server.server_address[1]}", backend)
        handler.double = double  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield double
        finally:
            double.quiet()
            server.shutdown()
