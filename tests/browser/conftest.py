"""What the browser's tests stand on: one Placet with a whole market in it, and one Chromium.

They live as long as this package's tests run: while Playwright is there, its event loop is, and Django would
take every other test for asynchronous.
"""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import world
from tests.browser.looking import Looking, chromium, missing_browser
from tests.conftest import ADDRESS
from tests.stories.hooks import receiving
from tests.stories.server import Server, serving

if TYPE_CHECKING:
    from tests.browser.reached import Reached

Browse = Callable[..., Page]
"""`browse("ref", role="admin", device="phone", theme="dark")`: a page of somebody who is signed in."""


@pytest.fixture(scope="package")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Placet that is up, with a market where much has happened already."""
    folder = tmp_path_factory.mktemp("market")
    with receiving() as hooks, serving(os.environ[ADDRESS], folder, hooks, name="browser") as server:
        server.load(world.market())
        world.live(server)
        yield server


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """The machine's Chromium."""
    assert not missing_browser(), missing_browser()
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def watched(market: Server, chrome: Browser) -> Looking:
    """Whoever is signed in stays so from test to test."""
    return Looking(chrome, market.address)


@pytest.fixture(scope="package")
def places(watched: Looking) -> "Reached":
    """Where all pages are."""
    from tests.browser.reached import reached  # needs Django to be set up

    return reached(watched)


@pytest.fixture
def looking(watched: Looking) -> Iterator[Looking]:
    """Pages of this test alone. In none of them may anything go wrong."""
    yield watched
    watched.close()


@pytest.fixture
def browse(looking: Looking) -> Browse:
    """`browse("res")`, `browse("res", "viewer", device="phone", theme="dark")`."""
    return looking.browse


@pytest.fixture
def stranger(looking: Looking) -> Browse:
    """`stranger()`: a page of somebody who is not signed in."""
    return looking.stranger
