"""What a buyer is offered: R2, R4, R7."""

from decimal import Decimal

import pytest

from placet.domain.money import Money
from placet.domain.offering import (
    Candidate,
    Chosen,
    Facet,
    Offer,
    PriceStep,
    Sort,
    Tag,
    by_price,
    chosen_of,
    facets,
    place_in,
    price_steps,
)
from tests.domain.builders import PRODUCTS, chain, id_of
from tests.domain.tables import cases

STEPS = """
lists                          place  ->  steps
10.00                          0          1: 10.00
10.00                          1          1: 10.00
+20% < 10.00                   0          1: 12.00
+20% < 10.00                   1          1: 12.00 (10.00)
+20% < 10.00                   2          1: 10.00
+20% < +10% < 10.00            0          1: 13.20
+20% < +10% < 10.00            1          1: 13.20 (11.00)
+20% < +10% < 10.00            2          1: 11.00 (10.00)
+20% < +10% < 10.00            3          1: 10.00
10.00 9.00@10                  0          1: 10.00, 10: 9.00
9.00@10                        0          10: 9.00
15.00 < 10.00@10               0          10: 15.00
15.00 < 10.00 9.00@10          0          1: 15.00
15.00 < 10.00 9.00@10          1          1: 15.00 (10.00), 10: 15.00 (9.00)
+20% < 10.00 9.00@10           0          1: 12.00, 10: 10.80
10.00 5%off@20                 0          1: 10.00, 20: 10.00 -5%
+20% 5%off@20 < 10.00          1          1: 12.00 (10.00), 20: 12.00 -5% (10.00)
+20% 5%off@20 < 10.00          2          1: 10.00
+20% < 10.00 5%off@20          1          1: 12.00 (10.00), 20: 12.00 (10.00 -5%)
+20% < 10.00 5%off@20          0          1: 12.00
10.00 9.00@2000000             0          1: 10.00
none < 10.00                   0          -
+20% < ps=10.00                0          -
"""


@cases(STEPS)
def test_price_steps(lists: str, place: str, steps: str) -> None:
    """From which quantities on the viewer pays or takes another price; another link's is no step (R2)."""
    found = price_steps(chain(f"list {lists}"), PRODUCTS["bp"], int(place))
    assert ", ".join(map(_written, found)) == steps


def _written(step: PriceStep) -> str:
    cost = f" ({_tag(step.cost)})" if step.cost else ""
    return f"{step.quantity}: {_tag(step.price)}{cost}"


def _tag(tag: Tag) -> str:
    off = f" -{tag.discount.normalize():f}%" if tag.discount else ""
    return str(tag.unit).removesuffix(" EUR") + off


def test_a_reseller_that_buys_for_itself_has_one_price() -> None:
    """Cost and amount are equal (spec §1)."""
    [step] = price_steps(chain("list +20% < 10.00", buyer="res"), PRODUCTS["bp"], 0)
    assert step.cost is None


@cases("""
who   ->  place
cust      0
res       1
sub       2
dist      3
else      -
""")
def test_place(who: str, place: str) -> None:
    found = place_in(chain("list +1% < +1% < 10.00"), id_of(who))
    assert ("" if found is None else str(found)) == place


def test_nobody_stands_in_no_chain() -> None:
    assert place_in((), id_of("dist")) is None


# Looking for one ----------------------------------------------------------------------------


def candidate(name: str, ordered: int = 0) -> Candidate:
    product = PRODUCTS[name]
    vendor = product.vendor.ref or ""
    return Candidate(
        product.id,
        product.name,
        vendor,
        product.vendor.name,
        product.product_type,
        product.billing_type,
        ordered,
    )


CANDIDATES = [
    candidate("bp", 5),
    candidate("office", 9),
    candidate("ps"),
    candidate("azure", 5),
    candidate("onsite"),
]


def names(found: list[Candidate]) -> str:
    return " ".join(each.name.lower() for each in found)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        (Sort.ORDERED, "office azure bp onsite ps"),
        (Sort.NAME, "azure bp office onsite ps"),
        (Sort.PRICE, "azure bp office onsite ps"),
    ],
)
def test_sorts(sort: Sort, found: str) -> None:
    """Of equal ones by name."""
    assert names(chosen_of(CANDIDATES, Chosen(), sort)) == found


def test_sorts_by_price() -> None:
    """A top seller's own offers have none, and stay as they came."""
    offers = [
        Offer(PRODUCTS[name], (PriceStep(1, Tag(Money(minor, "EUR"), Decimal(0)), None),))
        for name, minor in (("bp", 300), ("ps", 100), ("office", 300), ("azure", 0))
    ]
    assert [each.product.ref for each in by_price(offers)] == ["azure", "ps", "bp", "office"]
    bare = [Offer(PRODUCTS[name], ()) for name in ("ps", "bp")]
    assert [each.product.ref for each in by_price(bare)] == ["ps", "bp"]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), "azure bp office onsite ps"),
        (Chosen(vendors=frozenset({"ms"})), "azure bp office"),
        (Chosen(vendors=frozenset({"ms", "adobe"})), "azure bp office ps"),
        (Chosen(vendors=frozenset({"ms"}), billing_types=frozenset({"annual"})), "office"),
        (Chosen(product_types=frozenset({"service", "usage"})), "azure onsite"),
        (Chosen(vendors=frozenset({"nobody"})), ""),
    ],
)
def test_chooses(chosen: Chosen, found: str) -> None:
    """One of each facet's boxes, of all facets."""
    assert names(chosen_of(CANDIDATES, chosen, Sort.NAME)) == found


def test_a_facet_counts_what_the_others_let_through() -> None:
    """So that ticking a second box of it says what it adds."""
    found = facets(CANDIDATES, Chosen(vendors=frozenset({"ms"}), product_types=frozenset({"service"})))
    assert found.vendors == (
        Facet("acme", "Acme", 1, chosen=False),
        Facet("adobe", "Adobe", 0, chosen=False),
        Facet("ms", "Ms", 0, chosen=True),
    )
    assert [(each.value, each.count, each.chosen) for each in found.product_types] == [
        ("software_subscription", 2, False),
        ("esd", 0, False),
        ("usage", 1, False),
        ("service", 0, True),
    ]
    assert {each.count for each in found.billing_types} == {0}


def test_a_facet_of_billing_types_counts_likewise() -> None:
    found = facets(CANDIDATES, Chosen(vendors=frozenset({"ms"}), billing_types=frozenset({"annual"})))
    assert [(each.value, each.count) for each in found.billing_types] == [
        ("one_time", 0),
        ("monthly", 1),
        ("annual", 1),
        ("usage", 1),
    ]
    assert [(each.value, each.count) for each in found.vendors] == [("acme", 0), ("adobe", 0), ("ms", 1)]
