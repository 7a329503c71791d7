"""An offer holds until `expires_at`; an order that still waits then becomes `expired` (R5)."""

from typing import Final

from tests.stories.client import Json, until
from tests.stories.hooks import Hooks
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, product, reseller, world

WORLD = world(
    distributor("late-a"),
    reseller("late-b", "late-a", {"credit_limit": "15.00"}),
    customer("late-c", "late-b", {"order_approval": True}),
    prices={"late-seat": "10.00", "late-visit": "10.00"},
    products=[product("late-visit", "manual")],
    told=["late-a", "late-b", "late-c"],
    events=["order.expired"],
)


LATER: Final = "UPDATE orders SET expires_at = now() WHERE buyer_id = %(buyer)s"
"""A month goes by."""


def test_what_waits_expires_and_what_does_not_stays(placet: Server, hooks: Hooks) -> None:
    """Steps close as `moot`, nobody can move it, and all of its chain are told."""
    seller, buyer = placet.client("late-b"), placet.client("late-c")
    waiting = buyer.place("late-seat")
    short = seller.approve(buyer.place("late-seat", quantity=2))
    under_way = seller.approve(buyer.place("late-visit"))
    assert [order["status"] for order in (waiting, short, under_way)] == [
        "pending_approval",
        "unexecuted",
        "submitted",
    ]
    placet.rows(
        "UPDATE orders SET expires_at = now() WHERE buyer_id = %(buyer)s", buyer=waiting["customer"]["id"]
    )
    for order in (waiting, short):
        assert buyer.wait_for(order, "expired")["closed_at"]
        assert seller.cannot("cancel", order, reason="late")["code"] == "order_closed"
    until(lambda: told(hooks, waiting) and told(hooks, short), "all are told")
    assert [step["status"] for step in seller.read(waiting)["approvals"]] == ["moot"]
    assert seller.cannot("approve", waiting)["code"] == "order_closed"
    assert seller.approve(short)["status"] == "expired"  # its own yes again: nothing new (R33)
    assert seller.read(under_way)["status"] == "submitted"
    assert placet.client("late-a").account("late-a", "late-b")["reserved"]["amount"] == "10.00"


def told(hooks: Hooks, order: Json) -> bool:
    return all(hooks.types(ref, order) == ["order.expired"] for ref in ("late-a", "late-b", "late-c"))
