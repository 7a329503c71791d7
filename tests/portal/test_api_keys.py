"""Settings: API keys, shown once, revoked at once."""

import re

import pytest
from django.test import Client
from django.utils.timezone import now

from placet.domain.words import Role
from placet.storage import models
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn
from tests.portal.visitors import Visitor, person, text

pytestmark = pytest.mark.usefixtures("committed", "outbox")

KEYS = "/settings/api-keys"


@pytest.fixture
def here() -> Chain:
    return chain()


@pytest.fixture
def visitor(here: Chain) -> Visitor:
    """The reseller's admin."""
    made = Visitor()
    made.sign_in(person(here.ref("res")).email)
    return made


def shown(page: str) -> str | None:
    found = re.search(r'<code class="user-select-all text-break">([^<]+)</code>', page)
    return found[1] if found else None


def new_key(visitor: Visitor, name: str = "storefront", role: str = "buyer") -> str:
    answer = visitor.post(f"{KEYS}/new", {"name": name, "role": role}, of=KEYS)
    assert (answer.status_code, answer.headers["Location"]) == (303, KEYS)
    key = shown(visitor.get(KEYS).content.decode())
    assert key
    return key


def test_a_key_is_shown_once_and_works(here: Chain, visitor: Visitor) -> None:
    key = new_key(visitor)
    me = Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/me").json()
    assert (me["organization"]["ref"], me["role"]) == (here.ref("res"), "buyer")
    later = visitor.get(KEYS).content.decode()
    assert shown(later) is None
    assert key not in later
    assert f"…{key[-4:]}" in later
    assert key not in str(list(visitor.client.session.items()))


def test_a_revoked_key_opens_nothing(visitor: Visitor) -> None:
    key = new_key(visitor, "till")
    program = Client(headers={"Authorization": f"Bearer {key}"})
    id_ = models.ApiKey.objects.get(name="till", hint=key[-4:]).pk
    assert visitor.post(f"{KEYS}/{id_}/revoke", of=KEYS).status_code == 303
    assert program.get("/api/v1/me").status_code == 401
    assert "it opens nothing any more" in text(visitor.get(KEYS))
    assert visitor.post(f"{KEYS}/{id_}/revoke", of=KEYS).status_code == 404


def test_the_same_form_twice_makes_one_key(visitor: Visitor) -> None:
    """A double click (R14); the second answer shows no key, nor another."""
    page = visitor.get(KEYS).content.decode()
    form = page[page.index(f'action="{KEYS}/new"') :]
    said = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([^"]+)"', form)[:2])
    for _ in range(2):
        answer = visitor.client.post(f"{KEYS}/new", said | {"name": "doubled", "role": "viewer"})
        assert answer.status_code == 303
    assert models.ApiKey.objects.filter(name="doubled", created_at__gt=now().replace(hour=0)).count() == 1


def test_a_form_that_is_wrong_keeps_what_was_typed(visitor: Visitor) -> None:
    answer = visitor.post(f"{KEYS}/new", {"name": "My shop", "role": "king"}, of=KEYS)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="My shop"' in page
    assert "open-now" in page


def test_only_admins_may(here: Chain, signed_in: SignedIn) -> None:
    """As in the API: others do not even read them."""
    key = models.ApiKey.objects.filter(organization__ref=here.ref("res")).first()
    assert key
    for role in Role:
        if role is Role.ADMIN:
            continue
        browser = signed_in(here.ref("res"), role)
        assert browser.get(KEYS).status_code == 403, role
        assert browser.post(f"{KEYS}/new", {"name": "x", "role": "admin"}).status_code == 403
        assert browser.post(f"{KEYS}/{key.pk}/revoke").status_code == 403
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_strangers_key_is_not_there(here: Chain, visitor: Visitor) -> None:
    key = models.ApiKey.objects.filter(organization__ref=here.ref("rival")).first()
    assert key
    assert visitor.post(f"{KEYS}/{key.pk}/revoke", of=KEYS).status_code == 404
    assert key.name not in text(visitor.get(KEYS))
