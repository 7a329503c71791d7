"""Who gets through which door: every call of the API's own description, for strangers and for each role.

The description is walked, so that a call that is new fails here until it has said who may use it.
"""

import json
import re
from typing import Final

import pytest

from tests.stories.client import Json
from tests.stories.crawling import ids_of_lists
from tests.stories.server import Server
from tests.stories.worlds import ROLES, card, customer, distributor, group, product, reseller, secret, world

WORLD = world(
    distributor("door-a", multi_tier_approval=True),
    reseller("door-b", "door-a", card("tok_ok"), multi_tier_approval=True),
    customer("door-c", "door-b", {"order_approval": True}),
    reseller("door-rival", "door-a"),
    customer("door-rival-c", "door-rival"),
    distributor("door-far"),
    reseller("door-far-b", "door-far"),
    prices={"door-seat": "10.00", "door-visit": "10.00"},
    products=[product("door-visit", "manual")],
    groups=[group("door-a", "door-b"), group("door-b", "door-c")],
    told=["door-a", "door-b", "door-c"],
    events=["order.placed"],
)

MAY: Final = """
call                                             | admin approver buyer finance viewer
POST   /orders                                   | x     .        x     .       .
POST   /orders/preview                           | x     .        x     .       .
POST   /orders/batch                             | x     .        x     .       .
POST   /orders/{order_id}/approve                | x     x        .     .       .
POST   /orders/{order_id}/reject                 | x     x        .     .       .
POST   /orders/{order_id}/retry                  | x     x        x     .       .
POST   /orders/{order_id}/release                | x     x        .     x       .
POST   /orders/{order_id}/cancel                 | x     x        x     .       .
POST   /orders/{order_id}/execute                | x     x        x     .       .
POST   /orders/{order_id}/sub-orders/{sub_order}/retry  | x x     x     .       .
POST   /orders/{order_id}/sub-orders/{sub_order}/cancel | x x     x     .       .
POST   /approvals/decide                         | x     x        .     .       .
POST   /organizations                            | x     .        .     .       .
PATCH  /organizations/{organization}             | x     .        .     .       .
PATCH  /contracts/{contract}                     | x     .        .     x       .
POST   /contracts/{contract}/tokens              | x     .        .     x       .
DELETE /contracts/{contract}/tokens/{token}      | x     .        .     x       .
POST   /contracts/{contract}/card-setups         | x     .        .     x       .
POST   /contracts/{contract}/card-setups/{setup}/finish | x .     .     x       .
GET    /card-gateway                             | x     .        .     .       .
PUT    /card-gateway                             | x     .        .     .       .
POST   /orders/{order_id}/refunds/{refund}/retry | x     .        .     x       .
POST   /credit-risk-groups                       | x     .        .     .       .
PATCH  /credit-risk-groups/{group}               | x     .        .     .       .
DELETE /credit-risk-groups/{group}               | x     .        .     .       .
POST   /credit-risk-groups/{group}/policies      | x     .        .     .       .
DELETE /credit-risk-groups/{group}/policies/{policy} | x .        .     .       .
PUT    /credit-risk-groups/{group}/members/{organization} | x .   .     .       .
DELETE /credit-risk-groups/{group}/members/{organization} | x .   .     .       .
POST   /vendors                                  | x     .        .     .       .
POST   /products                                 | x     .        .     .       .
POST   /price-lists                              | x     .        .     .       .
PATCH  /price-lists/{price_list}                 | x     .        .     .       .
POST   /price-lists/{price_list}/prices/import   | x     .        .     .       .
POST   /price-lists/{price_list}/discounts       | x     .        .     .       .
DELETE /price-lists/{price_list}/discounts/{discount} | x .       .     .       .
POST   /payments                                 | x     .        .     x       .
POST   /refunds                                  | x     .        .     x       .
POST   /invoices/{invoice}/credit                | x     .        .     x       .
POST   /invoices/{invoice}/cancel                | x     .        .     x       .
POST   /subscriptions/{subscription_id}/change   | x     .        x     .       .
POST   /subscriptions/{subscription_id}/change/preview | x .      x     .       .
POST   /subscriptions/{subscription_id}/cancel   | x     .        x     .       .
POST   /subscriptions/{subscription_id}/suspend  | x     .        x     .       .
POST   /subscriptions/{subscription_id}/resume   | x     .        x     .       .
POST   /usage-records                            | x     .        .     x       .
POST   /imports/organizations                    | x     .        .     .       .
POST   /imports/limits                           | x     .        .     x       .
POST   /imports/invoices                         | x     .        .     x       .
POST   /imports/payments                         | x     .        .     x       .
POST   /imports/orders                           | x     x        x     .       .
POST   /imports/{run}/apply                      | x     .        .     x       .
GET    /exchange-schedules                       | x     .        .     .       .
POST   /exchange-schedules                       | x     .        .     .       .
PATCH  /exchange-schedules/{schedule}            | x     .        .     .       .
DELETE /exchange-schedules/{schedule}            | x     .        .     .       .
POST   /exchange-schedules/{schedule}/run        | x     .        .     .       .
POST   /webhook-endpoints                        | x     .        .     .       .
PATCH  /webhook-endpoints/{endpoint}             | x     .        .     .       .
DELETE /webhook-endpoints/{endpoint}             | x     .        .     .       .
POST   /webhook-endpoints/{endpoint}/rotate-secret | x   .        .     .       .
POST   /webhook-endpoints/{endpoint}/test        | x     .        .     .       .
POST   /webhook-endpoints/{endpoint}/replay      | x     .        .     .       .
POST   /webhook-deliveries/{delivery}/replay     | x     .        .     .       .
POST   /api-keys                                 | x     .        .     .       .
DELETE /api-keys/{key}                           | x     .        .     .       .
GET    /api-keys                                 | x     .        .     .       .
"""
"""Contract §3: `admin` everything; `approver` reads and decides; `buyer` reads and orders; `finance`
reads, invoices, payments, limits; `viewer` reads. Every GET that is not here is for all of them."""

