"""Placing orders: on behalf, for oneself, only to see, and finding them again (R10-R12, R20, contract §3)."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import pytest

from tests.stories.client import Client, Json
from tests.stories.server import Server
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

WORLD = world(
    distributor("place-a", multi_tier_approval=True),
    reseller("place-b", "place-a"),
    customer("place-c", "place-b", {"order_approval": True}),
    customer("place-d", "place-b", {"order_approval": True}, name="100% Other_Name"),
    # The distributor watches this one, and its toggle is on; the next pays by card.
    reseller("place-watched", "place-a", {"order_approval": True}),
    reseller("place-card", "place-a", card("tok_ok")),
    customer("place-card-c", "place-card", card("tok_ok")),
    # Nobody orders through who is suspended.
    reseller("place-halted", "place-a", status="suspended"),
    customer("place-halted-c", "place-halted"),
    # Whose orders are counted and looked for.
    distributor("place-list"),
    *(customer(f"place-list-{name}", "place-list") for name in ("x", "y")),
    prices={"place-seat": "10.00", "place-visit": "10.00"},
    products=[product("place-visit", "manual")],
    groups=[group("place-a", "place-watched")],
)


def steps(client: Client, order: Json) -> dict[int, tuple[str, str | None]]:
    """Status of each approval that the client sees, and how it was decided."""
    seen = client.read(order)["approvals"]
    return {step["tier"]: (step["status"], step.get("how")) for step in seen}


def test_a_seller_orders_on_behalf(placet: Server) -> None:
    """R11: its own approval is given by the act itself, and recorded so."""
    seller, buyer = placet.client("place-b"), placet.client("place-c")
    order = seller.place("place-seat", customer="place-c")
    assert (order["status"], steps(seller, order)) == ("submitted", {1: ("approved", "placed")})
    seen = buyer.read(order)
    assert (seen["customer"]["ref"], seen["placed_by"]["organization"]["ref"]) == ("place-c", "place-b")
    assert "name" not in seen["placed_by"]


def test_from_further_up_the_one_in_between_is_still_asked(placet: Server) -> None:
    """R11, R20; and the customer is not told who that is above its own seller."""
    top, seller, buyer = (placet.client(ref) for ref in ("place-a", "place-b", "place-c"))
    order = top.place("place-seat", customer="place-c")
    assert (order["status"], steps(seller, order)) == ("pending_approval", {1: ("pending", None)})
    assert "placed_by" not in buyer.read(order)
    assert seller.read(order)["placed_by"]["organization"]["ref"] == "place-a"
    assert top.act("cancel", order, reason="by its placer")["status"] == "cancelled"


def test_who_may_not_decide_does_not_approve_by_placing(placet: Server) -> None:
    """R32: a buyer's key orders for a customer; its organization is asked all the same."""
    order = placet.client("place-b", "buyer").place("place-seat", customer="place-c")
    assert (order["status"], order["actions"]) == ("pending_approval", ["cancel"])
    assert placet.client("place-b").read(order)["actions"] == ["approve", "reject", "cancel"]


def test_a_reseller_orders_for_itself(placet: Server) -> None:
    """R11: without a customer; cost and amount are one; sellers above are asked as ever."""
    own, top = placet.client("place-watched"), placet.client("place-a")
    order = own.place("place-seat", quantity=2)
    assert (order["customer"], order["status"]) == (None, "pending_approval")
    assert (order["total_cost"]["amount"], order["total_amount"]["amount"]) == ("20.00", "20.00")
    [asked] = top.read(order)["approvals"]
    assert [reason["code"] for reason in asked["reasons"]] == ["customer_toggle", "credit_risk_policy"]
    assert (own.read(order)["approvals"], own.read(order)["actions"]) == ([], ["cancel"])
    top.approve(order)
    own.wait_for(order, "executed")


def test_a_card_payer_orders_for_itself(placet: Server) -> None:
    """R11, R21: it needs no approval of its own, the act is its word; its card is charged."""
    own = placet.client("place-card")
    order = own.place("place-seat")
    assert (order["status"], order["payment"]["status"]) == ("pending_approval", "in_progress")
    assert own.wait_for(order, "executed")["payment"]["status"] == "captured"


