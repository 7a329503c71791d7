"""Files of an ERP as a whole: read, tried, carried out by and by, once (R14)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import now
from pydantic_core import from_json, to_json

from placet.actions import import_runs
from placet.domain.parties import Actor
from placet.domain.words import Exchanged, ExchangeFormat, Role
from placet.entrypoints.jobs import exchanging
from placet.storage.models import ExchangeRun
from tests.api.callers import done
from tests.api.chains import chain
from tests.api.erp import HEADER, became, exchanged, imported, rows_of, sent
from tests.stories.worlds import key

pytestmark = pytest.mark.usefixtures("committed")


# Files ----------------------------------------------------------------------------------------

BAD: Final[Sequence[tuple[bytes, str]]] = (
    (b"\n", "Line 1: the file is empty."),
    (b"external_id,name\n", "There is no line in it."),
    (b"external_id;name\nA;B\n", "Line 1: columns must be separated by commas, not by semicolons."),
    (
        b"name,kind\nA,reseller\n",
        "Line 1: the header names none of the columns that say what a line is about",
    ),
    (b"external_id,name\n\xff,x\n", "Line 2: is not text in UTF-8: byte 1 of the line."),
    (b'external_id,name\n"A,x\n', "Line 2: is not CSV"),
    (b"external_id,name\nA\0,x\n", "Line 2: holds a NUL character."),
    (b"PK\x03\x04", "Line 1: this is an archive"),
    (b"ref,ref\nA,B\n", "Line 1: the header has ref twice."),
)


@pytest.mark.parametrize(("content", "words"), BAD)
def test_a_file_that_cannot_be_read_changes_nothing(content: bytes, words: str) -> None:
    answer = sent(chain().dist, "organizations", content)
    problem = from_json(answer.content)
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert problem["errors"]["file"].startswith(words)


BAD_JSON: Final = (
    b"",
    b"{",
    b"null",
    b"3",
    b'{"lines":3}',
    b"[" * 100_000,
    b"[1e999999]x",
    b'["\xff"]',
    b"[NaN]",
)


@pytest.mark.parametrize("content", BAD_JSON)
def test_json_that_cannot_be_read(content: bytes) -> None:
    answer = sent(chain().dist, "payments", content, content_type="application/json")
    assert (answer.status_code, from_json(answer.content)["code"]) == (422, "invalid")


def test_lines_that_cannot_be_meant() -> None:
    """Each by itself: too few cells, two lines in a cell, one too long, the same thing twice, no object."""
    made = chain()
    long = "x" * 1001
    run = imported(
        made.dist,
        "limits",
        "organization,credit_limit",
        "a",
        '"b\nc",5',
        f"{long},5",
        f"{made.ref('res')},5",
        f"{made.ref('res')},6",
    )
    assert became(run) == ["refused"] * 3 + ["updated", "refused"]
    assert [line["line"] for line in run["report"]["items"]] == [2, 3, 5, 6, 7]
    assert run["report"]["items"][-1]["words"] == "Line 6 is about the same."
    body = [
        1,
        {"organization": "a\0b"},
        {"organisation": "x"},
        {"organization": made.ref("res"), "credit_limit": 7},
    ]
    answer = sent(made.dist, "limits", to_json({"lines": body}), content_type="application/json")
    assert became(done(answer)) == ["refused"] * 3 + ["updated"]
    assert made.dist.get(made.contract("res"))["credit_account"]["limit"]["amount"] == "7.00"


def test_neither_csv_nor_json() -> None:
    answer = sent(chain().dist, "limits", "organization\n", content_type="application/xml")
    assert from_json(answer.content)["errors"] == {"Content-Type": "text/csv or application/json."}


@pytest.mark.parametrize("query", ["dryrun=true", "DRY_RUN=true", "dry_run=true&wait=1"])
def test_a_misspelt_parameter_is_no_import(query: str) -> None:
    """Who wanted only a look must not find it done."""
    made = chain()
    line = f"organization,credit_limit\n{made.ref('res')},77"
    answer = sent(made.dist, "limits", line, query=f"?{query}")
    assert (answer.status_code, from_json(answer.content)["code"]) == (422, "invalid")
    strange = sent(made.dist, "limits", line, query="?dry_run=true", content_type="text/csv; charset=utf-16")
    assert strange.status_code == 422  # the address is read by that charset, too
    assert made.dist.get("/imports")["items"] == []


def test_too_large() -> None:
    answer = sent(chain().dist, "limits", b"organization\n" + b"x\n" * 600_000)
    assert (answer.status_code, from_json(answer.content)["code"]) == (413, "too_large")


# Dry runs, longer files, keys -------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_can_be_applied_once() -> None:
    made = chain()
    lines = [HEADER, f"A-1,{made.ref('acme')},Acme,reseller,LV,EUR,", ",,Nameless,reseller,LV,EUR,"]
    tried = imported(made.dist, "organizations", *lines, query="?dry_run=true")
    assert (became(tried), tried["dry_run"]) == (["created", "refused"], True)
    made.dist.refused("GET", f"/organizations/{made.ref('acme')}", "not_found")
    applied = made.dist.post(f"/imports/{tried['id']}/apply")
    assert (became(applied), applied["dry_run"]) == (["created", "refused"], False)
    made.dist.refused("POST", f"/imports/{tried['id']}/apply", "wrong_status", {})
    made.dist.refused("POST", f"/imports/{applied['id']}/apply", "wrong_status", {})
    assert [run["id"] for run in made.dist.items("/imports")] == [applied["id"], tried["id"]]
    made.res.refused("GET", f"/imports/{tried['id']}", "not_found")


def test_a_longer_file_is_done_by_and_by() -> None:
    """More than 200 lines wait for the worker; the report comes in pages, or as a file."""
    made = chain()
    text = (
        "organization,credit_limit\n" + f"{made.ref('res')},9\n" + "".join(f"no-{n},1\n" for n in range(259))
    )
    run = done(sent(made.dist, "limits", text))
    assert (run["status"], run["lines"], run["lines_done"]) == ("waiting", 260, 0)
    exchanged()
    run = made.dist.get(f"/imports/{run['id']}")
    assert (run["status"], run["updated"], run["refused"]) == ("done", 1, 259)
    lines = made.dist.items(f"/imports/{run['id']}/lines?limit=100")
    assert [line["line"] for line in lines] == list(range(2, 262))
    assert len(made.dist.items(f"/imports/{run['id']}/lines?became=updated")) == 1
    client = Client(headers={"Authorization": f"Bearer {key(made.dist.ref)}"})
    answer: Any = client.get(f"/api/v1/imports/{run['id']}/lines?format=csv")
    assert len(rows_of(b"".join(answer.streaming_content).decode("utf-8-sig"))) == 260
    assert ExchangeRun.objects.get(id=run["id"]).content is None


def test_what_was_cut_off_goes_on() -> None:
    """R14 for whole files: the batch that was done and not kept is done again and finds itself done."""
    made = chain()
    organization = UUID(made.dist.get("/me")["organization"]["id"])
    by = Actor(organization, "erp", "api_key", Role.ADMIN)
    lines = "".join(f"K-{n},{made.ref(f'k{n}')},K,reseller,LV,EUR,\n" for n in range(3))
    file = import_runs.Sent(Exchanged.ORGANIZATIONS, ExchangeFormat.CSV, f"{HEADER}\n{lines}".encode())
    begun = import_runs.begin_import(sent=file, by=by, at=now())
    assert isinstance(begun, dict)
    imported(made.dist, "organizations", HEADER, *lines.splitlines()[:2])  # as if killed after two
    assert exchanging.import_some(now()) == 0  # its sender may be at it still
    assert exchanging.import_some(now() + timedelta(minutes=6)) == 1
    assert became(made.dist.get(f"/imports/{begun['id']}")) == ["unchanged", "unchanged", "created"]


def test_the_same_request_again_is_one_import() -> None:
    """R14: under one idempotency key, and another body under it is refused."""
    made = chain()
    text = f"organization,credit_limit\n{made.ref('res')},9"
    first, again = (done(sent(made.dist, "limits", text, Idempotency_Key="k")) for _ in range(2))
    assert first == again
    assert len(made.dist.items("/imports")) == 1
    other = sent(made.dist, "limits", text + "0", Idempotency_Key="k")
    assert (other.status_code, from_json(other.content)["code"]) == (409, "idempotency_conflict")


MAY = """
kind          | admin approver buyer finance viewer
organizations | x     .        .     .       .
limits        | x     .        .     x       .
invoices      | x     .        .     x       .
payments      | x     .        .     x       .
orders        | x     x        x     .       .
"""


@pytest.mark.parametrize("case", MAY.strip().splitlines()[1:])
def test_roles(case: str) -> None:
    """A file takes what it takes to do by hand what it asks for; a customer sells to nobody."""
    made, kind = chain(), case.split(maxsplit=1)[0]
    for role, cross in zip(
        ("admin", "approver", "buyer", "finance", "viewer"), case.split()[2:], strict=True
    ):
        assert (sent(made.res, kind, "x", role).status_code == 403) == (cross == "."), (kind, role)
        assert sent(made.cust, kind, "x", role).status_code == 403
