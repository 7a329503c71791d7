"""Wrong requests: each is refused with its stable code, in the contract's order of looking, and nothing
was saved."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from placet.domain.refusals import DETAILS
from placet.entrypoints.api.problems import STATUS
from placet_client import Placet
from tests.stories.client import Client, Json
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, group, key, product, reseller, world

WORLD = world(
    distributor("err-a", multi_tier_approval=True),
    reseller("err-b", "err-a", {"credit_limit": "1000.00"}),
    customer("err-c", "err-b", {"order_approval": True, "credit_limit": "50.00"}),
    customer("err-sleepy", "err-b", status="suspended"),
    customer("err-new", "err-b", status="new"),
    customer("err-blocked", "err-b", status="blocked"),
    reseller("err-card", "err-a", {"payment_method": "credit_card"}),
    customer("err-card-c", "err-card"),
    distributor("err-stranger"),
    customer("err-strange", "err-stranger"),
    prices={"err-seat": "10.00", "err-visit": "10.00"},
    products=[product("err-visit", "manual"), product("err-unpriced", vendor="err-seat-vendor")],
    groups=[
        group("err-a", "err-b", name="One", policies=[{"scope": "all", "approve_above": "100.00"}]),
        group("err-a", name="Two", primary=True, policies=[]),
        group("err-stranger", name="Theirs"),
    ],
)

CODES: Final = """
status code              | who           | request                                  | body
401 unauthenticated      | nobody        | GET /me                                  |
401 unauthenticated      | a made-up key | GET /me                                  |
401 unauthenticated      | err-blocked   | GET /me                                  |
404 not_found            | err-c         | GET /nothing                             |
405 method_not_allowed   | err-c         | DELETE /orders                           |
405 method_not_allowed   | err-c         | GET /orders/{waiting}/approve            |
404 not_found            | err-c         | GET /orders/ffffffff-ffff-7fff-8fff-ffffffffffff |
404 not_found            | err-c         | GET /orders/1                            |
404 not_found            | err-stranger  | GET /orders/{waiting}                    |
404 not_found            | err-sleepy    | GET /orders/{waiting}                    |
404 not_found            | err-stranger  | POST /orders/{waiting}/approve           | {}
404 not_found            | err-a         | POST /orders/{submitted}/sub-orders/{waiting}/retry | {}
403 forbidden            | err-c         | GET /orders/{waiting}/credit-risk        |
403 forbidden            | err-c         | POST /orders/{waiting}/approve           | {}
403 forbidden            | err-a         | POST /orders/{waiting}/approve           | {}
403 forbidden            | err-a         | POST /orders/{waiting}/reject            | {"reason": "no"}
403 forbidden            | err-b         | POST /orders/{submitted}/execute         | {}
403 forbidden            | err-b:viewer  | POST /orders/{waiting}/approve           | {}
403 forbidden            | err-b:buyer   | POST /orders/{waiting}/approve           | {}
403 forbidden            | err-c:viewer  | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1}]}
403 forbidden            | err-c:finance | POST /orders/batch                       | {"orders": []}
403 forbidden            | err-b:buyer   | POST /approvals/decide                   | {"decision": "approve", "orders": []}
409 already_decided      | err-b         | POST /orders/{rejected}/approve          | {}
409 already_decided      | err-b         | POST /orders/{submitted}/reject          | {"reason": "no"}
409 order_closed         | err-b         | POST /orders/{cancelled}/approve         | {}
409 order_closed         | err-c         | POST /orders/{rejected}/cancel           | {"reason": "no"}
409 order_closed         | err-b         | POST /orders/{rejected}/retry            | {}
409 order_closed         | err-a         | POST /orders/{rejected}/execute          | {}
409 order_closed         | err-b         | POST /orders/{rejected}/release          | {"reason": "no"}
409 wrong_status         | err-b         | POST /orders/{waiting}/retry             | {}
409 wrong_status         | err-b         | POST /orders/{submitted}/retry           | {}
409 wrong_status         | err-a         | POST /orders/{waiting}/execute           | {}
409 wrong_status         | err-b         | POST /orders/{waiting}/release           | {"reason": "no"}
409 insufficient_credit  | err-b         | POST /orders/{short}/retry               | {}
409 no_active_token      | err-card      | POST /orders/{cardless}/approve          | {}
409 organization_not_active | err-b      | POST /orders                             | {"customer": "err-sleepy", "lines": [{"product": "err-seat", "quantity": 1}]}
409 organization_not_active | err-b      | POST /orders                             | {"customer": "err-new", "lines": [{"product": "err-seat", "quantity": 1}]}
409 organization_not_active | err-sleepy | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1}]}
409 organization_not_active | err-b      | PUT /credit-risk-groups/{b-group}/members/err-sleepy | {}
409 in_another_group     | err-a         | PUT /credit-risk-groups/{two}/members/err-b | {}
409 confirmation_required | err-a        | DELETE /credit-risk-groups/{two}         |
409 approval_locked      | err-card      | PATCH /organizations/err-card-c          | {"order_approval": false}
409 no_active_token      | err-a         | PATCH /contracts/{b-contract}            | {"payment_method": "credit_card"}
422 invalid              | err-c         | POST /orders                             | {}
422 invalid              | err-c         | POST /orders                             | []
422 invalid              | err-c         | POST /orders                             | "text"
422 invalid              | err-c         | POST /orders                             | {"lines": []}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat"}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"quantity": 1}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 0}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": -1}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1.5}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 2.0}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": "1"}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": true}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": null}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1000001}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1e300}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "", "quantity": 1}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": 7, "quantity": 1}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1, "price": "1.00"}]}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1}], "discount": 5}
422 invalid              | err-c         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1, "service_details": "x"}]}
422 unknown_product      | err-c         | POST /orders                             | {"lines": [{"product": "nothing", "quantity": 1}]}
422 unknown_product      | err-c         | POST /orders/preview                     | {"lines": [{"product": "nothing", "quantity": 1}]}
422 not_for_sale         | err-c         | POST /orders                             | {"lines": [{"product": "err-unpriced", "quantity": 1}]}
422 not_for_sale         | err-a         | POST /orders                             | {"lines": [{"product": "err-seat", "quantity": 1}]}
422 unknown_organization | err-b         | POST /orders                             | {"customer": "nobody", "lines": [{"product": "err-seat", "quantity": 1}]}
422 unknown_organization | err-b         | POST /orders                             | {"customer": "err-strange", "lines": [{"product": "err-seat", "quantity": 1}]}
422 unknown_organization | err-b         | POST /orders                             | {"customer": "err-a", "lines": [{"product": "err-seat", "quantity": 1}]}
422 unknown_organization | err-c         | POST /orders                             | {"customer": "err-sleepy", "lines": [{"product": "err-seat", "quantity": 1}]}
422 unknown_organization | err-b         | GET /orders?customer=err-strange         |
422 invalid              | err-b         | GET /orders?limit=0                      |
422 invalid              | err-b         | GET /orders?limit=201                    |
422 invalid              | err-b         | GET /orders?limit=many                   |
422 invalid              | err-b         | GET /orders?cursor=???                   |
422 invalid              | err-b         | GET /orders?cursor=bm9uc2Vuc2U=          |
422 invalid              | err-b         | GET /orders?status=nonsense              |
422 invalid              | err-b         | GET /orders?placed_from=yesterday        |
422 invalid              | err-b         | POST /orders/{waiting}/approve           | {"comment": 7}
422 invalid              | err-b         | POST /orders/{waiting}/approve           | {"because": "I may"}
422 invalid              | err-b         | POST /orders/{waiting}/reject            | {}
422 invalid              | err-b         | POST /orders/{waiting}/reject            | {"reason": ""}
422 invalid              | err-b         | POST /orders/{waiting}/cancel            | {}
422 invalid              | err-a         | POST /orders/{submitted}/execute         | {"lines": ["{waiting}"]}
422 invalid              | err-a         | POST /orders/{submitted}/execute         | {"lines": ["x"]}
422 invalid              | err-b         | POST /approvals/decide                   | {"decision": "perhaps", "orders": ["{waiting}"]}
422 invalid              | err-b         | POST /approvals/decide                   | {"decision": "reject", "orders": ["{waiting}"]}
422 invalid              | err-b         | POST /approvals/decide                   | {"decision": "approve", "orders": []}
"""  # noqa: E501

UNSAVED: Final = {"insufficient_credit"}
"""A retry that is still short keeps its run (R40): the one refusal that saves something."""


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    expected: str
    who: str
    request: str
    body: str

    @property
    def status(self) -> int:
        """What HTTP says of it."""
        return int(self.expected.split()[0])

    @property
    def code(self) -> str:
        """What we say of it."""
        return self.expected.split()[1]

    def __str__(self) -> str:
        return f"{self.code}: {self.who} {self.request} {self.body}"[:90]


def rows() -> list[Case]:
    return [Case(*(cell.strip() for cell in line.split("|"))) for line in CODES.strip().splitlines()[1:]]


@pytest.fixture(scope="module")
def things(placet: Server) -> dict[str, str]:
    """Orders in every state, and other ids, at rest."""
    top, seller, buyer = (placet.client(ref) for ref in ("err-a", "err-b", "err-c"))
    orders = {
        "waiting": buyer.place("err-seat"),
        "rejected": buyer.place("err-seat"),
        "cancelled": buyer.place("err-seat"),
        "submitted": buyer.place("err-visit"),
        "short": buyer.place("err-seat", quantity=5),
        "cardless": placet.client("err-card-c").place("err-seat"),
    }
    seller.act("reject", orders["rejected"], reason="no")
    buyer.act("cancel", orders["cancelled"], reason="no")
    assert seller.approve(orders["submitted"])["status"] == "submitted"
    assert seller.approve(orders["short"])["status"] == "unexecuted"
    two = next(g for g in top.items("/credit-risk-groups") if g["name"] == "Two")
    own = seller.post("/credit-risk-groups", {"name": "Own"})
    contract = top.account("err-a", "err-b")["contract"]
    placet.settled()
    ids = {name: order["id"] for name, order in orders.items()}
    return ids | {"two": two["id"], "b-group": own["id"], "b-contract": contract}


@pytest.mark.parametrize(
    "case", rows(), ids=lambda case: f"{case.code}: {case.who} {case.request} {case.body}"[:90]
)
def test_each_code_and_nothing_is_saved(placet: Server, things: dict[str, str], case: Case) -> None:
    before = placet.contents()
    problem = problem_of(ask(placet, case, things))
    assert (problem["status"], problem["code"]) == (case.status, case.code), problem
    assert problem["title"]
    assert problem["detail"]
    assert ("errors" in problem) == (case.code == "invalid")
    assert case.code in UNSAVED or placet.contents() == before


def ask(placet: Server, case: Case, things: dict[str, str]) -> httpx.Response:
    method, path = filled(case.request, things).split(" ")
    body = json.loads(filled(case.body, things)) if case.body else None
    if case.who == "nobody":
        return httpx.request(method, f"{placet.address}/api/v1{path}", trust_env=False)
    if case.who == "a made-up key":
        return raw(placet, path, b"", "made-up", method)
    ref, _, role = case.who.partition(":")
    return placet.client(ref, role or "admin").call(method, path, body)


def filled(text: str, things: dict[str, str]) -> str:
    for name, id_ in things.items():
        text = text.replace(f"{{{name}}}", id_)
    return text


def problem_of(answer: httpx.Response) -> Json:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem: Json = answer.json()
    assert problem["status"] == answer.status_code
    return problem


# What no table of JSON can say ----------------------------------------------------------------

MALFORMED: Final = (
    b"{",
    b"{'lines': []}",
    b'{"lines": [NaN]}',
    b'{"note": "a\\u0000b"}',
    b'{"note": "\xff"}',
    b'{"note": "\\ud800"}',
    b"[" * 100_000,
    b'{"lines": ' + b"9" * 5_000 + b"}x",
)


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:24]))
def test_what_is_no_json_is_malformed(placet: Server, things: dict[str, str], body: bytes) -> None:
    """400, before anything is looked for."""
    before = placet.contents()
    for path in ("/orders", f"/orders/{things['waiting']}/approve", "/orders/nothing/approve"):
        problem = problem_of(raw(placet, path, body))
        assert (problem["status"], problem["code"]) == (400, "malformed"), path
    assert placet.contents() == before


def test_more_than_a_megabyte_is_too_large(placet: Server) -> None:
    """413; and all limits are as the contract says, neither more nor less."""
    before = placet.contents()
    big = json.dumps({"note": "x" * 1_100_000, "lines": []}).encode()
    assert problem_of(raw(placet, "/orders", big))["code"] == "too_large"
    line = {"product": "err-seat", "quantity": 1}
    client = placet.client("err-c")
    for body in (
        {"lines": [line] * 501},
        {"lines": [line], "note": "x" * 4001},
        {"lines": [line], "customer": "x" * 101},
    ):
        assert client.refused("POST", "/orders", body)["code"] == "invalid"
    assert client.refused("POST", "/orders/batch", {"orders": [{}] * 1001})["code"] == "invalid"
    assert placet.contents() == before
    most = client.post("/orders/preview", {"lines": [line] * 500, "note": "x" * 4000})
    assert most["total_amount"]["amount"] == "6000.00"


def test_a_body_may_come_in_chunks(placet: Server) -> None:
    """Many programs do not say beforehand how long it is."""
    line = b'{"product": "err-seat", "quantity": 1}'
    placed = raw(placet, "/orders", iter([b'{"lines": [', line, b"], ", b'"note": "in chunks"}']))
    assert (placed.status_code, placed.json()["note"]) == (201, "in chunks")
    endless = (b"x" * 100_000 for _ in range(20))
    assert problem_of(raw(placet, "/orders", endless))["code"] == "too_large"


def test_a_batch_answers_for_each(placet: Server) -> None:
    """Each as `POST /orders`: what is wrong with one is its own matter."""
    line = {"product": "err-seat", "quantity": 1}
    orders: list[Json] = [
        {"lines": [line]},
        {"lines": []},
        {"lines": [line | {"product": "nothing"}]},
        {"x": 1},
    ]
    results = placet.client("err-c").post("/orders/batch", {"orders": orders})["results"]
    assert [result["status"] for result in results] == [201, 422, 422, 422]
    assert [result.get("problem", {}).get("code") for result in results] == [
        None,
        "invalid",
        "unknown_product",
        "invalid",
    ]
    assert results[0]["order"]["status"] == "pending_approval"


def test_deciding_in_bulk_answers_for_each(placet: Server, things: dict[str, str]) -> None:
    """And one order twice is one decision (R33)."""
    order = placet.client("err-c").place("err-visit")
    ids = [order["id"], things["rejected"], "nothing", order["id"]]
    decided = placet.client("err-b").post("/approvals/decide", {"decision": "approve", "orders": ids})
    codes = [result.get("problem", {}).get("code") for result in decided["results"]]
    assert codes == [None, "already_decided", "not_found", None]
    versions = {result["order"]["version"] for result in decided["results"] if "order" in result}
    assert versions == {placet.client("err-b").read(order)["version"]}


def test_looked_for_in_this_order(placet: Server, things: dict[str, str]) -> None:
    """401, 400, 404, 403, 422, 409."""
    closed = f"/orders/{things['rejected']}/cancel"
    wrong: Json = {"because": 7}
    assert problem_of(raw(placet, closed, b"{", "made-up"))["status"] == 401
    assert problem_of(raw(placet, closed, b"{", key("err-stranger", "viewer")))["status"] == 400
    assert placet.client("err-stranger", "viewer").refused("POST", closed, wrong)["status"] == 404
    assert placet.client("err-b", "viewer").refused("POST", closed, wrong)["status"] == 403
    assert placet.client("err-b").refused("POST", closed, wrong)["status"] == 422
    assert placet.client("err-b").refused("POST", closed, {"reason": "no"})["status"] == 409


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_if_match(placet: Server, things: dict[str, str], verb: str) -> None:
    """A decision on the version that was read; looked at in its turn."""
    path, body = f"/orders/{things['waiting']}/{verb}", {"reason": "no"} if verb == "reject" else {}
    seller, version = (
        placet.client("err-b"),
        placet.client("err-b").read({"id": things["waiting"]})["version"],
    )
    before = placet.contents()
    for stale in (version - 1, version + 1, 0):
        problem = seller.refused("POST", path, body, If_Match=f'"{stale}"')
        assert (problem["status"], problem["code"]) == (409, "stale_version")
    for nonsense in ("three", '"', '"1.5"', '"-1"', '"99999999999999999999"'):
        assert seller.refused("POST", path, body, If_Match=nonsense)["code"] == "invalid"
        stranger = placet.client("err-stranger").refused("POST", path, body, If_Match=nonsense)
        assert stranger["code"] == "not_found"
        viewer = placet.client("err-b", "viewer").refused("POST", path, body, If_Match=nonsense)
        assert viewer["code"] == "forbidden"
    assert placet.contents() == before


def test_idempotency_keys(placet: Server) -> None:
    """R14: the first answer again, once done; another body is a conflict; keys are each organization's."""
    client, line = placet.client("err-c"), {"product": "err-seat", "quantity": 1}
    body = {"lines": [line], "note": "once"}
    first = client.post("/orders", body, Idempotency_Key="k-1")
    before = placet.contents()
    again = client.call("POST", "/orders", body, Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (201, first)
    other = client.refused("POST", "/orders", {"lines": [line], "note": "twice"}, Idempotency_Key="k-1")
    assert (other["status"], other["code"]) == (409, "idempotency_conflict")
    refused = client.refused("POST", "/orders", {"lines": []}, Idempotency_Key="k-2")
    assert refused == client.refused("POST", "/orders", {"lines": []}, Idempotency_Key="k-2")
    for nonsense in ("", "x" * 256):
        assert client.refused("POST", "/orders", body, Idempotency_Key=nonsense)["code"] == "invalid"
    assert placet.contents() == before
    elsewhere = client.post("/orders/preview", body, Idempotency_Key="k-1")
    assert elsewhere["approval_needed"]
    neighbour = placet.client("err-b").post("/orders", {**body, "customer": "err-c"}, Idempotency_Key="k-1")
    assert neighbour["id"] != first["id"]


def test_one_key_at_once_places_one_order(placet: Server) -> None:
    """R14: the others are told that it is under way, or get its answer."""
    client, body = placet.client("err-c"), {"lines": [{"product": "err-seat", "quantity": 3}]}
    before = len(client.items("/orders"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.call("POST", "/orders", body, Idempotency_Key="k-3"), range(16))
        )
    assert len(client.items("/orders")) == before + 1
    placed = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert (len(placed), codes - {"idempotency_in_progress"}) == (1, set())


def test_too_many_requests(placet: Server) -> None:
    """429 with `Retry-After`, where the operator sets a limit; here at a web server of its own. Who waits as
    long as it says goes on, as the client for programs does by itself."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(seconds)

    with placet.another_web(PLACET_RATE_LIMIT="20") as address:
        client = Client(address, key("err-c"))
        answers = [client.call("GET", "/me") for _ in range(22)]
        answer = next(each for each in answers if each.status_code == 429)
        assert (answer.status_code, problem_of(answer)["code"]) == (429, "too_many_requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 3
        assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("20", "0")
        with Placet(address, key("err-c"), sleep=wait) as program:
            assert program.read_me()["role"] == "admin"
        assert [1 <= seconds <= 3 for seconds in waited] == [True]
        other = Client(address, key("err-b"))
        assert other.get("/me")["role"] == "admin"
        client.close()
        other.close()


ELSEWHERE: Final = {
    "malformed": "here, below the table",
    "too_large": "here",
    "stale_version": "here",
    "idempotency_conflict": "here",
    "idempotency_in_progress": "here, when it happens to be",
    "too_many_requests": "here",
    "payment_in_progress": "with the cards",
    "gateway_not_answering": "with the cards of the API's own tests",
    "payment_declined": "told as an event and as the order's warning, for its gateway is asked later",
    "change_pending": "subscriptions are not changed yet",
    "reference_taken": "with the exchange of the API's own tests",
}


def test_every_code_is_provoked() -> None:
    """Of all that the API may say, nothing goes untried."""
    assert {case.code for case in rows()} | set(ELSEWHERE) == {*DETAILS, *STATUS}


def raw(
    placet: Server, path: str, body: bytes | Iterator[bytes], as_key: str = key("err-c"), method: str = "POST"
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {as_key}", "Content-Type": "application/json"}
    url = f"{placet.address}/api/v1{path}"
    return httpx.request(method, url, content=body, headers=headers, trust_env=False)
