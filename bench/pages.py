"""`python -m bench.pages`: how long people wait for pages when many orders are stored, and how many
statements each takes; explained in docs/benchmarks.md."""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated, Final
from urllib.parse import urlencode

import typer

from bench import world
from bench.__main__ import circumstances, fresh, notes, out
from bench.filling import fill
from bench.house import House, Web
from bench.measuring import REQUESTS, requests, tasks_of
from bench.recorder import Recorder
from bench.recording import wire
from bench.replay import Stage

PASSWORD: Final = "bench of pages"  # noqa: S105 - of people who are not there

VISITORS: Final = {"distributor": "bench-d", "reseller": "bench-r00", "customer": "bench-c00"}
"""Who looks, by the ref of its organization."""

PAGES: Final = {
    "dashboard": "/dashboard",
    "its figures": "/dashboard/figures",
    "its pie, last three months": "/dashboard/mix?period=last_3_months",
    "its credit part": "/dashboard/credit",
    "orders": "/orders",
    "orders, oldest first": "/orders?sort=placed_at",
    "orders, executed": "/orders?status=executed",
    "one order": "/orders/{order}",
    "why it is so": "/orders/{order}/why",
    "approvals": "/approvals",
    "approvals, decided": "/approvals/decided",
    "customers": "/customers",
    "partners": "/partners",
    "subscriptions": "/subscriptions",
    "invoices": "/invoices",
    "payments": "/payments",
    "accounts": "/accounts",
    "one account": "/accounts/{account}",
    "credit limit, orders": "/settings/credit-limit/orders",
    "credit limit, organizations": "/settings/credit-limit/organizations",
    "catalog": "/catalog",
    "prices": "/prices",
    "search by number": "/search?q=10000123",
    "search by name": "/search?q=Customer+07",
}

PART: Final = {"HX-Request": "true"}
"""As htmx asks: parts of pages come as parts."""

SLOW: Final = 100
"""Milliseconds that no page may take, in the median."""

HEAD: Final = "| as | page | p50 ms | p95 ms | statements |\n| --- | --- | ---: | ---: | ---: |"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Waited:
    """One page as one visitor sees it: how many ms it took, each time, and of how many statements."""

    visitor: str
    page: str
    took: Sequence[float]
    statements: int

    def row(self) -> str:
        """A line of the table."""
        p50, p95 = median(self.took), quantiles(self.took, n=20)[-1]
        slow = " !" if p50 > SLOW else ""
        return f"| {self.visitor} | {self.page} | {p50:.0f}{slow} | {p95:.0f} | {self.statements} |"


@app.command()
def main(
    stored: Annotated[int, typer.Option(help="Stored orders.")] = 1_000_000,
    times: Annotated[int, typer.Option(min=2, help="How often each page is measured.")] = 21,
    folder: Annotated[Path | None, typer.Option(help="Work in this folder, and leave it.")] = None,
) -> None:
    """Every main page over HTTP, as a distributor, a reseller and a customer."""
    with fresh(folder) as place, House(place) as house:
        notes.print(f"{stored} orders …")
        with house.web() as web, house.worker():
            requests(web, tasks_of(world.chains(), 2 * world.CHAINS), REQUESTS)
            house.wait_until_executed()
        fill(house, total=stored, now=datetime.now(UTC))
        _people(house)
        with house.web() as web:
            _pay(house, web)
        house.settle()
        said = _said(house)
        with house.web() as web:
            waited = [each for visitor in VISITORS for each in _measured(house, web, visitor, times, said)]
        out.print(circumstances(house), markup=False)
    out.print(
        "| as | page | p50 ms | p95 ms | statements |\n| --- | --- | ---: | ---: | ---: |", markup=False
    )
    out.print("\n".join(each.row() for each in waited), markup=False)


def _people(house: House) -> None:
    """Somebody who may sign in, at each of the visitors."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    kept = PBKDF2PasswordHasher().encode(PASSWORD, "bench", iterations=1)
    for ref in VISITORS.values():
        house.rows(PERSON, [kept, f"{ref}@bench.example", ref])


PERSON: Final = """
WITH person AS (INSERT INTO user_account (id, password, email, name, is_active)
  VALUES (gen_random_uuid(), %s, %s, 'Bench', true) RETURNING id)
