"""Signing in by OpenID Connect in a real browser, at a provider on loopback."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import ONCE, faults
from tests.browser.looking import Looking
from tests.browser.world import email
from tests.domain.tables import cases
from tests.portal import provider
from tests.portal.provider import FORGED, KEY, Provider
from tests.stories.server import Server


@pytest.fixture(scope="module")
def acme() -> Iterator[Provider]:
    with provider.running() as serving:
        yield serving


@pytest.fixture(scope="module")
def address(acme: Provider, market: Server) -> Iterator[str]:
    """The market with a door more."""
    told = {
        "PLACET_OIDC_ISSUER": acme.issuer,
        "PLACET_OIDC_CLIENT_ID": provider.CLIENT,
        "PLACET_OIDC_CLIENT_SECRET": provider.SECRET,
        "PLACET_OIDC_NAME": "Acme ID",
    }
    with market.another_web(**told) as there:
        yield there


@pytest.fixture
def page(acme: Provider, address: str, chrome: Browser) -> Iterator[Page]:
    """Of somebody who is not signed in; in it nothing may go wrong."""
    looking = Looking(chrome, address)
    acme.person = {"sub": "1", "email": email("res", "finance"), "email_verified": True}
    acme.claims, acme.userinfo, acme.signs_with = {}, {}, KEY
    yield looking.stranger()
    looking.close()


def leave(page: Page, to: str = "/account/login") -> None:
    """As far as the provider's own page."""
    page.goto(to)
    page.get_by_role("button", name="Sign in with Acme ID").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme ID")


def stays_out(page: Page) -> None:
    """It is said kindly, and leads back to where one signs in."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not list(faults(page, ONCE[:1]))
    page.goto("/orders")
    expect(page).to_have_url(re.compile("/account/login"))


def test_who_is_known_comes_in(page: Page) -> None:
    """For the first time and again; to the page that was wanted."""
    leave(page, "/invoices")
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/invoices")
    expect(page.locator("aside .org").first).to_contain_text("Org res")
    page.goto("/account/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login")
    leave(page)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("aside .org").first).to_contain_text("Org res")


def test_who_is_not_does_not(page: Page, acme: Provider) -> None:
    acme.person = {"sub": "2", "email": "nobody@nowhere.test", "email_verified": True}
    leave(page)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("main")).to_contain_text(re.compile("not known|invit", re.IGNORECASE))
    stays_out(page)


def test_who_stops_there_reads_so(page: Page) -> None:
    leave(page)
    page.get_by_role("link", name="Stop").click()
    expect(page.locator("main")).to_contain_text("You stopped signing in")
    stays_out(page)


@cases("""
what
too old
of another issuer
signed by somebody else
""")
def test_a_false_word_is_not_believed(page: Page, acme: Provider, what: str) -> None:
    lies: dict[str, dict[str, object]] = {
        "too old": {"exp": 1},
        "of another issuer": {"iss": "https://evil.example"},
    }
    acme.claims = lies.get(what, {})
    acme.signs_with = FORGED if what == "signed by somebody else" else KEY
    leave(page)
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("main")).to_contain_text("That did not work")
    stays_out(page)


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_that_nobody_asked_for(page: Page, state: str) -> None:
    """Another state, or none: somebody else's answer."""
    leave(page)
    link = page.get_by_role("link", name="Go on").get_attribute("href")
    assert link
    page.goto(re.sub(r"state=[^&]*", f"state={state}", link))
    expect(page.locator("main")).to_contain_text("That did not work")
    stays_out(page)


def test_an_answer_counts_once(page: Page) -> None:
    """Whoever goes back to it, signed out, does not come in again."""
    leave(page)
    link = page.get_by_role("link", name="Go on").get_attribute("href")
    assert link
    page.goto(link)
    expect(page.locator("aside .org").first).to_contain_text("Org res")
    page.context.clear_cookies()
    page.goto(link)
    expect(page.locator("main")).to_contain_text("That did not work")
    stays_out(page)
