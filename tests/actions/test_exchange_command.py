"""`placet export` and `placet import`: what people are told, and what comes of it."""

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.utils.timezone import now
from rich.console import Console

from placet.actions.import_runs import forget_files
from placet.domain.words import Exchanged, ExchangeFormat
from placet.entrypoints.cli.exchange import Wanted, export_file, export_to, import_file
from placet.storage import models
from tests.api.chains import Chain, chain

pytestmark = pytest.mark.django_db


class Desk:
    """A chain, and somebody at the command line."""

    def __init__(self, folder: Path) -> None:
        self.made: Chain = chain()
        self.folder, self.screen = folder, StringIO()
        self.console = Console(file=self.screen, soft_wrap=True, highlight=False, width=200)

    def wanted(self, kind: str, ref: str = "dist", form: str = "csv") -> Wanted:
        """As the command line says it."""
        return Wanted(Exchanged(kind), ExchangeFormat(form), self.made.ref(ref))

    def take(self, kind: str, content: str, *, dry_run: bool = False, report: Path | None = None) -> bool:
        """`placet import KIND FILE --as dist`."""
        file = self.folder / "file.csv"
        file.write_text(content, encoding="utf-8")
        wanted = self.wanted(kind)
        return import_file(wanted, file, dry_run=dry_run, report=report, console=self.console)

    def write(self, kind: str, ref: str = "dist", form: str = "csv", since: str | None = None) -> str:
        """`placet export KIND --as REF`."""
        out = BytesIO()
        assert export_file(self.wanted(kind, ref, form), since, out, console=self.console)
        return out.getvalue().decode("utf-8-sig")

    def told(self) -> list[str]:
        """What was said since the last time."""
        lines = [line.rstrip() for line in self.screen.getvalue().splitlines()]
        self.screen.truncate(self.screen.seek(0))
        return lines


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_is_tried_then_taken(desk: Desk) -> None:
    ref = desk.made.ref("acme")
    file = f"external_id,ref,name,kind,currency\nA-1,{ref},Acme,reseller,EUR\n"
    assert desk.take("organizations", file, dry_run=True)
    assert desk.told() == ["Would be: 1 created."]
    assert not models.Organization.objects.filter(ref=ref).exists()
    assert desk.take("organizations", file)
    assert desk.told() == ["Done: 1 created."]
    assert desk.take("organizations", file)
    assert desk.told() == ["Done: 1 unchanged."]


def test_what_is_refused_is_told_by_line_and_fails_the_command(desk: Desk) -> None:
    res, report = desk.made.ref("res"), desk.folder / "report.csv"
    file = f"organization,credit_limit\n[bold]x,5\n{res},5\n{desk.made.ref('cust')},a\n"
    assert not desk.take("limits", file, report=report)
    header, first, second, sums = desk.told()
    assert header.split() == ["Line", "About", "Code", "Column", "Why"]
    assert first.split()[:3] == ["2", "[bold]x", "unknown_organization"]
    assert second.split()[:3] == ["4", desk.made.ref("cust"), "forbidden"]
    assert sums == "Done: 1 updated, 2 refused."
    with report.open(encoding="utf-8-sig", newline="") as lines:
        assert [row["became"] for row in csv.DictReader(lines)] == ["refused", "updated", "refused"]


@pytest.mark.parametrize("content", ["", "nonsense\nx\n"])
def test_a_file_that_makes_no_sense(desk: Desk, content: str) -> None:
    assert not desk.take("payments", content)
    (words,) = desk.told()
    assert words.endswith("Nothing was changed.")
    assert models.ExchangeRun.objects.count() == 0


def test_what_is_exported_can_be_imported(desk: Desk) -> None:
    text = desk.write("limits")
    assert "--since" in desk.told()[0]
    assert desk.take("limits", text)
    assert desk.told() == ["Done: 1 unchanged."]
    assert [item["buyer"]["ref"] for item in json.loads(desk.write("limits", form="json"))["items"]] == [
        desk.made.ref("res")
    ]
    assert desk.write("orders", since="2030-01-01").count("\n") == 1


def test_a_file_takes_the_place_of_the_one_before_only_when_it_is_whole(desk: Desk) -> None:
    path = desk.folder / "limits.csv"
    path.write_text("before", encoding="utf-8")
    nobody = Wanted(Exchanged.LIMITS, ExchangeFormat.CSV, "nobody")
    assert not export_to(nobody, None, path, console=desk.console)
    assert path.read_text(encoding="utf-8") == "before"
    assert export_to(desk.wanted("limits"), None, path, console=desk.console)
    assert path.read_text(encoding="utf-8-sig").startswith("external_id,organization,")
    assert [each.name for each in desk.folder.iterdir()] == ["limits.csv"]


def test_where_nothing_can_be_written_nothing_is_begun(desk: Desk) -> None:
    missing = desk.folder / "missing" / "file.csv"
    assert not export_to(desk.wanted("limits"), None, missing, console=desk.console)
    assert not export_to(desk.wanted("limits"), None, desk.folder, console=desk.console)
    assert not desk.take("limits", f"organization,credit_limit\n{desk.made.ref('res')},5\n", report=missing)
    assert desk.told() == [
        f"There is no folder {missing.parent}.",
        f"{desk.folder} is a folder: name a file.",
        f"There is no folder {missing.parent}.",
    ]
    assert models.ExchangeRun.objects.count() == 0


def test_what_is_kept_and_for_how_long(desk: Desk) -> None:
    """A file that was only looked at for a week, a report for a quarter, its sums for ever."""
    assert desk.take("limits", f"organization,credit_limit\n{desk.made.ref('res')},5\n", dry_run=True)
    run = models.ExchangeRun.objects.get()
    for days, content, lines in ((6, True, 1), (8, False, 1), (89, False, 1), (91, False, 0)):
        forget_files(now() + timedelta(days=days))
        run.refresh_from_db()
        found = (run.content is not None, models.ExchangeLine.objects.count(), run.updated)
        assert found == (content, lines, 1), days


def test_what_cannot_be_exported(desk: Desk) -> None:
    out = BytesIO()
    nobody = Wanted(Exchanged.LIMITS, ExchangeFormat.CSV, "nobody")
    assert not export_file(nobody, None, out, console=desk.console)
    assert not export_file(desk.wanted("organizations"), "2026-01-01", out, console=desk.console)
    assert not export_file(desk.wanted("orders"), "yesterday", out, console=desk.console)
    assert desk.told() == [
        "There is no organization nobody.",
        "Organizations come whole.",
        "--since yesterday: must be a day (2030-12-31) or a time with its offset (2030-12-31T12:00:00Z).",
    ]
    assert out.getvalue() == b""
