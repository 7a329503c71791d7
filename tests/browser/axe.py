"""What axe says of a page: light and dark, wide and narrow."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.looking import DEVICES

Json = dict[str, Any]

WIDE: Final = DEVICES["desktop"]["viewport"]
NARROW: Final = DEVICES["phone"]["viewport"]

AXE: Final[Json] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
RULES: Final = {"light": AXE, "dark": AXE | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}}
"""In the dark nothing differs but colours."""

ONCE: Final = [(WIDE, "light"), (NARROW, "light"), (NARROW, "dark"), (WIDE, "dark")]
"""How a page is looked at by the first who comes there; by the others, the first of these."""

STILL: Final = """() => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
  document.adoptedStyleSheets = [still];
}"""
"""Colours that are on their way from light to dark are neither."""

THEME: Final = "theme => document.documentElement.setAttribute('data-bs-theme', theme)"


def faults(page: Page, looks: Iterable[tuple[Json, str]] = ONCE) -> Iterator[str]:
    """What is wrong with the page as it stands, by these widths and themes."""
    ready(page)
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} h1"
    for size, theme in looks:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"scrolls sideways at {size['width']}"
        page.evaluate(THEME, theme)
        yield from (f"({theme}, {size['width']}): {each}" for each in violations(page, RULES[theme]))


def ready(page: Page) -> None:
    """All of it is there, and axe with it."""
    expect(page.locator("main .placeholder")).to_have_count(0)
    page.evaluate(Axe().axe_script)
    page.evaluate(STILL)


def violations(page: Page, rules: Json) -> Iterator[str]:
    """What axe says, a line each."""
    yield from told(page.evaluate("rules => axe.run(document, rules).then(said => said.violations)", rules))


def told(found: list[Json]) -> Iterator[str]:
    """Violations, as axe has them, a line each."""
    for rule in found:
        for node in rule["nodes"][:3]:
            yield f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][-160:]}"
