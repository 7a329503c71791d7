"""Webhook endpoints and what was sent to them (R91)."""

from dataclasses import replace
from functools import cache

import pytest
from django.utils.timezone import now
from pydantic_core import from_json, to_json
from pytest_django.fixtures import Settings

from placet.actions.deliver import record_answers, take_deliveries
from placet.entrypoints.api import webhooks
from placet.storage import db
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")

PATH = "/webhook-endpoints"
NEW = {"url": "https://erp.example/hook", "events": ["order.placed"]}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - an example


@cache
def still() -> Chain:
    """A world that no test changes."""
    return chain()


def answered(made: Chain, owner: str, status_code: int = 200) -> None:
    """What the worker does with what is due for one organization, and what its receiver says."""
    mine = {endpoint["id"] for endpoint in Caller(made.ref(owner)).items(PATH)}
    parcels = take_deliveries(most=1000, at=now(), address="https://placet.example")
    said = {"at": now(), "milliseconds": 7, "status_code": status_code, "answer": "thanks", "ends": False}
    state = (
        {"status": "delivered", "due_at": None}
        if status_code == 200
        else {"status": "failed", "due_at": None}
    )
    record_answers(
        answers=[
            {"id": parcel.id, "attempt": db.new_id(), **state, **said}
            for parcel in parcels
            if str(parcel.endpoint) in mine
        ]
    )


# Endpoints ----------------------------------------------------------------------------------


def test_the_secret_is_shown_once() -> None:
    made = chain()
    added = made.res.post(PATH, NEW | {"events": ["order.placed", "order.placed", "order.executed"]})
    webhooks.NewEndpointShape.model_validate(added)
    secret = added.pop("secret")
    assert secret.startswith("whsec_")
    assert added["events"] == ["order.placed", "order.executed"]
    assert made.res.items(PATH) == [added]
    assert secret not in to_json(made.res.patch(f"{PATH}/{added['id']}", {})).decode()
    assert made.res.post(PATH, NEW | {"secret": SECRET})["secret"] == SECRET
    assert len(made.res.items(f"{PATH}?limit=1")) == 2
    assert made.dist.items(PATH) == made.cust.items(PATH) == []


@cases("""
field     body
events    {"events": []}
events    {}
events.0  {"events": ["order.eaten"]}
url       {"events": ["order.placed"], "url": "erp.example"}
url       {"events": ["order.placed"], "url": "ftp://erp.example/"}
url       {"events": ["order.placed"], "url": "http://erp.example/"}
url       {"events": ["order.placed"], "url": "https://127.0.0.1/"}
url       {"events": ["order.placed"], "url": "https://[::1]/"}
url       {"events": ["order.placed"], "url": "https://10.1.2.3/"}
url       {"events": ["order.placed"], "url": "https://localhost/"}
url       {"events": ["order.placed"], "url": "https://a b/"}
url       {"events": ["order.placed"], "url": "https://[/"}
secret    {"events": ["order.placed"], "secret": "mine"}
secret    {"events": ["order.placed"], "secret": "whsec_c2hvcnQ="}
colour    {"events": ["order.placed"], "colour": "red"}
""")
def test_endpoints_that_cannot_be(field: str, body: str) -> None:
    made = still()
    wrong = {"url": NEW["url"], **from_json(body)}
    assert list(made.res.refused("POST", PATH, "invalid", wrong)["errors"]) == [field]


def test_the_operator_may_allow_private_addresses(settings: Settings) -> None:
    settings.CONFIG = replace(settings.CONFIG, webhook_allow_private=True)
    made = chain()
    assert made.res.post(PATH, NEW | {"url": "http://127.0.0.1:9/hook"})["status"] == "active"
    made.res.refused("POST", PATH, "invalid", NEW | {"url": "ftp://127.0.0.1/"})


def test_changing_and_removing() -> None:
    made = chain()
    added = made.res.post(PATH, NEW)
    path = f"{PATH}/{added['id']}"
    changed = made.res.patch(path, {"status": "paused", "events": ["order.executed"]})
    webhooks.EndpointShape.model_validate(changed)
    assert (changed["status"], changed["events"], changed["url"]) == (
        "paused",
        ["order.executed"],
        NEW["url"],
    )
    assert made.res.patch(path, {"status": "active"})["status"] == "active"
    made.res.refused("PATCH", path, "invalid", {"status": "ended"})
    made.res.refused("PATCH", path, "invalid", {"events": ["order.eaten"]})
    assert made.res.delete(path) == {}
    assert made.res.items(PATH) == []
    for method in ("PATCH", "DELETE"):
        made.res.refused(method, path, "not_found", {})


