"""Prices with quantities, times and discounts in world files (R4, R7)."""

from datetime import UTC, datetime

import pytest
from django.utils.timezone import now

from placet.actions.load_world import Problem, WorldErrors, WorldReport, load_world
from placet.storage import models

pytestmark = pytest.mark.django_db

WORLD = """\
organizations:
  - {ref: top, name: Top, kind: distributor, time_zone: Europe/Riga}
vendors: [{ref: ms, name: Microsoft, connector: sandbox}]
products:
  - {ref: bp, vendor: ms, name: BP, product_type: esd, billing_type: annual,
     fulfilment: automatic, term_months: 36}
  - {ref: ps, vendor: ms, name: PS, product_type: esd, billing_type: monthly, fulfilment: automatic}
price_lists:
  - ref: l
    owner: top
    currency: EUR
    prices:
      ps: 5
      bp:
        - {price: "10.00", valid_to: 2026-12-31}
        - {price: "11.00", valid_from: 2027-01-01}
        - {price: "9.00", min_quantity: 50}
    discounts:
      - {percent: 5, min_quantity: 100}
      - {product: bp, percent: "7.5", valid_from: 2027-01-01, valid_to: 2027-01-31}
"""


def load(*edits: tuple[str, str]) -> WorldReport | WorldErrors:
    text = WORLD
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return load_world(text, source="test", now=now(), progress=lambda *_: None)


def problems(*edits: tuple[str, str]) -> list[tuple[int, str, str]]:
    answer = load(*edits)
    assert isinstance(answer, WorldErrors), answer
    assert not models.PriceList.objects.exists()
    return [(each.line, each.key, each.reason) for each in answer.problems]


NEW_YEAR = datetime(2026, 12, 31, 22, tzinfo=UTC)
"""In Riga."""


def test_all_that_a_list_may_say() -> None:
    answer = load()
    assert isinstance(answer, WorldReport)
    columns = ("product__ref", "min_quantity", "unit_minor", "valid_from", "valid_to")
    assert [*models.Price.objects.order_by("product__ref", "unit_minor").values_list(*columns)] == [
        ("bp", 50, 900, None, None),
        ("bp", 1, 1000, None, NEW_YEAR),
        ("bp", 1, 1100, NEW_YEAR, None),
        ("ps", 1, 500, None, None),
    ]
    february = datetime(2027, 1, 31, 22, tzinfo=UTC)
    columns = ("product__ref", "min_quantity", "percent", "valid_from", "valid_to")
    assert [*models.Discount.objects.order_by("percent").values_list(*columns)] == [
        (None, 100, 5, None, None),
        ("bp", 1, 7.5, NEW_YEAR, february),
    ]
    assert {*models.Product.objects.values_list("ref", "term_months")} == {("bp", 36), ("ps", None)}


def test_again_it_is_as_it_was() -> None:
    load()
    again = load()
    assert isinstance(again, WorldReport)
    assert (again.created, again.differences) == (0, [])


DECEMBER = "2026-12-01T00:00:00+02:00"

DIFFERENCES = (
    (('"9.00"', '"8.00"'), "price of bp in l from 50 on: price is 8.00 in the file, 9.00 in the database"),
    (
        ("percent: 5,", "percent: 6,"),
        "discount on everything in l from 100 on: percent is 6 in the file, 5 in the database",
    ),
    (
        ("valid_to: 2026-12-31}", "valid_to: 2026-11-30}"),
        f"price of bp in l: valid_to is {DECEMBER} in the file, {NEW_YEAR.isoformat()} in the database",
    ),
    (("term_months: 36", "term_months: 12"), "product bp: term_months is 12 in the file, 36 in the database"),
    (
        ('"11.00", valid_from: 2027-01-01}', '"11.00", valid_from: 2027-02-01}'),
        "price of bp in l: the database has another one for some of its time",
    ),
    (
        ("percent: 5, min_quantity: 100", "percent: 5, min_quantity: 100, valid_from: 2027-01-01"),
        "discount on everything in l from 100 on: the database has another one for some of its time",
    ),
)


