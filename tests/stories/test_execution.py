"""Execution and provisioning: manual, failing, unanswered, in parts; and the books afterwards (R45,
R50-R54, R62)."""

from typing import Final

import pytest

from tests.stories.client import Client, Json, until
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, product, reseller, world

STORIES: Final = (
    *("whole", "lines", "fail-retry", "fail-cancel", "timeout", "later", "part", "nothing", "vendors"),
    *("slow", "mixed-cancel"),
)

WORLD = world(
    distributor("exec-a"),
    *(
        party
        for story in STORIES
        for party in (
            reseller(f"exec-{story}", "exec-a", {"credit_limit": "1000.00", "tax_rate": "21"}),
            customer(f"exec-{story}-c", f"exec-{story}", {"tax_rate": "10"}),
        )
    ),
    prices={
        "exec-seat": "10.00",
        "exec-visit": "100.00",
        "exec-desk": "40.00",
        "exec-broken": "5.00",
        "exec-silent": "7.00",
        "exec-third": "3.00",
        "exec-slow": "2.00",
    },
    products=[
        product("exec-visit", "manual", vendor="exec-hands"),
        product("exec-desk", "manual", vendor="exec-hands"),
        product("exec-broken", outcome="fail"),
        product("exec-silent", outcome="timeout"),
        product("exec-third", succeed_after=2),
        product("exec-slow", latency_ms=1500),
    ],
)


def the_three(placet: Server, story: str) -> tuple[Client, Client, Client]:
    """Distributor, reseller, customer."""
    return placet.client("exec-a"), placet.client(f"exec-{story}"), placet.client(f"exec-{story}-c")


def books(placet: Server, story: str) -> dict[str, tuple[str, str]]:
    """Balance and reserved of both links."""
    links = {"reseller": ("exec-a", f"exec-{story}"), "customer": (f"exec-{story}", f"exec-{story}-c")}
    accounts = {name: placet.client(seller).account(seller, buyer) for name, (seller, buyer) in links.items()}
    return {name: (a["balance"]["amount"], a["reserved"]["amount"]) for name, a in accounts.items()}


def states(order: Json) -> dict[str, str]:
    return {line["product"]["ref"].removeprefix("exec-"): line["delivery_status"] for line in order["lines"]}


def line_of(order: Json, name: str) -> str:
    return next(str(line["id"]) for line in order["lines"] if line["product"]["ref"] == f"exec-{name}")


def sub_order_of(client: Client, order: Json, name: str) -> Json:
    now, line = client.read(order), line_of(order, name)
    return next(sub for sub in now["sub_orders"] if line in sub["lines"])


def wait_until_line_is(client: Client, order: Json, name: str, state: str) -> Json:
    def there() -> Json | None:
        now = client.read(order)
        return now if states(now)[name] == state else None

    return until(there, f"{name} is {state}")


def test_a_manual_order_as_a_whole(placet: Server) -> None:
    """R45: the reservation holds until the top seller executes it; then every link is invoiced (R52)."""
    top, seller, buyer = the_three(placet, "whole")
    order = buyer.place("exec-visit", quantity=2)
    assert (order["status"], top.read(order)["actions"]) == ("submitted", ["cancel", "execute"])
    assert books(placet, "whole") == {"reseller": ("0.00", "242.00"), "customer": ("0.00", "264.00")}
    for other in (seller, buyer):
        assert other.cannot("execute", order)["code"] == "forbidden"
    top.act("execute", order)
    top.wait_for(order, "executed")
    assert books(placet, "whole") == {"reseller": ("242.00", "0.00"), "customer": ("264.00", "0.00")}

    mine, theirs = seller.items(f"/invoices?order={order['id']}")
    assert {(i["seller"]["ref"], i["buyer"]["ref"]): i["total"]["amount"] for i in (mine, theirs)} == {
        ("exec-a", "exec-whole"): "242.00",
        ("exec-whole", "exec-whole-c"): "264.00",
    }
    [billed] = buyer.items(f"/invoices?order={order['id']}")
    assert (billed["kind"], billed["status"], billed["open"]["amount"]) == ("debit", "unpaid", "264.00")
    assert (billed["net"]["amount"], billed["tax"]["amount"]) == ("240.00", "24.00")
    [line] = billed["lines"]
    assert (line["product"]["ref"], line["type"], line["quantity"]) == (
        "exec-visit",
        "software_subscription",
        2,
    )
    [subscription] = buyer.items("/subscriptions")
    assert (subscription["order"], subscription["quantity"], subscription["status"]) == (
        order["id"],
        2,
        "active",
    )


