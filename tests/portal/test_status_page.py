"""Status addresses (R10): pages without a sign-in, and the card that copies, revokes and renews them."""

import re

import pytest
from django.test import Client

from placet.storage import models
from tests.api.callers import Caller
from tests.portal.conftest import SignedIn
from tests.portal.shops import Shop, shop, text


@pytest.fixture
def made(committed: None) -> Shop:  # noqa: ARG001
    return shop()


def ordered(made: Shop, who: str = "cust", **more: object) -> str:
    """The id of an order of 2 `bp` and 1 `onsite`."""
    lines = [{"product": made.ref("bp"), "quantity": 2}, {"product": made.ref("onsite"), "quantity": 1}]
    found: str = Caller(made.ref(who)).post("/orders", {"lines": lines, "note": "Secret.", **more})["id"]
    return found


def address(browser: Client, order: str) -> str:
    """The status address that the confirmation page shows."""
    page = browser.get(f"/orders/{order}/placed").content.decode()
    found = re.search(r'readonly value="http://testserver([^"]+)"', page)
    assert found
    return found[1]


def test_shows_number_status_items_and_quantities(made: Shop, signed_in: SignedIn) -> None:
    order = ordered(made)
    page = Client().get(address(signed_in(made.ref("cust")), order))
    said = text(page)
    number = models.Order.objects.get(id=order).number
    assert page.status_code == 200
    for words in (
        f"Order {number}",
        "Pending Reseller Approval",
        f"Product {made.ref('bp')} 2",
        "0 of 2 delivered",
    ):
        assert words in said, words
    for never in ("€", "EUR", "12.00", "24.00", "Org ", "Secret.", order):
        assert never not in page.content.decode(), never


def test_tells_nobody(made: Shop, signed_in: SignedIn) -> None:
    """Neither search engines, nor caches, nor whoever a link leads to; a wrong one tells as little."""
    right = address(signed_in(made.ref("cust")), ordered(made))
    for page in (Client().get(right), Client().get(f"{right}x")):
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "sessionid" not in page.cookies


@pytest.mark.parametrize("wrong", ["x", "x.y", "%00", "A" * 5000, "ÿ"])
def test_a_wrong_address_leads_nowhere(made: Shop, wrong: str) -> None:
    page = Client().get(f"/status/{wrong}")
    assert page.status_code == 404
    assert "This address leads to no order." in text(page)
    del made


def test_can_only_be_read(made: Shop, signed_in: SignedIn) -> None:
    right = address(signed_in(made.ref("cust")), ordered(made))
    assert [Client().generic(method, right).status_code for method in ("POST", "PUT", "DELETE")] == [405] * 3
    assert b"<form" not in Client().get(right).content.split(b"<main")[1].split(b"</main>")[0]


def test_revoked_and_renewed(made: Shop, signed_in: SignedIn) -> None:
    order, buyer = ordered(made), signed_in(made.ref("cust"), "buyer")
    first = address(buyer, order)
    here = f"/orders/{order}/placed"
    answer = buyer.post(f"/orders/{order}/status-address/revoke", {"to": here})
    assert answer.headers["Location"] == here
    assert "Revoked" in text(buyer.get(here))
    assert Client().get(first).status_code == 404
    buyer.post(f"/orders/{order}/status-address/renew", {"to": here})
    second = address(buyer, order)
    assert [Client().get(each).status_code for each in (first, second)] == [404, 200]


def test_renewing_twice_by_one_form_is_once(made: Shop, signed_in: SignedIn) -> None:
    """R14: a double click does not end the address that it made."""
    order, buyer = ordered(made), signed_in(made.ref("cust"))
    for _ in range(2):
        buyer.post(f"/orders/{order}/status-address/renew", {"once": "a-token", "to": "/"})
    assert models.StatusAddress.objects.get(order_id=order).generation == 1


@pytest.mark.parametrize(
    ("who", "role", "status"), [("cust", "viewer", 403), ("rival", "admin", 404), ("low", "admin", 404)]
)
def test_only_its_own_may(made: Shop, signed_in: SignedIn, who: str, role: str, status: int) -> None:
    order, stranger = ordered(made), signed_in(made.ref(who), role)
    for act in ("revoke", "renew"):
        assert stranger.post(f"/orders/{order}/status-address/{act}").status_code == status
    assert not models.StatusAddress.objects.filter(order_id=order).exists()


def test_a_seller_that_did_not_place_it_may_not(made: Shop, signed_in: SignedIn) -> None:
    order, seller = ordered(made), signed_in(made.ref("res"))
    seller.post(f"/orders/{order}/status-address/revoke", {"to": "/orders/new"})
    assert "does not allow this" in text(seller.get("/orders/new"))
    assert not models.StatusAddress.objects.filter(order_id=order).exists()


def test_a_viewer_may_copy_it_alone(made: Shop, signed_in: SignedIn) -> None:
    order = ordered(made)
    page = signed_in(made.ref("cust"), "viewer").get(f"/orders/{order}/placed")
    assert b"data-copy=" in page.content
    assert b"status-address/revoke" not in page.content


def test_stands_on_the_order_of_buyer_and_placer(made: Shop, signed_in: SignedIn) -> None:
    """Of nobody else: not its seller's, where it placed it not, nor the top seller's."""
    own, behalf = ordered(made), ordered(made, "res", customer=made.ref("cust"))
    seen = {
        (who, order): "Status address" in text(signed_in(made.ref(who)).get(f"/orders/{order}"))
        for who in ("cust", "res", "dist")
        for order in (own, behalf)
    }
    assert {key for key, there in seen.items() if there} == {("cust", own), ("cust", behalf), ("res", behalf)}