@pytest.mark.parametrize(("edit", "difference"), DIFFERENCES)
def test_what_stands_stays(edit: tuple[str, str], difference: str) -> None:
    load()
    before = (
        [*models.Price.objects.order_by("id").values()],
        [*models.Discount.objects.order_by("id").values()],
    )
    again = load(edit)
    assert isinstance(again, WorldReport)
    assert (again.created, again.differences) == (0, [difference])
    assert before == (
        [*models.Price.objects.order_by("id").values()],
        [*models.Discount.objects.order_by("id").values()],
    )


def test_what_is_new_is_added_to_a_list_that_stands() -> None:
    load()
    again = load(("      ps: 5\n", "      ps: [{price: 5}, {price: 4, min_quantity: 10}]\n"))
    assert isinstance(again, WorldReport)
    assert (again.created, again.differences) == (1, [])


BP = "price_lists[0].prices.bp"
ENTRY = "price_lists[0].discounts"
MOMENT = "must be a day (2030-12-31) or a time with its offset (2030-12-31T12:00:00Z)"

WRONG = (
    ('"10.00", ', '"10.001", ', (15, f"{BP}[0].price", "10.001 cannot be an amount: EUR has 2 decimals")),
    ('price: "10.00", ', "", (15, f"{BP}[0].price", "is missing")),
    (
        "min_quantity: 50",
        "min_quantity: 0",
        (17, f"{BP}[2].min_quantity", "must be a whole number from 1 to 1000000"),
    ),
    (
        "min_quantity: 50",
        "quantity: 50",
        (17, f"{BP}[2].quantity", "unknown key; did you mean min_quantity?"),
    ),
    (", min_quantity: 50", "", (17, f"{BP}[2].valid_from", "overlaps what stands on line 15")),
    ("2027-01-01}", "2026-12-31}", (16, f"{BP}[1].valid_from", "overlaps what stands on line 15")),
    (
        "valid_to: 2026-12-31",
        "valid_from: 2027-01-01, valid_to: 2026-12-31",
        (15, f"{BP}[0].valid_to", "must be after valid_from"),
    ),
    ("valid_to: 2026-12-31", "valid_to: soon", (15, f"{BP}[0].valid_to", MOMENT)),
    ("ps: 5", "ps: []", (13, "price_lists[0].prices.ps", "must not be empty")),
    ("ps: 5", "ps: 5.001", (13, "price_lists[0].prices.ps", "5.001 cannot be an amount: EUR has 2 decimals")),
    ("percent: 5,", "percent: 0,", (19, f"{ENTRY}[0].percent", "must not be below 0.0001")),
    ("percent: 5,", "percent: 101,", (19, f"{ENTRY}[0].percent", "must not be above 100")),
    ("product: bp, percent", "product: zz, percent", (20, f"{ENTRY}[1].product", "there is no product zz")),
    ("2027-01-31", "2026-12-31", (20, f"{ENTRY}[1].valid_to", "must be after valid_from")),
    (
        "percent: 5, min_quantity: 100",
        "product: bp, percent: 5",
        (20, f"{ENTRY}[1].valid_from", "overlaps what stands on line 19"),
    ),
    (
        "term_months: 36",
        "term_months: 0",
        (6, "products[0].term_months", "must be a whole number from 1 to 120"),
    ),
)


@pytest.mark.parametrize(("old", "new", "problem"), WRONG)
def test_what_cannot_be_is_named(old: str, new: str, problem: tuple[int, str, str]) -> None:
    """R4: one price of a product holds at a time; nothing is changed."""
    assert problem in problems((old, new))


def test_problems_are_all_told() -> None:
    answer = load(("ps: 5", "ps: x"), ('"9.00"', "y"))
    assert isinstance(answer, WorldErrors)
    assert answer.problems == [
        Problem(13, "price_lists[0].prices.ps", "must be a decimal number"),
        Problem(17, f"{BP}[2].price", "must be a decimal number"),
    ]
