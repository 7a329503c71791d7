"""People at their browsers who are not signed in yet."""

import re
from itertools import count
from typing import Any, Final
from uuid import uuid4

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.http import HttpResponse
from django.test import Client

from placet.domain.words import Role
from placet.storage import models

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of people in tests
_addresses: Final = count(1)


class Quick(Argon2PasswordHasher):
    """As the real one, for tests that sign in often."""

    algorithm = "quick"
    time_cost, memory_cost, parallelism = 1, 8, 1


def person(ref: str, role: str = "admin", *, active: bool = True, email: str = "") -> models.User:
    """Somebody new who works there, with the password that everybody has here."""
    made = models.User.objects.create(
        id=uuid4(),
        email=email or f"{uuid4().hex[:12]}@{ref}.test",
        name=f"{role.title()} of {ref}",
        password=make_password(PASSWORD),
        is_active=active,
    )
    organization = models.Organization.objects.get(ref=ref)
    models.Membership.objects.create(user=made, organization=organization, role=Role(role))
    return made


class Visitor:
    """A browser, which minds CSRF, at an address of its own: rate limits are by address too."""

    def __init__(self, address: str = "") -> None:
        number = next(_addresses)
        self.address = address or f"10.7.{number // 250}.{number % 250 + 1}"
        self.client = Client(enforce_csrf_checks=True, REMOTE_ADDR=self.address)

    def get(self, path: str, **more: Any) -> HttpResponse:  # noqa: ANN401 - Django's
        """A page."""
        answer: HttpResponse = self.client.get(path, **more)  # type: ignore[assignment]
        return answer

    def post(self, path: str, said: dict[str, Any] | None = None, *, of: str = "") -> HttpResponse:
        """A form, as the page that it stands on (`of`, or the same address) has it."""
        page = self.get(of or path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
        assert token, f"no form at {of or path}: {page.status_code}"
        answer: HttpResponse = self.client.post(  # type: ignore[assignment]
            path, {"csrfmiddlewaretoken": token[1], **(said or {})}
        )
        return answer

    def sign_in(self, email: str, password: str = PASSWORD, to: str = "") -> HttpResponse:
        """E-mail and password, and where to go then."""
        said = {"login": email, "password": password} | ({"next": to} if to else {})
        return self.post("/account/login", said)

    def is_in(self) -> bool:
        """Whether it is signed in: the account's page is there."""
        return self.get("/account/profile").status_code == 200


def text(answer: HttpResponse) -> str:
    """What one reads, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
