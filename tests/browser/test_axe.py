"""axe finds nothing on any page: light and dark, wide and narrow; nor does any page scroll sideways."""

from collections.abc import Iterator
from typing import Final

import pytest

from placet.domain.words import Exchanged
from tests.browser.axe import ONCE, faults
from tests.browser.looking import Looking
from tests.browser.reached import STRANGER, Reached
from tests.portal.pages import OWN, SIGNED_OUT, addresses

ELSEWHERE: Final = {
    "home": "leads on",
    "invitation": "by a link in a mail: see test_reseller",
    "invited": "after it",
    "account_logout": "nobody signs out in the middle of a walk",
    "account_inactive": "of who was deactivated in the meantime",
    "account_set_password": "of who has none",
    "account_reset_password_done": "after the form",
    "account_reset_password_from_key": "by a link in a mail: see test_sign_in",
    "account_reset_password_from_key_done": "after the form",
    "account_reauthenticate": "before something dangerous",
    "mfa_authenticate": "in the middle of signing in",
    "mfa_reauthenticate": "before something dangerous",
    "mfa_deactivate_totp": "of who has a second factor",
    "mfa_view_recovery_codes": "the same",
    "mfa_generate_recovery_codes": "the same",
    "mfa_activate_totp": "the same",
    "socialaccount_login_cancelled": "in the middle of signing in elsewhere",
    "openid_connect_login": "the same",
    "openid_connect_callback": "the same",
    "exchange-run": "after an import: see test_exchange",
}
"""Pages that no link leads to, and why."""


FRAGMENTS: Final = {
    "dashboard-figures": "a part of the dashboard",
    "dashboard-mix": "a part of the dashboard",
    "dashboard-credit": "a part of the dashboard",
    "account-limits": "a part of the account's page",
    "account-statement": "a file",
    "invoice-pdf": "a file",
    "price-list-export": "a file",
    "basket-add": "takes a form, and shows it again when it is wrong",
    "basket-change": "the same",
    "price": "the same",
    "discount": "the same",
    "order-placed": "after placing: see test_customer",
    "exchange-report": "a file",
    **{f"exchange-{kind}": "a file" for kind in Exchanged},
    "developer-mail-html": "a mail, as it is shown within its page",
}
"""What is no page of its own, and why."""


def names() -> list[str]:
    """The addresses of all pages, each to be looked at."""
    pages = (each for each in addresses() if each.door is None or not each.door.acts)
    return sorted({each.name for each in pages} - set(ELSEWHERE) - set(FRAGMENTS))


@pytest.mark.parametrize("name", names())
def test_axe_finds_nothing(looking: Looking, places: Reached, name: str) -> None:
    """On this page, as everybody sees it who comes there."""
    assert places.get(name), f"no link leads to {name}"
    found = [
        fault
        for place, (ref, path) in enumerate(places[name])
        for fault in looked_at(looking, ref, path, first=not place)
    ]
    assert not found, "\n".join(found)


def looked_at(looking: Looking, ref: str, path: str, *, first: bool) -> Iterator[str]:
    """What is wrong there. Whoever comes first looks thoroughly."""
    page = looking.stranger() if ref == STRANGER else looking.browse(ref)
    page.goto(path)
    yield from (
        f"{ref or 'a stranger'} at {path}: {each}" for each in faults(page, ONCE if first else ONCE[:1])
    )
    page.context.close()


def test_the_lists_are_true() -> None:
    """What is left out is there."""
    there = {address.name for address in addresses()}
    assert (set(ELSEWHERE) & OWN) <= there
    assert set(ELSEWHERE) - there <= {name for name in SIGNED_OUT if "connect" in name or "social" in name}
