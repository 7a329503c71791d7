"""A reseller's shop system, as interworks.cloud has orders approved: it accepts what its customers order;
what its own credit at the distributor does not cover is not executed, until it has paid and accepts again.

Its endpoint asks for `order.pending_approval`, `order.unexecuted`, `order.executed`, `order.rejected` and
`order.cancelled`.
"""

import os
from contextlib import suppress
from threading import Thread
from time import sleep

from hooks import serve

from placet_client import ConflictError, Placet, PlacetError, Told

PLACET = Placet(os.environ["PLACET_URL"], os.environ["PLACET_KEY"])
SECONDS = float(os.environ.get("SECONDS", "60"))
"""How often it looks whether what was short may go on."""


def told(id_: str, event: Told) -> None:
    """One message."""
    match event["type"]:
        case "order.pending_approval":
            with suppress(ConflictError):  # somebody has decided on a page
                PLACET.approve_order(event["data"]["order"]["id"], idempotency_key=id_)
        case "order.unexecuted":
            print(f"{event['data']['order']['number']} needs money: {short_of(event)}", flush=True)
        case "order.executed" | "order.rejected" | "order.cancelled":
            order = event["data"]["order"]
            print(f"{order['number']} is {order['status']}", flush=True)


def short_of(event: Told) -> str:
    """By how much our credit was short: what accounting is to pay the distributor."""
    assert event["type"] == "order.unexecuted"
    checks = [each for each in event["data"]["order"]["checks"] if each["result"] == "failed"]
    return ", ".join(" ".join(each["detail"]["shortfall"].values()) for each in checks)


def accept_again() -> None:
    """Whatever is not executed is accepted once more, again and again, until the distributor has booked our
    payment or raised our limit. Placet does so by itself with `retry_when_credit_frees`."""
    while True:
        with suppress(PlacetError):  # it is asked again soon
            for order in PLACET.list_orders(status="unexecuted"):
                with suppress(ConflictError):  # still short
                    PLACET.retry_order(order["id"])
        sleep(SECONDS)


if __name__ == "__main__":
    Thread(target=accept_again, daemon=True).start()
    serve(told)
