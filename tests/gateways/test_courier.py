"""Files to and from addresses that organizations name: bounded, and never inside."""

from collections.abc import Iterator

import pytest

from placet.gateways.courier import MOST_BYTES, Fetched, courier
from tests.domain.tables import cases
from tests.gateways.receivers import Receiver, receiver


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


def test_a_file_is_taken_there(there: Receiver) -> None:
    careless = courier(allow_private=True)
    assert careless.put(there.url("/status/201"), b"a,b\r\n", "text/csv", "Bearer s3cret", "run-1") == ""
    (came,) = there.received
    assert (came.method, came.body, came.headers["content-type"]) == ("PUT", b"a,b\r\n", "text/csv")
    assert (came.headers["authorization"], came.headers["placet-run"]) == ("Bearer s3cret", "run-1")


def test_a_file_is_fetched(there: Receiver) -> None:
    there.file = b"organization,credit_limit\r\n"
    assert courier(allow_private=True).fetch(there.url("/file/x"), "") == Fetched(there.file)
    (came,) = there.received
    assert came.method == "GET"
    assert "authorization" not in came.headers


SIZES = f"""
said  bytes             error
all   {MOST_BYTES}      -
no    {MOST_BYTES + 1}  The file is larger than 1 MB.
"""


@cases(SIZES)
def test_no_more_than_a_megabyte(there: Receiver, said: str, bytes: str, error: str) -> None:  # noqa: A002
    fetched = courier(allow_private=True).fetch(there.url(f"/body/{bytes}"), "")
    assert fetched.error == error.replace("-", "", 1 if error == "-" else 0), said
    assert len(fetched.content) == (int(bytes) if said == "all" else 0)


BAD = """
path              words
status/500        It answered 500.
status/301        It answered 301.
away/1            It answered 307.
reset/x           No connection, or it broke off.
hang-up/x         No connection, or it broke off.
nonsense/x        No connection, or it broke off.
"""


@cases(BAD)
def test_whatever_comes_of_it_is_said(there: Receiver, path: str, words: str) -> None:
    """Redirects are not followed."""
    careless, url = courier(allow_private=True), there.url(f"/{path}")
    assert careless.fetch(url, "").error == words
    assert careless.put(url, b"x", "text/csv", "", "run") == words


def test_an_endless_answer_ends(there: Receiver) -> None:
    assert courier(allow_private=True).fetch(there.url("/endless/200"), "").error


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])
def test_nothing_goes_inside(there: Receiver, host: str) -> None:
    careful, url = courier(allow_private=False), there.url("/file/x", host, "https")
    words = "This address is not allowed: files go to and come from public addresses, by https."
    assert careful.fetch(url, "").error == words
    assert careful.put(url, b"x", "text/csv", "", "run") == words
    assert there.received == []


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "https://a b/"])
def test_what_is_no_address(url: str) -> None:
    assert courier(allow_private=True).fetch(url, "").error
