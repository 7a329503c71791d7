"""Pictures of the main pages, to be looked at: `.cache/pictures`, wide and narrow, light and dark."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Browse

FOLDER: Final = Path(__file__).parents[2] / ".cache" / "pictures"

PAGES: Final = (
    ("res", "/dashboard"),
    ("res", "/orders"),
    ("res", "/customers"),
    ("top", "/dashboard"),
    ("top", "/approvals"),
    ("top", "/settings/credit-limit"),
    ("cust", "/catalog"),
)


@pytest.mark.parametrize(("ref", "path"), PAGES)
def test_a_picture(browse: Browse, ref: str, path: str) -> None:
    """Whole pages, in which nothing is still on its way."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for device, theme in (("desktop", "light"), ("phone", "dark")):
        page = browse(ref, device=device, theme=theme)
        page.goto(path)
        expect(page.locator("main .placeholder")).to_have_count(0)
        name = f"{ref}{path.replace('/', '-')}-{device}-{theme}.png"
        taken = page.screenshot(path=FOLDER / name, full_page=True)
        assert len(taken) > 10_000
