"""Changing only what one has read: `ETag` and `If-Match`; and HEAD, which reads without a body."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from pydantic_core import from_json

from placet.domain.words import EventType
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


def tag(caller: Caller, path: str) -> str:
    """Which state of the thing one reads."""
    return str(caller.call("GET", path).headers["ETag"])


def paths(made: Chain) -> dict[str, tuple[Caller, str]]:
    """Who changes what: one of each kind."""
    groups = made.dist.items("/credit-risk-groups")
    wishes = {"url": "https://erp.example/placet", "events": [EventType.ORDER_PLACED]}
    endpoint = made.res.post("/webhook-endpoints", wishes)
    return {
        "organization": (made.res, f"/organizations/{made.ref('cust')}"),
        "contract": (made.dist, made.contract("res")),
        "group": (made.dist, f"/credit-risk-groups/{groups[0]['id']}"),
        "list": (made.res, f"/price-lists/{made.ref('res')}-list"),
        "endpoint": (made.res, f"/webhook-endpoints/{endpoint['id']}"),
    }


CHANGES = """
thing         member            first       then
organization  external_id       "E-1"       "E-2"
contract      credit_limit      "70.00"     "80.00"
group         name              "One"       "Two"
list          name              "One"       "Two"
endpoint      url               "https://a.example/x"  "https://b.example/x"
"""


@cases(CHANGES)
def test_what_was_changed_since_it_was_read_is_left_as_it_is(
    thing: str, member: str, first: str, then: str
) -> None:
    caller, path = paths(chain())[thing]
    read = tag(caller, path)
    changed = caller.call("PATCH", path, {member: from_json(first)}, If_Match=read)
    assert changed.status_code == 200
    assert changed.headers["ETag"] == tag(caller, path) != read

    stale = caller.call("PATCH", path, {member: from_json(then)}, If_Match=read)
    assert (stale.status_code, from_json(stale.content)["code"]) == (409, "stale_version")
    assert tag(caller, path) == changed.headers["ETag"]
    for good in (changed.headers["ETag"], "*", f'"another", {changed.headers["ETag"]}'):
        again = caller.call("PATCH", path, {member: from_json(first)}, If_Match=good)
        assert again.status_code == 200


def test_a_member_is_added_to_the_group_that_was_read() -> None:
    """PUT and DELETE below it, and of itself."""
    made = chain()
    _, group = paths(made)["group"]
    member = f"{group}/members/{made.ref('res')}"
    read = tag(made.dist, group)
    added = made.dist.call("PUT", member, If_Match=read)
    assert added.headers["ETag"] == tag(made.dist, group)
    for method, path in (("DELETE", member), ("DELETE", f"{group}?confirm=true")):
        refused = made.dist.call(method, path, If_Match=read)
        assert from_json(refused.content)["code"] == "stale_version"
    assert [each["ref"] for each in made.dist.get(group)["members"]] == [made.ref("res")]
    assert made.dist.call("DELETE", member, If_Match=added.headers["ETag"]).status_code == 200


def test_other_noes_come_first() -> None:
    """404, 403 and 422 before 409 (contract §3)."""
    made = chain()
    path = made.contract("res")
    viewer = Caller(made.ref("dist"), "viewer")
    cases_ = [
        (made.far, {"credit_limit": "1"}, "not_found"),
        (viewer, {"credit_limit": "1"}, "forbidden"),
        (made.dist, {"credit_limit": "much"}, "invalid"),
        (made.dist, {"credit_limit": "1"}, "stale_version"),
    ]
    for caller, body, code in cases_:
        answer = caller.call("PATCH", path, body, If_Match='"long ago"')
        assert from_json(answer.content)["code"] == code


@pytest.mark.parametrize("header", ["", ",", '""', '"x", W/"y"'])
def test_a_condition_that_nothing_meets_is_one(header: str) -> None:
    """Whoever sends `If-Match` wants no change unseen, also where its tag got lost on the way."""
    made = chain()
    answer = made.dist.call("PATCH", made.contract("res"), {"credit_limit": "1"}, If_Match=header)
    assert (answer.status_code, from_json(answer.content)["code"]) == (409, "stale_version")


def test_what_moves_by_itself_is_no_change_of_terms() -> None:
    """An order reserves credit: the contract is as it was read all the same."""
    made = chain(cust={"order_approval": False})
    path = made.contract("res")
    read = tag(made.dist, path)
    made.ordered()
    assert made.dist.get(path)["credit_account"]["reserved"]["amount"] != "0.00"
    assert made.dist.call("PATCH", path, {"credit_limit": "90.00"}, If_Match=read).status_code == 200


def test_of_many_at_once_one_changes_it() -> None:
    made = chain()
    caller, path = paths(made)["contract"]
    read, together = tag(caller, path), Barrier(6)

    def change(number: int) -> int:
        together.wait()
        body = {"credit_limit": f"{number}.00"}
        try:
            return made.dist.call("PATCH", path, body, If_Match=read).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(change, range(200, 206)))
    assert statuses == [200, *[409] * 5]


def test_an_order_is_decided_in_the_version_that_was_read() -> None:
    made = chain(cust={"order_approval": True})
    order = made.ordered()
    path = f"/orders/{order['id']}"
    assert tag(made.res, path) == f'"{order["version"]}"'
    stale = made.res.call("POST", f"{path}/approve", {}, If_Match='"99"')
    assert (stale.status_code, from_json(stale.content)["code"]) == (409, "stale_version")
    assert made.res.call("POST", f"{path}/approve", {}, If_Match="").status_code == 422
    neighbour = made.dist.call("POST", f"{path}/approve", {}, If_Match='"99"')
    assert (neighbour.status_code, from_json(neighbour.content)["code"]) == (403, "forbidden")
    read = tag(made.res, path)
    for _ in range(2):  # what was said before decides nothing, whatever was read (R33)
        assert made.res.call("POST", f"{path}/approve", {}, If_Match=read).status_code == 200
    against = made.res.call("POST", f"{path}/reject", {"reason": "No."}, If_Match=read)
    assert from_json(against.content)["code"] == "already_decided"


def test_head_is_answered_wherever_get_is() -> None:
    """The same status and headers, and no body; other methods are refused by name."""
    made = chain()
    described: Json = from_json(Client().get("/api/v1/openapi.json").content)["paths"]
    for path, methods in described.items():
        short = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
        head = made.res.call("HEAD", short)
        if "get" not in methods:
            assert (head.status_code, head.content) == (405, b"")
            continue
        got = made.res.call("GET", short)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        for name in ("Content-Type", "ETag"):
            assert head.headers.get(name) == got.headers.get(name)
    allowed = made.res.call("PATCH", "/me").headers["Allow"]
    assert {each.strip() for each in allowed.split(",")} == {"GET", "HEAD"}
    assert Client().head("/api/v1/me").status_code == 401


def test_the_history_of_an_order_comes_in_pages() -> None:
    made = chain(cust={"order_approval": True})
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    path = f"/orders/{order['id']}/history"
    whole = made.res.get(path)
    assert len(whole["items"]) > 2
    assert whole["next_cursor"] is None
    assert made.res.items(f"{path}?limit=1") == whole["items"]
    made.res.refused("GET", f"{path}?cursor=nonsense", "invalid")


def test_event_schemas_come_in_pages() -> None:
    made = chain()
    whole = made.res.get("/events/schemas?limit=200")
    assert made.res.items("/events/schemas?limit=5") == whole["items"]
    made.res.refused("GET", "/events/schemas?cursor=bm9uc2Vuc2U%3D", "invalid")
