"""A subscription's life over the API, with its worker: changed, ended, renewed (R25, R54, R70, R71)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.stories.client import Client, Json, until
from tests.stories.hooks import Hooks
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, product, reseller, world

TODAY: Final = datetime.now(UTC).date()
LONG_AGO: Final = TODAY - timedelta(days=100)
YESTERDAY: Final = TODAY - timedelta(days=1)


def had(ref: str, **more: object) -> Json:
    """Two seats, whose period was over yesterday."""
    return {
        "ref": ref,
        "customer": "life-d",
        "product": "life-seat",
        "quantity": 2,
        "started_at": LONG_AGO.isoformat(),
        "renews_on": YESTERDAY.isoformat(),
        **more,
    }


WORLD = world(
    distributor("life-a"),
    reseller("life-b", "life-a"),
    customer("life-c", "life-b", {"order_approval": True}),
    customer("life-d", "life-b"),
    customer("life-e", "life-b"),
    customer("life-f", "life-b"),
    prices={"life-seat": "10.00", "life-bad": "10.00", "life-meter": "0.10"},
    products=[
        product("life-seat", vendor="life-vendor"),
        product("life-bad", vendor="life-vendor", outcome="timeout"),
        product("life-meter", vendor="life-vendor") | {"product_type": "usage", "billing_type": "usage"},
    ],
    told=["life-b", "life-c"],
    events=[
        "offer.provisioned",
        *(f"subscription.{become}" for become in ("created", "changed", "suspended", "cancelled")),
    ],
    subscriptions=[
        had("life-on"),
        had("life-over", status="pending_cancellation"),
        had("life-metered", customer="life-f", product="life-meter", quantity=1, renews_on=None),
    ],
)


def balance(seller: Client) -> str:
    """What the customer owes."""
    return str(seller.account("life-b", "life-c")["balance"]["amount"])


def changed(client: Client, held: Json, verb: str, **body: object) -> Json:
    return client.post(f"/subscriptions/{held['id']}/{verb}", body)


def told(hooks: Hooks, ref: str, order: Json, kind: str) -> Json:
    """The subscription, as the webhook tells it."""
    found: Json = hooks.wait_for(ref, f"subscription.{kind}", order)["data"]["subscription"]
    return found


def test_bought_raised_lowered_paused_and_ended(placet: Server, hooks: Hooks) -> None:
    """Each an order that the vendor executes; what comes back is on the account at once."""
    seller, buyer = placet.client("life-b"), placet.client("life-c")
    order = buyer.place("life-seat", quantity=10)
    seller.approve(order)
    buyer.wait_for(order, "executed")
    (held,) = buyer.items("/subscriptions")
    assert (held["quantity"], balance(seller)) == (10, "120.00")

    more = changed(buyer, held, "change", quantity=15)
    assert (more["kind"], more["status"]) == ("change", "pending_approval")
    assert seller.get(f"/orders/{more['id']}/credit-risk")["estimated"]["amount"] == "60.00"
    seller.approve(more)
    buyer.wait_for(more, "executed")
    assert balance(seller) == "180.00"
    assert told(hooks, "life-c", more, "changed")["quantity"] == 15
    done = hooks.wait_for("life-b", "offer.provisioned", more)["data"]
    assert {name: amount["amount"] for name, amount in done["credit_risk"].items()} == {
        "estimated": "60.00",
        "final": "60.00",
    }

    fewer = changed(buyer, held, "change", quantity=12)
    buyer.wait_for(fewer, "executed")
    assert (fewer["approvals"], balance(seller)) == ([], "144.00")
    assert hooks.types("life-b", fewer) in ([], ["subscription.changed"])  # nobody was asked
    assert told(hooks, "life-b", fewer, "changed")["quantity"] == 12

    pause = changed(seller, held, "suspend", reason="Not paid.")
    buyer.wait_for(pause, "executed")
    assert told(hooks, "life-c", pause, "suspended")["status"] == "suspended"
    back = changed(seller, held, "resume")
    buyer.wait_for(back, "executed")

    later = changed(buyer, held, "cancel", when="period_end", reason="Moving.")
    buyer.wait_for(later, "executed")
    assert told(hooks, "life-c", later, "changed")["status"] == "pending_cancellation"
    end = changed(buyer, held, "cancel", when="now")
    buyer.wait_for(end, "executed")
    assert told(hooks, "life-c", end, "cancelled")["status"] == "cancelled"
    assert balance(seller) == "0.00"
    assert buyer.get(f"/subscriptions/{held['id']}")["ended_at"]


def test_the_worker_renews_and_ends_what_is_over(placet: Server) -> None:
    """Both of them stated by the world file: one goes on and is billed here, the other is over."""
    buyer = placet.client("life-d")

    def renewed() -> list[Json]:
        return [order for order in buyer.items("/orders") if order["kind"] == "renewal"]

    [renewal] = until(renewed, "one of them is renewed")
    assert renewal["change"]["period"]["first"] == YESTERDAY.isoformat()
    assert (renewal["status"], renewal["approvals"], renewal["checks"]) == ("executed", [], [])
    [invoice] = buyer.items(f"/invoices?order={renewal['id']}")
    assert invoice["net"] == renewal["total_amount"]

    def over() -> list[Json]:
        return buyer.items("/subscriptions?status=cancelled")

    [ended] = until(over, "the other is over")
    [going] = buyer.items("/subscriptions?status=active")
    assert date.fromisoformat(going["renews_on"]) > TODAY
    assert (ended["renews_on"], ended["quantity"]) == (None, 2)
    assert len(renewed()) == 1


def test_a_change_whose_vendor_says_nothing_at_first_is_made_once(placet: Server) -> None:
    """R52: asked again by the same key."""
    buyer, seller = placet.client("life-e"), placet.client("life-b")
    buyer.wait_for(buyer.place("life-bad", quantity=2), "executed")
    (held,) = buyer.items("/subscriptions")
    buyer.wait_for(changed(buyer, held, "change", quantity=3), "executed")
    assert buyer.get(f"/subscriptions/{held['id']}")["quantity"] == 3
    assert seller.account("life-b", "life-e")["balance"]["amount"] == "36.00"


def test_usage_is_imported_by_command(placet: Server, tmp_path: Path) -> None:
    """R71: by the top seller, beside the running server; a bad file changes nothing."""
    buyer = placet.client("life-f")
    (held,) = buyer.items("/subscriptions")
    file = tmp_path / "usage.csv"
    file.write_text(f"key,subscription,used_on,quantity\nlife-1,{held['id']},{YESTERDAY},2.5\n")
    done = placet.run("usage", "import", str(file), "--organization", "life-a")
    assert (done.returncode, done.stdout) == (0, "Imported: 1 added, 0 there before.\n")
    assert [used["quantity"] for used in buyer.items("/usage-records")] == ["2.5"]
    file.write_text(f"key,subscription,used_on,quantity\nlife-2,{held['id']},yesterday,2.5\n")
    refused = placet.run("usage", "import", str(file), "--organization", "life-a")
    assert (refused.returncode, refused.stdout.splitlines()[-1]) == (1, "Nothing was changed.")
    assert len(buyer.items("/usage-records")) == 1


def test_the_books_are_true(placet: Server) -> None:
    proven = placet.run("verify")
    assert proven.returncode == 0, proven.stdout
