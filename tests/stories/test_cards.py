"""Card payers (R21, R22, R35, R47-R49): never a second charge, never an execution without one."""

from typing import Final

import pytest

from tests.stories.client import Client, Json, until
from tests.stories.server import Server
from tests.stories.worlds import card, customer, distributor, product, reseller, world

R47: Final = "Your payment method does not support this action. Please contact your distributor."
DECLINED: Final = "The bank declined this card: insufficient funds."

NOBODYS: Final = "01a20343-294e-74d4-95a1-897ffbbd839d"

WAITING: Final = ("slow", "halt")
MANUAL: Final = ("manual", "late", "poor")

WORLD = world(
    distributor("card-a"),
    *(reseller(f"card-{name}", "card-a", card("tok_timeout")) for name in WAITING),
    *(customer(f"card-{name}-c", f"card-{name}") for name in WAITING),
    *(reseller(f"card-{name}", "card-a", {"payment_method": "credit_card"}) for name in MANUAL),
    *(customer(f"card-{name}-c", f"card-{name}") for name in MANUAL),
    reseller("card-second", "card-a", card("tok_declined")),
    customer("card-second-c", "card-second"),
    # Two card payers in one chain.
    *(
        party
        for pair, upper, lower in (("yes", "tok_ok", "tok_ok"), ("no", "tok_declined", "tok_ok"))
        for party in (
            reseller(f"card-{pair}-2", "card-a", card(upper)),
            reseller(f"card-{pair}-1", f"card-{pair}-2", card(lower)),
            customer(f"card-{pair}-c", f"card-{pair}-1"),
        )
    ),
    # The distributor watches a card payer, and answers late.
    distributor("card-w", multi_tier_approval=True),
    *(reseller(f"card-{name}", "card-w", card("tok_ok")) for name in ("gone", "moved")),
    *(customer(f"card-{name}-c", f"card-{name}") for name in ("gone", "moved")),
    reseller("card-cash", "card-w"),
    customer("card-cash-c", "card-cash"),
    prices={"card-seat": "100.00", "card-visit": "100.00", "card-desk": "50.00"},
    products=[product("card-visit", "manual"), product("card-desk", "manual")],
    groups=[
        {
            "owner": "card-w",
            "name": "Watched",
            "members": ["card-gone", "card-moved", "card-cash"],
            "policies": [{"scope": "all"}],
        }
    ],
)


def euros(placet: Server, order: Json) -> dict[str, list[tuple[str, int, int]]]:
    """What the gateway did for this order, by payer: state, how often captured, euros given back."""
    attempts = placet.rows(
        "SELECT h.id, o.ref FROM charge_attempt h JOIN contract c ON c.id = h.contract_id"
        " JOIN organization o ON o.id = c.buyer_id WHERE h.order_id = %(id)s ORDER BY h.created_at, h.tier",
        id=order["id"],
    )
    done = placet.charges()
    found: dict[str, list[tuple[str, int, int]]] = {}
    for row in attempts:
        if taken := done.get(row["id"]):
            found.setdefault(row["ref"], []).append(
                (taken.state, taken.captured // 100, taken.refunded // 100)
            )
    return found


def payment_is(client: Client, order: Json, *statuses: str) -> Json:
    def found() -> Json | None:
        now = client.read(order)
        return now if now["payment"] and now["payment"]["status"] in statuses else None

    return until(found, f"the payment is {statuses}")


def test_while_a_charge_is_under_way_nobody_moves(placet: Server) -> None:
    """R48: nobody can decide, cancel or change the method; the gateway is asked once, looked up after."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-a", "card-slow", "card-slow-c"))
    order = buyer.place("card-seat")
    paying = seller.approve(order)
    assert (paying["status"], paying["payment"]["status"]) == ("pending_approval", "in_progress")
    payment_is(seller, order, "unknown")
    assert (seller.read(order)["actions"], buyer.read(order)["actions"]) == ([], [])
    assert buyer.cannot("cancel", order, reason="too slow")["code"] == "payment_in_progress"
    contract = top.account("card-a", "card-slow")["contract"]
    change = {"payment_method": "cash", "reason": "no more cards"}
    assert top.refused("PATCH", f"/contracts/{contract}", change)["code"] == "payment_in_progress"
    assert "payment" not in buyer.read(order)

    assert seller.wait_for(order, "executed")["payment"]["status"] == "captured"
    assert euros(placet, order) == {"card-slow": [("captured", 100, 0)]}
    assert [t.asked for t in placet.charges().values() if t.token == "tok_timeout"] == [1]  # noqa: S105


def test_a_suspension_waits_for_the_gateways_word(placet: Server) -> None:
    """R48, R72: paid, so it is executed; what comes later is refused."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-a", "card-halt", "card-halt-c"))
    order = buyer.place("card-seat")
    seller.approve(order)
    payment_is(seller, order, "unknown")
    top.patch("/organizations/card-halt", {"status": "suspended"})
    assert top.wait_for(order, "executed")["payment"]["status"] == "captured"
    refusal = buyer.refused("POST", "/orders", {"lines": [{"product": "card-seat", "quantity": 1}]})
    assert refusal["code"] == "organization_not_active"


