"""Which pages there are, for whom, and where: found by walking through all links, so that no new page can be
left out."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import httpx
from playwright.sync_api import Page, expect

from tests.browser.looking import Looking
from tests.portal.pages import name_of
from tests.portal.walking import Answer, Get, readable, walk

WALKERS: Final = ("cust", "res", "top")
"""One of each kind of organization: its admin walks."""
STRANGER: Final = ""

Reached = Mapping[str, list[tuple[str, str]]]
"""By the name of the address: who comes there (a ref, or a stranger), and where that is."""


def reached(looking: Looking) -> Reached:
    """All full pages that the walkers come to. Of things of which there are many, a few."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ref in (*WALKERS, STRANGER):
        page = looking.browse(ref) if ref else looking.stranger()
        if ref == WALKERS[0]:
            fill_basket(page)
        with _client(page, looking.address) as client:
            ends = _pages(walk(_reader(client), *STARTS, enough=5))
        for name, paths in ends.items():
            found[name] += [(ref, path) for path in (paths if name in VARIED else paths[:1])]
        if ref:
            found |= {name: [*found[name], (STRANGER, p[0])] for name, p in ends.items() if name in PUBLIC}
    return found


STARTS: Final = ("/", "/account/login", "/checkout/billing", "/checkout/services", "/checkout")
"""Where one walks from; the steps of the checkout follow each other by forms."""

VARIED: Final = {"order"}
"""Pages that look different by what they are about."""


def fill_basket(page: Page) -> None:
    """Puts something into the person's basket: its page and the checkout need something to show."""
    page.goto("/catalog")
    page.get_by_role("button", name="Add").first.click()
    expect(page.locator("#toasts [data-toast]")).not_to_have_count(0)
    page.goto("/checkout/billing")
    page.get_by_label("Company").fill("Bakery & Sons")
    page.get_by_label("Country").select_option("LV")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on to the summary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")


PUBLIC: Final = {"status", "invitation"}
"""Pages that strangers are led to by a link of their own."""


def _pages(answers: Mapping[str, Answer]) -> dict[str, list[str]]:
    """Those that are pages, not parts of one or files, by the name of their address."""
    pages: dict[str, list[str]] = defaultdict(list)
    for path, answer in answers.items():
        if answer.status == 200 and "<html" in answer.text:
            pages[name_of(path)].append(path)
    return pages


def _client(page: Page, address: str) -> httpx.Client:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=20)


def _reader(client: httpx.Client) -> Get:
    def get(path: str) -> Answer:
        answer = client.get(path)
        kind = answer.headers.get("content-type", "")
        return Answer(
            answer.status_code, readable(kind, answer.content), answer.headers.get("location", ""), kind
        )

    return get