def test_a_manual_order_line_by_line(placet: Server) -> None:
    """R45, R50: each time what was chosen is a sub-order of its own, invoiced by itself."""
    top, _, buyer = the_three(placet, "lines")
    order = buyer.place("exec-visit", "exec-desk")
    visit, desk = line_of(order, "visit"), line_of(order, "desk")
    assert top.cannot("execute", order, lines=[order["id"]])["code"] == "invalid"
    top.act("execute", order, lines=[visit])
    now = wait_until_line_is(top, order, "visit", "delivered")
    assert (now["status"], states(now)) == ("submitted", {"visit": "delivered", "desk": "waiting"})
    assert books(placet, "lines") == {"reseller": ("121.00", "48.40"), "customer": ("132.00", "52.80")}
    late = top.cannot("execute", order, lines=[visit, desk])
    assert (late["code"], late["lines"]) == ("wrong_status", [visit])  # all lines named or none
    assert states(top.read(order))["desk"] == "waiting"
    top.act("execute", order, lines=[desk])
    top.wait_for(order, "executed")
    assert len(top.items(f"/invoices?order={order['id']}")) == 2
    assert books(placet, "lines") == {"reseller": ("169.40", "0.00"), "customer": ("184.80", "0.00")}


def test_a_failed_sub_order_is_tried_again(placet: Server) -> None:
    """R53: the reservation is kept; the vendor's words are for the top seller (spec §13)."""
    top, seller, buyer = the_three(placet, "later")
    order = buyer.place("exec-third")
    wait_until_line_is(top, order, "third", "failed")
    assert books(placet, "later") == {"reseller": ("0.00", "3.63"), "customer": ("0.00", "3.96")}
    sub = sub_order_of(top, order, "third")
    assert (sub["status"], sub["reason"]) == ("failed", "The sandbox vendor was told to fail.")
    for other in (seller, buyer):
        assert "told to fail" not in other.call("GET", f"/orders/{order['id']}").text
        assert "told to fail" not in other.call("GET", f"/orders/{order['id']}/history").text
        refusal = other.refused("POST", f"/orders/{order['id']}/sub-orders/{sub['id']}/retry", {})
        assert refusal["code"] == "forbidden"
    again = f"/orders/{order['id']}/sub-orders/{sub['id']}/retry"
    assert states(top.post(again)) == {"third": "provisioning"}
    wait_until_line_is(top, order, "third", "failed")  # the second of its two failures
    top.post(again)
    top.wait_for(order, "executed")
    assert top.refused("POST", again, {})["code"] == "order_closed"
    [work] = [work for key, work in placet.works().items() if str(key) == line_of(order, "third")]
    assert (work.asked, work.delivered) == (3, 1)
    assert books(placet, "later") == {"reseller": ("3.63", "0.00"), "customer": ("3.96", "0.00")}


def test_what_fails_is_cancelled_and_its_credit_released(placet: Server) -> None:
    """R51, R53: partly delivered is executed, "1 of 2"."""
    top, seller, buyer = the_three(placet, "part")
    order = buyer.place("exec-seat", "exec-broken")
    wait_until_line_is(top, order, "broken", "failed")
    wait_until_line_is(top, order, "seat", "delivered")
    assert top.read(order)["status"] == "submitted"
    assert books(placet, "part") == {"reseller": ("12.10", "6.05"), "customer": ("13.20", "6.60")}
    sub = sub_order_of(top, order, "broken")
    done = top.post(f"/orders/{order['id']}/sub-orders/{sub['id']}/cancel", {"reason": "It never works."})
    assert (done["status"], done["delivered"]) == ("executed", {"lines": 1, "of": 2})
    assert states(buyer.read(order)) == {"seat": "delivered", "broken": "cancelled"}
    assert books(placet, "part") == {"reseller": ("12.10", "0.00"), "customer": ("13.20", "0.00")}
    risk = seller.get(f"/orders/{order['id']}/credit-risk")
    assert (risk["estimated"]["amount"], risk["final"]["amount"]) == ("19.80", "13.20")


def test_nothing_delivered_is_cancelled(placet: Server) -> None:
    """R51."""
    top, _, buyer = the_three(placet, "nothing")
    order = buyer.place("exec-broken")
    wait_until_line_is(top, order, "broken", "failed")
    sub = sub_order_of(top, order, "broken")
    done = top.post(f"/orders/{order['id']}/sub-orders/{sub['id']}/cancel", {"reason": "It never works."})
    assert (done["status"], done["delivered"]) == ("cancelled", {"lines": 0, "of": 1})
    assert books(placet, "nothing") == {"reseller": ("0.00", "0.00"), "customer": ("0.00", "0.00")}
    assert buyer.items("/invoices") == []


