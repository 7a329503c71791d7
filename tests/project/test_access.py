"""One line for each request, with who asked and for which order; and no secret in any line."""

import logging
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.timezone import now
from structlog.contextvars import get_contextvars

from placet.entrypoints.jobs.mailing import Mailer
from placet.gateways.mail import sender
from placet.project.access import Access
from placet.project.config import LogFormat
from placet.storage import models
from placet.storage.status_addresses import link
from tests.api.callers import Caller
from tests.api.chains import Chain, chain
from tests.portal.people import signed_in
from tests.portal.visitors import PASSWORD, Visitor, person
from tests.project.lines import Lines, logged
from tests.stories.worlds import key

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: Any) -> Chain:  # noqa: ANN401, ARG001 - pytest-django's
    with django_db_blocker.unblock():
        return chain()


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as lines:
        yield lines


def test_a_program_places_an_order(here: Chain, lines: Lines) -> None:
    order = here.ordered()
    organization, api_key = here.organization("cust", "cust")["id"], str(key_id(here.ref("cust")))
    line = lines.of("request")[0]
    assert (line["method"], line["route"], line["status"]) == ("POST", "api/v1/orders", 201)
    assert (line["organization"], line["key"], line["order"]) == (organization, api_key, order["id"])
    assert line["statements"] > 1
    assert line["ms"] > 0


def test_the_order_in_the_address_is_in_the_line_also_of_a_no(here: Chain, lines: Lines) -> None:
    order = here.ordered()
    here.rival.refused("POST", f"/orders/{order['id']}/approve", "not_found", {})
    line = lines.of("request")[-1]
    assert (line["route"], line["status"]) == ("api/v1/orders/<order_id>/approve", 404)
    assert line["order"] == order["id"]


def test_of_several_orders_the_line_says_how_many(here: Chain, lines: Lines) -> None:
    body = {"lines": [{"product": here.ref("bp"), "quantity": 1}]}
    here.cust.post("/orders/batch", {"orders": [body, body, body]})
    assert lines.request()["orders"] == 3


def test_a_person_at_a_page(here: Chain, lines: Lines) -> None:
    order = here.ordered()
    browser = signed_in(here.ref("res"))
    assert browser.get(f"/orders/{order['id']}").status_code == 200
    line = lines.of("request")[-1]
    assert (line["route"], line["order"]) == ("orders/<uuid:order_id>", order["id"])
    assert line["user"] == browser.session["_auth_user_id"]
    assert "key" not in line


IDS = """
given                                 ->  kept
a-proxy.made_this-1                       yes
0f8b1c9e-3f5e-7a52-9d54-3d6a7c0c9a11      yes
short                                     no
with space in it                          no
{"json":"x"}                              no
"""


@pytest.mark.parametrize("case", IDS.strip().splitlines()[1:])
def test_an_id_that_came_with_the_request_is_kept_if_it_is_well_formed(case: str, here: Chain) -> None:
    given, kept = case.rsplit(maxsplit=1)
    with logged() as lines:
        answer = here.cust.call("GET", "/me", X_Request_ID=given.strip())
    told = answer.headers["X-Request-ID"]
    assert (told == given.strip()) == (kept == "yes")
    assert lines.request()["request_id"] == told
    assert kept == "yes" or str(UUID(told)) == told


def test_what_was_asked_for_in_vain_has_a_line_but_no_address(lines: Lines) -> None:
    """Anything may stand in an address."""
    answer = Visitor().get("/no/such/page?and=whatever")
    assert (lines.request()["route"], lines.request()["status"]) == ("none", 404)
    assert answer.headers["X-Request-ID"] == lines.request()["request_id"]
    assert "whatever" not in lines.text
    assert "such/page" not in lines.text


def test_our_own_mistake_is_logged_with_the_requests_id(lines: Lines) -> None:
    def broken(_request: HttpRequest) -> HttpResponse:
        logging.getLogger("some.library").error("it broke")
        return HttpResponse(status=500)

    request = RequestFactory().get("/x", headers={"X-Request-ID": "the-request"})
    Access(broken)(request)
    assert lines.of("it broke")[0]["request_id"] == lines.request()["request_id"] == "the-request"
    assert not get_contextvars(), "the next request of this thread is another one"


