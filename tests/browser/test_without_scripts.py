"""Browsers that run no scripts: everything is a link or a form all the same."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.looking import Looking
from tests.browser.steps import fits, row, told
from tests.stories.client import Json
from tests.stories.server import Server

DEVICES = ["desktop", "phone"]


@pytest.fixture
def plain(looking: Looking) -> Browse:
    """`plain("res", "approver", device="phone")`."""
    return looking.without_scripts


def choose(page: Page, orders: list[Json]) -> None:
    """Ticks them in the inbox."""
    page.goto("/approvals")
    for order in orders:
        page.get_by_role("checkbox", name=f"Choose {order['number']}").check()


@pytest.mark.parametrize("device", DEVICES)
def test_approving_several(plain: Browse, market: Server, device: str) -> None:
    orders = [market.client("cust").place("guard") for _ in range(2)]
    page = plain("res", "approver", device=device)
    choose(page, orders)
    fits(page)
    page.locator("#chosen").get_by_role("button", name="Approve").click()
    told(page, "2 orders approved")
    for order in orders:
        assert market.client("res").read(order)["status"] != "pending_approval"


@pytest.mark.parametrize("device", DEVICES)
def test_rejecting_several(plain: Browse, market: Server, device: str) -> None:
    """Without a reason nothing is done, and what was ticked stays so (R31)."""
    orders = [market.client("cust").place("guard") for _ in range(2)]
    page = plain("res", "approver", device=device)
    choose(page, orders)
    dialog = page.locator("dialog#reject-chosen")
    dialog.get_by_role("button", name="Reject orders").click()
    expect(page.locator("dialog#reject-chosen")).to_contain_text("Say why")
    for order in orders:
        expect(page.get_by_role("checkbox", name=f"Choose {order['number']}")).to_be_checked()
    fits(page)
    dialog.get_by_label("Reason, told to the customers").fill("Not this month.")
    dialog.get_by_role("button", name="Reject orders").click()
    told(page, "2 orders rejected")
    for order in orders:
        after = market.client("cust").read(order)
        assert (after["status"], after["rejection"]["reason"]) == ("rejected", "Not this month.")


@pytest.mark.parametrize("device", DEVICES)
def test_deciding_one(plain: Browse, market: Server, device: str) -> None:
    one, other = (market.client("cust").place("guard") for _ in range(2))
    page = plain("res", "approver", device=device)
    page.goto(f"/approvals/{one['id']}")
    page.get_by_role("form", name="Your decision").get_by_role("button", name="Approve").click()
    told(page, one["number"])
    page.goto(f"/approvals/{other['id']}")
    page.locator("dialog#reject").get_by_label("Reason").fill("Twice.")
    page.locator("dialog#reject").get_by_role("button", name="Reject order").click()
    told(page, other["number"])
    assert market.client("res").read(one)["status"] != "pending_approval"
    assert market.client("res").read(other)["status"] == "rejected"


@pytest.mark.parametrize("device", DEVICES)
def test_several_switches(plain: Browse, market: Server, device: str) -> None:
    """R20: for those that are ticked."""
    page = plain("shop", device=device)
    page.goto("/customers")
    for word, stored in (("off", False), ("on", True)):
        page.get_by_role("checkbox", name="Tick Org buyer").check()
        page.get_by_role("button", name=f"Switch {word}").click()
        told(page)
        expect(row(page, "Org buyer")).to_contain_text(word.title())
        assert market.client("shop").get("/organizations/buyer")["order_approval"]["stored"] is stored


def test_one_switch(plain: Browse, market: Server) -> None:
    res = market.client("res")
    calm = res.get("/organizations/calm")
    page = plain("res")
    page.goto(f"/customers/{calm['id']}")
    before = calm["order_approval"]["stored"]
    for wanted in (not before, before):
        page.get_by_role("switch", name="Order approval").set_checked(wanted)
        page.locator("form.lock").get_by_role("button", name="Save").click()
        told(page, "Org calm")
        assert res.get("/organizations/calm")["order_approval"]["stored"] is wanted


def test_the_menu_of_a_phone(plain: Browse) -> None:
    page = plain("res", device="phone")
    page.goto("/orders")
    page.get_by_role("link", name="My Customers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My Customers")
    fits(page)


def test_the_actions_of_an_order(plain: Browse, market: Server) -> None:
    """A menu opens while something in it has the focus; a dialog stands below the page."""
    order = market.client("cust").place("guard")
    page = plain("res", "approver")
    page.goto(f"/orders/{order['id']}")
    page.get_by_role("button", name="Actions").focus()
    page.get_by_role("main").get_by_role("button", name="Accept order").click()
    told(page, order["number"])
    assert market.client("res").read(order)["status"] != "pending_approval"


def test_another_order_of_rows(plain: Browse) -> None:
    """Of a folded table, whose heads are not seen."""
    page = plain("res", device="phone")
    page.goto("/orders")
    page.get_by_role("button", name="Sort").focus()
    page.get_by_role("link", name=re.compile("Order date.*ascending")).click()
    expect(page).to_have_url(re.compile("sort=placed_at"))
