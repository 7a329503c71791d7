"""Webhooks (R91, contract §4), sent to a real receiver on the loopback."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from urllib3.util import Timeout

from placet.domain.delivering import MOST_OF_AN_ANSWER, Outcome, Outgoing, Sent
from placet.gateways import outbound
from placet.gateways.webhooks import RECEIVERS, WebhookSender, sender
from tests.gateways.receivers import Receiver, receiver

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
STRANGE = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BODY = '{"type": "order.placed", "data": {"customer": "Šķūnis & Söhne"}}'.encode()
BRISK = Timeout(connect=0.3, read=0.3, total=0.5)
WELL_BEFORE_A_DRIPPING_END = 2_000
NOT_IN_TIME = "No answer in time."
NO_CONNECTION = "No connection, or it broke off."
NOT_SECURE = "No secure connection: the certificate is not valid for this address."
NO_ADDRESS = "This is no address of the web."


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def brisk() -> WebhookSender:
    return WebhookSender(outbound.anywhere, BRISK)


def message(url: str, *secrets: str, now: datetime | None = None, id_: str = "01JD-7") -> Outgoing:
    now = now or datetime.now(UTC)
    return Outgoing(id=id_, url=url, secrets=secrets or (NEW,), body=BODY, now=now)


def verified(there: Receiver, secret: str) -> bool:
    """Whether the receiver, knowing this secret, believes what it received."""
    [got] = there.received
    try:
        Webhook(secret).verify(got.body, got.headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_receiver_believes_whoever_knows_its_secret(there: Receiver, brisk: WebhookSender) -> None:
    brisk.send(message(there.url("/status/200")))
    assert verified(there, NEW)
    assert not verified(there, STRANGE)
    assert there.received[0].body == BODY
    assert there.received[0].headers["content-type"] == "application/json"
    assert there.received[0].headers["webhook-id"] == "01JD-7"


def test_secrets_rotate_without_a_gap(there: Receiver, brisk: WebhookSender) -> None:
    brisk.send(message(there.url("/status/200"), OLD, NEW))
    assert verified(there, OLD)
    assert verified(there, NEW)
    assert not verified(there, STRANGE)


def test_the_version_of_its_type_is_told(there: Receiver, brisk: WebhookSender) -> None:
    brisk.send(replace(message(there.url("/status/200")), schema=7))
    assert there.received[0].headers["placet-schema"] == "7"


def test_the_time_of_signing_is_the_time_that_was_given(there: Receiver, brisk: WebhookSender) -> None:
    far_east = datetime.now(timezone(timedelta(hours=9)))
    brisk.send(message(there.url("/status/200"), now=far_east))
    assert verified(there, NEW)
    assert there.received[0].headers["webhook-timestamp"] == str(int(far_east.timestamp()))


@pytest.mark.parametrize(
    ("status_code", "verdict"),
    [
        (200, "delivered"),
        (201, "delivered"),
        (301, "retry"),
        (302, "retry"),
        (307, "retry"),
        (308, "retry"),
        (404, "retry"),
        (410, "ended"),
        (500, "retry"),
        (503, "retry"),
    ],
)
def test_the_status_decides_and_no_redirect_is_followed(
    there: Receiver, brisk: WebhookSender, status_code: int, verdict: Outcome
) -> None:
    sent = brisk.send(message(there.url(f"/status/{status_code}")))
    assert sent == Sent(status_code, f"I say {status_code}", sent.milliseconds)
    assert sent.verdict == verdict
    assert [got.path for got in there.received] == [f"/status/{status_code}"]


def test_no_content_is_an_answer(there: Receiver, brisk: WebhookSender) -> None:
    sent = brisk.send(message(there.url("/body/0")))
    assert (sent.status_code, sent.answer) == (200, "")


def test_an_answer_is_kept_as_text_whatever_it_is(there: Receiver, brisk: WebhookSender) -> None:
    assert brisk.send(message(there.url("/text"))).answer == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("path", "status_code", "verdict"),
    [
        ("/body/4096", 200, "delivered"),
        ("/body/4097", 200, "delivered"),
        ("/body/1000000", 200, "delivered"),
        ("/endless/200", 200, "delivered"),
        ("/endless/302", 302, "retry"),
        ("/endless/500", 500, "retry"),
        ("/endless-chunks", 200, "delivered"),
    ],
)
def test_no_more_of_an_answer_is_read_than_its_beginning(
    there: Receiver, brisk: WebhookSender, path: str, status_code: int, verdict: Outcome
) -> None:
    sent = brisk.send(message(there.url(path)))
    assert (sent.status_code, sent.verdict) == (status_code, verdict)
    assert sent.answer == "x" * MOST_OF_AN_ANSWER
    assert there.sent < 64_000_000  # what the kernel held; a reader to the end would never be here


@pytest.mark.parametrize(
    ("path", "status_code", "answer"),
    [
        ("/silence", None, NOT_IN_TIME),
        ("/dripping-headers", None, NOT_IN_TIME),
        ("/endless-patience", None, NOT_IN_TIME),
        ("/hang-up", None, NO_CONNECTION),
        ("/reset", None, NO_CONNECTION),
        ("/nonsense", None, NO_CONNECTION),
    ],
)
def test_whoever_answers_badly_is_left(
    there: Receiver, brisk: WebhookSender, path: str, status_code: int | None, answer: str
) -> None:
    sent = brisk.send(message(there.url(path)))
    assert (sent.status_code, sent.answer, sent.verdict) == (status_code, answer, "retry")
    assert sent.milliseconds < WELL_BEFORE_A_DRIPPING_END
    assert there.left.wait(5)


def test_a_dripping_answer_is_cut_off_but_its_status_counts(there: Receiver, brisk: WebhookSender) -> None:
    sent = brisk.send(message(there.url("/dripping-body")))
    assert sent.verdict == "delivered"
    assert 0 < len(sent.answer) < 100
    assert sent.milliseconds < WELL_BEFORE_A_DRIPPING_END


def test_nobody_there(brisk: WebhookSender) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        sent = brisk.send(message(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert (sent.status_code, sent.answer, sent.verdict) == (None, NO_CONNECTION, "retry")


def test_whoever_never_shakes_hands_is_left(brisk: WebhookSender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        sent = brisk.send(message(f"https://127.0.0.1:{mute.getsockname()[1]}/"))
    assert (sent.status_code, sent.answer, sent.verdict) == (None, NOT_IN_TIME, "retry")
    assert sent.milliseconds < WELL_BEFORE_A_DRIPPING_END


def test_https_to_who_speaks_http(there: Receiver, brisk: WebhookSender) -> None:
    sent = brisk.send(message(there.url("/status/200", scheme="https")))
    assert (sent.status_code, sent.answer, there.received) == (None, NOT_SECURE, [])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/hook",
        "example.com/hook",
        "ftp://example.com/hook",
        "file:///etc/passwd",
        "http://",
        "http:///hook",
        "http://[::1/hook",
        "http://127.0.0.1:port/hook",
        "http://127.0.0.1:99999/hook",
        "https://a..b/hook",
        f"https://{'a' * 64}.example/hook",
        "http://exa mple/hook",
    ],
)
@pytest.mark.parametrize("allow_private", [True, False])
def test_what_is_no_address_is_an_answer_too(url: str, allow_private: bool) -> None:  # noqa: FBT001 - a case
    sent = sender(allow_private=allow_private).send(message(url))
    assert (sent.status_code, sent.answer, sent.verdict) == (None, NO_ADDRESS, "retry")


def test_a_connection_is_used_again(there: Receiver, brisk: WebhookSender) -> None:
    for path in ("/status/200", "/body/4000", "/status/500", "/body/0", "/status/302", "/status/200"):
        brisk.send(message(there.url(path)))
    assert (len(there.received), there.connections) == (6, 1)


def test_a_connection_that_was_left_is_not_used_again(there: Receiver, brisk: WebhookSender) -> None:
    for _ in range(3):
        assert brisk.send(message(there.url("/leave"))).verdict == "delivered"
        assert there.left.wait(5)
        there.left.clear()
    assert there.connections == 3


def test_a_slow_answer_leaves_the_next_one_all_its_time(there: Receiver, brisk: WebhookSender) -> None:
    brisk.send(message(there.url("/status/200")))
    brisk.send(message(there.url("/dripping-body")))
    assert brisk.send(message(there.url("/status/200"))).verdict == "delivered"


def test_a_connection_is_one_threads_at_a_time(there: Receiver, brisk: WebhookSender) -> None:
    """Four at once have four connections at most; whoever comes later uses one of them."""

    def two() -> None:
        for _ in range(2):
            brisk.send(message(there.url("/status/200")))

    threads = [Thread(target=two) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(there.received), there.connections <= 4) == (8, True)
    brisk.send(message(there.url("/status/200")))
    assert there.connections <= 4


def test_no_more_connections_are_kept_than_may_be_of_use(brisk: WebhookSender) -> None:
    """Of many receivers, those that were sent to last."""
    with receiver() as first, receiver() as second:
        brisk.send(message(first.url("/status/200")))
        for number in range(RECEIVERS):
            brisk.send(message(f"http://127.{number // 250}.{number % 250}.1:9/", id_="x"))
        brisk.send(message(second.url("/status/200")))
        brisk.send(message(second.url("/status/200")))
        brisk.send(message(first.url("/status/200")))
    assert (first.connections, second.connections) == (2, 1)


def test_nothing_in_the_environment_redirects_a_webhook(
    there: Receiver, brisk: WebhookSender, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert brisk.send(message(there.url("/status/200"))).verdict == "delivered"
    assert "authorization" not in there.received[0].headers
