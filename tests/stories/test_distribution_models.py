"""The three distribution models: who is asked, with which amount, and who is told in the end.

In each, a licence costs 10.00 at the distributor and every reseller takes 20 percent. Everybody of the
chain has a webhook endpoint for everything that approving partners are told: only they may be.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stories.client import Json
from tests.stories.hooks import Hooks
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, group, reseller, world

WORLD = world(
    # 2-tier: the distributor watches its reseller.
    distributor("two-a", multi_tier_approval=True),
    reseller("two-b", "two-a"),
    customer("two-c", "two-b"),
    # 1-tier: a first-tier seller watches its customer.
    distributor("one-c", multi_tier_approval=True),
    customer("one-d", "one-c"),
    # Hybrid: both sellers watch who buys from them.
    distributor("both-a", multi_tier_approval=True),
    reseller("both-b", "both-a", multi_tier_approval=True),
    customer("both-c", "both-b"),
    # The feature off: the groups ask nobody (R23).
    distributor("no-a"),
    reseller("no-b", "no-a"),
    customer("no-c", "no-b"),
    # Hybrid, the buyer's side first (R27).
    distributor("first-a", multi_tier_approval=True, approval_order="buyer_first"),
    reseller("first-b", "first-a", multi_tier_approval=True),
    customer("first-c", "first-b"),
    prices={"model-seat": "10.00", "model-disk": "7.50"},
    groups=[
        group("two-a", "two-b"),
        group("one-c", "one-d"),
        group("both-a", "both-b"),
        group("both-b", "both-c"),
        group("no-a", "no-b"),
        group("first-a", "first-b"),
        group("first-b", "first-c"),
    ],
    told=[
        *("two-a", "two-b", "two-c"),
        *("one-c", "one-d"),
        *("both-a", "both-b", "both-c"),
        *("no-a", "no-b", "no-c"),
        *("first-a", "first-b", "first-c"),
    ],
)


def euro(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def test_two_tiers_the_distributor_approves(placet: Server, hooks: Hooks) -> None:
    """Distributor A's group CR-A holds Reseller B; Customer B orders (R23, R30, R54, R92)."""
    order = placet.client("two-c").place("model-seat", "model-disk", quantity=2)
    assert (order["status"], order["total_amount"]) == ("pending_approval", euro("42.00"))

    asked = hooks.wait_for("two-a", "order.pending_approval", order)["data"]
    assert asked["approval"]["credit_risk_amount"] == euro("35.00")  # what B will owe A
    assert asked["approval"]["tier"] == 2
    assert asked["approval"]["approve_url"] == f"{placet.address}/api/v1/orders/{order['id']}/approve"
    assert asked["order"]["total_amount"] == euro("35.00")
    [queued] = placet.client("two-a").items("/approvals")
    assert (queued["id"], queued["actions"]) == (order["id"], ["approve", "reject"])

    assert placet.client("two-a").approve(order)["status"] == "submitted"
    assert placet.client("two-a").wait_for(order, "executed")["delivered"] == {"lines": 2, "of": 2}
    placet.settled()
    assert_told(hooks, order, {"two-a": 2, "two-b": 0, "two-c": 0})
    assert_final_risk(placet, hooks, order, "two-a", {"model-seat": "20.00", "model-disk": "15.00"})


def test_one_tier_the_first_tier_seller_approves(placet: Server, hooks: Hooks) -> None:
    """First-Tier Seller C's group CR-C holds its own Customer C (R23)."""
    order = placet.client("one-d").place("model-seat")
    asked = hooks.wait_for("one-c", "order.pending_approval", order)["data"]["approval"]
    assert (asked["tier"], asked["credit_risk_amount"]) == (1, euro("10.00"))

    placet.client("one-c").approve(order)
    placet.client("one-c").wait_for(order, "executed")
    placet.settled()
    assert_told(hooks, order, {"one-c": 1, "one-d": 0})
    assert_final_risk(placet, hooks, order, "one-c", {"model-seat": "10.00"})


@pytest.mark.parametrize("turns", [("both-a", "both-b"), ("both-b", "both-a")])
def test_hybrid_both_sellers_approve(placet: Server, hooks: Hooks, turns: tuple[str, str]) -> None:
    """Both are asked at once, each with the amount of its own level; in whatever turn they answer, the
    order waits for the second (R27, R30, R36)."""
    order = placet.client("both-c").place("model-seat", quantity=3)
    amounts = {
        ref: hooks.wait_for(ref, "order.pending_approval", order)["data"]["approval"]["credit_risk_amount"]
        for ref in turns
    }
    assert amounts == {"both-a": euro("30.00"), "both-b": euro("36.00")}

    early, late = (placet.client(ref) for ref in turns)
    assert early.approve(order)["status"] == "pending_approval"
    assert late.approve(order)["status"] == "submitted"
    late.wait_for(order, "executed")
    placet.settled()
    assert_told(hooks, order, {"both-a": 1, "both-b": 1, "both-c": 0})
    assert_final_risk(placet, hooks, order, "both-a", {"model-seat": "30.00"})
    assert_final_risk(placet, hooks, order, "both-b", {"model-seat": "36.00"})


