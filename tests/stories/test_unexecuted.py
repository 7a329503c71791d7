"""Orders that are short of credit, and the ways out (R43, R44, spec §8)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Final

from tests.stories.client import Client, Json
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, reseller, world

STORIES: Final = ("still", "raise", "pay", "release", "beyond", "cancel", "twice", "crowd")

WORLD = world(
    distributor("short-a"),
    *(
        party
        for story in STORIES
        for party in (
            reseller(f"short-{story}", "short-a", {"credit_limit": "50.00", "opening_balance": "20.00"}),
            customer(f"short-{story}-c", f"short-{story}"),
        )
    ),
    distributor("both-top"),
    reseller("both-short", "both-top", {"credit_limit": "30.00"}),
    customer("both-short-c", "both-short", {"credit_limit": "40.00"}),
    prices={"short-seat": "40.00"},
)


def the_three(placet: Server, story: str) -> tuple[Client, Client, Client]:
    """Distributor, reseller, customer."""
    return placet.client("short-a"), placet.client(f"short-{story}"), placet.client(f"short-{story}-c")


def short_of(refusal: Json) -> str | None:
    assert (refusal["status"], refusal["code"]) == (409, "insufficient_credit")
    return refusal["shortfall"]["amount"] if "shortfall" in refusal else None


def test_a_retry_that_is_still_short_says_by_how_much(placet: Server) -> None:
    """R40, R44: status unchanged, one more run on record, the shortfall to the link's two parties."""
    top, seller, buyer = the_three(placet, "still")
    order = buyer.place("short-seat")
    assert (order["status"], order["status_label"]) == ("unexecuted", "In progress")
    assert seller.read(order)["actions"] == ["retry", "cancel"]
    assert top.read(order)["actions"] == ["retry", "cancel", "release"]
    assert buyer.read(order)["actions"] == ["cancel"]

    assert (short_of(seller.cannot("retry", order)), short_of(top.cannot("retry", order))) == (
        "10.00",
        "10.00",
    )
    assert buyer.cannot("retry", order)["code"] == "forbidden"
    now = seller.read(order)
    assert (now["status"], max(check["run"] for check in now["checks"])) == ("unexecuted", 3)
    account = top.account("short-a", "short-still")
    assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("20.00", "0.00")
    assert placet.rows("SELECT 1 FROM invoice WHERE order_id = %(id)s", id=order["id"]) == []


def test_a_higher_limit_lets_it_pass(placet: Server) -> None:
    """R61: by the seller; then the order passes with exactly what it needs (R41)."""
    top, seller, buyer = the_three(placet, "raise")
    order = buyer.place("short-seat")
    contract = top.account("short-a", "short-raise")["contract"]
    top.patch(f"/contracts/{contract}", {"credit_limit": "59.99", "reason": "almost"})
    assert short_of(seller.cannot("retry", order)) == "0.01"
    top.patch(f"/contracts/{contract}", {"credit_limit": "60.00", "reason": "there"})
    assert seller.act("retry", order)["status"] == "submitted"
    seller.wait_for(order, "executed")
    assert top.account("short-a", "short-raise")["available"]["amount"] == "0.00"


def test_a_payment_frees_credit(placet: Server) -> None:
    """R65: at once."""
    top, seller, buyer = the_three(placet, "pay")
    order = buyer.place("short-seat")
    contract = top.account("short-a", "short-pay")["contract"]
    top.post("/payments", {"contract": contract, "amount": "10.00", "note": "by bank"})
    assert seller.act("retry", order)["status"] == "submitted"
    seller.wait_for(order, "executed")
    assert top.account("short-a", "short-pay")["balance"]["amount"] == "50.00"


def test_one_order_is_released_beyond_the_limit(placet: Server) -> None:
    """R44: by the seller of the short link, this order alone, with who and why."""
    top, seller, buyer = the_three(placet, "release")
    order, other = buyer.place("short-seat"), buyer.place("short-seat")
    for forbidden in (seller, buyer):
        assert forbidden.cannot("release", order, reason="I want it")["code"] == "forbidden"
    released = top.act("release", order, reason="They pay on Monday.")
    assert released["status"] == "submitted"
    [credit] = [c for c in released["checks"] if c["name"] == "available_credit" and c["run"] == 2]
    assert (credit["result"], credit["detail"]["released"]) == ("passed", True)
    top.wait_for(order, "executed")
    assert top.account("short-a", "short-release")["available"]["amount"] == "-10.00"
    assert short_of(seller.cannot("retry", other)) == "50.00"
    told = [entry for entry in top.items(f"/orders/{order['id']}/history") if entry.get("reason")]
    assert [(entry["reason"], entry["by"]["name"]) for entry in told] == [
        ("They pay on Monday.", "short-a's admin")
    ]


def test_each_seller_releases_its_own_link(placet: Server) -> None:
    """Both links short: one release is not enough, and the order says what is left (R41, R44)."""
    top, seller, buyer = (placet.client(ref) for ref in ("both-top", "both-short", "both-short-c"))
    order = buyer.place("short-seat")
    assert order["status_label"] == "Unexecuted due to Insufficient Credit"  # its own link is short
    still = seller.act("release", order, reason="our own risk")
    assert (still["status"], still["actions"]) == ("unexecuted", ["retry", "cancel"])
    assert buyer.read(order)["status_label"] == "In progress"
    assert top.act("release", order, reason="ours too")["status"] == "submitted"


def test_a_cancelled_one_is_closed(placet: Server) -> None:
    """Spec §8: the final buyer may, too; nothing moves it any more."""
    top, seller, buyer = the_three(placet, "cancel")
    order = buyer.place("short-seat")
    assert buyer.act("cancel", order, reason="too slow")["status"] == "cancelled"
    assert seller.cannot("retry", order)["code"] == "order_closed"
    assert top.cannot("release", order, reason="why not")["code"] == "order_closed"
    assert seller.read(order)["actions"] == []


def test_two_retries_at_once_execute_once(placet: Server) -> None:
    """R34, R42."""
    top, seller, buyer = the_three(placet, "twice")
    order = buyer.place("short-seat")
    contract = top.account("short-a", "short-twice")["contract"]
    top.patch(f"/contracts/{contract}", {"credit_limit": "200.00"})
    with ThreadPoolExecutor(4) as pool:
        answers = [
            pool.submit(who.call, "POST", f"/orders/{order['id']}/retry", {}) for who in (top, seller) * 2
        ]
    codes = sorted(answer.result().status_code for answer in answers)
    assert codes == [200, 409, 409, 409]
    top.wait_for(order, "executed")
    assert top.account("short-a", "short-twice")["balance"]["amount"] == "60.00"


def test_a_crowd_never_passes_the_limit(placet: Server) -> None:
    """R42: whatever the load, balance and reserved never pass a limit by an accepted order."""
    top, _, buyer = the_three(placet, "crowd")
    contract = top.account("short-a", "short-crowd")["contract"]
    top.patch(f"/contracts/{contract}", {"credit_limit": "259.99"})  # 20 owed: enough for five, not for six
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: buyer.place("short-seat"), range(16)))
    became = [top.read(order)["status"] for order in placed]
    assert (became.count("unexecuted"), len(became)) == (11, 16)
    for order in placed:
        if order["status"] == "submitted":
            top.wait_for(order, "executed")
    account = top.account("short-a", "short-crowd")
    assert Decimal(account["balance"]["amount"]) == 220
    assert Decimal(account["reserved"]["amount"]) == 0
