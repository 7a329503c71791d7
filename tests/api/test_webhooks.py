"""Webhook endpoints and what was sent to them (R91)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.timezone import now
from pydantic_core import from_json, to_json
from pytest_django.fixtures import Settings

from placet.actions.choose_gateway import reseal_keys
from placet.actions.deliver import SIDE_BY_SIDE, Parcel
from placet.domain.delivering import PAUSES
from placet.domain.view import timestamp
from placet.entrypoints.api import webhook_deliveries, webhooks
from placet.storage import db
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.delivering import answered, falls_due, taken
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.schemas import validate
from tests.stories.client import until

pytestmark = pytest.mark.usefixtures("committed")

PATH = "/webhook-endpoints"
NEW = {"url": "https://erp.example/hook", "events": ["order.placed"]}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - an example


@kept
def still() -> Chain:
    """A world that no test changes."""
    return chain()


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
    errors = made.res.refused("POST", PATH, "invalid", wrong)["errors"]
    assert list(errors) == [field]
    assert not errors[field].startswith(
        "Value error"
    )  # who calls is told what is wrong, not how it was found


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
    for act in ("rotate-secret", "test", "replay"):
        program.refused("POST", f"{PATH}/{endpoint['id']}/{act}", code, {"nonsense": 1})
    program.refused("POST", f"/webhook-deliveries/{delivery['id']}/replay", code, {"nonsense": 1})
    seen = (len(program.items(PATH)), len(program.items("/webhook-deliveries")))
    assert seen == ((1, 2) if code == "forbidden" else (0, 0))
    if code == "forbidden":
        program.refused("POST", PATH, "forbidden", {"nonsense": 1})


# Deliveries ---------------------------------------------------------------------------------


@kept
def _told() -> Chain:
    """A world that no test changes: the reseller was told of two orders, and did not listen."""
    made = chain()
    made.res.post(PATH, NEW)
    for _ in range(2):
        made.ordered()
    for _ in range(1 + len(PAUSES)):
        answered(taken(made.res), 500)
        falls_due(made.res)
    return made


def test_every_attempt_is_there() -> None:
    made = _told()
    newest, oldest = made.res.items("/webhook-deliveries?limit=1")
    for each in (newest, oldest):
        webhook_deliveries.DeliveryShape.model_validate(each)
    assert newest["created_at"] > oldest["created_at"]
    assert (newest["status"], newest["next_attempt_at"], newest["event"]["type"]) == (
        "failed",
        None,
        "order.placed",
    )
    assert newest["endpoint"] == made.res.items(PATH)[0]["id"]
    assert len(newest["attempts"]) == 1 + len(PAUSES)
    attempt = newest["attempts"][-1]
    assert (attempt["status_code"], attempt["answer"], attempt["milliseconds"]) == (500, "thanks", 7)
    assert made.res.get(f"/webhook-deliveries/{newest['id']}") == newest
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
        answered(taken(made.res), status_code)
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
    parcels = taken(made.res)
    assert len(parcels) == 1
    made.res.delete(path)
    answered(parcels, 410)
    assert made.res.items(PATH) == []
    falls_due(made.res)
    assert taken(made.res) == []


def test_what_happens_while_it_is_paused_waits() -> None:
    """And goes out in order when it goes on. A replay by hand waits for that, too."""
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}"
    made.ordered()
    made.res.patch(path, {"status": "paused"})
    made.ordered()
    second, first = made.res.items("/webhook-deliveries")
    assert taken(made.res) == []
    made.res.refused("POST", replay(first), "wrong_status")
    made.res.refused("POST", f"{path}/test", "wrong_status")
    made.res.refused("POST", f"{path}/replay", "wrong_status", {"from": "2026-01-01T00:00:00Z"})
    made.res.patch(path, {"status": "active"})
    assert [str(parcel.id) for parcel in taken(made.res)] == [first["id"], second["id"]]


def test_nothing_goes_to_an_endpoint_that_is_removed() -> None:
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}"
    made.ordered()
    (delivery,) = made.res.items("/webhook-deliveries")
    made.res.delete(path)
    assert made.res.items("/webhook-deliveries") == []
    made.res.refused("POST", replay(delivery), "not_found")
    made.res.refused("GET", f"/webhook-deliveries/{delivery['id']}", "not_found")
    made.res.refused("GET", "/webhook-deliveries/nonsense", "not_found")
    assert taken(made.res) == []


# Order --------------------------------------------------------------------------------------


EVERYTHING = {"url": NEW["url"], "events": ["order.placed", "order.approved", "order.executed"]}


def told(parcels: list[Parcel]) -> list[tuple[str, str]]:
    """What they tell, of which order."""
    bodies = [from_json(parcel.body) for parcel in parcels]
    return [(body["data"]["order"]["id"], body["type"].removeprefix("order.")) for body in bodies]


def executed(made: Chain) -> str:
    order = made.ordered()
    made.res.post(f"/orders/{order['id']}/approve")
    provision()
    id_: str = order["id"]
    return id_


def test_a_later_event_of_an_order_waits_for_the_one_before_it() -> None:
    """And holds up no other order: one has its first event retried, the other goes on to its end."""
    made = chain(cust={"order_approval": True})
    made.res.post(PATH, EVERYTHING)
    one, other = executed(made), executed(made)
    first = taken(made.res)
    assert told(first) == [(one, "placed"), (other, "placed")]
    answered(first[:1], 500)
    answered(first[1:])
    rest = []
    while parcels := taken(made.res):
        rest += told(parcels)
        answered(parcels)
    assert rest == [(other, "approved"), (other, "executed")]
    falls_due(made.res)
    while parcels := taken(made.res):
        rest += told(parcels)
        answered(parcels)
    assert rest[2:] == [(one, "placed"), (one, "approved"), (one, "executed")]


def test_what_was_given_up_lets_the_next_one_go() -> None:
    made = chain(cust={"order_approval": True})
    made.res.post(PATH, EVERYTHING)
    order = executed(made)
    tries = []
    for _ in range(2 + len(PAUSES)):
        parcels = taken(made.res)
        tries += told(parcels)
        answered(parcels, 500)
        falls_due(made.res)
    assert tries == [(order, "placed")] * (1 + len(PAUSES)) + [(order, "approved")]


def test_an_earlier_one_that_is_replayed_goes_before_those_that_wait() -> None:
    """It stands where it stood: what is pending behind it waits for it."""
    made = chain(cust={"order_approval": True})
    made.res.post(PATH, EVERYTHING)
    order = executed(made)
    answered(taken(made.res))
    placed = made.res.items("/webhook-deliveries?status=delivered")
    made.res.post(replay(placed[0]))
    assert told(taken(made.res)) == [(order, "placed")]
    assert taken(made.res) == []


def test_an_answer_that_comes_after_its_lease_changes_nothing() -> None:
    """Another worker has tried since, and its answer counts; both are kept."""
    made = chain()
    made.res.post(PATH, NEW)
    made.ordered()
    late = taken(made.res)
    falls_due(made.res)
    answered(taken(made.res))
    answered(late, 500)
    (delivery,) = made.res.items("/webhook-deliveries")
    assert delivery["status"] == "delivered"
    assert sorted(attempt["status_code"] for attempt in delivery["attempts"]) == [200, 500]


def test_only_so_many_are_on_the_way_to_one_endpoint() -> None:
    """However many workers there are; a slow or failing one gets less at once."""
    made = chain()
    made.res.post(PATH, NEW)
    for _ in range(SIDE_BY_SIDE + 3):
        made.ordered()
    first = taken(made.res)
    assert (len(first), len(taken(made.res))) == (SIDE_BY_SIDE, 0)
    answered(first[:1])
    assert len(taken(made.res)) == 1
    answered(first[1:2], milliseconds=1500)
    assert [taken(made.res), [parcel.in_doubt for parcel in first]] == [[], [False] * SIDE_BY_SIDE]
    answered(first[2:], 500)
    doubtful = taken(made.res)
    assert [parcel.in_doubt for parcel in doubtful] == [True]
    answered(doubtful)
    assert [parcel.in_doubt for parcel in taken(made.res)] == [False]


# Ends ---------------------------------------------------------------------------------------


def test_a_day_of_nothing_but_failures_switches_it_off() -> None:
    """R91 (ours): what waits stays, its owner's other endpoint is told, and it can be brought back."""
    made = chain()
    dead = made.res.post(PATH, NEW)
    made.res.post(PATH, {"url": "https://pager.example/", "events": ["webhook_endpoint.disabled"]})
    for _ in range(3):
        made.ordered()
    begun = now()
    for hours, status in ((0, "active"), (20, "active"), (23.8, "disabled")):
        answered(taken(made.res), 500, at=begun + timedelta(hours=hours))
        falls_due(made.res)
        endpoint = made.res.items(PATH)[0]
        assert endpoint["status"] == status
        assert endpoint["failing_since"] == timestamp(begun)
    (notice,) = taken(made.res)
    body = from_json(notice.body)
    validate(body)
    assert body["data"] == {
        "endpoint": {"id": dead["id"], "url": NEW["url"]},
        "reason": "failing",
        "failing_since": timestamp(begun),
    }
    made.ordered()
    path = f"{PATH}/{dead['id']}"
    assert len(made.res.items(f"/webhook-deliveries?endpoint={dead['id']}&status=pending")) == 3
    revived = made.res.patch(path, {"status": "active"})
    assert (revived["status"], revived["failing_since"]) == ("active", None)
    parcels = taken(made.res)
    assert len(parcels) == 3
    answered(parcels)
    assert made.res.post(f"{path}/replay", {"from": timestamp(begun - timedelta(days=1))}) == {
        "deliveries": 0
    }
    missed = {"from": timestamp(begun - timedelta(days=1)), "status": "missed"}
    assert made.res.post(f"{path}/replay", missed) == {"deliveries": 1}
    assert len(taken(made.res)) == 1


