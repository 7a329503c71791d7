"""A chain that changes its currency from link to link (R7), each with its own number of decimals."""

import json
from decimal import Decimal

from tests.stories.client import Json
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, group, reseller, world


def foreign_world() -> str:
    """Dollars at the top, yen in the middle, dinars (three decimals) at the customer."""
    made = json.loads(
        world(
            distributor("cur-a", multi_tier_approval=True),
            reseller("cur-b", "cur-a", {"currency": "USD", "credit_limit": "200.01", "tax_rate": "8.25"}),
            reseller("cur-c", "cur-b", {"currency": "JPY", "tax_rate": "10"}, multi_tier_approval=True),
            customer("cur-d", "cur-c", {"currency": "KWD", "tax_rate": "5"}),
            prices={"cur-seat": "33.33"},
            groups=[
                group("cur-a", "cur-d", policies=[{"scope": "all", "approve_above": "72.15"}]),
                group("cur-c", "cur-d", policies=[{"scope": "all", "approve_above": "25.767"}]),
            ],
        )
    )
    currencies = {"cur-a-list": "USD", "cur-b-list": "JPY", "cur-c-list": "KWD"}
    prices = {"cur-a-list": "33.33", "cur-b-list": "5001", "cur-c-list": "12.270"}
    for listed in made["price_lists"]:
        ref = listed["ref"]
        listed.pop("markup_percent", None)
        listed |= {"currency": currencies[ref], "prices": {"cur-seat": prices[ref]}}
    return json.dumps(made)


WORLD = foreign_world()


def total(order: Json) -> tuple[str, ...]:
    named = (order.get("total_cost"), order.get("total_amount"))
    return tuple(f"{money['amount']} {money['currency']}" for money in named if money)


def test_each_link_in_its_own_currency(placet: Server) -> None:
    """Exact, with the decimals that the currency has; a policy's amount is its owner's currency; what is
    equal to it does not ask (R81)."""
    order = placet.client("cur-d").place("cur-seat", quantity=2)
    parties = [placet.client(f"cur-{letter}") for letter in "dcba"]
    assert [total(party.read(order)) for party in parties] == [
        ("25.767 KWD",),
        ("11002 JPY", "25.767 KWD"),
        ("72.16 USD", "11002 JPY"),
        ("72.16 USD",),
    ]
    actions = [party.read(order)["actions"] for party in parties]
    assert actions == [["cancel"], ["cancel"], [], ["approve", "reject"]]
    parties[3].approve(order)
    parties[3].wait_for(order, "executed")
    balances = {
        buyer: placet.client(buyer).account(seller, buyer)["balance"]
        for seller, buyer in (("cur-a", "cur-b"), ("cur-b", "cur-c"), ("cur-c", "cur-d"))
    }
    assert balances == {
        "cur-b": {"amount": "72.16", "currency": "USD"},
        "cur-c": {"amount": "11002", "currency": "JPY"},
        "cur-d": {"amount": "25.767", "currency": "KWD"},
    }


def test_a_shortfall_is_in_the_links_currency(placet: Server) -> None:
    """R44."""
    order = placet.client("cur-d").place("cur-seat", quantity=6)
    placet.client("cur-c").approve(order)
    assert placet.client("cur-a").approve(order)["status"] == "unexecuted"
    available = Decimal(placet.client("cur-b").account("cur-a", "cur-b")["available"]["amount"])
    refusal = placet.client("cur-b").cannot("retry", order)
    assert refusal["shortfall"] == {"amount": str(Decimal("216.48") - available), "currency": "USD"}
    assert "shortfall" not in placet.client("cur-c").cannot("retry", order)
