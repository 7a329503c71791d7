"""No test reaches further than this machine."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "2001:db8::1"])
def test_the_world_is_out_of_reach(host: str) -> None:
    with pytest.raises(RuntimeError, match=f"a test wanted to reach {host}"):
        socket.create_connection((host, 80), timeout=1)


def test_loopback_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
