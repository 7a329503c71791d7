"""`python -m bench.dashboards`: how long a reseller waits for its figures (R102, R103), explained in
docs/benchmarks.md."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import typer

from bench import world
from bench.__main__ import circumstances, fresh, notes, out
from bench.filling import fill
from bench.house import House, Web
from bench.measuring import REQUESTS, requests, tasks_of

LINKS: Final = 2
"""Invoices that an order of the bench world leaves behind."""

FILLED: Final = ("orders", "order_link", "order_line", "subscription", "invoice", "invoice_line")
"""What the figures are computed from; the rest of an order's rows is not copied."""

CALLS: Final = {
    "statistics": "statistics",
    "product mix, this month": "product-mix?period=this_month",
    "product mix, last month": "product-mix?period=last_month",
    "product mix, last three months": "product-mix?period=last_3_months",
    "product mix, three months, filtered": (
        "product-mix?period=last_3_months&product_type=software_subscription&billing_type=monthly"
    ),
}

PAID: Final = """
UPDATE invoice SET status = 'paid', open_minor = 0 WHERE due_on < current_date - 7 AND status = 'unpaid'"""
"""Nearly everybody pays within a week of the due date."""

CHANGED: Final = """
UPDATE orders o SET kind = 'change', change = jsonb_build_object('does', 'change',
  'before', jsonb_build_array(n.product_id, NULL, '', 1),
  'after', jsonb_build_array(n.product_id, NULL, '', 3))
FROM order_line n WHERE n.order_id = o.id AND o.kind = 'new' AND substr(o.id::text, 12, 1) = '0'"""
"""Every sixteenth order adds two seats as well: it stands for a change beside it."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Waited:
    """One call in one case: how many ms it took, each time."""

    case: str
    invoices: int
    call: str
    took: Sequence[float]

    def row(self) -> str:
        """A line of the table."""
        stored = f"{self.invoices:,}".replace(",", " ")
        times = f"{median(self.took):.0f} | {max(self.took):.0f}"
        return f"| {self.case} | {stored} | {self.call} | {times} |"


@app.command()
def main(
    invoices: Annotated[int, typer.Option(help="Stored invoices of the large cases.")] = 1_000_000,
    few: Annotated[int, typer.Option(help="Stored invoices of the small cases.")] = 10_000,
    times: Annotated[int, typer.Option(min=1, help="How often each call is measured.")] = 9,
    folder: Annotated[Path | None, typer.Option(help="Work in folders in this one, and leave them.")] = None,
) -> None:
    """The dashboard's figures over HTTP, by how much there is to count."""
    waited: list[Waited] = []
    said = ""
    for case, chains in (("one reseller", 1), (f"spread over {world.CHAINS}", world.CHAINS)):
        with fresh(folder and folder / str(chains)) as place, House(place) as house:
            for stored in (few, invoices):
                notes.print(f"{case}, {stored} invoices …")
                _fill(house, world.chains()[:chains], stored)
                waited += [Waited(case, stored, call, took) for call, took in _measured(house, times)]
            said = circumstances(house)
    out.print(said, markup=False)
    out.print("| invoices of | stored | call | p50 ms | longest ms |\n| --- | ---: | --- | ---: | ---: |")
    out.print("\n".join(each.row() for each in waited), markup=False)


def _fill(house: House, chains: Sequence[world.Chain], invoices: int) -> None:
    """Orders of these chains, until there are so many invoices."""
    if not house.value("SELECT count(*) FROM invoice"):
        with house.web() as web, house.worker():
            requests(web, tasks_of(chains, len(chains)), REQUESTS)
            house.wait_until_executed()
    fill(house, total=invoices // LINKS, now=datetime.now(UTC), tables=FILLED)
    for statement in (PAID, CHANGED):
        house.rows(statement)
    house.settle()


def _measured(house: House, times: int) -> Iterator[tuple[str, list[float]]]:
    with house.web() as web:
        for call, path in CALLS.items():
            _asked(web, path)  # the first one plans
            yield call, [_asked(web, path) for _ in range(times)]


def _asked(web: Web, path: str) -> float:
    """How long the first reseller waits for an answer, in ms."""
    began_at = time.perf_counter()
    answer = _get(web, f"/api/v1/dashboard/{path}")
    took = (time.perf_counter() - began_at) * 1000
    assert answer.get("as_of") or answer["slices"], "there is something to count"
    return took


def _get(web: Web, path: str) -> dict[str, Any]:
    connection = HTTPConnection("127.0.0.1", web.port)
    connection.request("GET", path, headers={"Authorization": f"Bearer {world.chains()[0].reseller}"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content  # noqa: PLR2004 - HTTP's own
    found: dict[str, Any] = json.loads(content)
    return found


if __name__ == "__main__":
    app()
