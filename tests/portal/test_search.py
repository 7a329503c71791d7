"""Search (R1, R2): orders by number, organizations below by name and number, products for who buys."""

import pytest

from tests.api.callers import load, unique
from tests.portal.conftest import SignedIn
from tests.portal.reading import text
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


def chain() -> str:
    """A distributor, two resellers, their customers, a stranger."""
    word = unique("find")
    load(
        world(
            distributor(f"{word}-dist"),
            reseller(f"{word}-res", f"{word}-dist", name=f"{word} Birch"),
            reseller(f"{word}-rival", f"{word}-dist", name=f"{word} Rival"),
            customer(f"{word}-cust", f"{word}-res", name=f"{word} Bakery", external_id=f"{word}-77"),
            customer(f"{word}-their", f"{word}-rival", name=f"{word} Books"),
            distributor(f"{word}-far"),
            prices={f"{word}-bp": "10.00"},
        )
    )
    return word


def test_orders_by_number(signed_in: SignedIn) -> None:
    """By its digits; numbers of others are not there (spec §13: they tell neighbours nothing)."""
    word = chain()
    order = acts.place(actor(f"{word}-cust"), f"1 {word}-bp")
    theirs = acts.place(actor(f"{word}-their"), f"1 {word}-bp")
    seller = signed_in(f"{word}-res")
    for asked in (order.number, order.number.lower(), str(int(order.number[3:])), order.number[:7]):
        assert f"/orders/{order.id}" in seller.get("/search", {"q": asked}).content.decode()
    for asked in (theirs.number, order.number[:7]):
        assert f"/orders/{theirs.id}" not in seller.get("/search", {"q": asked}).content.decode()
    assert "Nothing found" in text(signed_in(f"{word}-far").get("/search", {"q": order.number}))


def test_organizations_below_by_name_and_number(signed_in: SignedIn) -> None:
    """R1: everyone below, nobody beside."""
    word = chain()
    seller, top = signed_in(f"{word}-res"), signed_in(f"{word}-dist")
    assert f"{word} Bakery" in text(seller.get("/search", {"q": f"{word} bak"}))
    assert f"{word} Bakery" in text(seller.get("/search", {"q": f"{word}-77"}))
    for asked in (f"{word} Books", f"{word} Rival", f"{word} Birch"):
        assert "Nothing found" in text(seller.get("/search", {"q": asked}))
    found = text(top.get("/search", {"q": word}))
    assert all(f"{word} {name}" in found for name in ("Bakery", "Books", "Birch", "Rival"))
    assert "Nothing found" in text(top.get("/search", {"q": "%"}))


def test_a_customer_finds_products_and_its_orders(signed_in: SignedIn) -> None:
    word = chain()
    order = acts.place(actor(f"{word}-cust"), f"1 {word}-bp")
    buyer = signed_in(f"{word}-cust")
    assert f"Product {word}-bp" in text(buyer.get("/search", {"q": f"{word}-bp"}))
    assert "12.00" in text(buyer.get("/search", {"q": order.number}))
    assert "10.00" not in text(buyer.get("/search", {"q": order.number}))


def test_nothing_typed(signed_in: SignedIn) -> None:
    word = chain()
    page = text(signed_in(f"{word}-res").get("/search", {"q": " \0 "}))
    assert "What do you look for?" in page
