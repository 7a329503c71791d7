"""Webhooks (R91): signed by Standard Webhooks, sent once; whatever comes of it is an answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from AntiSSRF import AntiSSRFError  # type: ignore[import-untyped]
from requests import PreparedRequest, Request, RequestException, Response, Session
from requests.exceptions import SSLError, Timeout
from standardwebhooks import Webhook
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout as Patience

from placet.domain.delivering import MOST_OF_AN_ANSWER, Outgoing, Sent
from placet.gateways import outbound

PATIENCE: Final = Patience(connect=5, read=10, total=15)
"""Seconds to connect, for the whole answer, and for both. Looking a name up is the resolver's time."""

FAILURES: Final = (RequestException, HTTPError, HTTPException, AntiSSRFError, OSError, ValueError)
"""What sending raises for a failed world, or for an address that is none."""

WORDS: Final = (
    (AntiSSRFError, "This address is not allowed: webhooks go to public addresses, by https."),
    ((Timeout, TimeoutError), "No answer in time."),
    (SSLError, "No secure connection: the certificate is not valid for this address."),
    (ValueError, "This is no address of the web."),
    (Exception, "No connection, or it broke off."),
)
"""What the endpoint's owner reads; nothing in it tells what is inside our network."""


def sender(*, allow_private: bool) -> "WebhookSender":
    """As the operator's setting says: to public addresses by https alone, or to any, by http too."""
    return WebhookSender(outbound.anywhere if allow_private else outbound.public_only)


Origin = tuple[str, str | None, int | None]
IDLE: Final = 8
"""Connections to one receiver that are kept while nobody needs them."""
RECEIVERS: Final = 500
"""Receivers that any are kept to."""


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends webhooks, for any number of threads: a session, made by `open_session`, is one thread's at a
    time, and goes to one receiver, so that its connection is used again by whoever sends there next."""

    open_session: Callable[[], Session]
    patience: Patience = PATIENCE
    _idle: dict[Origin, list[Session]] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def send(self, message: Outgoing) -> Sent:
        """One try. Redirects are not followed, and no more than 4 kB of the answer is read. Raises
        nothing for what receivers, resolvers or networks do."""
        began_at = monotonic()
        status_code, answer = self._said(message)
        return Sent(status_code, answer, round((monotonic() - began_at) * 1000))

    def _said(self, message: Outgoing) -> tuple[int | None, str]:
        headers = _headers(message)
        try:
            request = Request("POST", message.url, headers, data=message.body).prepare()
            with self._session(request) as session:
                answer = self._posted(session, request)
                return answer.status_code, _text(_beginning(answer.raw))
        except FAILURES as error:
            return None, next(words for kind, words in WORDS if isinstance(error, kind))

    def _posted(self, session: Session, request: PreparedRequest) -> Response:
        """The answer, its body unread. Given to the adapter itself, because a session would read the
        body of a redirect to its end, follow it or not, and keep cookies."""
        return session.get_adapter(request.url or "").send(
            request,
            stream=True,
            timeout=self.patience,  # type: ignore[arg-type] # the stubs know only numbers
            verify=session.verify or True,
        )

    @contextmanager
    def _session(self, request: PreparedRequest) -> Iterator[Session]:
        parts = urlsplit(request.url or "")
        origin = parts.scheme, parts.hostname, parts.port
        with self._lock:
            idle = self._idle.pop(origin, [])
            session = idle.pop() if idle else None
            self._idle[origin] = idle  # the last one in the dictionary is the one used last
        session = session or self.open_session()
        try:
            yield session
        finally:
            self._put_back(origin, session)

    def _put_back(self, origin: Origin, session: Session) -> None:
        with self._lock:
            idle = self._idle.setdefault(origin, [])
            over = [session] if len(idle) >= IDLE else []
            if not over:
                idle.append(session)
            if len(self._idle) > RECEIVERS:
                over += self._idle.pop(next(iter(self._idle)))
        for each in over:
            each.close()


def _headers(message: Outgoing) -> dict[str, str]:
    """Signed with every secret in force, so that receivers may change theirs at leisure (R91)."""
    assert message.secrets, "nobody believes what is not signed"
    now = message.now.astimezone(UTC)
    text = message.body.decode()
    return {
        "content-type": "application/json",
        "user-agent": "Placet",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(s).sign(message.id, now, text) for s in message.secrets),
        "placet-schema": str(message.schema),
    }


def _beginning(body: BaseHTTPResponse) -> bytes:
    """What was said until it ended, grew too long or took too long. A connection with something left in
    it is closed, any other kept."""
    said = bytearray()
    try:
        while left := MOST_OF_AN_ANSWER - len(said):
            part = body.read1(left, decode_content=False)
            if not part:
                return bytes(said)
            said += part
    except FAILURES:
        pass
    body.close()
    return bytes(said)


def _text(said: bytes) -> str:
    """As text that any database keeps."""
    return said.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
