"""A load balancer as people put one before several web servers: it asks each whether it is ready, shares new
connections among those that are, and tries the next one where nobody answers the door."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from itertools import count
from threading import Event, Thread
from typing import Final

from tests.stories.forwarder import LOOPBACK, forwarding

LOOK_EVERY: Final = 0.1
READY: Final = 200


class Balancer:
    """Shares connections among the ports that are ready; `ports` may change at any time."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self._ready: list[int] = []
        self._turns = count()

    def look(self, over: Event) -> None:
        """Until it is over: asks each for `/readyz`, again and again."""
        while not over.is_set():
            self._ready = [port for port in list(self.ports) if ready(port)]
            over.wait(LOOK_EVERY)

    def reached(self) -> socket.socket | None:
        """A connection to whoever's turn it is, or to the next one that is there."""
        among, turn = list(self._ready), next(self._turns)
        for place in range(len(among)):
            with suppress(OSError):
                return socket.create_connection((LOOPBACK, among[(turn + place) % len(among)]))
        return None


def ready(port: int) -> bool:
    """Whether what listens there wants requests."""
    connection = HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == READY
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def balancing(ports: Sequence[int]) -> Iterator[tuple[Balancer, int]]:
    """A balancer, and the port that it listens at."""
    balancer, over, open_ = Balancer(ports), Event(), Event()
    open_.set()
    looks = Thread(target=balancer.look, args=(over,))
    looks.start()
    try:
        with forwarding(balancer.reached, open_) as port:
            yield balancer, port
    finally:
        over.set()
        looks.join()
