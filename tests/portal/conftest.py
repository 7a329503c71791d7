"""What the pages' tests stand on: commits that last, and people who are signed in."""

from typing import Protocol

import pytest
from django.test import Client
from pytest_django.fixtures import Settings


class SignedIn(Protocol):
    """`signed_in("ref", role="buyer")`: that person's browser."""

    def __call__(self, ref: str, role: str = "admin", *, enforce_csrf_checks: bool = False) -> Client:
        """Signed in; `enforce_csrf_checks` as browsers must live with."""


@pytest.fixture
def signed_in(committed: None) -> SignedIn:  # noqa: ARG001 - the database it works on
    """People of worlds that are loaded (`tests.api.callers.load`, `tests.api.chains.chain`)."""
    from tests.portal import people

    def client(ref: str, role: str = "admin", *, enforce_csrf_checks: bool = False) -> Client:
        return people.signed_in(ref, role, enforce_csrf_checks=enforce_csrf_checks)

    return client


@pytest.fixture
def outbox(settings: Settings) -> None:
    """Mails go into our own outbox, which pytest-django keeps them from; passwords cost next to nothing."""
    settings.MAILERS = {"default": {"BACKEND": "placet.entrypoints.portal.sign_in.outbox.Outbox"}}
    settings.PASSWORD_HASHERS = ["tests.portal.visitors.Quick", *settings.PASSWORD_HASHERS]
