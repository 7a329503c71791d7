"""A distributor's credit risk system, as AppXite has partners build it: asked by webhook with the credit risk
amount of its own level, it says yes or no by API; told of what was provisioned, it asks for the final credit
risk of each item, and books that.

Its endpoint asks for `order.pending_approval`, `order.rejected`, `order.cancelled`, `order.expired` and
`offer.provisioned`.
"""

import os
from contextlib import suppress
from decimal import Decimal

from hooks import serve

from placet_client import ConflictError, Placet, Told

PLACET = Placet(os.environ["PLACET_URL"], os.environ["PLACET_KEY"])
INSURED = Decimal(os.environ.get("INSURED", "500.00"))
"""What our credit insurance covers in one order, at our level."""
RISK: dict[str, Decimal] = {}
"""What each open order may add to what our partners owe us: a table of yours, in truth."""


def told(id_: str, event: Told) -> None:
    """One message; the orders that it is about come in the order that things happened to them."""
    match event["type"]:
        case "order.pending_approval":
            decide(
                id_, event["data"]["order"]["id"], event["data"]["approval"]["credit_risk_amount"]["amount"]
            )
        case "order.rejected" | "order.cancelled" | "order.expired":
            RISK.pop(event["data"]["order"]["id"], None)  # ours, or any other partner's no: no risk any more
        case "offer.provisioned":
            book(event["data"]["order"]["id"], event["data"]["line"]["id"])


def decide(id_: str, order: str, amount: str) -> None:
    """Yes or no. Whoever was quicker, on a page perhaps, has decided for us."""
    with suppress(ConflictError):
        if Decimal(amount) > INSURED:
            words = f"{amount} is above {INSURED}, the cover of one order."
            PLACET.reject_order(order, reason="Not within our terms.", note=words, idempotency_key=id_)
        else:
            PLACET.approve_order(order, comment=f"{amount} is covered.", idempotency_key=id_)
            RISK[order] = Decimal(amount)


def book(order: str, line: str) -> None:
    """What the line came to in the end, as our books have it from now on."""
    for item in PLACET.read_credit_risk(order)["items"]:
        if item["line"] == line:
            RISK[order] = RISK.get(order, Decimal(0)) - Decimal(item["estimated"]["amount"])
            print(
                f"{line}: {item['estimated']['amount']} expected, {item['final']['amount']} owed", flush=True
            )


if __name__ == "__main__":
    serve(told)