def test_probes_are_only_of_interest_to_who_debugs() -> None:
    with logged() as lines:
        assert Visitor().get("/healthz").status_code == 200
    assert not lines.text
    with logged(level=logging.DEBUG) as lines:
        assert Visitor().get("/readyz").status_code == 200
    assert lines.request()["route"] == "readyz"


@pytest.mark.parametrize("form", list(LogFormat))
def test_no_secret_is_in_any_line(form: LogFormat, here: Chain, settings: Any) -> None:  # noqa: ANN401
    """Keys, passwords, links that let somebody in, what webhooks are signed with, where mails go out."""
    settings.PASSWORD_HASHERS = ["tests.portal.visitors.Quick", *settings.PASSWORD_HASHERS]
    secrets = {PASSWORD, key(here.ref("cust")), key(here.ref("res"))}
    with logged(form, logging.DEBUG) as lines:
        secrets |= programs_secrets(here) | peoples_secrets(here) | mails_secrets()
        what_libraries_say(secrets)
    assert len(lines.text.splitlines()) > 20
    for secret in secrets:
        assert len(secret) > 5
        assert secret not in lines.text


def programs_secrets(here: Chain) -> set[str]:
    """A wrong key, one that is issued, a webhook's secrets, a card gateway's key."""
    wrong = "no-such-key-of-anybody"
    assert Caller("nobody", secret=wrong).call("GET", "/me").status_code == 401
    issued = here.res.post("/api-keys", {"name": "erp", "role": "viewer"})["key"]
    assert Caller("res", secret=issued).get("/me")
    given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    wishes = {"url": "https://erp.example/hook", "events": ["order.placed"], "secret": given}
    endpoint = here.res.post("/webhook-endpoints", wishes)
    rotated = here.res.post(f"/webhook-endpoints/{endpoint['id']}/rotate-secret")["secret"]
    gateway = "sk_test_of_this_seller"
    here.dist.call("PUT", "/card-gateway", {"gateway": "stripe", "secret_key": gateway})
    return {wrong, issued, given, rotated, gateway}


def peoples_secrets(here: Chain) -> set[str]:
    """A password, right and wrong; links of an order, an invitation and a forgotten password."""
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email, "a wrong password")
    visitor.sign_in(who.email)
    assert visitor.is_in()
    session = visitor.client.cookies["placet_session"].value
    order = link(UUID(here.ordered()["id"]))
    assert Visitor().get(f"/status/{order}").status_code == 200
    tokens = {"an-invitation-of-nobody", "1a-broken-reset-key-of-nobody"}
    Visitor().get("/account/invitation/an-invitation-of-nobody")
    Visitor().get("/account/password/reset/1a-broken-reset-key-of-nobody")
    return {"a wrong password", session, order, *tokens}


def mails_secrets() -> set[str]:
    """A mail server that is not there, its password, and a mail with a link."""
    letter = "https://placet.example/account/invitation/a-token-in-a-mail"
    with logged() as lines:
        made = models.Mail.objects.create(
            id=UUID(int=7405), kind="invitation", to="somebody@mail.test", subject="Come in", text=letter,
            html="", created_at=now(), due_at=now(),
        )  # fmt: skip
        Mailer(sender("smtp://placet:open-sesame@127.0.0.1:9", None, "placet@mail.test")).mail(now())  # type: ignore[arg-type]
    assert str(made.id) in lines.text
    made.delete()
    return {"open-sesame", "a-token-in-a-mail"}


def what_libraries_say(secrets: set[str]) -> None:
    """As carelessly as some do."""
    said = logging.getLogger("some.library")
    said.error("Internal Server Error: /status/%s", next(iter(s for s in secrets if ":" in s or "." in s)))
    said.error("could not connect to postgresql://placet:open-sesame@db.internal/placet")
    said.error(
        "sent {'Authorization': 'Bearer no-such-key-of-anybody'} and whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    )
    said.error("it broke", exc_info=ValueError("smtp://placet:open-sesame@mail.example is away"))


def key_id(ref: str) -> UUID:
    return models.ApiKey.objects.get(organization__ref=ref, role="admin", name__contains="admin").id


def test_a_masked_line_still_says_what_it_was() -> None:
    with logged() as lines:
        logging.getLogger("x").error("no answer of smtp://placet:open-sesame@mail.example:25")
    assert re.search(r"smtp://\*\*\*@mail\.example:25", lines.text)