def test_after_a_no_approving_again_is_a_new_attempt(placet: Server) -> None:
    """R48: a new attempt has a new key; nothing stays reserved in between."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-a", "card-second", "card-second-c"))
    order = buyer.place("card-seat")
    seller.approve(order)
    declined = payment_is(seller, order, "declined")
    assert (declined["status"], declined["warning"]) == ("pending_approval", DECLINED)
    assert top.account("card-a", "card-second")["reserved"]["amount"] == "0.00"
    account = top.account("card-a", "card-second")
    cards = f"/contracts/{account['contract']}/tokens"
    [bad] = seller.items(cards)
    seller.call("DELETE", f"{cards}/{bad['id']}")
    assert seller.cannot("approve", order)["code"] == "no_active_token"
    seller.post(cards, {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"})
    assert seller.approve(order)["warning"] is None
    seller.wait_for(order, "executed")
    assert euros(placet, order) == {"card-second": [("declined", 0, 0), ("captured", 100, 0)]}
    account = top.account("card-a", "card-second")
    assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("0.00", "0.00")


def test_two_card_payers_both_pay(placet: Server) -> None:
    """R48: each the gross amount of its own link."""
    order = two_card_payers_approve(placet, "yes")
    placet.client("card-a").wait_for(order, "executed")
    assert euros(placet, order) == {
        "card-yes-1": [("captured", 120, 0)],
        "card-yes-2": [("captured", 100, 0)],
    }
    for seller, buyer in (("card-a", "card-yes-2"), ("card-yes-2", "card-yes-1")):
        account = placet.client(seller).account(seller, buyer)
        assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("0.00", "0.00")


def test_one_no_voids_the_other(placet: Server) -> None:
    """R48: nobody has paid; only the one who could not is asked again, in words for its own eyes."""
    order = two_card_payers_approve(placet, "no")
    lower, upper, top = (placet.client(ref) for ref in ("card-no-1", "card-no-2", "card-a"))
    declined = payment_is(upper, order, "declined")
    assert (declined["status"], declined["warning"]) == ("pending_approval", DECLINED)
    assert euros(placet, order) == {"card-no-1": [("voided", 0, 0)], "card-no-2": [("declined", 0, 0)]}
    steps = {step["approver"]["ref"]: step["status"] for step in upper.read(order)["approvals"]}
    assert steps == {"card-no-1": "approved", "card-no-2": "pending"}
    assert (top.read(order)["warning"], lower.read(order)["warning"]) == (DECLINED, None)
    for seller, buyer in (("card-a", "card-no-2"), ("card-no-2", "card-no-1")):
        assert placet.client(seller).account(seller, buyer)["reserved"]["amount"] == "0.00"


def two_card_payers_approve(placet: Server, pair: str) -> Json:
    order = placet.client(f"card-{pair}-c").place("card-seat")
    placet.client(f"card-{pair}-2").approve(order)
    return placet.client(f"card-{pair}-1").approve(order)


def test_a_token_that_is_gone_at_validation(placet: Server) -> None:
    """R47: the payer's step opens again with exactly these words, nothing is reserved, the other
    approval stays."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-w", "card-gone", "card-gone-c"))
    order = buyer.place("card-seat")
    seller.approve(order)
    cards = f"/contracts/{top.account('card-w', 'card-gone')['contract']}/tokens"
    [token] = seller.items(cards)
    seller.call("DELETE", f"{cards}/{token['id']}")
    back = top.approve(order)
    assert (back["status"], back["warning"]) == ("pending_approval", R47)
    assert {step["approver"]["ref"]: step["status"] for step in back["approvals"]} == {
        "card-gone": "pending",
        "card-w": "approved",
    }
    assert [c["result"] for c in seller.read(order)["checks"] if c["name"] == "active_token"] == ["failed"]
    assert (seller.read(order)["warning"], "warning" in buyer.read(order)) == (R47, False)
    assert top.account("card-w", "card-gone")["reserved"]["amount"] == "0.00"
    assert euros(placet, order) == {}
    assert seller.cannot("approve", order)["detail"] == R47


