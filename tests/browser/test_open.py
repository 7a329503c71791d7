"""axe finds nothing in what opens on a page either: menus, drawers, dialogs, and what asks before something
is done; wide and narrow, light and dark."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import NARROW, RULES, THEME, WIDE, Json, ready, told
from tests.browser.looking import Looking
from tests.browser.reached import STRANGER, Reached
from tests.browser.test_axe import names
from tests.browser.world import TWO_HATS

KEYS: Final = """() => {
  const kind = it => it.dataset.dialog?.replace(/[0-9a-f-]{36}/, "one") ?? it.dataset.bsToggle;
  const place = it => it.closest("table")?.caption?.innerText ?? it.closest("main")?.tagName ?? "around";
  const many = "tbody, .queue, .pl-people";
  return [...document.querySelectorAll("[data-dialog], [data-bs-toggle]")].map(it => {
    const alike = it.closest(many) ? "" : it.getAttribute("aria-label") ?? it.innerText;
    return it.checkVisibility() ? [kind(it), place(it), alike].join("|") : "";
  });
}"""
"""What opens something, each by a name that those alike share: the dots of a table are looked at once."""

OPEN: Final = "dialog[open], .dropdown-menu.show, .collapse.show:not(.collapsing)"
SHUT: Final = "() => document.querySelectorAll('dialog[open]').forEach(it => it.close())"

ASK: Final = """at => {
  const asks = [...document.querySelectorAll("[data-confirm]")][at];
  const form = asks.form ?? asks, submitter = asks.form ? asks : null;
  form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter }));
}"""
ASKS: Final = (
    """() => [...document.querySelectorAll("[data-confirm]")].map(it => "confirmDanger" in it.dataset)"""
)

FIND: Final = "([at, rules]) => axe.run(at, rules).then(said => said.violations)"


@pytest.mark.parametrize("name", names())
def test_nothing_in_what_opens(looking: Looking, places: Reached, name: str) -> None:
    """On this page, of who comes there first."""
    ref, path = places[name][0]
    page = looking.stranger() if ref == STRANGER else looking.browse(ref)
    page.goto(path)
    for box in page.locator("main input[data-row]:visible").all()[:1]:
        box.check()  # what can be done with several is offered then
    found = [f"{ref or 'a stranger'} at {path}: {each}" for each in _faults(page, whole=name in WHOLE)]
    assert not found, "\n".join(found)


def test_nothing_in_the_switcher(looking: Looking) -> None:
    """Of somebody who works for two."""
    page = looking.browse_as(TWO_HATS)
    page.goto("/settings")
    assert page.locator("aside button.org").count() == 1
    assert not list(_faults(page, whole=True))


THEMES: Final = {WIDE["width"]: ("light", "dark"), NARROW["width"]: ("light",)}
"""In the dark nothing differs but colours, and colours do not depend on the width."""

WHOLE: Final = {"dashboard", "catalog", "account_login"}
"""Where what is around every page is looked at too."""


def _faults(page: Page, *, whole: bool) -> Iterator[str]:
    ready(page)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        yield from _openers(page, size, whole=whole)
        yield from _questions(page, size)


def _openers(page: Page, size: Json, *, whole: bool) -> Iterator[str]:
    done: set[str] = set()
    openers = page.locator("[data-dialog], [data-bs-toggle]")
    for place, key in enumerate(page.evaluate(KEYS)):
        if not key or key in done or (not whole and "|around|" in key):
            continue
        done.add(key)
        openers.nth(place).click()
        opened = page.locator(OPEN).first
        expect(opened).to_be_visible()
        yield from (f"{key}: {each}" for each in _seen(page, opened, size))
        _shut(page, openers.nth(place))


def _shut(page: Page, opener: Locator) -> None:
    page.evaluate(SHUT)
    if opener.get_attribute("aria-expanded") == "true":
        opener.click()
    expect(page.locator(OPEN)).to_have_count(0)


def _questions(page: Page, size: Json) -> Iterator[str]:
    """What asks for a yes: each looks the same but for danger."""
    kinds: list[bool] = page.evaluate(ASKS)
    for danger in sorted(set(kinds)):
        page.evaluate(ASK, kinds.index(danger))
        dialog = page.locator("dialog#confirm")
        expect(dialog).to_be_visible()
        yield from (f"question: {each}" for each in _seen(page, dialog, size))
        page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()


def _seen(page: Page, opened: Locator, size: Json) -> Iterator[str]:
    box: Any = opened.bounding_box()
    if box["x"] < -1 or box["x"] + box["width"] > size["width"] + 1:
        yield f"sticks out at {size['width']}: {box}"
    for theme in THEMES[size["width"]]:
        page.evaluate(THEME, theme)
        found = page.evaluate(FIND, [opened.element_handle(), RULES[theme]])
        yield from (f"({theme}, {size['width']}) {each}" for each in told(found))
    page.evaluate(THEME, "light")
