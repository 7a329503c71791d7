"""What lies on the desks of the demo when somebody signs in: orders of every status, told in few words."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rich.console import Console

from placet.entrypoints.cli.market import Json, Market, money


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders what (`ref quantity, …`), who says yes to it, and who puts an end to it."""

    buyer: str
    what: str
    yes: tuple[str, ...] = ()
    rejected_by: str = ""
    cancelled_by: str = ""

    def body(self) -> Json:
        """As it is posted."""
        lines = [line.split() for line in self.what.split(", ")]
        return {"lines": [{"product": product, "quantity": int(units)} for product, units in lines]}


ORDERS: Final = (
    # go through at once
    Order("cust-b8", "projects 10"),
    Order("cust-b2", "endpoint 20"),
    Order("cust-b8", "pdf 6"),
    Order("cust-m", "archive 30"),
    Order("cust-m", "creative-year 2, pdf 8", yes=("dist-a",)),
    # are made by hand
    Order("cust-o", "workshop 1"),
    Order("cust-m", "onsite 2, migration 40", yes=("dist-a",)),
    # came to nothing
    Order("cust-b7", "draw 4", rejected_by="res-b"),
    Order("cust-o2", "server-8 2", rejected_by="dist-a"),
    Order("cust-b5", "mail 10", cancelled_by="cust-b5"),
    # said yes to, and short of credit
    Order("cust-b2", "backup-server 28", yes=("dist-a",)),
    Order("res-b", "creative 22", yes=("dist-a",)),
    Order("cust-b7", "office-plus 65", yes=("res-b", "dist-a")),
    # wait for their reseller, for the distributor, or for both
    Order("cust-late", "mail 5"),
    Order("cust-o2", "server 1", yes=("res-o",)),
    Order("cust-b6", "mail 12"),
    Order("cust-m", "creative 24, office-plus 40, workshop 1"),
    Order("cust-b5", "archive 25"),
    Order("res-b", "vault 20"),
    Order("cust-h", "office-plus 22", yes=("res-h",)),
    Order("cust-b5", "office-plus 75"),
    Order("cust-b4", "creative 6, pdf 6"),
)


SEATS: Final = 24
"""Of the eighteen that the books begin with."""


def fill_desks(console: Console, market: Market, today: date) -> None:
    """Lets these orders happen, a change of a subscription, usage and a payment; says who has what to do."""
    console.print("\n[bold]On the desks[/bold]")
    for order in ORDERS:
        _happens(market, order)
    subscriptions = market.get("dist-a", "/subscriptions?limit=200")["items"]
    _more_seats(market, subscriptions)
    _usage(market, subscriptions, today)
    _payment(market)
    for words in (_waiting(market, "dist-a"), _waiting(market, "res-b"), _short(market, "res-b")):
        console.print(f"  {words}", markup=False)


def _happens(market: Market, order: Order) -> None:
    key = f"demo desk {order.buyer} {order.what}"
    path = f"/orders/{market.post(order.buyer, '/orders', order.body(), once=key)['id']}"
    for approver in order.yes:
        market.post(approver, f"{path}/approve", {}, once=key)
    if order.rejected_by:
        no = {"reason": "You have this already in your suite.", "note": "Told by phone."}
        market.post(order.rejected_by, f"{path}/reject", no, once=key)
    if order.cancelled_by:
        market.post(order.cancelled_by, f"{path}/cancel", {"reason": "Ordered twice."}, once=key)


def _more_seats(market: Market, subscriptions: list[Json]) -> None:
    """A change that waits for its reseller: the same one, whatever became of the seats since."""
    for each in subscriptions:
        if (each["customer"]["ref"], each["product"]["ref"]) == ("cust-b4", "office-plus"):
            path = f"/subscriptions/{each['id']}/change"
            market.post("cust-b4", path, {"quantity": SEATS}, once="demo more seats")


def _usage(market: Market, subscriptions: list[Json], today: date) -> None:
    """Of the last days, on what is metered."""
    days = [today - timedelta(days=ago) for ago in (3, 2, 1)]
    records = [
        {
            "key": f"demo-{each['id']}-{day}",
            "subscription": each["id"],
            "used_on": str(day),
            "quantity": f"{180 + 35 * place}.5",
        }
        for each in subscriptions
        if each["billing_type"] == "usage" and each["status"] == "active"
        for place, day in enumerate(days)
    ]
    if records:  # each is known by its key: sent again, it changes nothing
        market.post(
            "dist-a", "/usage-records", {"records": records}, once=f"demo usage {today} {len(records)}"
        )


def _payment(market: Market) -> None:
    accounts = market.get("res-h", "/credit-accounts")["items"]
    contract = next(account["contract"] for account in accounts if account["buyer"]["ref"] == "res-h")
    body = {"contract": contract, "amount": "150.00", "note": "By bank transfer."}
    market.post("dist-a", "/payments", body, once="demo payment")


def _waiting(market: Market, approver: str) -> str:
    orders = market.get(approver, "/approvals")["items"]
    return f"{approver:8}  {len(orders)} orders wait for its yes or no"


def _short(market: Market, reseller: str) -> str:
    orders = market.get(reseller, "/dashboard/unexecuted-orders")["items"]
    costs = ", ".join(money(order["total_cost"]) for order in orders)
    return f"{reseller:8}  {len(orders)} orders are short of credit: {costs}"