def test_one_that_is_gone_says_so_to_the_others() -> None:
    made = chain()
    gone = made.res.post(PATH, NEW)
    made.res.post(PATH, {"url": "https://pager.example/", "events": ["webhook_endpoint.disabled"]})
    made.ordered()
    answered(taken(made.res), 410)
    assert made.res.items(PATH)[0]["status"] == "ended"
    (notice,) = taken(made.res)
    assert from_json(notice.body)["data"]["endpoint"]["id"] == gone["id"]
    (told_,) = until(lambda: made.res.items("/events?type=webhook_endpoint.disabled"), "it is told")
    assert told_["data"]["reason"] == "gone"


# Secrets ------------------------------------------------------------------------------------


def test_secrets_rotate_without_a_gap() -> None:
    """R91: for a day both sign, so that whoever knows either believes it; then only the new one does."""
    made = chain()
    old = made.res.post(PATH, NEW)
    path = f"{PATH}/{old['id']}/rotate-secret"
    new = made.res.post(path)
    webhooks.RotatedShape.model_validate(new)
    own = made.res.post(path, {"secret": SECRET, "keep_hours": 48})
    assert own["secret"] == SECRET
    assert new["former_secrets_end_at"] < own["former_secrets_end_at"]
    made.ordered()
    (parcel,) = taken(made.res)
    assert parcel.secrets == (SECRET, new["secret"], old["secret"])
    falls_due(made.res)
    (parcel,) = taken(made.res, at=now() + timedelta(hours=25))
    assert parcel.secrets == (SECRET, new["secret"])
    last = made.res.post(path, {"keep_hours": 0})["secret"]
    falls_due(made.res)
    (parcel,) = taken(made.res)
    assert parcel.secrets == (last,)