def test_a_cards_owner_is_asked_when_another_orders(placet: Server) -> None:
    """R22: no card is charged without its owner's own approval of that order, the final buyer's neither."""
    seller, buyer = placet.client("place-card"), placet.client("place-card-c")
    order = seller.place("place-seat", customer="place-card-c")
    assert order["status"] == "pending_approval"
    assert buyer.read(order)["actions"] == ["approve", "reject", "cancel"]
    assert buyer.approve(order)["payment"]["status"] == "in_progress"
    buyer.wait_for(order, "executed")


def test_a_preview_saves_nothing(placet: Server) -> None:
    """Contract §3; of tiers above it says only whether approval is needed (spec §13)."""
    before = placet.contents()
    body = {"lines": [{"product": "place-seat", "quantity": 2}]}
    seen = placet.client("place-c").post("/orders/preview", body)
    assert (seen["approval_needed"], seen["total_amount"]["amount"]) == (True, "24.00")
    assert "total_cost" not in seen
    own = placet.client("place-watched").post("/orders/preview", body)
    assert (own["approval_needed"], own["own_approval_needed"]) == (True, False)
    behalf = placet.client("place-b").post("/orders/preview", {**body, "customer": "place-c"})
    assert (behalf["approval_needed"], behalf["own_approval_needed"]) == (False, False)
    assert "approvals" not in own
    assert placet.contents() == before


def test_nobody_orders_through_who_is_suspended(placet: Server) -> None:
    """R12: any organization of the chain."""
    line = {"product": "place-seat", "quantity": 1}
    for who, body in (
        ("place-halted-c", {"lines": [line]}),
        ("place-halted", {"lines": [line]}),
        ("place-a", {"lines": [line], "customer": "place-halted-c"}),
    ):
        refusal = placet.client(who).refused("POST", "/orders", body)
        assert (refusal["status"], refusal["code"]) == (409, "organization_not_active")


# Finding them again ---------------------------------------------------------------------------

PLACED: Final = {"x": 7, "y": 3}


@pytest.fixture(scope="module")
def placed(placet: Server) -> list[Json]:
    """Ten orders at a distributor of their own, the oldest first."""
    return [
        placet.client(f"place-list-{name}").place("place-visit", quantity=number + 1)
        for name, many in PLACED.items()
        for number in range(many)
    ]


@pytest.mark.parametrize("limit", [1, 3, 10, 200])
def test_pages_hold_everything_once_the_newest_first(placet: Server, placed: list[Json], limit: int) -> None:
    """Contract §3."""
    found = placet.client("place-list").items(f"/orders?limit={limit}")
    assert [order["id"] for order in found] == [order["id"] for order in reversed(placed)]


def test_filters_are_all_of_them_at_once(placet: Server, placed: list[Json]) -> None:
    """By status, customer (id or ref), part of the number or of the customer's name, and time."""
    top, number = placet.client("place-list"), placed[0]["number"]
    first, last = placed[0]["placed_at"], placed[-1]["placed_at"]
    for query, many in {
        "status=submitted": 10,
        "status=executed": 0,
        "customer=place-list-x": 7,
        f"customer={placed[-1]['customer']['id']}": 3,
        "customer=place-list-y&status=submitted": 3,
        f"q={number}": 1,
        "q=LIST-Y": 3,
        "q=%25": 0,
        "q=_": 0,
        f"placed_from={first}": 10,
        f"placed_to={last}": 9,
        f"placed_from={last}&customer=place-list-x": 0,
        f"placed_from={quote((datetime.now(UTC) + timedelta(days=1)).isoformat())}": 0,
    }.items():
        assert len(top.items(f"/orders?{query}&limit=2")) == many, query
    assert placet.client("place-list-x").items("/orders?q=LIST-Y") == []


def test_percent_and_underscore_are_letters(placet: Server) -> None:
    """What is looked for is text, not a pattern."""
    order = placet.client("place-d").place("place-seat")
    seller = placet.client("place-b")
    assert [found["id"] for found in seller.items("/orders?q=100%25")] == [order["id"]]
    assert [found["id"] for found in seller.items("/orders?q=other_name")] == [order["id"]]
    assert seller.items("/orders?q=otherxname") == []


def test_numbers_count_per_top_seller(placed: list[Json]) -> None:
    """Spec §13: so they tell neighbours nothing."""
    numbers = [int(order["number"].removeprefix("PL-")) for order in placed]
    assert numbers == list(range(1, 11))
