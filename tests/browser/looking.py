"""Looking at pages as people do: real Chromium, in which nothing may go wrong unseen."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

from tests.browser.world import PASSWORD, email

DEVICES: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OURS: Final = {"127.0.0.1", "localhost", ""}
"""Hosts that a page may ask anything of; `data:` has none."""

TELL: Final = """
addEventListener("securitypolicyviolation", it => console.error("CSP:", it.violatedDirective, it.blockedURI));
"""

A_KIND_NO: Final = re.compile(r"Failed to load resource: .* status of 4\d\d")
"""What Chromium says of an answer that is a no: pages may say no. Files that are missing are found by their
answer."""


def missing_browser() -> str:
    """What to do where there is no Chromium; empty where there is."""
    return "" if shutil.which("chromium") else "no chromium: apt-get install chromium"


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own."""
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Looking:
    """Pages that people look at, each in a browser of its own, and what went wrong in any of them."""

    browser: Browser
    address: str
    kept: dict[str, Any] = field(default_factory=dict)
    """By e-mail address: what the browser of somebody who signed in keeps."""
    wrong: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def browse(self, ref: str, role: str = "admin", device: str = "desktop", theme: str = "light") -> Page:
        """A page of somebody who has that role there, signed in, who has not gone anywhere yet."""
        return self.browse_as(email(ref, role), device, theme)

    def browse_as(self, who: str, device: str = "desktop", theme: str = "light") -> Page:
        """The same by e-mail address. Each signs in once, at the page where people do."""
        return self._page(device, theme, self._keeps(who))

    def without_scripts(self, ref: str, role: str = "admin", device: str = "desktop") -> Page:
        """The same in a browser that runs none."""
        return self._page(device, "light", self._keeps(email(ref, role)), java_script_enabled=False)

    def _keeps(self, who: str) -> Any:  # noqa: ANN401 - Playwright's
        if who not in self.kept:
            page = self.stranger()
            sign_in(page, who)
            self.kept[who] = page.context.storage_state()
        return self.kept[who]

    def stranger(self, device: str = "desktop", theme: str = "light") -> Page:
        """A page of somebody whom nobody knows."""
        return self._page(device, theme, None)

    def _page(self, device: str, theme: str, keeps: Any, **more: Any) -> Page:  # noqa: ANN401 - Playwright's
        context = self.browser.new_context(
            **DEVICES[device],
            base_url=self.address,
            color_scheme=theme,  # type: ignore[arg-type]
            locale="en-GB",
            reduced_motion="reduce",
            storage_state=keeps,
            **more,
        )
        context.set_default_timeout(10_000)
        context.add_init_script(TELL)
        self.contexts.append(context)
        page = context.new_page()
        self._watch(page)
        return page

    def _watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not A_KIND_NO.search(message.text):
            self.wrong.append(f"{message.location['url']}: {message.text}")

    def _asked(self, request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in OURS:
            self.wrong.append(f"asks {request.url}")

    def _answered(self, response: Response) -> None:
        file = urlsplit(response.url).path.startswith("/static/")
        if response.status >= (400 if file else 500):
            self.wrong.append(f"{response.url}: {response.status}")

    def close(self) -> None:
        """Closes all pages. Nothing may have gone wrong in them."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        wrong, self.wrong = self.wrong, []
        assert not wrong, "\n".join(wrong)


def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    """Through the page where people do."""
    page.goto("/account/login")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/account/login" not in url)
