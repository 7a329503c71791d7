"""The approvals inbox: with the mouse, with the keys A, R, J and K, one by one and several at once."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Browse
from tests.browser.steps import fits, told
from tests.stories.client import Json
from tests.stories.server import Server


@pytest.fixture
def waiting(market: Server) -> list[Json]:
    """Three orders that wait for the reseller."""
    return [market.client("cust").place("guard", quantity=many) for many in (1, 2, 3)]


def test_with_the_keyboard(browse: Browse, market: Server, waiting: list[Json]) -> None:
    """J goes on, K back; A approves, R asks for a reason and rejects."""
    first, second, _ = waiting
    page = browse("res", "approver")
    page.goto(f"/approvals/{first['id']}")
    shown(page, first)
    page.keyboard.press("j")
    expect(page).not_to_have_url(re.compile(first["id"]))
    page.keyboard.press("k")
    shown(page, first)
    page.keyboard.press("a")
    told(page, first["number"])
    assert market.client("res").read(first)["status"] != "pending_approval"
    page.goto(f"/approvals/{second['id']}")
    page.keyboard.press("r")
    dialog = page.locator("dialog#reject")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.keyboard.press("r")
    dialog.get_by_role("textbox").first.fill("Too much. All at once, and again.")
    dialog.locator("button.btn-danger").click()
    told(page, second["number"])
    assert market.client("res").read(second)["rejection"]["reason"] == "Too much. All at once, and again."


def test_by_the_link_of_a_mail(browse: Browse, market: Server, waiting: list[Json]) -> None:
    """It opens the dialog, and decides nothing: that takes a reason, and a press."""
    page = browse("res", "approver")
    page.goto(f"/approvals/{waiting[0]['id']}#reject")
    dialog = page.locator("dialog#reject")
    expect(dialog).to_be_visible()
    assert market.client("res").read(waiting[0])["status"] == "pending_approval"
    dialog.get_by_role("textbox").first.fill("Not this one.")
    dialog.locator("button.btn-danger").click()
    told(page, waiting[0]["number"])
    assert market.client("res").read(waiting[0])["rejection"]["reason"] == "Not this one."


def test_several_at_once(browse: Browse, market: Server, waiting: list[Json]) -> None:
    """Each is decided on its own; it says how many are chosen, and what became of them."""
    page = browse("res", "approver")
    page.goto("/approvals")
    for order in waiting[:2]:
        page.get_by_role("checkbox", name=f"Choose {order['number']}").check()
    expect(page.locator("[data-chosen]").first).to_contain_text("2 chosen")
    page.locator("[data-chosen]").get_by_role("button", name="Approve").click()
    page.locator("#confirm-yes").click()
    told(page)
    expect(page.get_by_role("checkbox", name=f"Choose {waiting[0]['number']}")).to_have_count(0)
    left = {order["id"]: market.client("res").read(order)["status"] for order in waiting}
    assert [status == "pending_approval" for status in left.values()] == [False, False, True]


def test_on_a_phone(browse: Browse, market: Server, waiting: list[Json]) -> None:
    """The list first, then one order at a time."""
    page = browse("res", "approver", device="phone")
    page.goto("/approvals")
    fits(page)
    page.goto(f"/approvals/{waiting[0]['id']}")
    fits(page)
    page.locator("main section").get_by_role("button", name="Approve").click()
    told(page, waiting[0]["number"])
    assert market.client("res").read(waiting[0])["status"] != "pending_approval"


def test_who_may_not_decide(browse: Browse, waiting: list[Json]) -> None:
    page = browse("res", "viewer")
    page.goto(f"/approvals/{waiting[0]['id']}")
    expect(page.locator("main")).to_contain_text("Your role may look")
    expect(page.locator("main").get_by_role("button", name="Approve")).to_have_count(0)


def shown(page: Page, order: Json) -> None:
    """The inbox has that order open."""
    expect(page.locator("main section").get_by_role("link", name=order["number"])).to_be_visible()


def test_rejecting_without_scripts(
    browse: Browse, chrome: Browser, market: Server, waiting: list[Json]
) -> None:
    """What would be a dialog stands below the page, as a form like any other."""
    state = browse("res", "approver").context.storage_state()
    page = chrome.new_context(java_script_enabled=False, storage_state=state).new_page()
    page.goto(f"{market.address}/approvals/{waiting[0]['id']}")
    dialog = page.locator("dialog#reject")
    dialog.get_by_role("textbox").first.fill("Not this year.")
    dialog.locator("button.btn-danger").click()
    expect(page.locator("#toasts")).to_contain_text(waiting[0]["number"])
    assert market.client("res").read(waiting[0])["rejection"]["reason"] == "Not this year."
    page.context.close()
