"""HTTP to addresses that others choose: only public ones, and nobody keeps us waiting."""

import io
import socket
from collections.abc import Buffer, Callable
from http.client import HTTPResponse
from time import monotonic
from typing import Any, Final

from AntiSSRF import AntiSSRFPolicy, PolicyConfigOptions  # type: ignore[import-untyped]
from requests import Session
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

DISGUISED: Final = ["::/96", "::ffff:0:0:0/96"]
"""Outdated ways to write an IPv4 address as an IPv6 one, which the policy's own list leaves out."""


def public_policy() -> AntiSSRFPolicy:
    """Public addresses by https alone. Of a name every address must be public, and the one that was
    looked at is the one connected to: a name that changes in between (DNS rebinding) gains nothing."""
    policy = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    policy.add_denied_addresses(DISGUISED)
    policy.add_xff_header = False  # its value is no address, which some receivers stumble over
    return policy


def public_only() -> Session:
    """Connections that keep to the public policy; not to be shared by threads."""
    return timed(public_policy().get_antissrf_session())


def anywhere() -> Session:
    """Connections to wherever this machine can reach; not to be shared by threads."""
    return timed(Session())


def timed(session: Session) -> Session:
    """The session, with its read time-out meant for an answer as a whole.

    A socket's own time-out begins anew with every byte, so that a receiver who drips could hold a
    thread for hours.
    """
    for scheme in ("http://", "https://"):
        pools = session.get_adapter(scheme).poolmanager  # type: ignore[attr-defined] # adapters for HTTP have it
        pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return session


class _WholeAnswer(io.RawIOBase):
    """What a socket still has to say, until its time-out, counted from now, is over."""

    def __init__(self, sock: socket.socket, source: io.RawIOBase) -> None:
        self._sock = sock
        self._source = source
        self._ends_at = monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        left = self._ends_at - monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(left)
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_WholeAnswer(sock, self.fp.detach()))


SENDING: Final = 60.0
"""Seconds that a receiver may take to let us say what we have to say."""
PIECE: Final = 64 * 1024


def _in_pieces(send: Callable[[Any], None], said: Any) -> None:  # noqa: ANN401 - as http.client takes it
    """Sends it. A socket's time-out begins anew with every record of TLS, so that a receiver who takes them
    one by one could hold a thread for hours."""
    if not isinstance(said, bytes):
        send(said)
        return
    ends_at = monotonic() + SENDING
    for begin in range(0, len(said), PIECE):
        if monotonic() > ends_at:
            raise TimeoutError("the receiver takes too long")
        send(said[begin : begin + PIECE])


class _PlainConnection(HTTPConnection):
    response_class = _TimedResponse

    def send(self, data: Any) -> None:  # noqa: ANN401 - as http.client takes it
        _in_pieces(super().send, data)


class _SecureConnection(HTTPSConnection):
    response_class = _TimedResponse

    def send(self, data: Any) -> None:  # noqa: ANN401 - as http.client takes it
        _in_pieces(super().send, data)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
