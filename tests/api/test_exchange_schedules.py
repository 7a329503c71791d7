"""Regular exchanges: set up by the API, done by the worker when their time comes (the clock is moved)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from django.conf import settings
from django.utils.timezone import now
from pytest_django.fixtures import Settings

from placet.actions.choose_gateway import reseal_keys
from placet.entrypoints.jobs import exchanging
from placet.gateways.courier import courier
from placet.storage import db
from placet.storage.models import ExchangeRun
from tests.api.callers import Json
from tests.api.chains import Chain, chain
from tests.gateways.receivers import Receiver, receiver

pytestmark = pytest.mark.usefixtures("committed")

BY_HTTP: Final = courier(allow_private=True)


@pytest.fixture
def there(settings: Settings) -> Iterator[Receiver]:
    """An ERP on the loopback, where the operator allows it."""
    settings.CONFIG = replace(settings.CONFIG, webhook_allow_private=True)
    with receiver() as listening:
        yield listening


def worked(at: datetime) -> int:
    """What the worker does by then; of this test's own exchanges alone."""
    count = 0
    while exchanging.exchange(BY_HTTP, at):
        count += 1
    while exchanging.import_some(at):
        pass
    return count


def planned(made: Chain, **plan: object) -> Json:
    """A regular exchange of the distributor's; no other test's are due by then."""
    db.fetch("UPDATE exchange_schedule SET due_at = NULL, status = 'paused'")
    return made.dist.post("/exchange-schedules", {"every_hours": 6, **plan})


def last(made: Chain) -> Json:
    (found,) = made.dist.get("/exchange-schedules")["items"]
    return dict(found)


def test_what_changed_is_taken_there(there: Receiver) -> None:
    """All of it the first time, then what changed since the last that went through; of nothing, nothing."""
    made = chain()
    first = made.ordered()
    plan = planned(
        made, way="export", kind="orders", url=there.url("/file/{time}.csv"), authorization="Key 1"
    )
    assert (plan["signs_in"], plan["status"], plan["last"]) == (True, "active", None)
    at = now()
    assert worked(at) == 0
    assert worked(at + timedelta(hours=6, minutes=1)) == 1
    (came,) = there.received
    assert first["number"] in came.body.decode()
    assert came.headers["authorization"] == "Key 1"
    assert "{time}" not in came.path
    assert (last(made)["last"]["status"], last(made)["last"]["lines"]) == ("done", 1)
    assert worked(at + timedelta(hours=12, minutes=5)) == 1
    assert len(there.received) == 1  # its clock is hours ahead: nothing has changed since
    assert last(made)["last"]["lines"] == 0


def test_what_fails_is_tried_soon_again_and_stays_to_be_read(there: Receiver) -> None:
    made = chain()
    made.ordered()
    planned(made, way="export", kind="orders", url=there.url("/status/503"))
    at = now() + timedelta(hours=6, minutes=1)
    assert worked(at) == 1
    found = last(made)
    assert (found["last"]["error"], found["failures"]) == ("It answered 503.", 1)
    assert datetime.fromisoformat(found["due_at"]) == at.replace(microsecond=at.microsecond) + timedelta(
        minutes=5
    )
    for minutes, failures in ((6, 2), (17, 3), (38, 4)):
        assert worked(at + timedelta(minutes=minutes)) == 1
        assert last(made)["failures"] == failures
    assert worked(at + timedelta(hours=5)) == 0  # not before its next time
    assert len(there.received) == 4
    assert len({came.headers["placet-run"] for came in there.received}) == 4


def test_what_fails_for_years_is_still_counted(there: Receiver) -> None:
    made = chain()
    planned(made, way="import", kind="limits", url=there.url("/status/503"))
    db.fetch("UPDATE exchange_schedule SET failures = 32767 WHERE status = 'active'")
    at = now() + timedelta(hours=6, minutes=1)
    assert worked(at) == 1
    assert (last(made)["last"]["error"], last(made)["failures"]) == ("It answered 503.", 30_000)


def test_a_file_is_fetched_and_imported(there: Receiver) -> None:
    """As an import like any other, with its report."""
    made = chain()
    there.file = f"organization,credit_limit\n{made.ref('res')},77\nnobody,1\n".encode()
    plan = planned(made, way="import", kind="limits", url=there.url("/file/limits.csv"))
    assert worked(now() + timedelta(hours=7)) == 1
    (run,) = made.dist.items("/imports")
    assert (run["schedule"], run["status"], run["updated"], run["refused"]) == (plan["id"], "done", 1, 1)
    assert made.dist.get(made.contract("res"))["credit_account"]["limit"]["amount"] == "77.00"
    assert last(made)["last"]["refused"] == 1
    there.file = b"\xff\xfe"
    assert worked(now() + timedelta(hours=14)) == 1
    assert last(made)["last"] | {"id": 0, "created_at": 0} == {
        "id": 0,
        "created_at": 0,
        "status": "failed",
        "error": "Line 1: is not text in UTF-8: byte 1 of the line.",
        "lines": 0,
        "refused": 0,
    }