@cases("""
field       body
secret      {"secret": "mine"}
keep_hours  {"keep_hours": 169}
keep_hours  {"keep_hours": -1}
colour      {"colour": "red"}
""")
def test_rotations_that_cannot_be(field: str, body: str) -> None:
    made = still()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}/rotate-secret"
    assert list(made.res.refused("POST", path, "invalid", from_json(body))["errors"]) == [field]


def test_no_secret_stands_anywhere_in_the_clear() -> None:
    """Sealed where it is used, and not in the answer that is kept for a replay: that one is without it."""
    made = chain()
    with_key = {"Idempotency_Key": "once"}
    added = made.res.post(PATH, NEW, **with_key)
    again = made.res.post(PATH, NEW, **with_key)
    assert again == {name: added[name] for name in added if name != "secret"}
    assert len(made.res.items(PATH)) == 1
    path = f"{PATH}/{added['id']}/rotate-secret"
    rotated = made.res.post(path, {}, **with_key)
    assert "secret" not in made.res.post(path, {}, **with_key)
    made.ordered()
    assert taken(made.res)[0].secrets == (rotated["secret"], added["secret"])
    for table in ("idempotency_key", "webhook_secret", "webhook_endpoint"):
        rows = str(db.fetch(f"SELECT t::text FROM {table} t"))  # noqa: S608
        assert added["secret"] not in rows
        assert rotated["secret"] not in rows


