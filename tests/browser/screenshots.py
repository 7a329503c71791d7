"""`make screenshots`: the pictures of docs/pictures, of the demo as it is after `make demo`, made again."""

import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.browser.looking import Looking, chromium

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"

RESELLER: Final = "benas@birchwood.example"
APPROVER: Final = "credit@amberline.example"
DISTRIBUTOR: Final = "anna@amberline.example"
CUSTOMER: Final = "birute@bluebell.example"

SHOTS: Final = (
    ("dashboard", RESELLER, "/dashboard", "desktop", "light"),
    ("dashboard-dark", RESELLER, "/dashboard", "desktop", "dark"),
    ("dashboard-phone", RESELLER, "/dashboard", "phone", "light"),
    ("approvals", APPROVER, "/approvals", "desktop", "light"),
    ("order", RESELLER, "first of /orders", "desktop", "light"),
    ("customers", RESELLER, "/customers", "desktop", "light"),
    ("credit-limit", DISTRIBUTOR, "/settings/credit-limit/organizations", "desktop", "light"),
    ("catalog", CUSTOMER, "/catalog", "desktop", "light"),
    ("catalog-phone", CUSTOMER, "/catalog", "phone", "dark"),
)
"""File, who looks, at what, on which device, in which theme."""


def main() -> None:
    """Runs the demo in a folder of its own and takes all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(folder) as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        looking = Looking(browser, address)
        for name, who, path, device, theme in SHOTS:
            take(looking.browse_as(who, device, theme), path, PICTURES / f"{name}.png")
        looking.close()


@contextmanager
def demo(folder: str) -> Iterator[str]:
    """The address of a demo whose history has been played."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "placet", "demo", f"--data-dir={folder}", f"--port={port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout
            next(line for line in process.stdout if re.search(r"curl|API keys", line))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def take(page: Page, path: str, file: Path) -> None:
    """A picture of what is seen there without scrolling."""
    page.goto(path.removeprefix("first of "))
    if path.startswith("first of "):
        page.locator("main tbody td.lead a").first.click()
        page.wait_for_url("**/orders/*")
    page.locator("main .placeholder").first.wait_for(state="detached")
    page.wait_for_timeout(300)  # the pie is drawn
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
