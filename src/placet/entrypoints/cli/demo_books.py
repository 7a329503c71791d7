"""What the demo's organizations had before: subscriptions, and three months of invoices for them.

It depends on the day that the demo begins on, so it is no part of the demo's world file.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

Tree = dict[str, Any]

# Who has how many of what, since how many months; of what is metered, how many units it uses a month.
SUBSCRIPTIONS: Final = """
cust-b    office-plus    24  14
cust-b    endpoint       24  14
cust-b    mailguard      24   8
cust-b    pool         6200   9
cust-b2   office         12  20
cust-b2   backup         12  20
cust-b2   archive        12   6
cust-b2   vault          12  10
cust-b3   mail            8  11  suspended
cust-b4   creative       14   7
cust-b4   office-plus    18  16
cust-b4   pdf            18   7
cust-b4   backup         18   7
cust-b5   office-plus    60  13
cust-b5   endpoint       72  13
cust-b5   pool        16400   5
cust-b5   backup-server  12  13
cust-b5   projects       20   3
cust-b6   office         22   4
cust-b6   endpoint       30   4
cust-b6   mailguard      22   4  pending_cancellation
cust-b6   endpoint-trial  5   0
cust-b7   office         35   9
cust-b7   mail           40   9
cust-b7   storage      9100   9
cust-b7   projects        6   9  suspended
cust-b8   office-plus    16  19
cust-b8   creative        4   2
cust-b8   backup-server   3   2
cust-b8   server          1   5
cust-h    office         40  12
cust-h    mailguard      40  12
cust-h2   office         25   6
cust-m    office-plus    80  15
cust-m    endpoint       90  15
cust-m    backup-server   6  15
cust-m    server-8        2   8
cust-o    mail           30   5
cust-o2   office-plus    14   3
cust-o2   storage      4200   3
cust-late mail           10  18
cust-card office         10   3
cust-s    office          8  10
cust-c    office         20   7
"""
# Each seller's buyers: the tax of the link, and what its seller takes for a unit that costs 1.
LINKS: Final[dict[str, tuple[str, str, str]]] = {
    "res-b": ("dist-a", "21", "1"),
    "res-h": ("dist-a", "22", "1"),
    "res-m": ("dist-a", "21", "1"),
    "res-o": ("dist-a", "22", "1"),
    "res-late": ("dist-a", "0", "1"),
    "res-card": ("dist-a", "0", "1"),
    "res-s": ("dist-a", "0", "1"),
    "cust-h": ("res-h", "22", "1.175"),
    "cust-h2": ("res-h", "22", "1.175"),
    "cust-m": ("res-m", "21", "1.22"),
    "cust-o": ("res-o", "22", "1.18"),
    "cust-o2": ("res-o", "22", "1.18"),
    "cust-late": ("res-late", "23", "1.25"),
    "cust-card": ("res-card", "25.5", "1.15"),
    "cust-s": ("res-s", "23", "1.25"),
    "cust-c": ("first-c", "20", "1.1"),
    **dict.fromkeys(("cust-b", *(f"cust-b{number}" for number in range(2, 9))), ("res-b", "21", "1.2")),
}
COSTS: Final = {
    "office": "10.00",
    "office-plus": "16.50",
    "mail": "3.20",
    "projects": "7.50",
    "server": "960.00",
    "server-8": "1740.00",
    "pool": "0.05",
    "storage": "0.02",
    "endpoint": "2.80",
    "mailguard": "1.90",
    "vault": "24.00",
    "creative": "46.00",
    "pdf": "12.40",
    "backup": "5.50",
    "backup-server": "38.00",
    "archive": "2.10",
}
ANNUAL: Final = frozenset({"server", "server-8", "vault"})
METERED: Final = frozenset({"pool", "storage"})
MONTHS: Final = 3
"""Invoices go back so many months, and begin this month."""

OPEN: Final[dict[str, dict[int, str | None]]] = {
    "res-b": {0: None, 2: "1860.00"},
    "res-m": {0: None},
    "res-o": {0: None},
    "res-s": {0: None, 1: None, 2: None},
    "cust-b": {0: None},
    "cust-b4": {0: None},
    "cust-b5": {0: None, 1: "640.00"},
    "cust-b7": {0: None, 2: "212.50"},
    "cust-b8": {0: None},
    "cust-h": {0: None},
    "cust-m": {0: None},
    "cust-c": {0: None},
}
"""Which invoices are not paid, by how many months ago they were written: all of them, or what is left."""


@dataclass(frozen=True, slots=True)
class Had:
    """A subscription, bought so many months ago; `units` of it a month are billed."""

    customer: str
    product: str
    units: int
    months: int
    status: str = "active"

    def billed(self, ago: int) -> bool:
        """Whether the invoices of so many months ago have it."""
        if "trial" in self.product or ago > self.months:
            return False
        return self.product not in ANNUAL or (self.months - ago) % 12 == 0


def books(today: date) -> str:
    """The world file of it all, by that day: to be loaded once, on top of the demo's world."""
    tree = {"subscriptions": list(_subscriptions(today)), "invoices": list(_invoices(today))}
    return json.dumps(tree, indent=1)


def _had() -> list[Had]:
    rows = (line.split() for line in SUBSCRIPTIONS.split("\n") if line)
    return [Had(who, what, int(units), int(ago), *status) for who, what, units, ago, *status in rows]


def _subscriptions(today: date) -> Iterator[Tree]:
    for had in _had():
        yield {
            "ref": f"{had.customer}-{had.product}",
            "customer": had.customer,
            "product": had.product,
            "quantity": 1 if had.product in METERED else had.units,
            "status": had.status,
            "started_at": _first(today, had.months),
        }


def _invoices(today: date) -> Iterator[Tree]:
    for ago in range(MONTHS, -1, -1):
        billed: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for had in _had():
            buyer = had.customer
            while had.billed(ago) and buyer in LINKS:
                billed[buyer][had.product] += had.units
                buyer = LINKS[buyer][0]
        yield from (_invoice(buyer, units, ago, today) for buyer, units in billed.items())


def _invoice(buyer: str, units: dict[str, int], ago: int, today: date) -> Tree:
    seller, tax, times = LINKS[buyer]
    issued_on = _first(today, ago)
    invoice = {
        "seller": seller,
        "buyer": buyer,
        "number": f"{issued_on[:7]}/{1 + [*LINKS].index(buyer):03}",
        "kind": "debit",
        "issued_on": issued_on,
        "lines": [_line(*line, Decimal(tax), Decimal(times)) for line in units.items()],
    }
    left = OPEN.get(buyer, {}).get(ago, "0.00")
    return invoice if left is None else invoice | {"open": left}


def _line(product: str, units: int, tax: Decimal, times: Decimal) -> Tree:
    net = _cents(Decimal(COSTS[product]) * times) * units
    return {"product": product, "quantity": units, "net": str(net), "tax": str(_cents(net * tax / 100))}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _first(today: date, ago: int) -> str:
    """The first day of the month, so many months ago."""
    months = today.year * 12 + today.month - 1 - ago
    return date(months // 12, months % 12 + 1, 1).isoformat()
