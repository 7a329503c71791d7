"""What a distributor does: groups and policies, limits, execution by hand, payments and credits."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Browse
from tests.browser.steps import told, yes
from tests.stories.server import Server


def test_a_group_and_its_policy(browse: Browse) -> None:
    """R80, R81: made by name; the drawer says in a sentence what a policy will do before it is added."""
    page = browse("top")
    page.goto("/settings/credit-limit/groups/new")
    page.get_by_label("Name").fill("Newcomers")
    page.get_by_role("button", name="Create group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Newcomers")
    page.get_by_role("link", name="Add policy…").click()
    drawer = page.locator("dialog#policy")
    expect(drawer).to_be_visible()
    drawer.get_by_role("radio", name="One vendor").check()
    drawer.get_by_role("combobox", name="Which vendor").select_option(label="Vendor soft")
    drawer.get_by_role("radio", name="Chosen offers").check()
    drawer.get_by_role("searchbox", name="Find an offer").fill("Server")
    drawer.get_by_role("checkbox", name="Server Licence").check()
    drawer.get_by_role("radio", name="Above an amount").check()
    drawer.get_by_role("textbox", name="Amount").fill("a lot")
    drawer.get_by_role("button", name="Add policy").click()
    expect(drawer).to_be_visible()
    expect(drawer.get_by_role("textbox", name="Amount")).to_have_value("a lot")
    expect(drawer.locator(".pl-error").first).to_be_visible()
    drawer.get_by_role("textbox", name="Amount").fill("250")
    expect(drawer.locator("#policy-sentence")).to_contain_text("250.00")
    drawer.get_by_role("button", name="Add policy").click()
    told(page)
    expect(page.locator("main")).to_contain_text("Server Licence")
    expect(page.locator("main")).to_contain_text("250.00")


def test_moving_an_organization(browse: Browse, market: Server) -> None:
    """R82: in place, and undone from the toast."""
    page = browse("top")
    page.goto("/settings/credit-limit/organizations")
    group = page.get_by_role("combobox", name="Credit risk group of Org res")
    group.select_option(label="Trusted")
    told(page, "Trusted")
    top = market.client("top")
    assert top.get("/organizations/res")["credit_risk_group"]["name"] == "Trusted"
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    told(page, "Watched")
    assert top.get("/organizations/res")["credit_risk_group"]["name"] == "Watched"


def test_who_cannot_be_added(browse: Browse) -> None:
    """R84: the button is inactive and says why, to the mouse and to the keyboard."""
    page = browse("top")
    page.goto("/settings/credit-limit/organizations")
    button = page.get_by_role("button", name="Add Org halted to a group")
    tooltip = page.locator(f"#{button.get_attribute('aria-describedby')}")
    expect(tooltip).not_to_be_visible()
    button.focus()
    expect(tooltip).to_be_visible()
    expect(tooltip).to_contain_text("suspended")


def test_the_primary_group(browse: Browse, market: Server) -> None:
    """R83: making another group primary warns first; a no changes nothing."""
    page = browse("top")
    top = market.client("top")
    page.goto("/settings/credit-limit")
    page.get_by_role("button", name="Actions for Trusted").click()
    page.locator(".dropdown-menu.show").get_by_role("button", name="Make primary…").click()
    dialog = page.locator("dialog#confirm")
    expect(dialog).to_contain_text("Newly added")
    dialog.get_by_role("button", name="Cancel").click()
    assert [group["name"] for group in top.items("/credit-risk-groups") if group["primary"]] == ["Watched"]
    page.get_by_role("button", name="Actions for Trusted").click()
    page.locator(".dropdown-menu.show").get_by_role("button", name="Make primary…").click()
    yes(page, "Make primary")
    told(page, "Trusted")
    assert [group["name"] for group in top.items("/credit-risk-groups") if group["primary"]] == ["Trusted"]
    page.get_by_role("button", name="Actions for Watched").click()
    page.locator(".dropdown-menu.show").get_by_role("button", name="Make primary…").click()
    yes(page, "Make primary")
    told(page, "Watched")


def test_a_limit(browse: Browse, market: Server) -> None:
    """R61: raised with a reason; who did it stands beside it."""
    account = market.client("top").account("top", "low")
    page = browse("top", "finance")
    page.goto(f"/accounts/{account['id']}/limit")
    change = page.get_by_role("button", name="Change limit", exact=True)
    amount = page.get_by_role("textbox", name=re.compile("limit|amount", re.IGNORECASE)).first
    amount.fill("very much")
    change.click()
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(amount).to_have_value("very much")
    amount.fill("45.00")
    page.get_by_role("textbox", name="Reason").fill("They have grown.")
    change.click()
    if page.locator("dialog#confirm").is_visible():
        page.locator("#confirm-yes").click()
    told(page, "limit")
    assert market.client("top").account("top", "low")["limit"]["amount"] == "45.00"


def test_executing_by_hand(browse: Browse, market: Server) -> None:
    """R45: chosen lines first, then the rest."""
    order = market.client("tapper").place("guard")  # another's: not touched
    order = market.client("calm").place("onsite", "guard")
    page = browse("top")
    page.goto(f"/orders/{order['id']}")
    page.get_by_role("checkbox", name=re.compile("Product guard")).check()
    page.get_by_role("button", name="Execute chosen").click()
    yes(page, "Execute")
    told(page, order["number"])
    page.goto(f"/orders/{order['id']}")
    page.get_by_role("button", name="Execute all").click()
    yes(page, "Execute")
    told(page, order["number"])
    market.client("calm").wait_for(order, "executed")


def test_a_payment_and_a_credit(browse: Browse, market: Server) -> None:
    """R62, R65: money is recorded and an invoice credited, each after a yes."""
    top = market.client("top")
    account = top.account("top", "res")
    page = browse("top", "finance")
    page.goto(f"/accounts/{account['id']}/payments/new")
    page.get_by_role("textbox", name=re.compile("Amount")).fill("12.50")
    page.locator("main button.btn-primary").click()
    page.locator("#confirm-yes").click()
    told(page, "12.50")
    assert "12.50" in [payment["amount"]["amount"] for payment in top.items("/payments")]
    invoice = next(
        each for each in top.items("/invoices") if each["buyer"]["ref"] == "res" and each["kind"] == "debit"
    )
    page.goto(f"/invoices/{invoice['id']}/credit")
    page.get_by_label("Reason").fill("Delivered late.")
    page.locator("main button.btn-primary").click()
    yes(page, "Credit")
    told(page)
    assert any(each["kind"] == "credit" for each in top.items("/invoices"))
