"""A receiver for any program: checks the signature, remembers what it has heard, and hands it on once."""

import json
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

from placet_client import PlacetError, Told

SECRET = Webhook(os.environ["PLACET_WEBHOOK_SECRET"])


def serve(told: Callable[[str, Told], None]) -> None:
    """Listens for ever. `told` gets the `webhook-id` and the body; a `PlacetError` of its own has the message
    sent again, for it is not remembered then."""
    seen: set[str] = set()  # in a database of yours, in truth

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            id_, body = self.headers["webhook-id"], self.rfile.read(int(self.headers["Content-Length"]))
            try:
                SECRET.verify(body, {name.lower(): value for name, value in self.headers.items()})
                if id_ not in seen:
                    told(id_, json.loads(body))
                    seen.add(id_)
                self.send_response(204)
            except WebhookVerificationError:
                self.send_response(401)
            except PlacetError:
                self.send_response(503)
            self.end_headers()

    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()
