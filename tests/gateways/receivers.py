"""A receiver of webhooks on the loopback, that behaves as badly as the path asks for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from struct import pack
from threading import Event, Thread
from typing import Final

DRIPS: Final = 200
DRIP: Final = 0.02
"""Seconds between two drips: a patient reader would be there for four."""


@dataclass(frozen=True)
class Received:
    """One request as it came in, from which port, and when."""

    path: str
    headers: dict[str, str]
    body: bytes
    port: int
    at: datetime
    method: str = "POST"


@dataclass
class Receiver:
    """Where it listens, what it has received, and the file that it hands out."""

    port: int
    file: bytes = b""
    received: list[Received] = field(default_factory=list)
    sent: int = 0
    left: Event = field(default_factory=Event)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Its address, in whatever spelling."""
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def connections(self) -> int:
        """How many connections were made to it."""
        return len({one.port for one in self.received})


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver, by https where it has a certificate."""
    server = _Server(("127.0.0.1", 0), _Answers)
    server.receiver = Receiver(server.server_port)
    if certificate:
        tls = SSLContext(PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    receiver: Receiver

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: senders may leave whenever they like."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        me = self.receiver
        length = int(self.headers["content-length"] or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # whoever sent it is no more
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.path, headers, body, self.client_address[1], datetime.now(UTC), self.command)
        me.received.append(received)
        kind, _, rest = self.path.removeprefix("/").partition("/")
        with suppress(OSError):  # the sender may leave whenever it likes
            BEHAVIOURS[kind](self, rest)
        if kind not in {"status", "body", "slow"}:
            self.close_connection = True
            me.left.set()

    do_GET = do_PUT = do_POST  # noqa: N815 - as http.server looks for them

    @property
    def receiver(self) -> Receiver:
        assert isinstance(self.server, _Server)
        return self.server.receiver

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.write(body)

    def write(self, some: bytes) -> None:
        self.wfile.write(some)
        self.receiver.sent += len(some)


def _status(to: _Answers, rest: str) -> None:
    to.answer(int(rest), f"I say {rest}".encode(), Location="/status/200")


def _file(to: _Answers, _: str) -> None:
    to.answer(200, to.receiver.file)


def _away(to: _Answers, port: str) -> None:
    """Sends its visitor on to another one."""
    to.answer(307, Location=f"http://127.0.0.1:{port}/status/200")


def _slow(to: _Answers, rest: str) -> None:
    """Takes so many milliseconds to say yes."""
    time.sleep(int(rest) / 1000)
    to.answer(200)


def _reset(to: _Answers, _: str) -> None:
    """Ends the connection in the rudest way."""
    to.connection.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
    to.connection.close()


def _body(to: _Answers, rest: str) -> None:
    to.answer(200, b"x" * int(rest))


def _text(to: _Answers, _: str) -> None:
    to.answer(200, b"a\0b\xffc", Content_Encoding="gzip")


def _endless(to: _Answers, status: str) -> None:
    to.wfile.write(b"HTTP/1.1 %s Any\r\nLocation: /status/200\r\n\r\n" % status.encode())
    while True:
        to.write(b"x" * 65_536)


def _endless_chunks(to: _Answers, _: str) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        to.write(b"400\r\n" + b"x" * 1024 + b"\r\n")


def _dripping_body(to: _Answers, _: str) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % DRIPS)
    _drip(to)


def _dripping_headers(to: _Answers, _: str) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(to)
    to.wfile.write(b"\r\nContent-Length: 0\r\n\r\n")


def _drip(to: _Answers) -> None:
    for _ in range(DRIPS):
        to.write(b"x")
        time.sleep(DRIP)


def _endless_patience(to: _Answers, _: str) -> None:
    """Always about to answer, as fast as it can."""
    while True:
        to.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def _silence(to: _Answers, _: str) -> None:
    to.connection.recv(1)  # until the sender leaves


def _hang_up(_to: _Answers, _: str) -> None:
    """Closes without a word."""


def _leave(to: _Answers, _: str) -> None:
    """Answers, and closes the connection without having said so."""
    to.answer(200)


def _nonsense(to: _Answers, _: str) -> None:
    to.write(b"I speak no HTTP\r\n\r\n")


BEHAVIOURS: Final[dict[str, Callable[[_Answers, str], None]]] = {
    "status": _status,
    "file": _file,
    "away": _away,
    "slow": _slow,
    "reset": _reset,
    "body": _body,
    "text": _text,
    "endless": _endless,
    "endless-chunks": _endless_chunks,
    "dripping-body": _dripping_body,
    "dripping-headers": _dripping_headers,
    "endless-patience": _endless_patience,
    "silence": _silence,
    "hang-up": _hang_up,
    "leave": _leave,
    "nonsense": _nonsense,
}
