"""Which prices hold when: the facts of an order at any moment (R4, R5, R7)."""

import json
from datetime import UTC, datetime

import pytest

from placet.domain.pricing import line_prices
from placet.storage import facts
from tests.api.callers import load, unique
from tests.domain.tables import cases
from tests.stories.worlds import customer, distributor, product, reseller, world

pytestmark = pytest.mark.django_db

LISTS = {
    "dist-list": {
        "prices": {
            "bp": [
                {"price": "10.00", "valid_to": "2027-03-01T00:00:00Z"},
                {"price": "12.00", "valid_from": "2027-03-01T00:00:00Z"},
                {"price": "9.00", "min_quantity": 10, "valid_from": "2027-02-01T00:00:00Z"},
            ]
        },
        "discounts": [
            {"percent": 10, "valid_from": "2027-05-01T00:00:00Z", "valid_to": "2027-06-01T00:00:00Z"},
            {"percent": 50, "product": "other"},
        ],
    },
    "res-list": {
        "markup_percent": "20",
        "valid_from": "2027-01-01T00:00:00Z",
        "valid_to": "2027-12-01T00:00:00Z",
        "discounts": [
            {"percent": 5, "product": "bp", "min_quantity": 10, "valid_from": "2027-04-01T00:00:00Z"}
        ],
    },
}


@pytest.fixture
def word() -> str:
    """A distributor, its reseller and that one's customer, all of whose refs begin so."""
    made = unique("time")
    named = f"{made}-"
    file = json.loads(
        world(
            distributor(f"{named}dist"),
            reseller(f"{named}res", f"{named}dist"),
            customer(f"{named}cust", f"{named}res"),
            prices={},
            products=[product(f"{named}{name}", vendor=f"{named}ms") for name in ("bp", "other")],
        )
    )
    for listed in file["price_lists"]:
        said = json.dumps(LISTS[listed["ref"].removeprefix(named)])
        for ref in ("bp", "other"):
            said = said.replace(f'"{ref}"', f'"{named}{ref}"')
        listed.update(json.loads(said))
    load(json.dumps(file))
    return named


@cases("""
at                   quantity  ->  units      discounts  nets
2026-12-31T23:59:59  1             -          -          -
2027-01-01T00:00:00  1             1200 1000  0 0        1200 1000
2027-01-31T23:59:59  10            1200 1000  0 0        12000 10000
2027-02-01T00:00:00  10            1080 900   0 0        10800 9000
2027-02-01T00:00:00  9             1200 1000  0 0        10800 9000
2027-02-28T23:59:59  1             1200 1000  0 0        1200 1000
2027-03-01T00:00:00  1             1440 1200  0 0        1440 1200
2027-04-01T00:00:00  10            1080 900   540 0      10260 9000
2027-04-01T00:00:00  9             1440 1200  0 0        12960 10800
2027-05-01T00:00:00  10            1080 900   540 900    10260 8100
2027-06-01T00:00:00  10            1080 900   540 0      10260 9000
2027-11-30T23:59:59  1             1440 1200  0 0        1440 1200
2027-12-01T00:00:00  1             -          -          -
""")
def test_what_holds_when(  # noqa: PLR0913, PLR0917 - the table's columns
    word: str, at: str, quantity: str, units: str, discounts: str, nets: str
) -> None:
    """From its first moment on, and no longer at its last; on every link for itself."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = facts.for_order(f"{word}cust", [f"{word}bp"], now)
    assert found is not None
    prices = line_prices(found.chain, found.products[f"{word}bp"], int(quantity))
    if not units:
        assert prices is None
        return
    assert prices is not None
    assert " ".join(str(price.unit) for price in prices) == units
    assert " ".join(str(price.discount) for price in prices) == discounts
    assert " ".join(str(price.net) for price in prices) == nets


def test_prices_of_other_products_are_not_loaded(word: str) -> None:
    """The facts of an order hold what its lines need, however long the lists are."""
    found = facts.for_order(f"{word}cust", [f"{word}bp"], datetime(2027, 5, 1, tzinfo=UTC))
    assert found is not None
    listed = found.chain[1].price_list
    assert listed is not None
    assert listed.prices.keys() == {found.products[f"{word}bp"].id}
    assert listed.discounts.keys() == {None}
