"""The basket's page (R10, R12): quantities, what is taken out and put back, what can no longer be ordered."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from placet.storage import models
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.shops import Shop, add, shop, text


@pytest.fixture
def made(committed: None) -> Shop:  # noqa: ARG001
    return shop()


@pytest.fixture
def buyer(made: Shop, signed_in: SignedIn) -> Client:
    return signed_in(made.ref("cust"), "buyer")


def lines(browser: Client, asked: str = "") -> dict[str, int]:
    rows = browser.get(f"/basket{asked}").context["rows"]
    return {row["line"].product.ref.partition("-")[2]: row["line"].quantity for row in rows}


def line_of(browser: Client, name: str, asked: str = "") -> str:
    rows = browser.get(f"/basket{asked}").context["rows"]
    return next(str(row["line"].id) for row in rows if row["line"].product.ref.endswith(f"-{name}"))


def test_adds_and_says_so(made: Shop, buyer: Client) -> None:
    answer = add(buyer, made, "bp", 2)
    assert answer.status_code == 303
    assert f"In the basket: Product {made.ref('bp')}, 2." in text(buyer.get("/catalog"))
    add(buyer, made, "bp", 3)
    assert lines(buyer) == {"bp": 5}
    assert "In basket" in text(buyer.get("/catalog"))


def test_goes_on_where_one_was(made: Shop, buyer: Client) -> None:
    address, form = f"/catalog/{made.product('bp').id}", {"quantity": 1}
    assert buyer.post(address, form | {"to": "/catalog?q=x"}).headers["Location"] == "/catalog?q=x"
    for elsewhere in ("https://evil.example/", "//evil.example"):
        location = buyer.post(address, form | {"to": elsewhere}).headers["Location"]
        assert "evil" not in location


@cases("""
quantity  ->  says
0             greater than or equal to 1
-1            greater than or equal to 1
1000001       less than or equal to 1000000
many          Enter a whole number.
1.5           Enter a whole number.
-             This field is required.
""")
def test_a_wrong_quantity_says_so_beside_it(made: Shop, buyer: Client, quantity: str, says: str) -> None:
    """What was typed stays (R12)."""
    page = add(buyer, made, "bp", quantity)
    assert page.status_code == 422
    assert says in text(page)
    assert f'value="{quantity}"'.encode() in page.content or not quantity
    assert b'aria-invalid="true"' in page.content
    assert lines(buyer) == {}


def test_the_same_form_twice_adds_once(made: Shop, buyer: Client) -> None:
    """R14: a double click."""
    form = {"quantity": 2, "once": "a-token"}
    for _ in range(2):
        assert buyer.post(f"/catalog/{made.product('bp').id}", form).status_code == 303
    assert lines(buyer) == {"bp": 2}


def test_too_many_in_all_says_so(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp", 1_000_000)
    add(buyer, made, "bp", 1)
    assert "A basket holds up to 500 products, of each 1 to 1 000 000." in text(buyer.get("/catalog"))
    assert lines(buyer) == {"bp": 1_000_000}


def test_says_what_it_comes_to(made: Shop, buyer: Client) -> None:
    """By the preview's rules: steps reached, tax once a line."""
    add(buyer, made, "bp", 10)
    said = text(buyer.get("/basket"))
    assert "Each month Products, net 108.00 € VAT 21 % 22.68 € Total 130.68 €" in said
    add(buyer, made, "ps", 1)
    said = text(buyer.get("/basket"))
    assert "First period" in said
    assert "Total 137.94 €" in said
    assert "Your total cost" not in said


def test_a_seller_sees_what_it_costs_itself(made: Shop, signed_in: SignedIn) -> None:
    """R2: and nobody else's price."""
    browser = signed_in(made.ref("res"))
    add(browser, made, "bp", 1, "low")
    said = text(browser.get(f"/basket{made.asked('low')}"))
    assert "Total 12.00 €" in said
    assert "Your total cost 10.00 €" in said
    assert "14.40" not in said


