"""What a customer does: finds a product, orders it, follows it, changes and ends what it has."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.steps import fits, told, yes
from tests.stories.server import Server

DEVICES = ("desktop", "phone")


def test_finding_a_product(browse: Browse) -> None:
    """Search and facets; the address keeps both, a reload shows the same."""
    page = browse("calm")
    page.goto("/catalog")
    page.get_by_role("searchbox", name="Search products").fill("Draw")
    page.keyboard.press("Enter")
    expect(page.locator("article.offer")).to_have_count(1)
    page.goto("/catalog")
    page.get_by_role("checkbox", name=re.compile("Vendor soft")).check()
    expect(page).to_have_url(re.compile("vendor="))
    expect(page.locator("article.offer")).to_have_count(3)
    page.reload()
    expect(page.locator("article.offer")).to_have_count(3)
    page.get_by_role("link", name="Office Suite Plus").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Office Suite Plus")
    page.get_by_role("link", name="Catalog").first.click()
    page.get_by_role("link", name="Clear the filter").or_(page.locator("article.offer").first).first.click()


@pytest.mark.parametrize("device", DEVICES)
def test_ordering(browse: Browse, stranger: Browse, market: Server, device: str) -> None:
    """From the catalog to the confirmation. A wrong form keeps what was typed and says what is wrong beside
    it; a double click places one order; whoever has the status address follows it without signing in."""
    who = {"desktop": "cust", "phone": "calm"}[device]
    page = browse(who, "buyer", device=device)
    page.goto("/catalog")
    page.get_by_role("button", name="Add Office Suite to basket").click()
    told(page, "basket")
    fits(page)
    page.goto("/basket")
    quantity = page.get_by_role("spinbutton", name="Quantity of Office Suite")
    quantity.fill("0")
    page.get_by_role("button", name="Change quantities").click()
    expect(page.locator(".pl-error")).to_be_visible()
    expect(quantity).to_have_value("0")
    quantity.fill("2")
    page.get_by_role("button", name="Change quantities").click()
    expect(page.locator(".pl-error")).to_have_count(0)
    page.get_by_role("link", name="Go on to checkout").click()
    billed(page)
    served(page)
    before = len(market.client(who).items("/orders"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    fits(page)
    page.get_by_role("button", name="Place order").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Order PL-\d+ is placed"))
    assert len(market.client(who).items("/orders")) == before + 1
    followed(page, stranger(device=device))


def billed(page: Page) -> None:
    """An e-mail address that is none is found beside its field; all else stays as typed."""
    page.get_by_label("Company").fill("Bakery & Sons")
    wrong = page.get_by_label("E-mail for invoices")
    wrong.fill("nobody")
    page.get_by_role("button", name=re.compile("Go on")).click()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_value("nobody")
    expect(page.get_by_label("Company")).to_have_value("Bakery & Sons")
    wrong.fill("bills@bakery.example")
    page.get_by_label("Street").fill("Baker Street 1")
    page.get_by_label("City").fill("Riga")
    page.get_by_label("Country").select_option("LV")
    page.get_by_role("button", name=re.compile("Go on")).click()


def served(page: Page) -> None:
    """What the vendor needs may be left out."""
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Service details|Checkout"))
    page.get_by_role("button", name="Go on to the summary").click()


def followed(page: Page, other: Page) -> None:
    """R10: number, status, items; no price, no name."""
    address = page.get_by_role("textbox", name="Status address").input_value()
    other.goto(address[address.index("/status/") :])
    expect(other.get_by_role("heading", level=1)).to_have_text(re.compile(r"Order PL-\d+"))
    expect(other.locator("main")).to_contain_text("Office Suite")
    assert "€" not in other.locator("main").inner_text()
    assert "Org" not in other.locator("main").inner_text()
    fits(other)


def test_more_seats_and_an_end(browse: Browse, market: Server) -> None:
    """R71: a change shows what it costs before it is ordered; an end is confirmed."""
    calm = market.client("calm")
    ordered = calm.wait_for(calm.place("suite", quantity=3), "executed")
    mine = f"/subscriptions/{ordered['lines'][0]['subscription']}"
    page = browse("calm", "buyer")
    page.goto(f"{mine}/change")
    page.get_by_label("Quantity").fill("4")
    expect(page.locator("#preview")).to_contain_text("3 → 4")
    page.get_by_role("button", name="Order this change").click()
    told(page, "PL-")
    change = next(each for each in calm.items("/orders") if each["kind"] == "change")
    calm.wait_for(change, "executed")
    page.goto(f"{mine}/cancel")
    page.get_by_role("radio", name=re.compile("At once")).check()
    page.get_by_role("button", name="End the subscription").click()
    yes(page, "End it")
    told(page)
    expect(page.locator("main")).to_contain_text(re.compile("Cancelled|cancel|end", re.IGNORECASE))


def test_an_invoice(browse: Browse) -> None:
    """Its page, and its file."""
    page = browse("calm")
    page.goto("/invoices")
    page.locator("main tbody a").first.click()
    expect(page.locator("main")).to_contain_text("Org res")
    file = page.get_by_role("link", name=re.compile("PDF")).first.get_attribute("href")
    assert file is not None
    answer = page.context.request.get(file)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")


def test_the_state_of_an_order(browse: Browse, market: Server) -> None:
    """A customer sees what it pays and where it stands, and nothing of its seller's cost."""
    order = market.client("cust").place("guard", quantity=3)
    page = browse("cust")
    page.goto(f"/orders/{order['id']}")
    expect(page.locator("main")).to_contain_text("Pending Reseller Approval")
    expect(page.locator("main")).not_to_contain_text("Total cost")
    page.get_by_role("link", name="Why is it here?").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"/orders/{order['id']}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name=re.compile("^Cancel")).click()
    dialog = page.locator("dialog#cancel")
    dialog.get_by_role("textbox").first.fill("Ordered twice.")
    dialog.locator("button.btn-danger").click()
    told(page, order["number"])
    expect(page.locator("main")).to_contain_text("Cancelled")