def test_each_day_at_an_hour_of_the_organizations_zone() -> None:
    made = chain()
    db.fetch(
        "UPDATE organization SET time_zone = 'Europe/Riga' WHERE ref = %(ref)s", {"ref": made.ref("dist")}
    )
    plan = made.dist.post(
        "/exchange-schedules", {"way": "export", "kind": "limits", "url": "https://erp.example/x", "hour": 3}
    )
    due = datetime.fromisoformat(plan["due_at"])
    assert now() < due <= now() + timedelta(days=1, hours=1)
    assert due.astimezone(UTC).hour in {0, 1}


def test_paused_going_on_now_and_removed(there: Receiver) -> None:
    made = chain()
    plan = planned(made, way="export", kind="limits", url=there.url("/status/200"))
    path = f"/exchange-schedules/{plan['id']}"
    paused = made.dist.patch(path, {"status": "paused"})
    assert (paused["status"], paused["due_at"]) == ("paused", None)
    assert worked(now() + timedelta(days=9)) == 0
    assert made.dist.patch(path, {"status": "active"})["due_at"]
    made.dist.post(f"{path}/run")
    assert worked(now()) == 1
    assert made.dist.delete(path) == {}
    assert made.dist.items("/exchange-schedules") == []
    organization = UUID(made.dist.get("/me")["organization"]["id"])
    assert ExchangeRun.objects.filter(organization_id=organization, schedule=None).count() == 1


def test_what_it_signs_in_with_moves_with_the_secret_key(there: Receiver, settings: Settings) -> None:
    """Sealed under the old one it cannot be opened, which is said; resealed it is what it was."""
    made = chain()
    made.ordered()
    planned(made, way="export", kind="orders", url=there.url("/status/200"), authorization="Key 1")
    settings.SECRET_KEY = "another"  # noqa: S105
    assert worked(now() + timedelta(hours=7)) == 1
    assert last(made)["last"]["error"].startswith("What it signs in with can no longer be opened")
    assert there.received == []
    settings.SECRET_KEY_FALLBACKS = ["for tests"]
    assert reseal_keys()[1] == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert worked(now() + timedelta(hours=8)) == 1
    assert there.received[0].headers["authorization"] == "Key 1"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "for tests", ["another"]
    assert reseal_keys()[1] == 0


def test_a_blocked_organization_exchanges_nothing(there: Receiver) -> None:
    made = chain()
    planned(made, way="export", kind="limits", url=there.url("/status/200"))
    db.fetch("UPDATE organization SET status = 'blocked' WHERE ref = %(ref)s", {"ref": made.ref("dist")})
    assert worked(now() + timedelta(hours=7)) == 0


WRONG = """
plan                                                  -> field
{"kind": "orders", "hour": 6}                            way
{"way": "export", "kind": "orders"}                      hour
{"way": "export", "kind": "orders", "hour": 24}          hour
{"way": "export", "kind": "orders", "hour": 1, "every_hours": 1}   hour
{"way": "export", "kind": "nothing", "hour": 6}          kind
"""


@pytest.mark.parametrize("case", WRONG.strip().splitlines()[1:])
def test_plans_that_make_no_sense(case: str) -> None:
    plan, _, field = case.rpartition(" ")
    body = {"url": "https://erp.example/x", **json.loads(plan)}
    problem = chain().dist.refused("POST", "/exchange-schedules", "invalid", body)
    assert set(problem["errors"]) == {field}


@pytest.mark.parametrize(
    "url", ["http://erp.example/x", "https://10.0.0.1/x", "https://localhost/x", "ftp://erp.example/x", "x"]
)
def test_addresses_that_are_not_allowed(url: str) -> None:
    assert not settings.CONFIG.webhook_allow_private
    body = {"way": "export", "kind": "orders", "hour": 6, "url": url}
    assert set(chain().dist.refused("POST", "/exchange-schedules", "invalid", body)["errors"]) == {"url"}


def test_no_more_than_twenty() -> None:
    made = chain()
    body = {"way": "export", "kind": "orders", "hour": 6, "url": "https://erp.example/x"}
    for _ in range(20):
        made.dist.post("/exchange-schedules", body)
    assert set(made.dist.refused("POST", "/exchange-schedules", "invalid", body)["errors"]) == {"url"}
