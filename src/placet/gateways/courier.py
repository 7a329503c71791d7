"""Files to and from addresses that organizations name (ERP exchange): one request, bounded in time and size,
to public addresses by https alone unless the operator allows others. Whatever comes of it is an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from AntiSSRF import AntiSSRFError  # type: ignore[import-untyped]
from requests import Request, Session
from requests.exceptions import SSLError, Timeout
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout as Patience

from placet.gateways import outbound
from placet.gateways.webhooks import FAILURES

PATIENCE: Final = Patience(connect=5, read=30, total=60)
"""Seconds to connect, for the whole answer, and for both."""

MOST_BYTES: Final = 1_000_000
"""Of a file that is fetched; one by one kilobyte longer is not taken."""

WORDS: Final = (
    (AntiSSRFError, "This address is not allowed: files go to and come from public addresses, by https."),
    ((Timeout, TimeoutError), "No answer in time."),
    (SSLError, "No secure connection: the certificate is not valid for this address."),
    (ValueError, "This is no address of the web."),
    (Exception, "No connection, or it broke off."),
)
"""What the schedule's owner reads; nothing in it tells what is inside our network."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came; or why none did."""

    content: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Courier:
    """Takes and fetches files, each by a connection of its own, made by `open_session`. Redirects are not
    followed."""

    open_session: Callable[[], Session]

    def put(self, url: str, content: bytes, kind: str, authorization: str, key: str) -> str:
        """Takes a file there by PUT; empty words are success. `key` names this try, in our report and in the
        receiver's log."""
        headers = {"content-type": kind, "placet-run": key}
        answer = self._asked("PUT", url, content, headers, authorization)
        return answer.error

    def fetch(self, url: str, authorization: str) -> Fetched:
        """Fetches what is there by GET."""
        return self._asked("GET", url, None, {}, authorization)

    def _asked(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str], authorization: str
    ) -> Fetched:
        headers = {"user-agent": "Placet", "accept-encoding": "identity", **headers}
        if authorization:
            headers["authorization"] = authorization
        try:
            with self.open_session() as session:
                return self._answered(session, Request(method, url, headers, data=content))
        except FAILURES as error:
            return Fetched(error=next(words for kind, words in WORDS if isinstance(error, kind)))

    def _answered(self, session: Session, request: Request) -> Fetched:
        """Given to the adapter itself, because a session would follow redirects and keep cookies."""
        prepared = request.prepare()
        answer = session.get_adapter(prepared.url or "").send(
            prepared,
            stream=True,
            timeout=PATIENCE,  # type: ignore[arg-type] # the stubs know only numbers
            verify=session.verify or True,
        )
        try:
            if not 200 <= answer.status_code < 300:  # noqa: PLR2004 - as it is written
                return Fetched(error=f"It answered {answer.status_code}.")
            return _whole(answer.raw) if request.method == "GET" else Fetched()
        finally:
            answer.close()


def _whole(body: BaseHTTPResponse) -> Fetched:
    said = bytearray()
    while part := body.read1(64 * 1024, decode_content=False):
        said += part
        if len(said) > MOST_BYTES:
            return Fetched(error="The file is larger than 1 MB.")
    return Fetched(bytes(said))


def courier(*, allow_private: bool) -> Courier:
    """As the operator's setting says: to public addresses by https alone, or to any, by http too."""
    return Courier(outbound.anywhere if allow_private else outbound.public_only)
