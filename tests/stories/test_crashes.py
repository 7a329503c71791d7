"""The worker is killed in the middle, again and again: afterwards everything has happened exactly once,
here and outside (R48, R52)."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final
from uuid import UUID

from tests.stories.client import Json, until
from tests.stories.server import Server
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

ORDERS: Final = 16
KILLS: Final = 3
CARDS: Final = {"crash-ok": "tok_ok", "crash-late": "tok_timeout"}

WORLD = world(
    distributor("crash-a", multi_tier_approval=True),
    reseller("crash-b", "crash-a"),
    customer("crash-c", "crash-b"),
    *(reseller(ref, "crash-a", card(token)) for ref, token in CARDS.items()),
    *(customer(f"{ref}-c", ref) for ref in CARDS),
    prices={"crash-slow": "10.00", "crash-seat": "100.00"},
    products=[product("crash-slow", latency_ms=200)],
    groups=[group("crash-a", "crash-b", policies=[{"scope": "all", "approve_above": "1000000.00"}])],
)


def test_killed_while_provisioning(placet: Server) -> None:
    """R52: each line delivered once, one subscription, one invoice a link, each told once."""
    top, buyer = placet.client("crash-a"), placet.client("crash-c")
    orders = [buyer.place("crash-slow") for _ in range(ORDERS)]
    lines = {UUID(order["lines"][0]["id"]) for order in orders}
    for _ in range(KILLS):
        until(lambda: lines & placet.works().keys() - booked(placet, orders), "a vendor is at work")
        placet.kill_worker()
    for order in orders:
        top.wait_for(order, "executed")

    works = [placet.works()[line] for line in lines]
    assert {work.delivered for work in works} == {1}
    assert max(work.asked for work in works) > 1, "nobody was killed in the middle"
    assert counted(placet, orders) == {
        "subscription": ORDERS,
        "invoice": 2 * ORDERS,
        "order.executed": ORDERS,
        "offer.provisioned": 0,
        "subscription.created": ORDERS,
        "invoice.created": 2 * ORDERS,
    }
    for seller, owner, price in (("crash-a", "crash-b", 10), ("crash-b", "crash-c", 12)):
        account = placet.client(seller).account(seller, owner)
        assert (account["balance"]["amount"], account["reserved"]["amount"]) == (
            f"{price * ORDERS}.00",
            "0.00",
        )


def test_killed_while_charging(placet: Server) -> None:
    """R48: what was asked and not answered is looked up, never asked again: each card pays once, and
    nothing is executed without."""
    orders = {ref: [placet.client(f"{ref}-c").place("crash-seat") for _ in range(ORDERS)] for ref in CARDS}
    before = set(placet.charges())
    with ThreadPoolExecutor(4) as pool:
        approvals = [
            pool.submit(placet.client(ref).approve, order)
            for pair in zip(*orders.values(), strict=True)
            for ref, order in zip(CARDS, pair, strict=True)
        ]
        for charged in (3, 6, 9):
            until(partial(more_charges, placet, len(before) + charged), "cards are charged")
            placet.kill_worker()
        for approval in approvals:
            approval.result()
    for ref, placed in orders.items():
        for order in placed:
            placet.client(ref).wait_for(order, "executed")

    charges = [taken for key, taken in placet.charges().items() if key not in before]
    assert len(charges) == 2 * ORDERS
    assert {(taken.state, taken.asked, taken.captured) for taken in charges} == {("captured", 1, 10_000)}
    for ref, placed in orders.items():
        account = placet.client("crash-a").account("crash-a", ref)
        assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("0.00", "0.00")
        entries = placet.client("crash-a").items(f"/credit-accounts/{account['id']}/entries")
        payments = [entry["order"] for entry in entries if entry["kind"] == "payment"]
        assert sorted(payments) == sorted(order["id"] for order in placed)
        assert counted(placet, placed)["invoice"] == 2 * ORDERS


def more_charges(placet: Server, than: int) -> bool:
    return len(placet.charges()) > than


BOOKED: Final = "SELECT id FROM order_line WHERE order_id = ANY(%(orders)s::uuid[]) AND state = 'delivered'"


def booked(placet: Server, orders: list[Json]) -> set[UUID]:
    """Lines that we know to be delivered."""
    return {row["id"] for row in placet.rows(BOOKED, orders=[order["id"] for order in orders])}


COUNTED: Final = """
SELECT (SELECT count(*) FROM subscription WHERE order_id = ANY(%(orders)s::uuid[])) AS subscription,
  (SELECT count(*) FROM invoice WHERE order_id = ANY(%(orders)s::uuid[])) AS invoice"""
EVENTS: Final = """
SELECT type, count(*) AS times FROM event
WHERE order_id = ANY(%(orders)s::uuid[]) AND type = ANY(%(types)s) GROUP BY type"""


def counted(placet: Server, orders: list[Json]) -> dict[str, int]:
    """How often what should happen once did."""
    ids = [order["id"] for order in orders]
    types = ["order.executed", "offer.provisioned", "subscription.created", "invoice.created"]
    told = {row["type"]: row["times"] for row in placet.rows(EVENTS, orders=ids, types=types)}
    return placet.rows(COUNTED, orders=ids)[0] | {kind: told.get(kind, 0) for kind in types}
