"""What a reseller does: accepts, rejects and cancels, switches approvals, orders for customers, keeps its
contacts, prices and people."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Browse
from tests.browser.looking import Looking
from tests.browser.steps import dots, fits, offered, row, told, yes
from tests.stories.server import Server


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_accepting_from_the_dashboard(browse: Browse, market: Server, device: str) -> None:
    """R104: the three dots of a row offer what may be done; it is done without leaving the page."""
    order = market.client("cust").place("guard")
    page = browse("res", "approver", device=device)
    page.goto("/dashboard")
    expect(row(page, order["number"])).to_be_visible()
    fits(page)
    dots(page, order, "Accept").click()
    if page.locator("dialog#confirm").is_visible():
        page.locator("#confirm-yes").click()
    told(page, order["number"])
    expect(row(page, order["number"])).to_have_count(0)
    market.client("cust").wait_for(order, "executed")


def test_cancelling_from_the_dashboard(browse: Browse, market: Server) -> None:
    """It asks for a reason first; without one nothing is done."""
    order = market.client("cust").place("guard")
    page = browse("res")
    page.goto("/dashboard")
    dots(page, order, "Cancel").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("button.btn-danger").click()
    expect(dialog).to_be_visible()
    assert market.client("res").read(order)["status"] == "pending_approval"
    dialog.get_by_role("textbox").first.fill("The customer called.")
    dialog.locator("button.btn-danger").click()
    told(page, order["number"])
    assert market.client("res").read(order)["status"] == "cancelled"


def test_the_pie(browse: Browse) -> None:
    """R103: filtered by period and kind; the legend has the figures."""
    page = browse("res")
    page.goto("/dashboard")
    legend = page.locator("table.mix")
    expect(legend).to_contain_text("Office Suite")
    expect(page.locator("canvas[data-pie]")).to_be_visible()
    period = page.get_by_role("combobox", name=re.compile("Period", re.IGNORECASE))
    period.select_option("last_month")
    expect(page.locator("#mix-part")).to_contain_text("Nothing of this kind")
    period.select_option("this_month")
    expect(legend).to_be_visible()
    page.reload()
    expect(page.locator("table.mix")).to_be_visible()


def test_the_approval_switch(browse: Browse, market: Server) -> None:
    """R20: off and on again, on the customer's page."""
    res = market.client("res")
    calm = res.get("/organizations/calm")
    page = browse("res")
    page.goto(f"/customers/{calm['id']}")
    switch = page.get_by_role("switch", name="Order approval")
    before = switch.is_checked()
    switch.click()
    told(page, "Org calm")
    assert res.get("/organizations/calm")["order_approval"]["stored"] is not before
    with page.expect_response(lambda answer: answer.url.endswith("/approval")):
        page.get_by_role("switch", name="Order approval").click()
    expect(page.get_by_role("switch", name="Order approval")).to_be_checked(checked=before)
    assert res.get("/organizations/calm")["order_approval"]["stored"] is before


def test_a_locked_switch_says_why(browse: Browse, market: Server) -> None:
    """R21: who pays by card must approve everything."""
    tapper = market.client("card").get("/organizations/tapper")
    page = browse("card")
    page.goto(f"/customers/{tapper['id']}")
    expect(page.get_by_role("switch")).to_be_disabled()
    expect(page.locator("main")).to_contain_text("by credit card")


def test_several_switches_at_once(browse: Browse, market: Server) -> None:
    page = browse("shop")
    page.goto("/customers")
    page.get_by_role("checkbox", name="Tick Org buyer").check()
    page.get_by_role("button", name="Switch off").click()
    yes(page, "Switch off")
    told(page)
    expect(row(page, "Org buyer")).to_contain_text("Off")
    page.get_by_role("checkbox", name="Tick all on this page").check()
    page.get_by_role("button", name="Switch on").click()
    yes(page, "Switch on")
    expect(row(page, "Org buyer")).to_contain_text("On")
    assert market.client("shop").get("/organizations/buyer")["order_approval"]["stored"]


