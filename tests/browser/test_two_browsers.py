"""Two people at the same order: what one does, the other sees soon and without a reload; who presses a
button that has gone stale is told kindly, and nothing changes (R33, R34)."""

import re

from playwright.sync_api import expect

from tests.browser.axe import ONCE, faults
from tests.browser.conftest import Browse
from tests.browser.steps import told
from tests.stories.client import Json
from tests.stories.server import Server


def test_the_other_page_follows(browse: Browse, market: Server) -> None:
    order = market.client("cust").place("guard")
    mine, theirs = browse("res", "approver"), browse("res", "admin")
    for page in (mine, theirs):
        page.goto(f"/orders/{order['id']}")
        expect(page.locator("main")).to_contain_text("Pending Reseller Approval")
    mine.get_by_role("button", name="Actions").click()
    mine.locator(".dropdown-menu.show").get_by_role("button", name=re.compile("^A")).first.click()
    told(mine, order["number"])
    expect(theirs.locator("main")).not_to_contain_text("Pending Reseller Approval", timeout=15_000)
    expect(theirs.locator("main")).to_contain_text(re.compile("Submitted|Executed"))


def test_a_stale_button(browse: Browse, market: Server) -> None:
    """Both have it open; one approves, the other rejects."""
    order = market.client("cust").place("guard")
    mine, theirs = browse("res", "approver"), browse("res", "admin")
    for page in (mine, theirs):
        page.goto(f"/approvals/{order['id']}")
    theirs.keyboard.press("r")
    theirs.locator("dialog#reject").get_by_role("textbox").first.fill("Too late.")
    mine.keyboard.press("a")
    told(mine, order["number"])
    before = market.client("res").read(order)
    theirs.locator("dialog#reject button.btn-danger").click()
    expect(
        theirs.locator("main, #toasts").filter(has_text=re.compile("already|decided|late"))
    ).not_to_have_count(0)
    after = market.client("res").read(order)
    assert [step["status"] for step in after["approvals"]] == [step["status"] for step in before["approvals"]]
    assert after["rejection"] is None


def test_a_double_click_decides_once(browse: Browse, market: Server) -> None:
    order = market.client("cust").place("guard")
    page = browse("res", "approver")
    page.goto(f"/approvals/{order['id']}")
    page.locator("main section").get_by_role("button", name="Approve").dblclick()
    told(page, order["number"])
    steps = [each for each in market.client("res").read(order)["approvals"] if each["tier"] == 1]
    assert [step["status"] for step in steps] == ["approved"]


def test_the_same_limit_in_two_browsers(browse: Browse, market: Server) -> None:
    """R61: who saves second is told what the first one made of it, and decides again."""
    poor = market.client("res").get("/organizations/poor")
    mine, theirs = browse("res", "finance"), browse("res", "admin")
    for page in (mine, theirs):
        page.goto(f"/customers/{poor['id']}")
        page.locator("#limit-button").click()
    for page, amount, reason in ((mine, "21.00", "Pays on time."), (theirs, "22.00", "A good year.")):
        dialog = page.locator("dialog#limit")
        dialog.get_by_role("textbox", name="Amount").fill(amount)
        dialog.get_by_label("Reason").fill(reason)
        dialog.get_by_role("button", name="Change limit").click()
        page.wait_for_load_state("networkidle")
    told(mine, "The credit limit of")
    dialog = theirs.locator("dialog#limit")
    expect(dialog).to_contain_text("Somebody else changed this while you had it open.")
    expect(dialog).to_contain_text("Changed meanwhile: 21.00.")
    expect(dialog.get_by_role("textbox", name="Amount")).to_have_value("22.00")
    expect(dialog.get_by_label("Reason")).to_have_value("A good year.")
    assert not list(faults(theirs, ONCE[:1]))
    assert limit(market, poor) == "21.00"
    dialog.get_by_role("button", name="Change limit").click()
    told(theirs, "The credit limit of")
    assert limit(market, poor) == "22.00"


def limit(market: Server, buyer: Json) -> str:
    [account] = [
        each for each in market.client("res").items("/credit-accounts") if each["buyer"]["id"] == buyer["id"]
    ]
    said: str = account["limit"]["amount"]
    return said
