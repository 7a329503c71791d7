"""Something in between, as networks have it: connections that come in at one place and go on to another."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK: Final = "127.0.0.1"


@contextmanager
def forwarding(onwards: Callable[[], socket.socket | None], open_: Event) -> Iterator[int]:
    """The port of what sends each connection on to where `onwards` leads, if it leads anywhere, as long as
    it is `open_`; while not, connections stand, and nothing is heard."""

    class Between(BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            there = onwards()
            if there is None:
                return
            with there:
                back = Thread(target=pour, args=(there, self.request, open_), daemon=True)
                back.start()
                pour(self.request, there, open_)
                back.join()

    server = _Server((LOOPBACK, 0), Between)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def pour(here: socket.socket, there: socket.socket, open_: Event) -> None:
    """What comes in here goes out there."""
    with suppress(OSError):
        while part := here.recv(65536):
            open_.wait()
            there.sendall(part)
    with suppress(OSError):
        there.shutdown(socket.SHUT_WR)


@contextmanager
def wire(database: str) -> Iterator[tuple[Event, str]]:
    """A wire to that database, which is reached by a socket: an event that is cleared to make it go silent,
    and the database's address at the other end of it."""
    at = urlsplit(database)
    (folder,) = parse_qs(at.query)["host"]
    path = Path(unquote(folder), f".s.PGSQL.{at.port or 5432}")

    def onwards() -> socket.socket:
        there = socket.socket(socket.AF_UNIX)
        there.connect(str(path))
        return there

    open_ = Event()
    open_.set()
    with forwarding(onwards, open_) as port:
        yield open_, f"postgresql://{at.username}@{LOOPBACK}:{port}{at.path}"