def test_ordering_on_behalf(browse: Browse) -> None:
    """R11: the customer's prices, and what it costs the reseller beside them."""
    page = browse("res", "buyer")
    page.goto("/orders/new")
    page.get_by_role("link", name="for Org calm").click()
    expect(page.locator("main")).to_contain_text("Org calm")
    expect(page.locator("main")).to_contain_text("costs you")
    page.get_by_role("button", name="Add Drawing Board to basket").click()
    told(page, "asket")
    page.get_by_role("link", name=re.compile("Basket for Org calm")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    expect(page.locator("main")).to_contain_text("Drawing Board")


def test_adding_a_contact(browse: Browse, market: Server) -> None:
    """R6: a wrong address is said beside the field, in the dialog that stays open."""
    cust = market.client("res").get("/organizations/cust")
    page = browse("res")
    page.goto(f"/customers/{cust['id']}")
    page.get_by_role("button", name="Add contact").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Name").fill("Nora New")
    dialog.get_by_label("E-mail").fill("nora at home")
    dialog.locator("button.btn-primary").click()
    expect(dialog.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Name")).to_have_value("Nora New")
    dialog.get_by_label("E-mail").fill("nora@cust.example")
    dialog.locator("button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("nora@cust.example")


def test_a_price(browse: Browse) -> None:
    """R4: a fixed price wins over the markup, from now on."""
    page = browse("free")
    page.goto("/prices")
    page.get_by_role("link", name="free-list").first.click()
    page.get_by_role("link", name="Add price").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add price")
    page.get_by_role("searchbox", name="Name, SKU or ref").fill("Drawing")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Drawing Board")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Drawing Board")
    page.get_by_label(re.compile("price", re.IGNORECASE)).first.fill("sixty")
    page.get_by_role("button", name="Save price").click()
    expect(page.locator("[aria-invalid=true]")).to_have_value("sixty")
    page.locator("[aria-invalid=true]").fill("66.60")
    page.get_by_role("button", name="Save price").click()
    expect(page.locator("main")).to_contain_text("66.60")


def test_inviting_somebody(browse: Browse, stranger: Browse, market: Server) -> None:
    """An admin invites; whoever has the mail's link chooses a name and a password, and is in."""
    page = browse("res")
    page.goto("/settings/users")
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.locator("dialog#invite")
    dialog.get_by_label("E-mail").fill("nobody")
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(dialog.get_by_label("E-mail")).to_have_value("nobody")
    dialog.get_by_label("E-mail").fill("new@res.example")
    dialog.get_by_role("button", name="Send the invitation").click()
    told(page, "new@res.example")
    expect(row(page, "new@res.example")).to_be_visible()
    [mail] = market.rows('SELECT text FROM mail WHERE "to" = %(to)s', to="new@res.example")
    link = re.search(r"/account/invitation/\S+", mail["text"])
    assert link
    other = stranger()
    other.goto(link[0])
    assert not list(faults(other))
    other.get_by_label("Name").fill("Nele New")
    for field in other.locator("input[type=password]").all():
        field.fill("a long enough secret")
    other.locator("main button.btn-primary").click()
    expect(other.locator("aside .org").first).to_contain_text("Org res")
    late = stranger()
    late.goto("/account/invitation/nothing-of-the-kind")
    expect(late.get_by_role("heading", level=1)).to_be_visible()


def test_who_only_looks_is_offered_nothing(looking: Looking, market: Server) -> None:
    """A viewer reads every page and finds no button that acts on anything but what it looks at."""
    order = market.client("cust").place("guard")
    cust = market.client("res").get("/organizations/cust")
    page = looking.browse("res", "viewer")
    for path in (
        "/dashboard",
        "/orders",
        f"/orders/{order['id']}",
        "/approvals",
        "/customers",
        f"/customers/{cust['id']}",
        "/prices",
        "/subscriptions",
        "/invoices",
        "/settings",
        "/settings/credit-limit",
        "/settings/webhooks",
        "/settings/organization",
    ):
        page.goto(path)
        expect(page.locator("main .placeholder")).to_have_count(0)
        assert not offered(page), (path, offered(page))
