"""What people do on many pages, in a word each."""

from playwright.sync_api import Locator, Page, expect

from tests.stories.client import Json


def told(page: Page, words: str = "") -> None:
    """A toast says so; without words, anything."""
    expect(page.locator("#toasts [data-toast]").filter(has_text=words)).not_to_have_count(0)


def yes(page: Page, button: str) -> None:
    """Confirms what is asked about."""
    dialog = page.locator("dialog#confirm")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=button, exact=True).click()


def dots(page: Page, order: Json, deed: str) -> Locator:
    """What the three dots of an order's row offer, opened."""
    page.get_by_role("button", name=f"Actions for {order['number']}").click()
    return page.locator(".dropdown-menu.show").get_by_role("button", name=deed)


def row(page: Page, words: str) -> Locator:
    """The table's row in which that stands."""
    return page.locator("main tbody tr").filter(has_text=words)


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


BUTTONS = "button:not([type=button]), [data-send]"


def offered(page: Page) -> list[str]:
    """Where the forms of a page lead that act."""
    forms: list[str] = page.eval_on_selector_all(
        "main form[method=post], dialog form[method=post]",
        f"forms => forms.filter(it => it.querySelector({BUTTONS!r})).map(it => it.action)",
    )
    return forms
