"""Checkout (R10, R11, R14): three steps that keep what was typed, and one order, once."""

from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from placet.storage import models
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.shops import Shop, add, hidden, named, shop, text
from tests.stories.test_races import together

BILLING = {"company": "Cust SIA", "country": "LV", "street": "Elizabetes iela 51", "city": "Rīga"}


@pytest.fixture
def made(committed: None) -> Shop:  # noqa: ARG001
    return shop()


@pytest.fixture
def buyer(made: Shop, signed_in: SignedIn) -> Client:
    return signed_in(made.ref("cust"), "buyer")


def go(browser: Client, made: Shop, customer: str = "", **billing: str) -> Any:  # noqa: ANN401
    """Through the first two steps; the summary."""
    asked, whom = made.asked(customer), {"customer": named(made, customer)}
    browser.post(f"/checkout/billing{asked}", BILLING | billing | whom)
    browser.post(f"/checkout/services{asked}", details(made) | whom)
    return browser.get(f"/checkout{asked}")


def details(made: Shop, **more: str) -> dict[str, str]:
    soft = models.Vendor.objects.get(ref=made.ref("soft")).id
    return {f"{soft}-{name}": value for name, value in ({"account": "cust.example"} | more).items()}


def read(summary: Any) -> dict[str, str]:  # noqa: ANN401
    """What the summary's form sends."""
    names = ("basket", "version", "amount", "currency", "customer")
    return {name: hidden(summary, name) for name in names}


def place(browser: Client, summary: Any, **more: str) -> Any:  # noqa: ANN401 - Django's answer
    return browser.post("/checkout", read(summary) | more)


def orders(made: Shop) -> list[models.Order]:
    return list(models.Order.objects.filter(top_seller__ref=made.ref("dist")))


# The way through -----------------------------------------------------------------------------


