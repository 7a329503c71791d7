"""An `Idempotency-Key` holds for any POST (R14): every one that the API's description has."""

import pytest
from django.test import Client
from pydantic_core import from_json

from tests.api.callers import Json
from tests.api.chains import chain

pytestmark = pytest.mark.usefixtures("committed")

NOBODY = "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"

OTHERWISE = {
    "place_orders": "each order of it is done once, below",
    "decide_orders": "each decision of it is done once, below",
    "begin_card_setup": "the gateway knows the key: tests/api/test_cards.py",
    "finish_card_setup": "a setup is finished once, whatever the key: tests/api/test_cards.py",
}
"""Calls that keep the promise in a way of their own."""


def posts() -> list[tuple[str, str]]:
    """Every POST, by its name and address."""
    described: Json = from_json(Client().get("/api/v1/openapi.json").content)["paths"]
    return [
        (methods["post"]["operationId"], path.removeprefix("/api/v1"))
        for path, methods in described.items()
        if "post" in methods
    ]


def test_one_key_answers_every_post_once() -> None:
    """The same again gets the same answer; another body under that key is a conflict, whatever came of the
    first."""
    made = chain()
    calls = posts()
    assert len(calls) > 40
    assert OTHERWISE.keys() <= {name for name, _ in calls}
    for name, path in calls:
        if name in OTHERWISE:
            continue
        there = "/".join(NOBODY if part.startswith("{") else part for part in path.split("/"))
        bodies: list[Json] = [{}, {}, {"another": "body"}]
        first, again, other = (made.res.call("POST", there, body, Idempotency_Key="k") for body in bodies)
        assert first.status_code in {403, 404, 422}, name
        assert (again.status_code, again.content) == (first.status_code, first.content), name
        assert again.headers["Content-Type"] == "application/problem+json", name
        assert from_json(other.content)["code"] == "idempotency_conflict", name
        assert other.status_code == 409


def test_of_a_batch_each_part_is_done_once() -> None:
    made = chain(cust={"order_approval": True})
    lines = [{"product": made.ref("bp"), "quantity": 1}]
    batch = {"orders": [{"lines": lines}, {"lines": []}, {"lines": lines}]}
    first, again = (made.cust.post("/orders/batch", batch, Idempotency_Key="k") for _ in "12")
    assert first == again
    assert [each["status"] for each in first["results"]] == [201, 422, 201]
    assert len(made.cust.items("/orders")) == 2
    other = made.cust.call("POST", "/orders/batch", {"orders": [{"lines": lines}]}, Idempotency_Key="k")
    assert from_json(other.content)["code"] == "idempotency_conflict"

    decision = {"decision": "approve", "orders": [first["results"][0]["order"]["id"]]}
    one, two = (made.res.post("/approvals/decide", decision, Idempotency_Key="k") for _ in "12")
    assert one == two
    no = {**decision, "decision": "reject", "reason": "No."}
    other = made.res.call("POST", "/approvals/decide", no, Idempotency_Key="k")
    assert from_json(other.content)["code"] == "idempotency_conflict"
