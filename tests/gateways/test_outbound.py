"""Where webhooks may go (R91): nowhere inside, however the address is spelled and whoever resolves it."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
import urllib3
from requests import Session
from urllib3.util import Timeout

from placet.domain.delivering import Sent
from placet.gateways import outbound
from placet.gateways.courier import Courier
from placet.gateways.webhooks import WebhookSender, sender
from tests.domain.tables import cases
from tests.gateways.receivers import Receiver, receiver
from tests.gateways.test_webhooks import NO_ADDRESS, NO_CONNECTION, NOT_SECURE, message

NOT_ALLOWED = "This address is not allowed: webhooks go to public addresses, by https."
PUBLIC = "93.184.215.14"
NAMES: dict[str, list[list[str]]] = {
    "localhost": [["::1", "127.0.0.1"]],
    "localhost.": [["127.0.0.1"]],
    "inside.example": [["10.1.2.3"]],
    "inside.example.": [["10.1.2.3"]],
    "half.example": [[PUBLIC, "192.168.0.7"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "public.example": [[PUBLIC]],
    "rebinding.example": [[PUBLIC], ["127.0.0.1"]],
    "hooks.example": [["127.0.0.1"]],
    "other.example": [["127.0.0.1"]],
}
"""What the names resolve to, the first time and from then on."""


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolves names by our table, and numbers in all their spellings as the C library does."""
    answers = {name: list(given) for name, given in NAMES.items()}

    def family(address: str) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in address else socket.AF_INET

    def addresses(host: str) -> list[str]:
        if host in answers:
            return answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        try:
            return [host] if ":" in host else [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError as unknown:
            raise socket.gaierror(socket.EAI_NONAME, "unknown") from unknown

    def getaddrinfo(host: str | bytes, port: int | None, *_: Any, **__: Any) -> list[Any]:  # noqa: ANN401
        host = host.decode() if isinstance(host, bytes) else host
        return [(family(one), socket.SOCK_STREAM, 6, "", (one, port or 0)) for one in addresses(host)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


INSIDE = """
way                              host
loopback                         127.0.0.1
another loopback                 127.255.255.254
short                            127.1
shorter by one                   127.0.1
as one number                    2130706433
in hexadecimal                   0x7f000001
partly in hexadecimal            0x7f.0.0.1
in octal                         017700000001
partly in octal                  0177.0.0.1
by name                          localhost
by name, loudly                  LOCALHOST
by name, to the root             localhost.
zero                             0
unspecified                      0.0.0.0
IPv6 loopback                    [::1]
IPv6 loopback at length          [0:0:0:0:0:0:0:1]
IPv6 unspecified                 [::]
IPv4 within IPv6, compatible     [::127.0.0.1]
IPv4 within IPv6, mapped         [::ffff:127.0.0.1]
mapped, in hexadecimal           [::ffff:7f00:1]
mapped, at length                [0:0:0:0:0:ffff:7f00:0001]
IPv4 translated                  [::ffff:0:127.0.0.1]
NAT64                            [64:ff9b::127.0.0.1]
NAT64 of one's own               [64:ff9b:1::7f00:1]
6to4                             [2002:7f00:1::]
Teredo                           [2001:0:7f00:1::1]
private A                        10.0.0.1
private B, first                 172.16.0.1
private B, last                  172.31.255.254
private C                        192.168.1.1
carrier's                        100.64.0.1
metadata of a cloud              169.254.169.254
metadata, mapped                 [::ffff:169.254.169.254]
metadata by IPv6                 [fd00:ec2::254]
link-local                       [fe80::1]
link-local with its scope        [fe80::1%25eth0]
link-local, scope unescaped      [fe80::1%eth0]
unique local                     [fc00::1]
site-local of old                [fec0::1]
multicast                        224.0.0.1
multicast by IPv6                [ff02::1]
broadcast                        255.255.255.255
reserved                         240.0.0.1
of this network                  0.1.2.3
protocol's                       192.0.0.170
documentation                    192.0.2.1
benchmarks'                      198.18.0.1
a name that leads inside         inside.example
that name, to the root           inside.example.
of two addresses one inside      half.example
a name to a mapped one           mapped.example
a user called like a public one  public.example@127.0.0.1
and its password                 public.example:443@127.0.0.1
"""


@cases(INSIDE)
def test_nothing_goes_inside_however_it_is_spelled(there: Receiver, way: str, host: str) -> None:
    sent = sender(allow_private=False).send(message(there.url("/status/200", host, "https")))
    assert sent == Sent(None, NOT_ALLOWED, sent.milliseconds), way
    assert sent.verdict == "retry"
    assert there.received == []


@pytest.mark.parametrize(
    "host", ["①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "127.0.0.1%00.example", "[127.0.0.1]"]
)
def test_disguises_are_no_addresses_at_all(there: Receiver, host: str) -> None:
    for allow_private in (True, False):
        sent = sender(allow_private=allow_private).send(message(there.url("/status/200", host, "https")))
        assert sent == Sent(None, NO_ADDRESS, sent.milliseconds)


REACHED = ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "localhost", "hooks.example"]


@pytest.mark.parametrize("host", REACHED)
def test_where_the_operator_allows_it_the_same_addresses_are_reached(there: Receiver, host: str) -> None:
    assert sender(allow_private=True).send(message(there.url("/status/200", host))).verdict == "delivered"
    assert len(there.received) == 1


def test_plain_http_is_refused_wherever_it_goes(there: Receiver) -> None:
    sent = sender(allow_private=False).send(message(there.url("/status/200", "public.example")))
    assert sent == Sent(None, NOT_ALLOWED, sent.milliseconds)


@pytest.mark.parametrize("allow_private", [True, False])
def test_an_unknown_name_is_no_connection(allow_private: bool) -> None:  # noqa: FBT001 - a case
    sent = sender(allow_private=allow_private).send(message("https://nowhere.example/hook"))
    assert sent == Sent(None, NO_CONNECTION, sent.milliseconds)


def test_the_address_that_was_looked_at_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], *_: Any, **__: Any) -> None:  # noqa: ANN401
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    careful = sender(allow_private=False)
    answers = [careful.send(message("https://rebinding.example:8443/hook")).answer for _ in range(2)]
    assert answers == [NO_CONNECTION, NOT_ALLOWED]  # it was public, and is not any more
    assert reached == [(PUBLIC, 8443)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of hooks.example alone, signed by itself, with its key."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hooks.example"
    names = ["-addext", "subjectAltName=DNS:hooks.example"]
    made = [openssl, *make.split(), *names, "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(made, check=True, capture_output=True)  # noqa: S603 - ourselves
    with path.open("a") as both:
        both.write(path.with_suffix(".crt").read_text())
    return path


def trusted(certificate: str | bool) -> Session:  # noqa: FBT001 - what requests takes
    """Connections that look at addresses, to whom this loopback is public, and who trust a certificate."""
    policy = outbound.public_policy()
    policy.add_allowed_addresses(["127.0.0.1"])
    opened = outbound.timed(policy.get_antissrf_session())
    opened.verify = certificate
    return opened


def trusting(certificate: str | bool) -> WebhookSender:  # noqa: FBT001 - what requests takes
    """A sender by them."""
    return WebhookSender(lambda: trusted(certificate), Timeout(connect=1, read=0.3, total=1.3))


@pytest.mark.parametrize(
    ("path", "status_code"), [("/status/200", 200), ("/endless/302", 302), ("/dripping-body", 200)]
)
def test_https_is_spoken_to_an_address_that_was_looked_at(
    certificate: Path, path: str, status_code: int
) -> None:
    with receiver(certificate) as secure:
        sent = trusting(str(certificate)).send(message(secure.url(path, "hooks.example", "https")))
        assert (sent.status_code, sent.milliseconds < 2_000) == (status_code, True)
        [got] = secure.received
        assert got.headers["host"].startswith("hooks.example")
        assert "x-forwarded-for" not in got.headers


def test_nobody_is_led_inside(certificate: Path, there: Receiver) -> None:
    """A public receiver that sends us on to a private one: its answer is kept, and that is all."""
    with receiver(certificate) as secure:
        away = secure.url(f"/away/{there.port}", "hooks.example", "https")
        assert trusting(str(certificate)).send(message(away)).status_code == 307
        assert (len(secure.received), there.received) == (1, [])


def test_a_secure_connection_is_used_again(certificate: Path) -> None:
    with receiver(certificate) as secure:
        there = trusting(str(certificate))
        for _ in range(3):
            there.send(message(secure.url("/status/200", "hooks.example", "https")))
        assert (len(secure.received), secure.connections) == (3, 1)


def test_a_certificate_must_be_trusted_and_of_that_name(certificate: Path) -> None:
    with receiver(certificate) as secure:
        hooks, other = (secure.url("/status/200", f"{name}.example", "https") for name in ("hooks", "other"))
        assert trusting(True).send(message(hooks)).answer == NOT_SECURE  # noqa: FBT003 - as requests takes it
        assert trusting(str(certificate)).send(message(other)).answer == NOT_SECURE
        assert secure.received == []


def test_who_takes_what_we_say_in_drips_is_left(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time-out of a socket begins anew with every record of TLS: a large file would hold us for hours."""
    monkeypatch.setattr(outbound, "SENDING", 0.3)
    with dripping_reader(certificate) as port, trusted(str(certificate)) as session:
        url, began_at = f"https://hooks.example:{port}/x", monotonic()
        error = Courier(lambda: session).put(url, bytes(32_000_000), "text/csv", "", "run")
    assert error == "No connection, or it broke off."
    assert monotonic() - began_at < 10


@contextmanager
def dripping_reader(certificate: Path) -> Iterator[int]:
    """Takes a record, and thinks about it for long enough."""
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    left = Event()

    def reading(listening: socket.socket) -> None:
        with suppress(OSError), tls.wrap_socket(listening.accept()[0], server_side=True) as taken:
            while taken.recv(16_384) and not left.wait(0.02):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        reader = Thread(target=reading, args=(listening,))
        reader.start()
        yield listening.getsockname()[1]
        left.set()
        reader.join()
