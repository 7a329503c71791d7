"""ERP exchange in a real browser: a file is looked at, applied, and a long one goes on before one's eyes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Browse


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_file_is_looked_at_and_applied(browse: Browse, tmp_path: Path, device: str) -> None:
    page = browse("top", "admin", device=device)
    page.goto("/settings/exchange")
    file = tmp_path / "customers.csv"
    header = "external_id,name,kind,country,currency"
    file.write_text(f"{header}\nW-{device},New one,reseller,LV,EUR\n,Nobody,reseller,LV,EUR\n")
    page.get_by_label("What it is about").first.select_option("organizations")
    page.get_by_label(re.compile("CSV or JSON file")).set_input_files(file)
    page.get_by_role("button", name="Look what it comes to").click()
    expect(page.get_by_role("heading", name="What it would come to")).to_be_visible()
    expect(page.get_by_text("Is missing.")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The import is done.")).to_be_visible()
    expect(page.get_by_role("heading", name="What it came to")).to_be_visible()
    assert not list(faults(page))


def test_a_long_file_goes_on_before_ones_eyes(browse: Browse) -> None:
    """Nobody presses anything: the page looks again by itself."""
    page = browse("top", "finance")
    page.goto("/settings/exchange")
    page.get_by_label("What it is about").first.select_option("limits")
    lines = "organization,credit_limit\n" + "".join(f"nobody-{n},1\n" for n in range(300))
    page.get_by_label(re.compile("Or paste its lines here")).fill(lines)
    page.get_by_role("button", name="Look what it comes to").click()
    expect(page.get_by_text("There is nothing to apply.")).to_be_visible(timeout=30_000)
    page.get_by_label("Became").select_option("refused")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("nobody-0", exact=True)).to_be_visible()


def test_a_regular_exchange_by_the_keyboard(browse: Browse) -> None:
    page = browse("top", "admin")
    page.goto("/settings/exchange")
    page.get_by_role("button", name="Set one up").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="A regular exchange")
    dialog.get_by_label("Address").fill("not an address")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("It must begin with https://.")).to_be_visible()
    expect(dialog.get_by_label("Address")).to_have_value("not an address")