def test_a_manual_order_is_cancelled_before_it_began(placet: Server) -> None:
    """Spec §8: by the top seller alone, for what is not yet with a vendor."""
    top, seller, buyer = the_three(placet, "mixed-cancel")
    order = buyer.place("exec-visit", "exec-seat")
    assert states(order) == {"visit": "waiting", "seat": "waiting"}
    assert [c.cannot("cancel", order, reason="no")["code"] for c in (seller, buyer)] == ["forbidden"] * 2
    top.act("execute", order, lines=[line_of(order, "seat")])
    wait_until_line_is(top, order, "seat", "delivered")
    done = top.act("cancel", order, reason="Nobody has time.")
    assert (done["status"], states(done)) == ("executed", {"visit": "cancelled", "seat": "delivered"})
    assert books(placet, "mixed-cancel") == {"reseller": ("12.10", "0.00"), "customer": ("13.20", "0.00")}


def test_a_vendor_that_did_not_answer_is_asked_again_by_the_same_key(placet: Server) -> None:
    """R52: delivered once all the same."""
    top, _, buyer = the_three(placet, "timeout")
    order = buyer.place("exec-silent", quantity=3)
    wait_until_line_is(top, order, "silent", "provisioning")
    assert top.cannot("cancel", order, reason="too slow")["code"] == "wrong_status"
    top.wait_for(order, "executed")
    [work] = [work for key, work in placet.works().items() if str(key) == line_of(order, "silent")]
    assert (work.quantity, work.asked, work.delivered) == (3, 2, 1)
    assert books(placet, "timeout") == {"reseller": ("25.41", "0.00"), "customer": ("27.72", "0.00")}
    [subscription] = buyer.items("/subscriptions")
    assert subscription["quantity"] == 3


def test_one_sub_order_a_vendor(placet: Server) -> None:
    """R50, R52: what one vendor delivers together is one sub-order, and one invoice a link."""
    top, seller, buyer = the_three(placet, "vendors")
    order = buyer.place("exec-visit", "exec-desk", "exec-seat")
    top.act("execute", order)
    done = top.wait_for(order, "executed")
    assert sorted(len(sub["lines"]) for sub in done["sub_orders"]) == [1, 2]
    assert {sub["status"] for sub in done["sub_orders"]} == {"executed"}
    mine = [i for i in seller.items(f"/invoices?order={order['id']}") if i["buyer"]["ref"] == "exec-vendors"]
    assert sorted((len(i["lines"]), i["total"]["amount"]) for i in mine) == [(1, "12.10"), (2, "169.40")]
    assert done["delivered"] == {"lines": 3, "of": 3}


def test_what_is_with_its_vendor_can_no_longer_be_cancelled(placet: Server) -> None:
    """Spec §8."""
    top, _, buyer = the_three(placet, "slow")
    order = buyer.place("exec-slow")
    assert (states(order), top.read(order)["actions"]) == ({"slow": "provisioning"}, [])
    assert top.cannot("cancel", order, reason="too slow")["code"] == "wrong_status"
    assert top.cannot("execute", order)["code"] == "wrong_status"
    sub = sub_order_of(top, order, "slow")
    for verb, body in (("retry", {}), ("cancel", {"reason": "too slow"})):
        refusal = top.refused("POST", f"/orders/{order['id']}/sub-orders/{sub['id']}/{verb}", body)
        assert refusal["code"] == "wrong_status"
    top.wait_for(order, "executed")


@pytest.mark.parametrize("story", ["fail-retry", "fail-cancel"])
def test_the_same_line_fails_again_and_again(placet: Server, story: str) -> None:
    """R53: as often as the top seller likes; nothing is billed, and what is given up is given back."""
    top, _, buyer = the_three(placet, story)
    order = buyer.place("exec-broken")
    for _ in range(2):
        wait_until_line_is(top, order, "broken", "failed")
        sub = sub_order_of(top, order, "broken")
        top.post(f"/orders/{order['id']}/sub-orders/{sub['id']}/retry")
    wait_until_line_is(top, order, "broken", "failed")
    assert books(placet, story) == {"reseller": ("0.00", "6.05"), "customer": ("0.00", "6.60")}
    verb = (
        f"sub-orders/{sub_order_of(top, order, 'broken')['id']}/cancel" if story == "fail-retry" else "cancel"
    )
    assert top.act(verb, order, reason="enough")["status"] == "cancelled"
    assert books(placet, story) == {"reseller": ("0.00", "0.00"), "customer": ("0.00", "0.00")}
