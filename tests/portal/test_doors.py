"""Every address has a door, and each door lets in whom it says: kinds of organizations, roles, methods,
signed in, with a token (spec §13, contract §3)."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from placet.domain.parties import ROLES
from placet.domain.words import Kind, Role
from tests.api.chains import chain
from tests.portal.conftest import SignedIn
from tests.portal.pages import OWN, SIGNED_OUT, Address, addresses
from tests.stories import worlds

NOBODYS: Final = UUID(int=7)
"""The id of nothing."""

NAMES: Final = {Kind.CUSTOMER: "cust", Kind.RESELLER: "res", Kind.DISTRIBUTOR: "dist"}


def doors() -> list[Address]:
    return [address for address in addresses() if address.door]


def path_of(address: Address) -> str:
    """The address with ids of nothing."""
    if not address.route.startswith("^"):
        return "/" + "/".join(map(_filled, address.route.split("/")))
    assert address.name == "account_reset_password_from_key", "the only one that is a pattern"
    return "/account/password/reset/1-nothing"


def _filled(part: str) -> str:
    if not part.startswith("<"):
        return part
    kind = part.strip("<>").partition(":")[0]
    return {"uuid": str(NOBODYS), "int": "7"}.get(kind, "nothing")


def test_every_address_has_a_door() -> None:
    """Or stands on the list of those that are open, with a reason."""
    without = {address.name for address in addresses() if address.door is None}
    assert without - OWN - set(SIGNED_OUT) == set()


def test_every_address_has_a_name_of_its_own() -> None:
    names = [address.name for address in addresses()]
    assert sorted(names) == sorted(set(names))
    assert "" not in names


@pytest.mark.usefixtures("committed")
def test_signed_out_one_signs_in_first() -> None:
    """And comes back here after it."""
    stranger = Client()
    for address in doors():
        path = path_of(address)
        answer = stranger.post(path) if address.door and address.door.acts else stranger.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith(reverse("account_login")), path


def test_acts_are_not_done_by_looking(signed_in: SignedIn) -> None:
    """GET, as any link or picture may send it, does nothing: 405."""
    browser = signed_in(chain().ref("res"))
    for address in doors():
        if address.door and address.door.acts:
            assert browser.get(path_of(address)).status_code == 405, address.path


def test_no_form_without_its_token(signed_in: SignedIn) -> None:
    """A POST without a CSRF token is 403, everywhere, whoever sends it."""
    browser = signed_in(chain().ref("dist"), enforce_csrf_checks=True)
    for address in addresses():
        if address.name != "openid_connect_callback":
            assert browser.post(path_of(address)).status_code == 403, address.path


@pytest.mark.parametrize("kind", list(Kind))
def test_who_comes_through(signed_in: SignedIn, kind: Kind) -> None:
    """Every page and act, by every role of this kind: not there for another kind, 403 for a role that may
    not, and whoever may comes as far as the thing itself, which here is nobody's: 404 if it is named."""
    here = chain()
    for role in Role:
        browser = signed_in(here.ref(NAMES[kind]), role)
        for address, status in answered(browser):
            assert address.door
            named = "<" in address.route
            if kind not in address.door.kinds:
                assert status == 404, (role, address.path)
            elif not ROLES[role] & set(address.door.may):
                assert status == 403, (role, address.path)
            else:
                assert status in ({404} if named else {200, 302, 303, 404, 422}), (role, address.path)


def answered(browser: Client) -> Iterator[tuple[Address, int]]:
    for address in doors():
        assert address.door
        send = browser.post if address.door.acts else browser.get
        yield address, send(path_of(address)).status_code


def test_the_roles_are_those_of_the_contract() -> None:
    assert {role.value for role in Role} == set(worlds.ROLES)