def test_quantities_change_together(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp", 1)
    add(buyer, made, "ps", 1)
    bp, ps = line_of(buyer, "bp"), line_of(buyer, "ps")
    answer = buyer.post("/basket", {f"quantity-{bp}": "7", f"quantity-{ps}": "1"})
    assert answer.status_code == 303
    assert lines(buyer) == {"bp": 7, "ps": 1}


def test_a_wrong_quantity_stays_as_it_was_typed(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp", 1)
    add(buyer, made, "ps", 1)
    bp, ps = line_of(buyer, "bp"), line_of(buyer, "ps")
    page = buyer.post("/basket", {f"quantity-{bp}": "x<y", f"quantity-{ps}": "3"})
    assert page.status_code == 422
    assert b'value="x&lt;y"' in page.content
    assert "Enter a whole number." in text(page)
    assert lines(buyer) == {"bp": 1, "ps": 3}


def test_taken_out_and_put_back(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp", 7)
    line = line_of(buyer, "bp")
    answer = buyer.post("/basket/remove", {"line": line})
    page = buyer.get(answer.headers["Location"])
    assert f"Product {made.ref('bp')} was taken out." in text(page)
    assert lines(buyer) == {}
    buyer.post("/basket/restore", {"line": line})
    assert lines(buyer) == {"bp": 7}


def test_what_cannot_be_put_back_says_so(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp")
    line = line_of(buyer, "bp")
    buyer.post("/basket/discard")
    answer = buyer.post("/basket/restore", {"line": line})
    assert "It cannot be put back any more." in text(buyer.get(answer.headers["Location"]))


def test_discarded(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp")
    add(buyer, made, "ps")
    answer = buyer.post("/basket/discard")
    assert "The basket with 2 products is discarded." in text(buyer.get(answer.headers["Location"]))
    assert "The basket is empty" in text(buyer.get("/basket"))


def test_what_cannot_be_ordered_any_more_is_beside_its_line(made: Shop, buyer: Client) -> None:
    """R4: nor can the whole be checked out."""
    add(buyer, made, "bp")
    add(buyer, made, "ps")
    add(buyer, made, "onsite")
    models.Price.objects.filter(product=made.product("ps")).delete()
    models.Price.objects.filter(product=made.product("onsite")).update(min_quantity=5)
    page = buyer.get("/basket")
    said = text(page)
    assert "Cannot be ordered any more: take it out" in said
    assert "Sold from 5 on" in said
    assert "Total 14.52 €" in said
    assert "Take out what cannot be ordered" in said
    assert b'href="/checkout' not in page.content


def test_a_suspended_chain_says_so(made: Shop, buyer: Client) -> None:
    """R72."""
    add(buyer, made, "bp")
    models.Organization.objects.filter(ref=made.ref("res")).update(status="suspended")
    page = buyer.get("/basket")
    assert "An organization of this chain may not order now." in text(page)
    assert b'href="/checkout' not in page.content


def test_a_colleague_has_a_basket_of_its_own(made: Shop, buyer: Client, signed_in: SignedIn) -> None:
    """R10: a draft is its buyer's own alone; so are its lines."""
    add(buyer, made, "bp")
    line, colleague = line_of(buyer, "bp"), signed_in(made.ref("cust"), "admin")
    assert lines(colleague) == {}
    for act in ("remove", "restore"):
        assert colleague.post(f"/basket/{act}", {"line": line}).status_code == 303
    assert lines(buyer) == {"bp": 1}


def test_the_icon_counts_what_is_in_it(made: Shop, buyer: Client, signed_in: SignedIn) -> None:
    assert b'aria-label="Basket, empty"' in buyer.get("/catalog").content
    add(buyer, made, "bp")
    add(buyer, made, "ps", 5)
    assert b'aria-label="Basket, 2 products"' in buyer.get("/catalog").content
    seller = signed_in(made.ref("res"))
    assert b'aria-label="Basket' not in seller.get("/orders/new").content
    add(seller, made, "bp", 1, "low")
    label = f'aria-label="Basket for Org {made.ref("low")}, 1 product"'
    assert label.encode() in seller.get("/orders/new").content


def test_other_baskets_are_linked(made: Shop, signed_in: SignedIn) -> None:
    seller = signed_in(made.ref("res"))
    add(seller, made, "bp", 1, "low")
    add(seller, made, "bp", 1, "cust")
    add(seller, made, "bp")
    page = seller.get(f"/basket{made.asked('cust')}")
    others = [party.ref for party, _, _ in page.context["others"]]
    assert set(others) == {made.ref("low"), made.ref("res")}
    assert len(re.findall("Your other baskets", page.content.decode())) == 1


def test_asks_no_more_for_more(made: Shop, buyer: Client) -> None:
    """As many statements for one product as for three."""
    add(buyer, made, "bp")
    one = statements(buyer)
    add(buyer, made, "ps")
    add(buyer, made, "onsite")
    assert statements(buyer) == one


def test_asks_no_more_for_more_that_is_missing(made: Shop, buyer: Client) -> None:
    for name in ("bp", "ps", "onsite"):
        add(buyer, made, name)
    models.Price.objects.filter(product=made.product("bp")).delete()
    one = statements(buyer)
    models.Price.objects.filter(product__ref__in=[made.ref("ps"), made.ref("onsite")]).update(min_quantity=9)
    assert statements(buyer) <= one
    assert text(buyer.get("/basket")).count("Sold from 9 on") == 2


def statements(browser: Client) -> int:
    browser.get("/basket")
    with CaptureQueriesContext(connection) as asked:
        browser.get("/basket")
    return len(asked)


def test_a_stale_button_says_so(made: Shop, buyer: Client) -> None:
    """Another tab took it out, and something else since."""
    add(buyer, made, "bp")
    add(buyer, made, "ps")
    gone = line_of(buyer, "bp")
    for name in ("bp", "ps"):
        buyer.post("/basket/remove", {"line": line_of(buyer, name)})
    for line in (gone, "nothing", ""):
        answer = buyer.post("/basket/remove", {"line": line})
        assert "It is not in the basket any more." in text(buyer.get(answer.headers["Location"]))


def test_forms_need_the_csrf_token(made: Shop, signed_in: SignedIn) -> None:
    browser = signed_in(made.ref("cust"), enforce_csrf_checks=True)
    assert add(browser, made, "bp").status_code == 403
    assert lines(browser) == {}
