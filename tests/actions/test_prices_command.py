"""`placet prices`: what people are told, and what comes of it."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from rich.console import Console

from placet.entrypoints.cli.prices import Telling, export_prices, import_nce, import_prices
from placet.storage import models
from tests import nce
from tests.api.callers import load, unique
from tests.stories.worlds import distributor, world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Desk:
    """A top seller's list with one price, and somebody at the command line."""

    def __init__(self, folder: Path) -> None:
        self.top, self.folder = unique("desk"), folder
        load(world(distributor(self.top), prices={f"{self.top}-bp": "10.00"}))
        self.list, self.bp = f"{self.top}-list", f"{self.top}-bp"
        self.screen = StringIO()

    def file(self, content: str) -> Path:
        """A file with this in it."""
        path = self.folder / "prices.csv"
        path.write_text(content, encoding="utf-8", newline="")
        return path

    def telling(self, report: Path | None = None) -> Telling:
        """To the screen."""
        return Telling(Console(file=self.screen, soft_wrap=True, highlight=False), report)

    def told(self) -> list[str]:
        """What was said since the last time."""
        lines = self.screen.getvalue().splitlines()
        self.screen.truncate(self.screen.seek(0))
        return lines

    def take(self, content: str, *, dry_run: bool = False, report: Path | None = None) -> bool:
        """`placet prices import`."""
        return import_prices(self.list, self.file(content), dry_run=dry_run, telling=self.telling(report))

    def take_nce(self, *rows: dict[str, str], vendor: str = "-bp-vendor", dry_run: bool = False) -> bool:
        """`placet prices import-nce`."""
        out = StringIO()
        nce.write([nce.ROW | row for row in rows], out)
        return import_nce(
            self.list,
            self.file(out.getvalue()),
            vendor=f"{self.top}{vendor}",
            column="unit",
            market=None,
            dry_run=dry_run,
            telling=self.telling(),
            now=NOW,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_is_tried_then_taken(desk: Desk) -> None:
    file = f"product,unit_price,min_quantity\n{desk.bp},11.00,1\n{desk.bp},9.00,50\n"
    assert desk.take(file, dry_run=True)
    rows = [f"line 2: changed {desk.bp}", f"line 3: added {desk.bp}"]
    assert desk.told() == [*rows, "Would be taken: 1 added, 1 changed."]
    assert models.Price.objects.get(price_list__ref=desk.list).unit_minor == 1000
    assert desk.take(file)
    assert desk.told() == [*rows, "Taken: 1 added, 1 changed."]
    assert desk.take(file)
    assert desk.told() == ["Taken: 2 unchanged."]


def test_what_is_exported_is_imported(desk: Desk) -> None:
    out = BytesIO()
    assert export_prices(desk.list, out, console=desk.telling().console)
    assert out.getvalue().decode() == (
        "product,name,currency,min_quantity,unit_price,valid_from,valid_to\n"
        f"{desk.bp},Product {desk.bp},EUR,1,10.00,,\n"
    )
    assert desk.take(out.getvalue().decode())
    assert desk.told() == ["Taken: 1 unchanged."]


def test_a_bad_file_is_refused_with_its_lines(desk: Desk) -> None:
    content = f"product,unit_price\n{desk.bp},9.00\n" + "nobody,1\n" * 101
    assert not desk.take(content)
    told = desk.told()
    assert told[0] == f"{desk.folder / 'prices.csv'}:3: product: there is no nobody"
    assert (told[-2:], len(told)) == (["… and 1 more.", "Nothing was changed."], 102)
    assert models.Price.objects.get(price_list__ref=desk.list).unit_minor == 1000


def test_of_many_rows_the_report_has_all(desk: Desk) -> None:
    rows = "".join(f"{desk.bp},{quantity},1\n" for quantity in range(1, 31))
    report = desk.folder / "report.csv"
    assert desk.take(f"product,min_quantity,unit_price\n{rows}", report=report)
    told = desk.told()
    assert told[-2:] == ["… and 10 rows more; --report FILE lists them all.", "Taken: 29 added, 1 changed."]
    assert len(told) == 22
    with report.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[:3] == [
        ["line", "became", "product", "reason"],
        ["2", "changed", desk.bp, ""],
        ["3", "added", desk.bp, ""],
    ]
    assert len(lines) == 31


def test_what_is_not_there(desk: Desk) -> None:
    for name in ("nowhere", "0199a3c4-5b1e-7c32-9d0a-3f2b8e6d4c11"):
        assert not export_prices(name, BytesIO(), console=desk.telling().console)
        assert not import_prices(name, desk.file(""), dry_run=False, telling=desk.telling())
        assert desk.told() == [f"There is no price list {name}."] * 2
    assert not desk.take_nce({}, vendor="-nobody")
    assert desk.told() == [f"There is no vendor {desk.top}-nobody."]


def test_a_vendors_list(desk: Desk) -> None:
    strange = {"TermDuration": "P7D"}
    ref = "CFQ7TTC0LCHC:0002:P1Y:Monthly:Commercial"
    assert desk.take_nce({}, strange, dry_run=True)
    rows = [f"line 2: added {ref}", "line 4: skipped (TermDuration P7D: not a term of months or years)"]
    assert desk.told() == [*rows, "Would be taken: 1 added, 1 skipped; 1 new products."]
    assert desk.take_nce({}, strange)
    assert desk.told() == [*rows, "Taken: 1 added, 1 skipped; 1 new products."]
    assert desk.take_nce({})
    assert desk.told() == ["Taken: 1 unchanged."]
    assert not desk.take_nce({"Currency": "USD"})
    assert desk.told() == [
        f"{desk.folder / 'prices.csv'}:1: no row could be taken: none is in EUR, of the market, and for sale",
        "Nothing was changed.",
    ]
