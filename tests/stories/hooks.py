"""A receiver of webhooks as partners run them: one mailbox for each organization, signatures checked."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

from tests.schemas import validate
from tests.stories.client import until
from tests.stories.worlds import secret

Json = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A webhook that came in, its signature good; `id` is its `webhook-id`, `answered` our status."""

    id: str
    body: Json
    answered: int

    @property
    def about(self) -> tuple[str, str]:
        """Its type, and the order it is about, if any."""
        return self.body["type"], self.body["data"].get("order", {}).get("id", "")


@dataclass
class Hooks:
    """All mailboxes of one receiver, by the ref of the organization whose they are."""

    address: str
    _mail: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    _answers: dict[str, list[int]] = field(default_factory=dict)

    def answering(self, ref: str, *statuses: int) -> None:
        """What the mailbox's owner answers to the next messages; 200 afterwards."""
        self._answers[ref] = list(statuses)

    def all(self, ref: str, order: Json) -> list[Message]:
        """What has come about that order, again and again if it did."""
        return [message for message in self._mail[ref] if message.about[1] == order["id"]]

    def types(self, ref: str, order: Json) -> list[str]:
        """What kinds of it."""
        return [message.about[0] for message in self.all(ref, order)]

    def kinds(self, ref: str) -> set[str]:
        """What kinds have come, of whatever."""
        return {message.about[0] for message in self._mail[ref]}

    def wait_for(self, ref: str, kind: str, order: Json) -> Json:
        """The body of that message."""

        def come() -> list[Json]:
            return [m.body for m in self.all(ref, order) if m.about[0] == kind and m.answered < 300]

        return until(come, f"{ref} is told {kind}")[0]

    def receive(self, ref: str, headers: dict[str, str], body: bytes) -> int:
        """Keeps a message and says what to answer. A false signature is nothing to be polite about, nor is
        what looks different from its type's schema."""
        validate(Webhook(secret(ref)).verify(body, headers))
        waiting = self._answers.get(ref)
        answer = waiting.pop(0) if waiting else 200
        self._mail[ref].append(Message(headers["webhook-id"], json.loads(body), answer))
        return answer


@contextmanager
def receiving(port: int = 0) -> Iterator[Hooks]:
    """A receiver on the loopback; on any free port where none is named."""
    server = _Server(("127.0.0.1", port), _Answers)
    server.hooks = Hooks(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.hooks
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    hooks: Hooks


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.server.hooks.receive(self.path.strip("/"), headers, body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""
