"""Pages about mails: the why page of an order, what a person chooses, and the developer's page (R13, R93)."""

import re
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from placet.domain.words import MailKind, MailPace
from placet.entrypoints.jobs import composing
from placet.entrypoints.portal.mails.examples import examples
from placet.entrypoints.portal.mails.preview import OTHERS
from placet.storage import models
from tests.portal.conftest import SignedIn
from tests.portal.posts import open_market, ordered
from tests.portal.reading import text
from tests.stories.acts import NOW
from tests.stories.worlds import Json


@pytest.fixture
def market(alone: None) -> None:  # noqa: ARG001 - the database it works on
    open_market()


def composed() -> None:
    while composing.compose(NOW):
        pass


# The why page -------------------------------------------------------------------------------


@pytest.mark.usefixtures("market")
def test_the_why_page_shows_ones_own_mails_and_why_they_went_there(signed_in: SignedIn) -> None:
    """R13: the choice; those to others are theirs."""
    order = ordered()
    composed()
    page = text(signed_in("res").get(f"/orders/{order.id}/why"))
    assert "A customer has ordered desk@res.example contact for invoices" in page
    assert "An order waits for your approval admin@res.example may approve orders" in page
    assert "desk@cust.example" not in page
    customers = text(signed_in("cust").get(f"/orders/{order.id}/why"))
    assert "Your order was received desk@cust.example primary contact" in customers
    assert "@res.example" not in customers
    assert "Nobody of yours was written to." in text(signed_in("dist").get(f"/orders/{order.id}/why"))


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("set_to", "words"),
    [
        ({}, "on its way"),
        ({"due_at": None, "sent_at": NOW}, "sent on 22 Nov"),
        ({"due_at": None, "error": "550 No such user"}, "could not be sent"),
        ({"due_at": None, "gather_at": NOW}, "in the next daily mail"),
    ],
)
def test_the_why_page_says_what_came_of_a_mail(signed_in: SignedIn, set_to: Json, words: str) -> None:
    order = ordered()
    composing.compose(NOW)
    models.Mail.objects.filter(to="desk@res.example").update(**set_to)
    page = text(signed_in("res").get(f"/orders/{order.id}/why"))
    assert re.search(rf"desk@res\.example contact for invoices {words}", page)
    assert "550" not in page


# Choosing -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("market")
def test_a_person_chooses_which_mails_it_gets(signed_in: SignedIn) -> None:
    """Each at once, once a day, or not at all; what is chosen holds from the next mail on."""
    browser = signed_in("res", "admin")
    page = text(browser.get("/account/mails"))
    assert "An order waits for your approval" in page
    assert "at 07:00, by your clock" in page
    chosen = dict.fromkeys(choices(browser), MailPace.AT_ONCE.value)
    assert {"sign_in", "invitation", "digest"} & set(chosen) == set()
    answer = browser.post("/account/mails", chosen | {"approval_requested": "none"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/mails")
    user = models.User.objects.get(email="admin@res.example")
    [row] = models.MailChoice.objects.filter(user=user)
    assert (row.kind, row.pace) == ("approval_requested", "none")
    ordered()
    composed()
    assert not models.Mail.objects.filter(to="admin@res.example").exists()
    assert models.Mail.objects.exists()
    browser.post("/account/mails", chosen)
    assert not models.MailChoice.objects.filter(user=user).exists()


@pytest.mark.usefixtures("market")
def test_a_confirmation_cannot_be_declined(signed_in: SignedIn) -> None:
    """R13: it goes out for every order; the form says so beside the field."""
    browser = signed_in("res")
    chosen = dict.fromkeys(choices(browser), "at_once")
    answer = browser.post("/account/mails", chosen | {"order_confirmation": "none"})
    assert answer.status_code == 422
    assert browser.post("/account/mails", chosen | {"order_confirmation": "daily"}).status_code == 303


def choices(browser: Client) -> list[str]:
    page = browser.get("/account/mails").content.decode()
    return re.findall(r'<select name="(\w+)"', page)


# The developer's page -----------------------------------------------------------------------


@pytest.mark.usefixtures("market")
def test_a_developer_sees_every_mail_in_each_language(signed_in: SignedIn) -> None:
    browser = signed_in("res")
    listed = browser.get("/developer/mails").content.decode()
    names = [*examples(), "digest", *OTHERS]
    assert {each.kind for each in examples().values()} == set(MailKind) - {
        MailKind.SIGN_IN,
        MailKind.INVITATION,
        MailKind.DIGEST,
    }
    for name in names:
        subjects = []
        for language in ("en", "de"):
            path = f"/developer/mails/{name}/{language}"
            assert path in listed
            page = browser.get(path)
            assert page.status_code == 200
            subjects.append(re.search(r"<h1>(.*?)</h1>", page.content.decode(), re.DOTALL)[1])  # type: ignore[index]
            alone = browser.get(f"{path}/html")
            policy = alone.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert alone.headers["X-Frame-Options"] == "SAMEORIGIN"
            assert f'<html lang="{language}">' in alone.content.decode()
        assert subjects[0] != subjects[1], name
    assert browser.get("/developer/mails/nothing/en").status_code == 404
    assert browser.get("/developer/mails/digest/fr").status_code == 404


@pytest.mark.usefixtures("market")
def test_there_is_no_such_page_in_production(signed_in: SignedIn, settings: Settings) -> None:
    browser = signed_in("res")
    settings.CONFIG = replace(settings.CONFIG, env=type(settings.CONFIG.env)("production"))
    for path in ("/developer/mails", "/developer/mails/digest/en", "/developer/mails/digest/en/html"):
        assert browser.get(path).status_code == 404
    assert "developer" not in browser.get("/account/mails").content.decode()