@cases("""
caller  role      code
res     viewer    forbidden
res     approver  forbidden
res     finance   forbidden
dist    admin     not_found
cust    admin     not_found
far     viewer    not_found
""")
def test_whose_they_are(caller: str, role: str, code: str) -> None:
    """Of one organization: its admins change them, the others of it read them, nobody else knows."""
    made = _told()
    endpoint, delivery = made.res.items(PATH)[0], made.res.items("/webhook-deliveries")[0]
    program = Caller(made.ref(caller), role)
    program.refused("PATCH", f"{PATH}/{endpoint['id']}", code, {"nonsense": 1})
    program.refused("DELETE", f"{PATH}/{endpoint['id']}", code)
    program.refused("POST", f"/webhook-deliveries/{delivery['id']}/replay", code, {"nonsense": 1})
    seen = (len(program.items(PATH)), len(program.items("/webhook-deliveries")))
    assert seen == ((1, 2) if code == "forbidden" else (0, 0))
    if code == "forbidden":
        program.refused("POST", PATH, "forbidden", {"nonsense": 1})


# Deliveries ---------------------------------------------------------------------------------


@cache
def _told() -> Chain:
    """A world that no test changes: the reseller was told of two orders, and did not listen."""
    made = chain()
    made.res.post(PATH, NEW)
    for _ in range(2):
        made.ordered()
    answered(made, "res", 500)
    return made


def test_every_attempt_is_there() -> None:
    made = _told()
    newest, oldest = made.res.items("/webhook-deliveries?limit=1")
    for each in (newest, oldest):
        webhooks.DeliveryShape.model_validate(each)
    assert newest["created_at"] > oldest["created_at"]
    assert (newest["status"], newest["next_attempt_at"], newest["event"]["type"]) == (
        "failed",
        None,
        "order.placed",
    )
    assert newest["endpoint"] == made.res.items(PATH)[0]["id"]
    (attempt,) = newest["attempts"]
    assert (attempt["status_code"], attempt["answer"], attempt["milliseconds"]) == (500, "thanks", 7)
    assert attempt["at"] >= newest["created_at"]


@cases("""
query                                             found
endpoint=ENDPOINT                                 2
endpoint=0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11     0
status=failed                                     2
status=pending                                    0
""")
def test_filters_of_deliveries(query: str, found: str) -> None:
    made = _told()
    query = query.replace("ENDPOINT", made.res.items(PATH)[0]["id"])
    assert len(made.res.items(f"/webhook-deliveries?{query}")) == int(found)


@pytest.mark.parametrize("cursor", ["nonsense", "bm9uc2Vuc2U=", "MjAyNi0xMS0yMiB4"])
def test_made_up_cursors(cursor: str) -> None:
    still().res.refused("GET", f"/webhook-deliveries?cursor={cursor}", "invalid")


def replay(delivery: Json) -> str:
    return f"/webhook-deliveries/{delivery['id']}/replay"


def test_replay_by_hand() -> None:
    """R91: the same delivery once more, whatever came of it."""
    made = chain()
    made.res.post(PATH, NEW)
    made.ordered()
    for status_code in (500, 200, 200):
        answered(made, "res", status_code)
        (delivery,) = made.res.items("/webhook-deliveries")
        again = made.res.post(replay(delivery))
        assert (again["id"], again["status"]) == (delivery["id"], "pending")
        assert again["next_attempt_at"] is not None
        assert again["attempts"] == delivery["attempts"]
    (delivery,) = made.res.items("/webhook-deliveries")
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [500, 200, 200]
    made.res.refused("POST", "/webhook-deliveries/nonsense/replay", "not_found")


def test_what_is_under_way_to_an_endpoint_that_is_removed() -> None:
    """Its receiver's 410 does not bring it back, and nothing is tried again."""
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}"
    made.ordered()
    due = take_deliveries(most=1000, at=now(), address="")
    (parcel,) = (each for each in due if str(each.endpoint) in path)
    made.res.delete(path)
    said = {"at": now(), "milliseconds": 7, "status_code": 410, "answer": "", "ends": True}
    again = {"status": "pending", "due_at": now()}
    record_answers(answers=[{"id": parcel.id, "attempt": db.new_id(), **again, **said}])
    assert made.res.items(PATH) == []
    assert parcel.id not in {each.id for each in take_deliveries(most=1000, at=now(), address="")}


def test_what_is_paused_waits() -> None:
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}"
    made.ordered()
    (delivery,) = made.res.items("/webhook-deliveries")
    for status, sent in (("paused", False), ("active", True)):
        made.res.patch(path, {"status": status})
        due = take_deliveries(most=1000, at=now(), address="")
        assert (delivery["id"] in {str(parcel.id) for parcel in due}) is sent


def test_nothing_goes_to_an_endpoint_that_is_paused_or_removed() -> None:
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}"
    made.ordered()
    (delivery,) = made.res.items("/webhook-deliveries")
    made.res.patch(path, {"status": "paused"})
    made.res.refused("POST", replay(delivery), "wrong_status")
    made.ordered()
    assert made.res.items("/webhook-deliveries") == [delivery]
    made.res.delete(path)
    assert made.res.items("/webhook-deliveries") == []
    made.res.refused("POST", replay(delivery), "not_found")
    due = take_deliveries(most=1000, at=now(), address="")
    assert delivery["id"] not in {str(parcel.id) for parcel in due}
