"""Price lists as Microsoft writes them, made up: `python -m tests.nce ROWS > FILE` writes one of any size."""

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

HEADER = (
    *("ProductTitle", "ProductId", "SkuId", "SkuTitle", "Publisher", "SkuDescription", "UnitOfMeasure"),
    *("TermDuration", "BillingPlan", "Market", "Currency", "UnitPrice", "PricingTierRangeMin"),
    *("PricingTierRangeMax", "EffectiveStartDate", "EffectiveEndDate", "Tags", "ERP Price", "Segment"),
)
CHANGES = ("ChangeIndicator", "PreviousValues")

ROW = {
    "ProductTitle": "Microsoft 365 Business Premium",
    "ProductId": "CFQ7TTC0LCHC",
    "SkuId": "0002",
    "SkuTitle": "Microsoft 365 Business Premium",
    "Publisher": "Microsoft Corporation",
    "SkuDescription": 'Best for businesses that need "everything", and\r\nmore of it.',
    "TermDuration": "P1Y",
    "BillingPlan": "Monthly",
    "Market": "LV",
    "Currency": "EUR",
    "UnitPrice": "211.2",
    "EffectiveStartDate": "2025-01-01T00:00:00.0000000Z",
    "EffectiveEndDate": "9999-12-31T23:59:59.0000000Z",
    "Tags": "License",
    "ERP Price": "264",
    "Segment": "Commercial",
}
"""A row as it usually is."""


def write(rows: Iterable[dict[str, str]], out: TextIO, *more: str) -> None:
    """A file of these rows; what they leave out is empty."""
    writer = csv.DictWriter(out, [*HEADER, *more], restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    out.write("\ufeff")
    writer.writeheader()
    writer.writerows(rows)


PLANS = (("P1M", "Monthly"), ("P1Y", "Monthly"), ("P1Y", "Annual"), ("P3Y", "Monthly"), ("P3Y", "Triennial"))
SEGMENTS = ("Commercial", "Education", "Charity", "Government")


def many(count: int) -> Iterator[dict[str, str]]:
    """So many rows, each an offer of its own."""
    each = len(PLANS) * len(SEGMENTS)
    for number in range(count):
        term, plan = PLANS[number % len(PLANS)]
        product = number // each
        yield ROW | {
            "ProductTitle": f"Product {product}",
            "ProductId": f"CFQ7TTC{product:05X}",
            "SkuId": "0001",
            "SkuTitle": f"Product {product}",
            "TermDuration": term,
            "BillingPlan": plan,
            "Segment": SEGMENTS[number // len(PLANS) % len(SEGMENTS)],
            "UnitPrice": f"{number % 997 + 1}.{number % 10}",
        }


if __name__ == "__main__":
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr]
    write(many(int(sys.argv[1])), sys.stdout)
