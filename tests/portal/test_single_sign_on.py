"""Signing in by OpenID Connect: only who is known or invited, by a verified address."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from placet.project import single_sign_on
from placet.project.config import ConfigError
from placet.storage import models
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal import provider
from tests.portal.provider import FORGED, Provider
from tests.portal.visitors import Visitor, person, text

pytestmark = pytest.mark.usefixtures("committed", "outbox")


@pytest.fixture
def there(settings: Settings) -> Iterator[Provider]:
    """The provider that Placet is told of."""
    with provider.running() as serving:
        config = replace(
            django_settings.CONFIG,
            oidc_issuer=serving.issuer,
            oidc_client_id=provider.CLIENT,
            oidc_client_secret=provider.SECRET,
            oidc_name="Acme ID",
        )
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(config)
        yield serving


@pytest.fixture
def here() -> Chain:
    return chain()


def asked(visitor: Visitor, to: str = "") -> dict[str, str]:
    """What the provider is asked, after the button was pressed."""
    more = {"next": to} if to else {}
    going = visitor.post("/account/sso/sso/login", {"process": "login", **more}, of="/account/login")
    assert going.status_code == 200
    link = re.search(r'content="0; url=([^"]+)"', going.content.decode())
    assert link, going.content
    return dict(parse_qsl(urlsplit(html.unescape(link[1])).query))


def come_in(visitor: Visitor, there: Provider) -> HttpResponse:
    """There and back."""
    back = urlsplit(there.authorize(asked(visitor)))
    return visitor.get(f"{back.path}?{back.query}")


def test_who_is_known_comes_in(here: Chain, there: Provider) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    password = who.password
    assert "Sign in with Acme ID" in text(visitor.get("/account/login"))
    there.person = {"sub": "1", "email": who.email.upper(), "email_verified": True}
    answer = come_in(visitor, there)
    assert answer.headers["Location"] == "/"
    assert visitor.is_in()
    who.refresh_from_db()
    assert who.password == password, "the password stays"


def test_it_goes_on_where_one_wanted_to(here: Chain, there: Provider) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    there.person = {"sub": "1", "email": who.email, "email_verified": True}
    page = visitor.get("/account/login?next=/settings/users").content.decode()
    action = re.search(r'action="(/account/sso/[^"]+)"', page)
    assert action
    going = visitor.post(html.unescape(action[1]), of="/account/login")
    link = re.search(r'content="0; url=([^"]+)"', going.content.decode())
    assert link
    back = urlsplit(there.authorize(dict(parse_qsl(urlsplit(html.unescape(link[1])).query))))
    assert visitor.get(f"{back.path}?{back.query}").headers["Location"] == "/settings/users"


STRANGERS = """
what                     ->  status
nobody here                  403
address not verified         403
verified in a word           403
no address                   403
blocked organization         302
"""


@cases(STRANGERS)
def test_who_is_not_does_not(here: Chain, there: Provider, what: str, status: str) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    people: dict[str, dict[str, object]] = {
        "nobody here": {"email": "nobody@nowhere.test", "email_verified": True},
        "address not verified": {"email": who.email, "email_verified": False},
        "verified in a word": {"email": who.email, "email_verified": "false"},
        "no address": {},
        "blocked organization": {"email": who.email, "email_verified": True},
    }
    there.person = people[what] | {"sub": "1"}
    if what == "blocked organization":
        models.Organization.objects.filter(ref=here.ref("res")).update(status="blocked")
    before = models.User.objects.count()
    answer = come_in(visitor, there)
    assert answer.status_code == int(status)
    if status == "302":
        assert answer.headers["Location"] == "/account/inactive"
    assert not visitor.is_in()
    assert models.User.objects.count() == before


LIES = """
what
signed by somebody else
meant for somebody else
of another issuer
too old
about somebody else
"""


@cases(LIES)
def test_a_false_word_is_not_believed(here: Chain, there: Provider, what: str) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    there.person = {"sub": "1", "email": who.email, "email_verified": True}
    if what == "signed by somebody else":
        there.signs_with = FORGED
    claims: dict[str, dict[str, object]] = {
        "meant for somebody else": {"aud": "another-client"},
        "of another issuer": {"iss": "https://evil.example"},
        "too old": {"exp": 1},
    }
    there.claims = claims.get(what, {})
    there.userinfo = {"sub": "2"} if what == "about somebody else" else {}
    assert come_in(visitor, there).status_code in {401, 403}
    assert not visitor.is_in()


def test_a_code_is_only_for_who_asked(here: Chain, there: Provider) -> None:
    """State and PKCE: an attacker's code in somebody's browser, or a stolen one in an attacker's."""
    who, visitor, attacker = person(here.ref("res")), Visitor(), Visitor()
    there.person = {"sub": "1", "email": who.email, "email_verified": True}
    stolen = urlsplit(there.authorize(asked(visitor)))
    assert attacker.get(f"{stolen.path}?{stolen.query}").status_code == 401
    own = asked(attacker)
    code = dict(parse_qsl(stolen.query))["code"]
    assert attacker.get(f"{stolen.path}?code={code}&state={own['state']}").status_code == 401
    assert not attacker.is_in()


def test_who_stops_there_reads_so(there: Provider) -> None:
    assert there.issuer
    visitor = Visitor()
    state = asked(visitor)["state"]
    answer = visitor.get(f"/account/sso/sso/callback?error=access_denied&state={state}")
    assert answer.headers["Location"] == "/account/sso/cancelled"
    assert "You stopped signing in" in text(visitor.get("/account/sso/cancelled"))


def test_nothing_is_joined_to_an_account(here: Chain, there: Provider) -> None:
    """`process=connect` would let whoever holds a session keep a way in for good."""
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    there.person = {"sub": "9", "email": "other@nowhere.test", "email_verified": True}
    going = visitor.post("/account/sso/sso/login?process=connect", of="/account/profile")
    link = re.search(r'content="0; url=([^"]+)"', going.content.decode())
    assert link
    back = urlsplit(there.authorize(dict(parse_qsl(urlsplit(html.unescape(link[1])).query))))
    assert visitor.get(f"{back.path}?{back.query}").status_code == 403


def test_a_provider_that_is_away_is_said_to_be(there: Provider, settings: Settings) -> None:
    assert there.issuer
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    visitor = Visitor()
    answer = visitor.post("/account/sso/sso/login", {"process": "login"}, of="/account/login")
    assert answer.status_code == 502
    assert "That did not work" in text(answer)


def test_where_none_is_set_up_there_is_none() -> None:
    visitor = Visitor()
    assert "/account/sso/" not in visitor.get("/account/login").content.decode()
    for path in ("/account/sso/sso/login", "/account/sso/sso/callback"):
        assert visitor.get(path).status_code == 404


HALF = """
issuer                      client  secret  ->  says
https://id.example          -       s           needs
https://id.example          c       -           needs
http://id.example           c       s           https
ftp://id.example            c       s           https
"""


@cases(HALF)
def test_half_a_setup_is_refused(issuer: str, client: str, secret: str, says: str) -> None:
    config = replace(
        django_settings.CONFIG, oidc_issuer=issuer, oidc_client_id=client, oidc_client_secret=secret
    )
    with pytest.raises(ConfigError, match=says):
        single_sign_on.providers(config)