CALLERS: Final = {
    "/orders/{order_id}/execute": "door-a",
    "/orders/{order_id}/sub-orders": "door-a",
    "/orders/{order_id}/release": "door-a",
    "/contracts/{contract}/tokens": "door-b",
    "/contracts/{contract}/card-setups": "door-b",
    "/orders/{order_id}/refunds": "door-a",
    "/contracts/{contract}": "door-a",
    "/invoices/{invoice}": "door-a",
    "/credit-risk-groups": "door-a",
    "/usage-records": "door-a",
    "/vendors": "door-a",
    "/products": "door-a",
    "/price-lists": "door-a",
}
"""Whose call it is to make, where that is not the reseller in the middle."""

PUBLIC: Final = ("/products", "/vendors")
"""The catalog is everybody's to read; what it costs is not (R2)."""


Ids = dict[str, dict[str, str]]


def may() -> dict[tuple[str, str], dict[str, bool]]:
    """The table."""
    found = {}
    for line in MAY.strip().splitlines()[1:]:
        call, crosses = line.split("|")
        method, path = call.split()
        found[method, path] = {role: cross == "x" for role, cross in zip(ROLES, crosses.split(), strict=True)}
    return found


def calls(placet: Server) -> dict[tuple[str, str], Json]:
    """Every call of the description."""
    paths = placet.client("door-a").get("/openapi.json")["paths"]
    return {
        (method.upper(), path.removeprefix("/api/v1")): call
        for path, methods in paths.items()
        for method, call in methods.items()
    }


@pytest.fixture(scope="module")
def ids(placet: Server) -> Ids:
    """Something of each kind, by the path of its list, then by who has it."""
    top, middle, buyer = (placet.client(ref) for ref in ("door-a", "door-b", "door-c"))
    order = buyer.place("door-seat")
    done = middle.place("door-visit", customer="door-c")
    for client in (top, middle):
        client.approve(done)
    top.act("execute", done)
    top.wait_for(done, "executed")
    contract = top.account("door-a", "door-b")["contract"]
    top.post("/payments", {"contract": contract, "amount": "1.00"})
    key = middle.post("/api-keys", {"name": "for the doors", "role": "viewer"})
    for client in (top, middle):
        client.post(
            "/imports/limits?dry_run=true", {"lines": [{"organization": "door-c", "credit_limit": "9"}]}
        )
        client.post("/exchange-schedules", PLAN)
    placet.settled()
    fixed = {
        "/orders": order["id"],
        "/contracts": contract,
        "/api-keys": key["id"],
        "sub_order": order["sub_orders"][0]["id"],
        "token": middle.items(f"/contracts/{contract}/tokens")[0]["id"],
        "setup": middle.post(f"/contracts/{contract}/card-setups")["id"],
        "discount": top.post("/price-lists/door-a-list/discounts", {"percent": 1, "min_quantity": 9})["id"],
        "refund": order["id"],  # none of that id: the door is looked at first
    }
    found = {}
    for ref in ("door-a", "door-b"):
        own = {path: min(known) for path, known in ids_of_lists(placet.client(ref)).items()}
        detail = placet.client(ref).get(f"/credit-risk-groups/{own['/credit-risk-groups']}")
        below = {"door-a": "door-b", "door-b": "door-c"}[ref]
        found[ref] = {**own, **fixed, "policy": detail["policies"][0]["id"], "organization": below}
        found[ref]["/organizations"] = below
    return found


