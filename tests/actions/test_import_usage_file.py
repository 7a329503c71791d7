"""Usage out of a file (R71): all of it or nothing, each wrong line named."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker
from rich.console import Console

from placet.actions.import_usage_file import BadFile, File, Outcome, UsageRow, import_usage_file
from placet.domain.executing import Delivered
from placet.domain.refusals import Refusal
from placet.entrypoints.cli.prices import Telling
from placet.entrypoints.cli.usage import import_usage
from placet.storage import models
from tests.databases import emptied
from tests.stories import acts
from tests.stories.acts import NOW, actor
from tests.stories.worlds import customer, distributor, product, reseller, world

WORLD = world(
    distributor("dist"),
    reseller("res", "dist"),
    customer("cust", "res"),
    distributor("rival"),
    prices={"azure": "0.10"},
    products=[product("azure", vendor="ms") | {"product_type": "usage", "billing_type": "usage"}],
)
HEADER = "key,subscription,used_on,quantity"


@pytest.fixture(autouse=True)
def held(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001
    """The id of a metered subscription of today's, in a database of nobody else's."""
    with django_db_blocker.unblock():
        emptied()
        acts.load(WORLD)
        acts.place(actor("cust"), "1 azure")
        acts.vendors_say(Delivered("V-1"))
        yield str(models.Subscription.objects.get().id)
        acts.proven()
        emptied()
        connection.close()


def imported(content: str | bytes, who: str = "dist") -> dict[Outcome, int] | list[tuple[int, str]] | Refusal:
    raw = content.encode() if isinstance(content, str) else content
    told: list[tuple[UsageRow, Outcome]] = []
    answer = import_usage_file(
        organization=who,
        file=File(lambda: BytesIO(raw)),
        source="usage.csv",
        at=NOW,
        tell=lambda *row: told.append(row),
    )
    if isinstance(answer, BadFile):
        return [(wrong.line, wrong.reason) for wrong in answer.problems]
    assert isinstance(answer, Refusal) or len(told) == sum(answer.values())
    return answer if isinstance(answer, Refusal) else dict(answer)


def test_a_file_is_imported_once(held: str) -> None:
    content = f"{HEADER}\na,{held},2026-11-22,2.5\n\nb,{held},2026-11-22,0.000001\n"
    assert imported(content) == {"added": 2}
    assert imported(content) == {"unchanged": 2}
    assert imported(f"used_on,key,quantity,subscription\r\n2026-11-22,c,7,{held}\r\n") == {"added": 1}
    (row,) = models.UsageRecord.objects.filter(key="a")
    assert (str(row.quantity), row.by["name"], row.used_on.isoformat()) == (
        "2.500000",
        "usage.csv",
        "2026-11-22",
    )


def test_more_than_one_action_takes_is_imported_in_one(held: str) -> None:
    lines = [f"k{number},{held},2026-11-22,1" for number in range(2500)]
    assert imported("\n".join([HEADER, *lines, lines[0]])) == {"added": 2500, "unchanged": 1}
    assert models.UsageRecord.objects.count() == 2500


def test_of_a_long_file_with_one_bad_line_at_its_end_nothing_is_kept(held: str) -> None:
    lines = [f"k{number},{held},2026-11-22,1" for number in range(1500)]
    found = imported("\n".join([HEADER, *lines, f"k0,{held},2026-11-22,2", f"last,{held},2026-11-22,x"]))
    assert found == [
        (1502, "key: Another record was imported with this key."),
        (1503, "quantity 'x' is no number with a point and at most 6 decimals"),
    ]
    assert models.UsageRecord.objects.count() == 0


NOBODY = "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"
WRONG = (
    (f"{HEADER}\na,{NOBODY},2026-11-22,1", 2, "subscription: Not a subscription that usage is billed on."),
    (f"{HEADER}\na,nobody,2026-11-22,1", 2, "subscription 'nobody' is no id of one"),
    (f"{HEADER}\na,<id>,22.11.2026,1", 2, "used_on '22.11.2026' is no day, written 2030-12-31"),
    (f"{HEADER}\na,<id>,2026-11-22T10:00:00Z,1", 2, "used_on '2026-11-22T10:00:00Z' is no day"),
    (f"{HEADER}\na,<id>,2026-11-21,1", 2, "used_on: The subscription was not there on that day"),
    (f"{HEADER}\na,<id>,2026-11-23,1", 2, "used_on: The subscription was not there on that day"),
    (f"{HEADER}\na,<id>,2026-11-22,0", 2, "quantity: Above 0, with at most 6 decimals."),
    (f"{HEADER}\na,<id>,2026-11-22,-1", 2, "quantity '-1' is no number"),
    (f'{HEADER}\na,<id>,2026-11-22,"1,5"', 2, "quantity '1,5' is no number"),
    (f"{HEADER}\na,<id>,2026-11-22,1e3", 2, "quantity '1e3' is no number"),
    (f"{HEADER}\n,<id>,2026-11-22,1", 2, "key must have 1 to 200 characters"),
    (f"{HEADER}\na,<id>,2026-11-22", 2, "has 3 columns, the header has 4"),
    ("key,subscription,used_on", 1, "the header lacks quantity"),
    (f"{HEADER},colour", 1, "there is no column 'colour'"),
    ("", 1, "the file is empty"),
    (f"{HEADER}\n\xe4,<id>,2026-11-22,1".encode("latin-1"), 2, "is not text in UTF-8"),
    (f"{HEADER}\na,<id>,2026-11-22,1".encode("utf-16"), 1, "is not text in UTF-8"),
)


@pytest.mark.parametrize(("content", "line", "reason"), WRONG)
def test_what_is_wrong_is_named_by_its_line(content: str | bytes, line: int, reason: str, held: str) -> None:
    raw = content.encode() if isinstance(content, str) else content
    raw = raw.replace(b"<id>", held.encode())
    found = imported(raw)
    assert isinstance(found, list)
    assert [(at, said[: len(reason)]) for at, said in found] == [(line, reason)]
    assert models.UsageRecord.objects.count() == 0


@pytest.mark.parametrize("who", ["res", "cust", "nobody"])
def test_only_for_a_top_seller(who: str, held: str) -> None:
    outcome = imported(f"{HEADER}\na,{held},2026-11-22,1", who)
    assert isinstance(outcome, Refusal)
    assert outcome.code == "unknown_organization"


def test_another_top_seller_s_subscriptions_are_nobody_s(held: str) -> None:
    assert imported(f"{HEADER}\na,{held},2026-11-22,1", "rival") == [
        (2, "subscription: Not a subscription that usage is billed on.")
    ]


def said(path: Path, report: Path | None = None, organization: str = "dist") -> tuple[bool, str]:
    console = Console(record=True, highlight=False, soft_wrap=True, quiet=False)
    with console.capture() as captured:
        done = import_usage(path, organization=organization, telling=Telling(console, report), now=NOW)
    return done, captured.get()


def test_the_command_says_what_came_of_it_and_reports_line_by_line(tmp_path: Path, held: str) -> None:
    path, report = tmp_path / "usage.csv", tmp_path / "report.csv"
    path.write_text(f"{HEADER}\na,{held},2026-11-22,2\nb,{held},2026-11-22,3\n")
    assert said(path, report) == (True, "Imported: 2 added, 0 there before.\n")
    assert report.read_text() == "line,became,key\n2,added,a\n3,added,b\n"
    path.write_text(f"{HEADER}\nc,{held},2026-11-22,2\nd,{held},2026-11-22,three\n")
    done, told = said(path, report)
    assert not done
    assert told == (
        f"{path}:3: quantity 'three' is no number with a point and at most 6 decimals\nNothing was changed.\n"
    )
    assert not report.exists()
    assert said(path, None, "nobody") == (False, "There is no top seller nobody.\n")