def test_the_method_is_read_at_validation(placet: Server) -> None:
    """R22: moved to cash while it waited, the card stays untouched; moved to card, its owner is asked."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-w", "card-moved", "card-moved-c"))
    order = buyer.place("card-seat")
    contract = f"/contracts/{top.account('card-w', 'card-moved')['contract']}"
    seller.approve(order)
    top.patch(contract, {"payment_method": "cash"})
    top.approve(order)
    assert top.wait_for(order, "executed")["payment"] is None
    assert top.account("card-w", "card-moved")["balance"]["amount"] == "100.00"

    payer, customer_ = placet.client("card-cash"), placet.client("card-cash-c")
    order = customer_.place("card-seat")
    assert payer.read(order)["actions"] == ["cancel"]
    contract = f"/contracts/{top.account('card-w', 'card-cash')['contract']}"
    change = {"payment_method": "credit_card"}
    assert top.refused("PATCH", contract, change)["code"] == "no_active_token"
    payer.post(f"{contract}/tokens", {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"})
    top.patch(contract, change)
    assert top.approve(order)["status"] == "pending_approval"
    [own] = [step for step in payer.read(order)["approvals"] if step["tier"] == 1]
    assert (own["status"], own["reasons"]) == ("pending", [{"code": "payment_method"}])
    payer.approve(order)
    payer.wait_for(order, "executed")
    assert euros(placet, order) == {"card-cash": [("captured", 100, 0)]}


@pytest.mark.parametrize("retry", ["whole", "by line"])
def test_a_manual_order_is_paid_before_its_first_line(placet: Server, retry: str) -> None:
    """R35, R49: approved without a token; executed only once the whole gross is paid, once."""
    name = "manual" if retry == "whole" else "late"
    top, seller, buyer = (placet.client(ref) for ref in ("card-a", f"card-{name}", f"card-{name}-c"))
    order = buyer.place("card-visit", "card-desk")
    assert seller.approve(order)["status"] == "submitted"
    refusal = top.cannot("execute", order)
    assert (refusal["status"], refusal["code"], refusal["detail"]) == (409, "no_active_token", R47)
    stays = seller.read(order)
    assert (stays["status"], stays["warning"]) == ("submitted", R47)
    assert top.account("card-a", f"card-{name}")["reserved"]["amount"] == "150.00"

    cards = f"/contracts/{top.account('card-a', f'card-{name}')['contract']}/tokens"
    seller.post(cards, {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"})
    lines = [line["id"] for line in order["lines"]]
    if retry == "whole":
        top.act("execute", order)
    else:
        top.act("execute", order, lines=lines[:1])
        partly = until(lambda: delivered(top.read(order), 1), "one line is delivered")
        assert partly["status"] == "submitted"
        assert euros(placet, order) == {f"card-{name}": [("captured", 150, 0)]}
        top.act("execute", order, lines=lines[1:])
    top.wait_for(order, "executed")
    assert euros(placet, order) == {f"card-{name}": [("captured", 150, 0)]}
    account = top.account("card-a", f"card-{name}")
    assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("0.00", "0.00")


def delivered(order: Json, lines: int) -> Json | None:
    return order if order["delivered"]["lines"] == lines else None


def test_a_declined_manual_order_stays_with_the_top_seller(placet: Server) -> None:
    """R49: and what is given up of a paid one goes back to the card (R53)."""
    top, seller, buyer = (placet.client(ref) for ref in ("card-a", "card-poor", "card-poor-c"))
    order = buyer.place("card-visit", "card-desk")
    seller.approve(order)
    cards = f"/contracts/{top.account('card-a', 'card-poor')['contract']}/tokens"
    bad = seller.post(cards, {"gateway": "sandbox", "reference": "tok_declined", "expires": "2099-12"})
    assert top.act("execute", order)["status"] == "submitted"
    assert payment_is(top, order, "declined")["warning"] == DECLINED
    assert top.account("card-a", "card-poor")["reserved"]["amount"] == "150.00"

    seller.call("DELETE", f"{cards}/{bad['id']}")
    seller.post(cards, {"gateway": "sandbox", "reference": "tok_ok", "expires": "2099-12"})
    top.act("execute", order, lines=[order["lines"][0]["id"]])
    until(lambda: delivered(top.read(order), 1), "one line is delivered")
    left = top.act("cancel", order, reason="The desk is sold out.")
    assert (left["status"], left["delivered"]) == ("executed", {"lines": 1, "of": 2})
    payment_is(top, order, "refunded")
    assert euros(placet, order) == {"card-poor": [("declined", 0, 0), ("captured", 150, 50)]}
    account = top.account("card-a", "card-poor")
    assert (account["balance"]["amount"], account["reserved"]["amount"]) == ("0.00", "0.00")


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["settle-charge", NOBODYS, "captured"], 1, "There is no such charge."),
        (["settle-refund", NOBODYS], 1, "There is no such refund."),
        (["reseal"], 0, "0 of 0 keys are sealed anew."),
    ],
)
def test_what_a_person_settles_by_command(placet: Server, command: list[str], status: int, said: str) -> None:
    """R48, R53: beside a running server."""
    ran = placet.run(*command)
    assert (ran.returncode, ran.stdout.strip()) == (status, said)