def filled(path: str, ids: dict[str, str]) -> str:
    """The path with ids in it: the first is of the list that the path begins with, a second goes by
    its name."""
    collection, *names = re.split(r"/\{(\w+)\}", path)
    first, *others = names[::2]
    path = path.replace(f"{{{first}}}", ids[collection])
    for name in others:
        path = path.replace(f"{{{name}}}", ids[name])
    return path


def caller_of(path: str) -> str:
    return next((ref for prefix, ref in CALLERS.items() if path.startswith(prefix)), "door-b")


PLAN: Final[Json] = {"way": "export", "kind": "orders", "url": "https://erp.example/in", "hour": 6}

WRONG: Final[Json] = {"no such member": 1}


@pytest.mark.parametrize("stranger", ["door-rival", "door-rival-c", "door-far", "door-far-b"])
def test_for_strangers_nothing_is_there(placet: Server, ids: Ids, stranger: str) -> None:
    """R1: 404 on every path with an id, right body or wrong, and nothing changes."""
    client, before = placet.client(stranger), placet.contents()
    answered = {
        (method, path): client.call(method, filled(path, ids[caller_of(path)]), body).status_code
        for method, path in calls(placet)
        for body in ((None,) if method in {"GET", "DELETE"} else ({}, WRONG))
        if "{" in path and not path.startswith(PUBLIC)
    }
    assert len(answered) > 30
    assert {call: status for call, status in answered.items() if status != 404} == {}
    assert placet.contents() == before


def test_every_call_says_who_may_use_it(placet: Server) -> None:
    """The table above is whole."""
    acts = {(method, path) for method, path in calls(placet) if method != "GET"}
    assert acts == {call for call in may() if call[0] != "GET"}


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_may(placet: Server, ids: Ids, role: str) -> None:
    """403 is said before what is wrong with the body is looked at; so a wrong one does no harm."""
    table, before, wrong = may(), placet.contents(), []
    for (method, path), call in calls(placet).items():
        ref = caller_of(path)
        allowed = table.get((method, path), dict.fromkeys(ROLES, True))[role]
        if allowed and method != "GET" and "requestBody" not in call:
            continue  # it would be done
        one = filled(path, ids[ref]) if "{" in path else path
        body = None if method in {"GET", "DELETE"} else WRONG
        status = placet.client(ref, role).call(method, one, body).status_code
        expected = 403 if not allowed else 200 if method == "GET" else 422
        if status != expected:
            wrong.append((method, path, status, expected))
    assert wrong == []
    assert placet.contents() == before


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_reads_about_itself(placet: Server, role: str) -> None:
    """`GET /me`: what the key may do."""
    me = placet.client("door-b", role).get("/me")
    assert (me["organization"]["ref"], me["role"]) == ("door-b", role)
    extra = {"approver": ["decide"], "buyer": ["order"], "finance": ["finance"], "viewer": []}
    everything = ["read", "order", "decide", "finance", "administer"]
    assert me["permissions"] == (everything if role == "admin" else ["read", *extra[role]])


def test_actions_are_what_the_role_may_do(placet: Server, ids: Ids) -> None:
    """Spec §8: the same order, to each role of the reseller that is asked."""
    order: Json = {"id": ids["door-b"]["/orders"]}
    actions = {role: placet.client("door-b", role).read(order)["actions"] for role in ROLES}
    assert actions == {
        "admin": ["approve", "reject", "cancel"],
        "approver": ["approve", "reject", "cancel"],
        "buyer": ["cancel"],
        "finance": [],
        "viewer": [],
    }


def test_keys_and_endpoints_are_their_organizations_own(placet: Server) -> None:
    """A key is shown once and ends when it is deleted; a secret is never read again (R91)."""
    admin = placet.client("door-rival")
    made = admin.post("/api-keys", {"name": "short-lived", "role": "approver"})
    program = placet.client_with(made["key"])
    assert program.get("/me")["role"] == "approver"
    assert made["key"] not in json.dumps(admin.items("/api-keys"))
    assert placet.client("door-a").refused("DELETE", f"/api-keys/{made['id']}")["code"] == "not_found"
    assert admin.call("DELETE", f"/api-keys/{made['id']}").is_success
    assert program.refused("GET", "/me")["code"] == "unauthenticated"
    assert secret("door-b") not in json.dumps(placet.client("door-b").items("/webhook-endpoints"))
