"""How one comes in, what is around every page, and that all of it works from the keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.looking import Looking
from tests.browser.world import TWO_HATS


def test_signing_in(stranger: Browse) -> None:
    """A wrong password keeps the address; a right one leads to where one wanted to go."""
    page = stranger()
    page.goto("/orders?status=executed")
    page.get_by_label("E-mail").fill("admin@res.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main")).to_contain_text("not correct")
    expect(page.get_by_label("E-mail")).to_have_value("admin@res.example")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/orders?status=executed")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_signing_out(stranger: Browse) -> None:
    page = stranger()
    page.goto("/account/login")
    page.get_by_label("E-mail").fill("viewer@calm.example")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/catalog")
    page.goto("/account/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login")
    page.goto("/orders")
    expect(page).to_have_url(re.compile("/account/login"))


def test_working_for_two(looking: Looking) -> None:
    """The switcher changes for whom one acts, everywhere at once."""
    page = looking.browse_as(TWO_HATS)
    page.goto("/")
    expect(page.locator("aside button.org")).to_contain_text("Org card")
    page.locator("aside button.org").click()
    page.get_by_role("button", name="Org res").click()
    expect(page.locator("#toasts")).to_contain_text("Org res")
    page.goto("/customers")
    expect(page.locator("main")).to_contain_text("Org cust")
    page.locator("aside button.org").click()
    page.get_by_role("button", name="Org card").click()
    expect(page.locator("aside button.org")).to_contain_text("Org card")


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_light_and_dark(browse: Browse, device: str) -> None:
    """The device decides until somebody does; then it stays so."""
    page = browse("res", device=device, theme="dark")
    page.goto("/orders")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Switch to dark or light").filter(visible=True).click()
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "light")


def test_the_menu_of_a_phone(browse: Browse) -> None:
    page = browse("res", device="phone")
    page.goto("/dashboard")
    menu = page.locator("#menu")
    expect(menu).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="My Customers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My Customers")
    expect(menu).not_to_be_visible()


def test_search(browse: Browse) -> None:
    """`/` goes there; part of a number finds the order, part of a name the customer."""
    page = browse("res")
    page.goto("/dashboard")
    page.keyboard.press("/")
    page.keyboard.type("cust")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(page.locator("main")).to_contain_text("Org cust")
    page.goto("/search?q=nothing-is-called-so")
    expect(page.locator("main")).to_contain_text("Nothing found")


def test_the_first_stop_skips_the_menu(browse: Browse) -> None:
    """Tab shows a link that leads straight to the content."""
    page = browse("res")
    page.goto("/orders")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page) == "main"


def test_one_can_tab_through_a_page(browse: Browse) -> None:
    """In the order of the page, each stop visible and marked, and out again in the end."""
    page = browse("res")
    page.goto("/orders")
    stops = []
    for _ in range(120):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) > 20
    unseen = [stop["html"] for stop in stops if not (stop["seen"] and stop["marked"])]
    assert not unseen, "\n".join(unseen)


STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const picker = at.type === "date";  // its last stop is the calendar within it, which is marked by itself
  const marked = picker || style.outlineStyle !== "none" || style.boxShadow !== "none";
  return {html: at.outerHTML.slice(0, 120), seen: box.width > 0 && box.height > 0, marked};
}"""


def test_menus_and_dialogs_by_keyboard(browse: Browse) -> None:
    """A dialog holds the focus, Escape closes it, and one is back where one was."""
    page = browse("res")
    page.goto("/settings/users")
    opener = page.locator("[data-dialog=invite]")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog#invite")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#invite')"
        )
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(opener).to_be_focused()


def test_no_page_is_a_page_too(browse: Browse) -> None:
    """What is not there is said kindly, with the way back."""
    page = browse("cust")
    answer = page.goto("/orders/00000000-0000-0000-0000-000000000007")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalog")


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found
