"""The demo's money: one subscription from its sale to its end, and an account that is paid ahead."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from placet.entrypoints.cli.market import Json, Market, money

SELLER: Final = "dist-a"
RESELLER: Final = "res-dep"
CUSTOMER: Final = "cust-dep"


def tell_money(console: Console, market: Market) -> None:
    """Plays it and prints what the reseller owes, and is owed, after each step."""
    console.print("\n[bold]The money of one subscription: a reseller that pays ahead[/bold]")
    console.print(f"  {_account(market)}", markup=False)
    for words in _steps(market):
        console.print(f"  {words}", markup=False)
    figures = market.get(RESELLER, "/dashboard/statistics")
    console.print(
        f"  month     costs {money(figures['monthly_costs'])}; sold: {figures['subscriptions_sold']} "
        f"subscription, {figures['licenses_sold']} licences; available {money(figures['available_credit'])}",
        markup=False,
    )


def _steps(market: Market) -> Iterator[str]:
    body = {"lines": [{"product": "office", "quantity": 20}]}
    sold = market.post(CUSTOMER, "/orders", body, once="demo money: buys")
    yield from _done(market, "buys 20", sold)
    subscription = market.at_rest(CUSTOMER, f"/orders/{sold['id']}")["lines"][0]["subscription"]
    for says, path, change in (
        ("adds 5", "change", {"quantity": 25}),
        ("gives 10 back", "change", {"quantity": 15}),
        ("ends it with its month", "cancel", {"when": "period_end", "reason": "The season is over."}),
    ):
        there = f"/subscriptions/{subscription}/{path}"
        order = market.post(CUSTOMER, there, change, once=f"demo money: {says}")
        yield from _done(market, says, order)
    yield _topped_up(market)
    yield _account(market)


def _done(market: Market, says: str, order: Json) -> Iterator[str]:
    """What it costs the customer and the reseller, and what is left."""
    market.at_rest(CUSTOMER, f"/orders/{order['id']}")
    seen = market.get(RESELLER, f"/orders/{order['id']}")
    yield (
        f"{order['number']}  {order['customer']['name']} {says}: {money(seen['total_amount'])}, "
        f"of which {money(seen['total_cost'])} is its reseller's cost"
    )
    yield _account(market)


def _topped_up(market: Market) -> str:
    account = _own(market)
    body = {"contract": account["contract"], "amount": "500.00", "note": "Top-up."}
    paid = market.post(SELLER, "/payments", body, once="demo money: tops up")
    return f"payment   {account['buyer']['name']} pays {money(paid['amount'])} more ahead"


def _account(market: Market) -> str:
    account = _own(market)
    return f"account   balance {money(account['balance'])}, available {money(account['available'])}"


def _own(market: Market) -> Json:
    """Where the reseller buys."""
    accounts = market.get(RESELLER, "/credit-accounts")["items"]
    found: Json = next(account for account in accounts if account["buyer"]["ref"] == RESELLER)
    return found
