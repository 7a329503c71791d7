"""The market that browsers look at: every kind of organization, of order, and of trouble.

top → res → cust, calm, poor, gone     the distributor has a say by its group, the reseller by its toggles
top → card → tapper                    pays by card; its bank agrees
top → broke → frugal                   its bank declines
top → low → thirsty                    hardly any credit
top → up → mid → shop → buyer          five tiers, a price of its own at every link
"""

from typing import Final

from tests.stories.server import Server
from tests.stories.worlds import ROLES, Json, card, customer, distributor, group, product, reseller, world

PASSWORD: Final = "demo"  # noqa: S105 - of people who are not there
TWO_HATS: Final = "petra@two.example"
"""Keeps the books of two resellers."""


def email(ref: str, role: str = "admin") -> str:
    """Whom to sign in as."""
    return f"{role}@{ref}.example"


def people(ref: str, *more: Json) -> Json:
    """Somebody in every role, and a contact."""
    users = [
        {"email": email(ref, role), "name": f"{role.title()} of {ref}", "password": PASSWORD, "role": role}
        for role in ROLES
    ]
    contact = {"name": f"Contact of {ref}", "email": f"desk@{ref}.example", "roles": ["primary", "bill_to"]}
    return {"users": [*users, *more], "contacts": [contact], "time_zone": "Europe/Riga"}


BOOKKEEPER: Final = {"email": TWO_HATS, "name": "Petra Two", "password": PASSWORD, "role": "finance"}

PRICES: Final = {
    "suite": "10.00",
    "suite-plus": "22.00",
    "draw": "55.00",
    "guard": "3.10",
    "store": "0.40",
    "server": "900.00",
    "onsite": "100.00",
    "broken": "5.00",
    "seat-1": "1.01",
    "seat-2": "2.02",
    "seat-3": "3.03",
}

OF_VENDOR: Final = {
    "suite": "soft",
    "suite-plus": "soft",
    "server": "soft",
    "draw": "arts",
    "guard": "shield",
}


RES: Final = {"credit_limit": "90000.00", "tax_rate": "21"}
WATCHED: Final = [{"scope": "all", "approve_above": "1000.00"}, {"scope": "vendor", "vendor": "arts"}]
SERVERS: Final = {"scope": "offers", "vendor": "soft", "offers": ["server"]}


def offers() -> list[Json]:
    """The catalog: three vendors with several products, one who works by hand, one who fails."""
    kinds: dict[str, Json] = {
        "draw": {
            "billing_type": "annual",
            "name": "Drawing Board",
            "description": "Draw and paint on any device.",
        },
        "store": {"product_type": "usage", "billing_type": "usage", "name": "Cold Store"},
        "server": {"product_type": "esd", "billing_type": "one_time", "name": "Server Licence"},
        "onsite": {"product_type": "service", "billing_type": "one_time", "name": "On-site setup"},
        "suite": {"name": "Office Suite", "description": "Mail, documents and calls."},
        "suite-plus": {"name": "Office Suite Plus"},
    }
    by_hand = {"onsite": "manual"}
    behaves: dict[str, Json] = {"broken": {"outcome": "fail"}}
    return [
        product(
            ref, by_hand.get(ref, "automatic"), vendor=OF_VENDOR.get(ref, "others"), **behaves.get(ref, {})
        )
        | kinds.get(ref, {})
        for ref in PRICES
    ]


def market() -> str:
    """The world file."""
    ask = {"order_approval": True}
    return world(
        distributor("top", multi_tier_approval=True, **people("top")),
        reseller("res", "top", RES, multi_tier_approval=True, **people("res", BOOKKEEPER)),
        customer("cust", "res", {**ask, "tax_rate": "21"}, external_id="C-1", **people("cust")),
        customer("calm", "res", {"tax_rate": "21"}, **people("calm")),
        customer("poor", "res", {"credit_limit": "20.00"}, **people("poor")),
        customer("gone", "res", status="suspended", **people("gone")),
        reseller("card", "top", card("tok_ok"), **people("card", BOOKKEEPER)),
        customer("tapper", "card", **people("tapper")),
        reseller("broke", "top", card("tok_declined"), **people("broke")),
        customer("frugal", "broke", **people("frugal")),
        reseller("low", "top", {"credit_limit": "30.00"}, **people("low")),
        customer("thirsty", "low", **people("thirsty")),
        reseller("halted", "top", status="suspended", **people("halted")),
        reseller("free", "top", **people("free")),
        reseller("bare", "top"),  # whose first people have still to be invited
        reseller("up", "top", {"tax_rate": "5"}, multi_tier_approval=True, **people("up")),
        reseller("mid", "up", {"tax_rate": "7"}, **people("mid")),
        reseller("shop", "mid", {"tax_rate": "9"}, **people("shop")),
        customer("buyer", "shop", {**ask, "tax_rate": "11"}, **people("buyer")),
        prices=PRICES,
        products=offers(),
        markups={"res": "20", "up": "13.57", "mid": "17.71", "shop": "19.93"},
        groups=[
            group("top", "res", "up", name="Watched", primary=True, default_limit="50.00", policies=WATCHED),
            group("top", name="Trusted", policies=[]),
            group("res", "cust", name="House customers", policies=[SERVERS]),
        ],
        told=["top", "res"],
    )  # fmt: skip


def live(server: Server) -> None:
    """Lets what people find there happen: orders in every status, subscriptions, invoices, a payment."""
    cust, calm, res, top = map(server.client, ("cust", "calm", "res", "top"))
    done = [
        calm.place("suite", quantity=4),
        calm.place("guard", "store", quantity=3),
        server.client("tapper").place("suite", quantity=2),
        res.approve(cust.place("suite-plus", quantity=2)),
    ]
    server.client("card").approve(done[2])
    cust.place("suite", quantity=3)
    cust.place("server", quantity=2)  # both have a say
    cust.place("draw")  # and here
    res.place("draw", quantity=2)  # its own
    calm.place("onsite", "guard")
    calm.place("broken")
    res.act("reject", cust.place("guard"), reason="You have it already.", note="Told by phone.")
    cust.act("cancel", cust.place("guard"), reason="Ordered twice.")
    expired = cust.place("seat-1")
    server.client("thirsty").place("suite", quantity=5)
    server.client("poor").place("suite", quantity=9)
    server.client("shop").approve(server.client("buyer").place("suite", "seat-2", quantity=2))
    server.client("buyer").place("seat-3", quantity=3)
    server.client("broke").approve(server.client("frugal").place("suite"))
    for order in done[:2]:
        calm.wait_for(order, "executed")
    cust.wait_for(done[3], "executed")
    server.client("tapper").wait_for(done[2], "executed")
    _sell(server)
    server.rows(
        "UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = %(id)s", id=expired["id"]
    )
    cust.wait_for(expired, "expired")
    server.settled()
    contract = top.items("/credit-accounts")[0]["contract"]
    top.post("/payments", {"contract": contract, "amount": "5.00", "note": "By bank transfer."})


def _sell(server: Server) -> None:
    """A change that waits, and a subscription that ends with its period."""
    mine = server.client("cust").items("/subscriptions")[0]
    server.client("cust").post(f"/subscriptions/{mine['id']}/change", {"quantity": 5})
    theirs = server.client("calm").items("/subscriptions")
    ends = next(each for each in theirs if each["product"]["ref"] == "guard")
    server.client("calm").post(f"/subscriptions/{ends['id']}/cancel", {"when": "period_end"})