INSERT INTO membership (user_id, organization_id, role)
SELECT person.id, o.id, 'admin' FROM person, organization o WHERE o.ref = %s"""


OWED: Final = """
SELECT c.id, s.ref, (sum(i.open_minor) / 100.0)::text FROM contract c
JOIN organization b ON b.id = c.buyer_id JOIN organization s ON s.id = c.seller_id
JOIN invoice i ON i.contract_id = c.id AND i.status = 'unpaid' AND i.due_on < current_date
WHERE b.ref !~ %s GROUP BY c.id, s.ref ORDER BY c.id"""

LATE: Final = "[05]$"
"""Who pays nothing, a fifth of all; the others have paid what was due, in a payment each."""


def _pay(house: House, web: Web) -> None:
    connection = HTTPConnection("127.0.0.1", web.port)
    for contract, seller, amount in house.rows(OWED, [LATE]):
        key = f"bench-key-{seller.removeprefix('bench-')}"
        said = json.dumps({"contract": str(contract), "amount": f"{Decimal(amount):.2f}"})
        connection.request("POST", "/api/v1/payments", said, {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        assert answer.status == HTTPStatus.CREATED, answer.read()
        answer.read()


def _said(house: House) -> dict[tuple[str, str], int]:
    """How many statements each page takes of each visitor who has it, by a wire that reads along."""
    with TemporaryDirectory() as folder:
        recorder, address = wire(house, Path(folder, "web"))
        with house.web(address=address) as web:
            return {
                (visitor, page): _counted(recorder, browser, address)
                for visitor in VISITORS
                for browser in [Browser(web, f"{VISITORS[visitor]}@bench.example")]
                for page, address in _addresses(house, visitor)
                if browser.get(address) == HTTPStatus.OK  # other kinds of organizations do not have this page
            }


def _counted(recorder: Recorder, browser: "Browser", address: str) -> int:
    recorder.taken()
    browser.get(address)
    return Stage("page", tuple(recorder.taken())).queries


def _measured(
    house: House, web: Web, visitor: str, times: int, said: Mapping[tuple[str, str], int]
) -> Iterator[Waited]:
    browser = Browser(web, f"{VISITORS[visitor]}@bench.example")
    for page, address in _addresses(house, visitor):
        if (visitor, page) in said:
            took = [_timed(browser, address) for _ in range(times + 1)][1:]
            yield Waited(visitor, page, took, said[visitor, page])


def _addresses(house: House, visitor: str) -> list[tuple[str, str]]:
    known = {name: house.value(statement, [VISITORS[visitor]]) for name, statement in THINGS.items()}
    return [(page, path.format(**known)) for page, path in PAGES.items()]


THINGS: Final = {
    "order": """SELECT l.order_id FROM order_link l JOIN organization o ON o.id IN (l.buyer_id, l.seller_id)
WHERE o.ref = %s ORDER BY l.order_id DESC LIMIT 1""",
    "account": """SELECT a.id FROM credit_account a JOIN contract c ON c.id = a.contract_id
JOIN organization o ON o.id IN (c.buyer_id, c.seller_id) WHERE o.ref = %s LIMIT 1""",
}
"""Ids for addresses that need one, by the visitor's ref."""


def _timed(browser: "Browser", address: str) -> float:
    began_at = time.perf_counter()
    browser.get(address)
    return (time.perf_counter() - began_at) * 1000


class Browser:
    """Somebody who is signed in, as far as HTTP goes."""

    def __init__(self, web: Web, email: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", web.port)
        self._cookies: dict[str, str] = {}
        form = self._ask("GET", "/account/login")[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token, "the page to sign in at has a form"
        said = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        status, text = self._ask("POST", "/account/login", urlencode(said))
        assert status == HTTPStatus.FOUND, text

    def get(self, address: str) -> int:
        """The status of what comes back, once all of it is there."""
        return self._ask("GET", address)[0]

    def _ask(self, method: str, address: str, body: str = "") -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        headers = {"Cookie": cookies, **kind, **PART}
        self._connection.request(method, address, body=body or None, headers=headers)
        answer = self._connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode()


if __name__ == "__main__":
    app()
