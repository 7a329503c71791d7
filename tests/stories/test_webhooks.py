"""Webhooks to receivers that are not well (R91)."""

import socket
from collections.abc import Callable

from tests.stories.client import Client, Json, until
from tests.stories.hooks import Hooks, Message, receiving
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, reseller, secret, world

NAMES = ("weak", "gone", "again", "pick", "down", "turn")

WORLD = world(
    distributor("hook-a"),
    *(
        party
        for name in NAMES
        for party in (reseller(f"hook-{name}", "hook-a"), customer(f"hook-{name}-c", f"hook-{name}"))
    ),
    prices={"hook-seat": "10.00"},
    told=[f"hook-{name}" for name in NAMES if name != "down"],
    events=["order.executed"],
)


def executed(placet: Server, name: str) -> Json:
    order = placet.client(f"hook-{name}-c").place("hook-seat")
    return placet.client(f"hook-{name}").wait_for(order, "executed")


def the_delivery(client: Client, done: Callable[[Json], bool]) -> Json:
    """The only delivery that there is, once it is as wanted."""

    def there() -> Json | None:
        found = client.items("/webhook-deliveries")
        assert len(found) <= 1
        return found[0] if found and done(found[0]) else None

    return until(there, "the delivery is as wanted")


def test_what_was_answered_500_comes_again_under_the_same_id(placet: Server, hooks: Hooks) -> None:
    """First within seconds, then after growing pauses; every attempt is kept with its answer."""
    hooks.answering("hook-weak", 500)
    order = executed(placet, "weak")
    hooks.wait_for("hook-weak", "order.executed", order)
    first, second = hooks.all("hook-weak", order)
    assert (first.answered, second.answered, first.id) == (500, 200, second.id)
    assert first.body == second.body  # told as it stood at the fact, whenever it arrives
    delivery = the_delivery(placet.client("hook-weak"), lambda d: d["status"] == "delivered")
    assert delivery["id"] == first.id
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [500, 200]


def test_a_receiver_that_is_down_hears_it_when_it_is_back(placet: Server) -> None:
    """At least once."""
    port, client = free_port(), placet.client("hook-down")
    client.post(
        "/webhook-endpoints",
        {
            "url": f"http://127.0.0.1:{port}/hook-down",
            "events": ["order.executed"],
            "secret": secret("hook-down"),
        },
    )
    order = executed(placet, "down")
    failed = the_delivery(client, lambda d: bool(d["attempts"]))
    assert (failed["status"], failed["attempts"][0]["status_code"]) == ("pending", None)
    assert failed["next_attempt_at"]
    with receiving(port) as back:
        back.wait_for("hook-down", "order.executed", order)
        done = the_delivery(client, lambda d: d["status"] == "delivered")
    assert [attempt["status_code"] for attempt in done["attempts"]] == [None, 200]


def test_410_ends_the_endpoint(placet: Server, hooks: Hooks) -> None:
    """Nothing more goes there, until its owner brings it back."""
    client = placet.client("hook-gone")
    hooks.answering("hook-gone", 410)
    executed(placet, "gone")
    failed = the_delivery(client, lambda d: d["status"] == "failed")
    [endpoint] = client.items("/webhook-endpoints")
    assert (endpoint["status"], failed["next_attempt_at"]) == ("ended", None)
    unheard = executed(placet, "gone")
    assert len(client.items("/webhook-deliveries")) == 1
    assert client.refused("POST", f"/webhook-deliveries/{failed['id']}/replay")["code"] == "wrong_status"

    client.patch(f"/webhook-endpoints/{endpoint['id']}", {"status": "active"})
    heard = executed(placet, "gone")
    hooks.wait_for("hook-gone", "order.executed", heard)
    assert hooks.all("hook-gone", unheard) == []


def test_replay_by_hand(placet: Server, hooks: Hooks) -> None:
    """The same message once more, for a receiver that lost it."""
    client = placet.client("hook-again")
    order = executed(placet, "again")
    hooks.wait_for("hook-again", "order.executed", order)
    delivery = the_delivery(client, lambda d: d["status"] == "delivered")
    client.post(f"/webhook-deliveries/{delivery['id']}/replay")
    first, second = until(lambda: two(hooks, order), "it came twice")
    assert (first.id, first.body) == (second.id, second.body)


def two(hooks: Hooks, order: Json) -> list[Message] | None:
    came = hooks.all("hook-again", order)
    return came if len(came) == 2 else None


def test_an_endpoint_chooses_its_events(placet: Server, hooks: Hooks) -> None:
    """R92: and each organization's are its own."""
    client = placet.client("hook-pick")
    [endpoint] = client.items("/webhook-endpoints")
    mine = f"/webhook-endpoints/{endpoint['id']}"
    client.patch(mine, {"events": ["order.placed", "invoice.created"]})
    order = executed(placet, "pick")
    placet.settled()
    assert sorted(hooks.types("hook-pick", order)) == ["invoice.created", "invoice.created", "order.placed"]
    assert placet.client("hook-a").refused("PATCH", mine, {"status": "paused"})["code"] == "not_found"
    assert placet.client("hook-a").items("/webhook-endpoints") == []
    assert client.call("DELETE", mine).is_success
    executed(placet, "pick")
    assert client.items("/webhook-deliveries") == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
