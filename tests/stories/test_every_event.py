"""Every type of event (R90) is delivered by a Placet that is up, its signature good, and looks as its
published schema says: the receiver takes nothing else."""

from collections.abc import Iterator

import pytest

from placet.domain.words import SUBSCRIBABLE, EventType
from placet_client import Placet
from placet_client.shapes import Order
from tests.stories.client import until
from tests.stories.hooks import Hooks
from tests.stories.server import Server
from tests.stories.worlds import card, customer, distributor, key, product, reseller, secret, world

APPROVED = {"order_approval": True}
TOLD = ("ev-a", "ev-b", "ev-poor", "ev-card")

WORLD = world(
    distributor("ev-a"),
    reseller("ev-b", "ev-a"),
    customer("ev-c", "ev-b", APPROVED),
    reseller("ev-poor", "ev-a", {"credit_limit": "5.00"}),
    customer("ev-poor-c", "ev-poor"),
    reseller("ev-card", "ev-a", card("tok_declined")),
    customer("ev-card-c", "ev-card"),
    prices={"ev-seat": "10.00", "ev-broken": "10.00"},
    products=[product("ev-broken", outcome="fail")],
    told=TOLD,
    events=[kind.value for kind in SUBSCRIBABLE],
)

ELSEWHERE = {EventType.REFUND_FAILED}
"""The sandbox gateway refuses no refund: tests/api/test_cards.py."""


class Market:
    """Everybody's program."""

    def __init__(self, address: str) -> None:
        self._programs = {ref: Placet(address, key(ref)) for ref in (*TOLD, "ev-c", "ev-poor-c", "ev-card-c")}

    def __getitem__(self, ref: str) -> Placet:
        return self._programs[f"ev-{ref}"]

    def order(self, ref: str, offer: str = "ev-seat") -> Order:
        """One of that offer."""
        return self[ref].place_order(lines=[{"product": offer, "quantity": 1}])

    def until(self, order: Order, status: str, ref: str = "a") -> Order:
        """The order, once it has this status."""

        def there() -> Order | None:
            now = self[ref].read_order(order["id"])
            return now if now["status"] == status else None

        return until(there, f"{order['number']} is {status}")

    def close(self) -> None:
        """Hangs up."""
        for program in self._programs.values():
            program.close()


@pytest.fixture
def market(placet: Server) -> Iterator[Market]:
    made = Market(placet.address)
    yield made
    made.close()


def test_every_event_is_delivered_as_its_schema_says(placet: Server, hooks: Hooks, market: Market) -> None:
    lives_and_ends(market)
    is_refused(market)
    falls_short(market)
    fails(market)
    expires(placet, market)
    is_told_of_its_own(hooks, market)
    wanted = set(EventType) - ELSEWHERE

    def heard() -> bool:
        return wanted <= {kind for ref in TOLD for kind in hooks.kinds(ref)}

    until(heard, "everything was told")


def lives_and_ends(market: Market) -> None:
    """A subscription from its sale to its end, each step an order."""
    order = market.order("c")
    market["b"].approve_order(order["id"])
    held = market.until(order, "executed")["lines"][0]["subscription"]
    assert held
    more = market["c"].change_subscription(held, quantity=2)
    market["b"].approve_order(more["id"])
    market.until(more, "executed")
    market.until(market["b"].suspend_subscription(held, reason="Not paid."), "executed")
    market.until(market["c"].cancel_subscription(held, when="now"), "executed")


def is_refused(market: Market) -> None:
    """By its reseller, and by itself."""
    market["b"].reject_order(market.order("c")["id"], reason="No.")
    market["c"].cancel_order(market.order("c")["id"], reason="Not any more.")


def falls_short(market: Market) -> None:
    """Until the distributor lets it pass, and raises the limit."""
    short = market.order("poor-c")
    assert market.until(short, "unexecuted")
    market["a"].release_order(short["id"], reason="They are good for it.")
    [account] = market["a"].list_credit_accounts(partner="ev-poor")
    market["a"].change_contract(account["contract"], credit_limit="50.00", reason="They grow.")


def fails(market: Market) -> None:
    """At the vendor, and at the card gateway."""
    broken = market.order("c", "ev-broken")
    market["b"].approve_order(broken["id"])
    market["card"].approve_order(market.order("card-c")["id"])


def expires(placet: Server, market: Market) -> None:
    """A month goes by."""
    late = market.order("c")
    placet.rows("UPDATE orders SET expires_at = now() WHERE id = %(id)s", id=late["id"])
    market.until(late, "expired")


def is_told_of_its_own(hooks: Hooks, market: Market) -> None:
    """A test, and that another of its receivers is gone."""
    hooks.answering("ev-gone", 410)
    gone = market["b"].add_webhook_endpoint(
        url=f"{hooks.address}/ev-gone", events=["order.placed"], secret=secret("ev-gone")
    )
    for endpoint in (gone["id"], next(iter(market["a"].list_webhook_endpoints()))["id"]):
        market["b" if endpoint == gone["id"] else "a"].test_webhook_endpoint(endpoint)
