"""Says yes to what is cheap and leaves the rest to people. Needs `standardwebhooks` and `placet_client`."""

import json
import os
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

from placet_client import ConflictError, Placet, PlacetError, Told

SECRET = Webhook(os.environ["PLACET_WEBHOOK_SECRET"])
PLACET = Placet(os.environ["PLACET_URL"], os.environ["PLACET_KEY"])
SEEN: set[str] = set()  # in a database of yours, in truth


def told(id_: str, event: Told) -> None:
    if event["type"] == "order.pending_approval" and id_ not in SEEN:  # at least once means: sometimes twice
        order, asked = event["data"]["order"], event["data"]["approval"]
        if Decimal(asked["credit_risk_amount"]["amount"]) <= 100:
            with suppress(ConflictError):  # somebody was quicker: nothing left to do
                PLACET.approve_order(order["id"], comment="by the ERP", idempotency_key=id_)
    SEEN.add(id_)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            SECRET.verify(body, {name.lower(): value for name, value in self.headers.items()})
            told(self.headers["webhook-id"], json.loads(body))
            self.send_response(204)
        except WebhookVerificationError:
            self.send_response(401)  # not from Placet, or five minutes old
        except PlacetError:
            self.send_response(503)  # Placet sends it again
        self.end_headers()


ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()