def test_a_new_secret_key_opens_what_was_sealed_before(settings: Settings) -> None:
    made = chain()
    added = made.res.post(PATH, NEW)
    made.ordered()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert reseal_keys()[1] == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert taken(made.res)[0].secrets == (added["secret"],)
    settings.SECRET_KEY = "a third, and the others are lost"  # noqa: S105
    falls_due(made.res)
    assert taken(made.res)[0].secrets == ()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "for tests", ["another"]
    assert reseal_keys()[1] == 0


# Tests and replays of many ------------------------------------------------------------------


@pytest.mark.parametrize(("status_code", "status"), [(200, "delivered"), (500, "failed"), (None, "failed")])
def test_a_test_is_sent_once_and_told_apart(status_code: int | None, status: str) -> None:
    """To that endpoint alone, whatever it asked for; it is no event of anybody's feed."""
    made = chain()
    one, _ = made.res.post(PATH, NEW), made.res.post(PATH, NEW)
    sent = made.res.post(f"{PATH}/{one['id']}/test")
    webhook_deliveries.DeliveryShape.model_validate(sent)
    assert (sent["status"], sent["event"]["type"], sent["endpoint"]) == ("pending", "ping", one["id"])
    (parcel,) = taken(made.res)
    body = from_json(parcel.body)
    validate(body)
    assert body["data"] == {"endpoint": {"id": one["id"], "url": one["url"]}}
    answered([parcel], status_code)
    outcome = made.res.get(f"/webhook-deliveries/{sent['id']}")
    assert (outcome["status"], len(outcome["attempts"])) == (status, 1)
    assert made.res.items(PATH)[0]["failing_since"] is None
    assert "ping" not in [event["type"] for event in made.res.items("/events")]
    made.res.refused("POST", PATH, "invalid", {"url": NEW["url"], "events": ["ping"]})


def test_replay_of_many() -> None:
    """R91: what was given up in a time, oldest first; what is delivered only where that is asked for."""
    made = chain()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}/replay"
    for _ in range(4):
        made.ordered()
    parcels = taken(made.res)
    answered(parcels[:1])
    answered(parcels[1:], 500)
    falls_due(made.res)
    while again := taken(made.res):
        answered(again, 500)
        falls_due(made.res)
    times = [each["created_at"] for each in reversed(made.res.items("/webhook-deliveries"))]
    assert made.res.post(path, {"from": times[0], "to": times[1]}) == {"deliveries": 0}
    assert made.res.post(path, {"from": times[1], "to": times[3]}) == {"deliveries": 2}
    assert made.res.post(path, {"from": times[0]}) == {"deliveries": 1}
    assert made.res.post(path, {"from": times[0], "status": "delivered"}) == {"deliveries": 1}
    assert made.res.post(path, {"from": times[0], "status": "missed"}) == {"deliveries": 0}
    statuses = {each["status"] for each in made.res.items("/webhook-deliveries")}
    assert statuses == {"pending"}


@cases("""
field   body
from    {}
from    {"from": "2026-01-01"}
status  {"from": "2026-01-01T00:00:00Z", "status": "pending"}
colour  {"from": "2026-01-01T00:00:00Z", "colour": "red"}
""")
def test_replays_that_cannot_be(field: str, body: str) -> None:
    made = still()
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}/replay"
    assert list(made.res.refused("POST", path, "invalid", from_json(body))["errors"]) == [field]


def test_what_was_before_it_was_there() -> None:
    """`missed` tells a new endpoint what happened before."""
    made = chain()
    orders = [made.ordered()["id"] for _ in range(2)]
    path = f"{PATH}/{made.res.post(PATH, NEW)['id']}/replay"
    missed = {"from": "2026-01-01T00:00:00Z", "status": "missed"}
    assert made.res.post(path, missed) == {"deliveries": 2}
    assert made.res.post(path, missed) == {"deliveries": 0}
    assert told(taken(made.res)) == [(id_, "placed") for id_ in orders]
