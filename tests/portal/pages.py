"""Every address of the portal, as its own table of addresses has them: so that none can be left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import Resolver404, URLPattern, resolve

from placet.entrypoints.portal.frame.doors import Door

SIGNED_OUT: Final = {
    "status": "an order's status address (R10)",
    "account_login": "where one signs in",
    "account_logout": "where one signs out",
    "account_inactive": "for who was deactivated",
    "account_reset_password": "for who forgot the password",
    "account_reset_password_done": "the same",
    "account_reset_password_from_key": "the same",
    "account_reset_password_from_key_done": "the same",
    "mfa_authenticate": "the second factor, in the middle of signing in",
    "socialaccount_login_cancelled": "in the middle of signing in elsewhere",
    "openid_connect_login": "the same",
    "openid_connect_callback": "the same",
    "invitation": "where the link of an invitation leads",
    "invited": "the same, where its reader accepts",
}
"""Addresses that need nobody to be signed in, and why."""

OWN: Final = {
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "usersessions_list",
}
"""allauth's, of the signed-in person itself: it guards them, and no organization comes into them."""


@dataclass(frozen=True)
class Address:
    """One address pattern: its name, its route, and its door if it has one."""

    name: str
    route: str
    door: Door | None

    @property
    def path(self) -> str:
        """As it stands in a browser, with names for what varies."""
        return f"/{self.route}"


def addresses() -> list[Address]:
    """All of them, in order."""
    from placet.entrypoints.portal.urls import urlpatterns

    return [_address(pattern) for pattern in urlpatterns]


def _address(pattern: URLPattern) -> Address:
    return Address(pattern.name or "", str(pattern.pattern), getattr(pattern.callback, "door", None))


def shown() -> Iterator[Address]:
    """Those that are looked at, not acted on."""
    return (each for each in addresses() if each.door and not each.door.acts)


@cache
def name_of(path: str) -> str:
    """The name of the pattern that a path belongs to; empty where there is none."""
    try:
        return resolve(path.partition("?")[0].partition("#")[0]).url_name or ""
    except Resolver404:
        return ""