def test_from_basket_to_confirmation(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp", 12)
    add(buyer, made, "ps")
    assert buyer.get("/checkout").headers["Location"] == "/checkout/billing"
    answer = buyer.post("/checkout/billing", BILLING | {"vat_number": "LV40003987654"})
    assert answer.headers["Location"] == "/checkout/services"
    answer = buyer.post("/checkout/services", details(made))
    assert answer.headers["Location"] == "/checkout"
    said = text(buyer.get("/checkout"))
    for words in (
        "Cust SIA Elizabetes iela 51, Rīga Latvia VAT LV40003987654",
        "Account or tenant cust.example",
        "12 10.80 € 129.60 €",
        "Products, net 135.60 € VAT 21 % 28.48 € Total 164.08 €",
        f"Org {made.ref('res')} approves this order before it starts.",
        f"Note to Org {made.ref('res')}",
    ):
        assert words in said, words
    answer = place(buyer, buyer.get("/checkout"), note="Before noon.")
    [order] = orders(made)
    assert answer.headers["Location"] == f"/orders/{order.id}/placed"
    assert order.note == "Before noon."
    assert order.billing == BILLING | {"vat_number": "LV40003987654"}
    given = dict(models.OrderLine.objects.filter(order=order).values_list("product__ref", "service_details"))
    assert given == {made.ref("bp"): {"account": "cust.example"}, made.ref("ps"): None}
    said = text(buyer.get(answer.headers["Location"]))
    assert f"Order {order.number} is placed" in said
    assert "Pending Reseller Approval" in said
    assert f"Org {made.ref('res')} approves it first." in said
    assert "The basket is empty" in text(buyer.get("/basket"))
    said = text(buyer.get(f"/orders/{order.id}"))
    for words in (
        "Company Cust SIA",
        "VAT number LV40003987654",
        "Country Latvia",
        "Account or tenant cust.example",
    ):
        assert words in said, words


def test_on_behalf(made: Shop, signed_in: SignedIn) -> None:
    """R11: the seller's own yes is given by the act; its form goes on for the same buyer."""
    seller = signed_in(made.ref("res"))
    add(seller, made, "bp", 1, "cust")
    summary = go(seller, made, "cust")
    said = text(summary)
    assert f"You order for Org {made.ref('cust')}" in said
    assert "No approval is needed" in said
    assert "Your total cost 10.00 €" in said
    answer = place(seller, summary)
    [order] = orders(made)
    assert (order.buyer.ref, order.placer_id) == (made.ref("cust"), made.organization("res").id)
    assert f"Order more for Org {made.ref('cust')}" in text(seller.get(answer.headers["Location"]))


@cases("""
who   buyer  role    ->  says
cust  -      buyer       approves this order before it starts.
low   -      buyer       No approval is needed
res   cust   admin       No approval is needed
res   cust   buyer       Somebody of your organization who may approve has to approve it
dist  cust   admin       You approve it by placing it; it needs another approval before it starts.
res   -      buyer       No approval is needed
""")
def test_says_who_approves(  # noqa: PLR0913, PLR0917 - a row's cells
    made: Shop, signed_in: SignedIn, who: str, buyer: str, role: str, says: str
) -> None:
    """Of tiers above yes or no alone (spec §13)."""
    browser = signed_in(made.ref(who), role)
    add(browser, made, "bp", 1, buyer)
    assert says in text(go(browser, made, buyer))


def test_further_up_is_not_named(made: Shop, signed_in: SignedIn) -> None:
    """Spec §13."""
    models.Contract.objects.filter(buyer__ref=made.ref("res")).update(order_approval=True)
    browser = signed_in(made.ref("res"))
    add(browser, made, "bp")
    said = text(go(browser, made))
    assert "It needs approval further up before it starts." in said
    assert f"Org {made.ref('dist')} approves" not in said


# Forms ---------------------------------------------------------------------------------------


@cases("""
field       typed           ->  says
company     -                   This field is required.
country     -                   This field is required.
country     XX                  XX is not one of the available choices.
email       not-an-address      Enter a valid email address.
vat_number  LONG                at most 40 characters
""")
def test_a_wrong_billing_form_keeps_what_was_typed(
    made: Shop, buyer: Client, field: str, typed: str, says: str
) -> None:
    add(buyer, made, "bp")
    typed = typed.replace("LONG", "9" * 41)
    page = buyer.post("/checkout/billing", BILLING | {"email": "a@b.example", "city": "<Rīga>", field: typed})
    assert page.status_code == 422
    assert says in text(page)
    assert "&lt;Rīga&gt;" in page.content.decode()
    assert typed in page.content.decode()
    assert models.Basket.objects.get(buyer__ref=made.ref("cust")).billing is None


def test_wrong_service_details_keep_what_was_typed(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp")
    add(buyer, made, "ps")
    buyer.post("/checkout/billing", BILLING)
    page = buyer.post("/checkout/services", details(made, administrator="nobody", remarks="Mind the <step>."))
    assert page.status_code == 422
    assert "Enter a valid email address." in text(page)
    assert "Mind the &lt;step&gt;." in page.content.decode()
    assert 'value="nobody"' in page.content.decode()


def test_begins_with_what_was_given_last(made: Shop, buyer: Client) -> None:
    """Billing and service details of the buyer's last order."""
    add(buyer, made, "bp")
    place(buyer, go(buyer, made, company="Last SIA"))
    add(buyer, made, "onsite")
    assert 'value="Last SIA"' in buyer.get("/checkout/billing").content.decode()
    assert 'value="cust.example"' in buyer.get("/checkout/services").content.decode()


def test_who_may_not_read_them_is_given_nothing(made: Shop, signed_in: SignedIn) -> None:
    """Spec §13: billing and service details are the buyer's, its seller's and the top seller's."""
    low = signed_in(made.ref("low"))
    add(low, made, "bp")
    place(low, go(low, made, company="Secret SIA"))
    for who, reads in (("res", False), ("sub", True), ("dist", True)):
        seller = signed_in(made.ref(who))
        add(seller, made, "bp", 1, "low")
        asked = made.asked("low")
        pages = [seller.get(f"/checkout/{step}{asked}").content.decode() for step in ("billing", "services")]
        assert ("Secret SIA" in pages[0], "cust.example" in pages[1]) == (reads, reads)


def test_details_of_a_product_added_later_are_asked_for(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp")
    go(buyer, made)
    add(buyer, made, "ps")
    answer = buyer.post("/checkout/billing", BILLING)
    assert answer.headers["Location"] == "/checkout/services"
    assert 'value="cust.example"' in buyer.get("/checkout/services").content.decode()


@pytest.mark.parametrize("step", ["/checkout", "/checkout/billing", "/checkout/services"])
def test_an_empty_basket_is_not_checked_out(made: Shop, buyer: Client, step: str) -> None:
    answer = buyer.get(step)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/basket")
    assert "The basket is empty" in text(buyer.get("/basket"))
    assert buyer.post(step, BILLING).status_code == 303
    del made


# Once, and what was read ----------------------------------------------------------------------


def test_again_leads_to_the_same_order(made: Shop, buyer: Client) -> None:
    """R14: a reload, a second tab with another note, the form of yesterday."""
    add(buyer, made, "bp")
    summary = go(buyer, made)
    first = place(buyer, summary)
    for note in ("", "Another."):
        assert place(buyer, summary, note=note).headers["Location"] == first.headers["Location"]
    add(buyer, made, "ps")
    assert place(buyer, summary).headers["Location"] == first.headers["Location"]
    assert len(orders(made)) == 1
    assert "1 product" in text(buyer.get("/catalog"))


def test_two_tabs_at_once_place_one_order(made: Shop, buyer: Client) -> None:
    """R14: the same instant, two connections."""
    for round_ in range(1, 6):
        add(buyer, made, "bp")
        summary = go(buyer, made)
        tabs = [Client(), Client(), Client()]
        for tab in tabs:
            tab.cookies = buyer.cookies
        answers = together(*(partial(place, tab, summary) for tab in tabs))
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert len(orders(made)) == round_


def test_what_changed_meanwhile_is_read_once_more(made: Shop, buyer: Client) -> None:
    """Another tab put something in, or a price changed: the note stays, nothing is placed."""
    add(buyer, made, "bp")
    summary = go(buyer, made)
    add(buyer, made, "ps")
    page = place(buyer, summary, note="My <note>.")
    assert page.status_code == 422
    said = text(page)
    assert "The order was not placed." in said
    assert "This has changed since you read it." in said
    assert "My &lt;note&gt;." in page.content.decode()
    assert "Total 21.78 €" in said
    models.Price.objects.filter(product=made.product("ps")).update(unit_minor=600)
    page = place(buyer, page)
    assert "Prices have changed since you read them." in text(page)
    assert orders(made) == []
    assert place(buyer, page).status_code == 303


def test_what_cannot_be_ordered_any_more_stops_it(made: Shop, buyer: Client) -> None:
    """R4."""
    add(buyer, made, "bp")
    summary = go(buyer, made)
    models.Price.objects.filter(product=made.product("bp")).delete()
    page = place(buyer, summary)
    assert page.status_code == 422
    assert "Cannot be ordered any more" in text(page)
    assert "Place order" not in text(page)
    assert orders(made) == []


def test_a_suspended_chain_stops_it(made: Shop, buyer: Client) -> None:
    """R72."""
    add(buyer, made, "bp")
    summary = go(buyer, made)
    models.Organization.objects.filter(ref=made.ref("res")).update(status="suspended")
    page = place(buyer, summary)
    assert "An organization of this chain may not order now." in text(page)
    assert orders(made) == []


def test_a_note_that_is_too_long_says_so(made: Shop, buyer: Client) -> None:
    add(buyer, made, "bp")
    page = place(buyer, go(buyer, made), note="x" * 1001)
    assert page.status_code == 422
    assert "at most 1000 characters" in text(page)
    assert "x" * 1001 in page.content.decode()
    assert orders(made) == []


@cases("""
member    value
basket    not-a-uuid
basket    -
version   many
amount    -
currency  LONG
""")
def test_a_tampered_form_places_nothing(made: Shop, buyer: Client, member: str, value: str) -> None:
    add(buyer, made, "bp")
    page = place(buyer, go(buyer, made), **{member: value.replace("LONG", "EUROS")})
    assert page.status_code == 422
    assert orders(made) == []


def test_another_persons_basket_is_not_placed(made: Shop, buyer: Client, signed_in: SignedIn) -> None:
    """R10: neither by a colleague nor by the seller."""
    add(buyer, made, "bp")
    summary = go(buyer, made)
    for who, customer in (("cust", ""), ("res", "cust"), ("rival", "")):
        stranger = signed_in(made.ref(who))
        answer = place(stranger, summary, customer=named(made, customer))
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/basket")
    assert orders(made) == []


# After it ------------------------------------------------------------------------------------


def test_the_confirmation_is_for_buyer_and_placer(made: Shop, signed_in: SignedIn) -> None:
    seller = signed_in(made.ref("res"))
    add(seller, made, "bp", 1, "cust")
    address = place(seller, go(seller, made, "cust")).headers["Location"]
    assert signed_in(made.ref("cust"), "viewer").get(address).status_code == 200
    assert signed_in(made.ref("dist")).get(address).status_code == 303  # a party: to the order itself
    assert signed_in(made.ref("rival")).get(address).status_code == 404
    assert signed_in(made.ref("low")).get(address).status_code == 404


def test_the_buyers_confirmation_tells_no_cost(made: Shop, signed_in: SignedIn) -> None:
    """R2."""
    seller = signed_in(made.ref("res"))
    add(seller, made, "bp", 1, "cust")
    address = place(seller, go(seller, made, "cust")).headers["Location"]
    said = text(signed_in(made.ref("cust")).get(address))
    assert "14.52 €" in said
    assert "10.00" not in said


def test_asks_no_more_for_more(made: Shop, buyer: Client) -> None:
    """The summary costs as many statements for one product as for three."""
    add(buyer, made, "bp")
    go(buyer, made)
    one = statements(buyer)
    add(buyer, made, "onsite")
    add(buyer, made, "ps")
    go(buyer, made)
    assert statements(buyer) == one


def statements(browser: Client) -> int:
    browser.get("/checkout")
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/checkout").status_code == 200
    return len(asked)