def test_hybrid_one_no_ends_it_for_everyone(placet: Server, hooks: Hooks) -> None:
    """One rejection is enough, and nobody can say yes any more (R31, R33)."""
    order = placet.client("both-c").place("model-seat")
    placet.client("both-a").approve(order)
    rejected = placet.client("both-b").act("reject", order, reason="Not this year.", note="They owe us.")
    assert rejected["status"] == "rejected"

    seen = placet.client("both-c").read(order)
    assert (seen["status"], seen["rejection"]["reason"]) == ("rejected", "Not this year.")
    assert seen["rejection"].keys() == {"reason", "at"}  # not by whom, nor the note (spec §13)
    assert "They owe us." not in placet.client("both-a").call("GET", f"/orders/{order['id']}").text
    assert placet.client("both-a").approve(order)["status"] == "rejected"  # repeated, it changes nothing
    assert placet.client("both-b").cannot("approve", order)["code"] == "already_decided"
    placet.settled()
    assert [hooks.types(ref, order) for ref in ("both-a", "both-b")] == [["order.pending_approval"]] * 2
    assert hooks.types("both-c", order) == []


def test_two_deciders_at_the_same_instant(placet: Server) -> None:
    """R34: exactly one outcome, exactly one execution; who comes too late is told so."""
    said: list[tuple[str, str, Json]] = [
        ("both-a", "approve", {}),
        ("both-a", "reject", {"reason": "no"}),
        ("both-b", "approve", {}),
        ("both-a", "approve", {}),
    ]
    for _ in range(6):
        order = placet.client("both-c").place("model-seat")
        with ThreadPoolExecutor(len(said)) as pool:
            path = f"/orders/{order['id']}"
            asked = [
                pool.submit(placet.client(ref).call, "POST", f"{path}/{verb}", body)
                for ref, verb, body in said
            ]
            answers = [answer.result() for answer in asked]
        became = placet.client("both-a").read(order)["status"]
        late = {answer.json()["code"] for answer in answers if not answer.is_success}
        if became == "rejected":
            assert late <= {"already_decided", "order_closed"}
        else:
            assert late == {"already_decided"}
            placet.client("both-a").wait_for(order, "executed")
            assert len(placet.client("both-b").items(f"/invoices?order={order['id']}")) == 2


def test_without_the_feature_nobody_is_asked(placet: Server, hooks: Hooks) -> None:
    """A group alone asks nobody: no step at all, straight to validation (R23, R26)."""
    order = placet.client("no-c").place("model-seat")
    assert order["status"] == "submitted"
    placet.client("no-a").wait_for(order, "executed")
    placet.settled()
    assert [hooks.types(ref, order) for ref in ("no-a", "no-b", "no-c")] == [[], [], []]


def test_buyer_first_asks_one_after_the_other(placet: Server, hooks: Hooks) -> None:
    """Further up, a step is `waiting` and its webhook unsent until its turn comes (R27)."""
    order = placet.client("first-c").place("model-seat")
    hooks.wait_for("first-b", "order.pending_approval", order)
    placet.settled()
    assert hooks.types("first-a", order) == []
    assert placet.client("first-a").items("/approvals") == []
    assert placet.client("first-a").cannot("approve", order)["code"] == "wrong_status"

    placet.client("first-b").approve(order)
    hooks.wait_for("first-a", "order.pending_approval", order)
    placet.client("first-a").approve(order)
    placet.client("first-a").wait_for(order, "executed")
    placet.settled()
    assert_told(hooks, order, {"first-a": 1, "first-b": 1, "first-c": 0})


def assert_told(hooks: Hooks, order: Json, provisioned: dict[str, int]) -> None:
    """Who approves was asked once and told of each delivered line once; nobody else heard anything."""
    told = {ref: sorted(hooks.types(ref, order)) for ref in provisioned}
    approvers = {
        ref: [*["offer.provisioned"] * lines, "order.pending_approval"] for ref, lines in provisioned.items()
    }
    assert told == {ref: approvers[ref] if lines else [] for ref, lines in provisioned.items()}


def assert_final_risk(placet: Server, hooks: Hooks, order: Json, ref: str, final: dict[str, str]) -> None:
    """The final credit risk of each item, as told and as asked for, at this level (R54)."""
    told = {
        message.body["data"]["line"]["product"]["ref"]: message.body["data"]["credit_risk"]["final"]
        for message in hooks.all(ref, order)
        if message.about[0] == "offer.provisioned"
    }
    assert told == {product: euro(amount) for product, amount in final.items()}
    seen = placet.client(ref)
    names = {line["id"]: line["product"]["ref"] for line in seen.read(order)["lines"]}
    risk = seen.get(f"/orders/{order['id']}/credit-risk")
    assert {names[item["line"]]: item["final"] for item in risk["items"]} == told
