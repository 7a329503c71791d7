"""Following what happened (R90)."""

import re
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from jsonschema_rs import Draft202012Validator
from pydantic_core import from_json, to_json

from placet.domain.words import EventType
from placet.entrypoints.api.event_shapes import VERSION
from placet.entrypoints.api.events import EventShape
from placet.storage import event_feed
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.schemas import validate

pytestmark = pytest.mark.usefixtures("committed")

DOCS = Path(__file__).parents[2] / "docs"


def events(program: Caller) -> list[Json]:
    """All that it may read, once nothing holds it back: the transactions of other tests that run beside
    this one, on the same server, do so for a moment."""
    held = "SELECT count(*) FROM event WHERE xact >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(held)
            if cursor.fetchone() == (0,):
                return program.items("/events")
        sleep(0.01)
    raise TimeoutError


@kept
def still() -> Chain:
    """A world that no test changes: one order was approved and executed."""
    made = chain(cust={"order_approval": True})
    order = made.ordered(quantity=2)
    made.res.post(f"/orders/{order['id']}/approve")
    provision()
    return made


def types(told: list[Json]) -> list[str]:
    return [event["type"] for event in told]


def test_each_reads_the_facts_that_it_may_know() -> None:
    """In the order that they happened."""
    made = still()
    told = {caller: events(Caller(made.ref(caller))) for caller in ("dist", "res", "cust")}
    for each in told.values():
        for event in each:
            EventShape.model_validate(event)
            assert event["version"] == 1
            validate({name: event[name] for name in ("type", "timestamp", "data")})
    assert types(told["res"])[0] == "order.placed"
    assert "order.pending_approval" in types(told["res"])
    assert "order.executed" in types(told["cust"])
    assert made.far.items("/events") == made.rival.items("/events") == []


def test_each_is_told_as_a_webhook_would_tell_it() -> None:
    """R2, R92: the order as it stood then, as the receiver sees it; where to approve."""
    made = still()
    asked = next(e for e in events(made.res) if "approval" in e["data"])
    order = asked["data"]["order"]
    assert asked["type"] == "order.pending_approval"
    assert (order["status"], order["approvals"][0]["status"]) == ("pending_approval", "pending")
    assert asked["data"]["approval"]["approve_url"] == (
        f"{settings.PUBLIC_URL}/api/v1/orders/{order['id']}/approve"
    )
    assert "24.00" in to_json(events(made.cust)).decode()
    assert "20.00" not in to_json(events(made.cust)).decode()
    assert "24.00" not in to_json(events(made.dist)).decode()


def test_following_on() -> None:
    """`after` the last one that was read, or page by page: each once, none left out."""
    made = chain()
    made.ordered()
    first = events(made.res)
    assert made.res.items("/events?limit=1") == first
    last = first[-1]["id"]
    assert made.res.get(f"/events?after={last}") == {"items": [], "next_cursor": None}
    made.ordered()
    both = events(made.res)
    later = made.res.items(f"/events?after={last}&limit=2")
    assert first + later == both
    assert "order.placed" in types(later)
    assert made.res.items(f"/events?after={first[0]['id']}") == [*first[1:], *later]


def test_only_some() -> None:
    """By type, by order, and both; page by page as well."""
    made = chain()
    one, other = made.ordered()["id"], made.ordered()["id"]
    all_ = events(made.res)
    placed = [event for event in all_ if event["type"] == "order.placed"]
    of_one = [event for event in all_ if event["data"]["order"]["id"] == one]
    assert made.res.items("/events?type=order.placed&limit=1") == placed
    assert made.res.items(f"/events?order={one}&limit=1") == of_one
    assert types(made.res.items(f"/events?order={other}&type=order.placed&type=order.expired")) == [
        "order.placed"
    ]
    assert made.res.items(f"/events?order={one}&after={of_one[0]['id']}") == of_one[1:]
    assert made.far.items(f"/events?order={one}") == []
    made.res.refused("GET", "/events?type=order.eaten", "invalid")
    made.res.refused("GET", "/events?order=nonsense", "invalid")


def test_every_type_has_its_published_schema() -> None:
    """R90: by the API, and in its description as what is sent to webhook endpoints."""
    published = still().res.items("/events/schemas")
    assert [each["type"] for each in published] == list(EventType)
    for each in published:
        Draft202012Validator(each["schema"])
    assert set(still().res.get("/openapi.json")["webhooks"]) == set(EventType)
    assert {(each["type"], each["version"]) for each in published} == {(kind, VERSION) for kind in EventType}


def test_the_docs_say_of_every_type_what_it_holds() -> None:
    """Their table, and the schema that they publish."""
    rows = re.findall(r"^\| `([\w.]+)` \|.*\| (`.*`) \|$", (DOCS / "events.md").read_text(), re.MULTILINE)
    told = {kind: set(re.findall(r"`(\w+)`", members)) for kind, members in rows}
    published = from_json((DOCS / "events.schema.json").read_bytes())
    names = [each["$ref"].removeprefix("#/$defs/") for each in published["oneOf"]]
    bodies = {name: published["$defs"][name]["properties"] for name in names}
    held = {body["type"]["const"]: _members(published, body["data"]) for body in bodies.values()}
    assert told == held
    assert set(held) == set(EventType)


def _members(schema: Json, data: Json) -> set[str]:
    return set(schema["$defs"][data["$ref"].removeprefix("#/$defs/")]["properties"])


def test_few_facts_among_many_are_looked_up() -> None:
    """Whoever knows of few does not have everybody's gone through."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            """INSERT INTO event (id, xact, type, schema, seen_by, detail, at)
            SELECT gen_random_uuid(), 1, 'invoice.created', 1, ARRAY[md5('many')::uuid], '{}', now()
            FROM generate_series(1, 20000)"""
        )
        cursor.execute("ANALYZE event")
        statement = event_feed.AFTER + event_feed.FIRST
        asked: dict[str, Any] = {
            "after": 0,
            "organization": "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11",
            "most": 51,
        }
        cursor.execute(f"EXPLAIN {statement}", asked)
        few = str(cursor.fetchall())
        cursor.execute("SELECT md5('many')::uuid")
        cursor.execute(f"EXPLAIN {statement}", asked | {"organization": cursor.fetchone()[0]})
        many = str(cursor.fetchall())
        cursor.execute("ROLLBACK")
    assert "event_seen_by" in few
    assert "event_in_order" in many


@cases("""
query
after=nonsense
after=0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11
cursor=nonsense
limit=201
""")
def test_made_up_places(query: str) -> None:
    still().res.refused("GET", f"/events?{query}", "invalid")


def test_anothers_event_is_no_place_to_go_on_from() -> None:
    made = still()
    last = events(made.res)[-1]["id"]
    made.far.refused("GET", f"/events?after={last}", "invalid")


def test_no_fact_appears_before_one_that_was_read() -> None:
    """A number drawn earlier by a transaction that is still under way holds back the later ones."""
    made = chain()
    made.ordered()
    seen = events(made.res)
    early = """
        INSERT INTO event (id, type, schema, order_id, seen_by, by, detail, at)
        SELECT gen_random_uuid(), type, schema, order_id, seen_by, by, detail, at
        FROM event WHERE id = %s"""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as slow:
        slow.execute(early, [seen[0]["id"]])
        made.ordered()
        assert made.res.items("/events") == seen
    told = events(made.res)
    assert told[: len(seen)] == seen
    assert told[len(seen)]["data"]["order"]["id"] == seen[0]["data"]["order"]["id"]
    assert len(told) > len(seen) + 1
