"""Following what happened (R90)."""

from functools import cache
from time import sleep

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pydantic_core import to_json

from placet.entrypoints.api.events import EventShape
from tests.api.callers import Caller, Json
from tests.api.chains import Chain, chain
from tests.api.worker import provision
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("committed")


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


@cache
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
