"""Who works for an organization: people, roles, invitations (R1, R2)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils.timezone import now

from placet.actions.mails import take_mails
from placet.domain.words import Role
from placet.storage import models
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal import provider
from tests.portal.conftest import SignedIn
from tests.portal.test_single_sign_on import come_in, there  # noqa: F401 - a fixture
from tests.portal.visitors import PASSWORD, Visitor, person, text

pytestmark = pytest.mark.usefixtures("committed", "outbox")

USERS = "/settings/users"


@pytest.fixture
def here() -> Chain:
    return chain()


def insider(here: Chain, name: str = "res", role: str = "admin") -> tuple[models.User, Visitor]:
    """Somebody of the organization, signed in."""
    who, visitor = person(here.ref(name), role), Visitor()
    visitor.sign_in(who.email)
    return who, visitor


def organization(here: Chain, name: str) -> models.Organization:
    return models.Organization.objects.get(ref=here.ref(name))


def roles(here: Chain, name: str) -> dict[str, str]:
    found = models.Membership.objects.filter(organization__ref=here.ref(name)).select_related("user")
    return {each.user.email: each.role for each in found}


def letter(email: str) -> models.Mail:
    mail = models.Mail.objects.filter(to=email, kind="invitation").order_by("-id").first()
    assert mail, f"no invitation went to {email}"
    return mail


def link(email: str) -> str:
    found = re.search(r"http://testserver(/account/invitation/\S+)", letter(email).text)
    assert found
    return found[1]


def open_invitation(email: str, visitor: Visitor | None = None) -> tuple[Visitor, HttpResponse]:
    """The link, in a browser."""
    browser = visitor or Visitor()
    assert browser.get(link(email)).headers["Location"] == "/account/invitation"
    return browser, browser.get("/account/invitation")


# People -------------------------------------------------------------------------------------


def test_admins_see_their_people_and_nobody_elses(here: Chain) -> None:
    who, visitor = insider(here)
    stranger = person(here.ref("rival"))
    listed = text(visitor.get(USERS))
    assert who.email in listed
    assert "(you)" in listed
    assert stranger.email not in listed


def test_only_admins_may(here: Chain, signed_in: SignedIn) -> None:
    who = person(here.ref("res"), "viewer")
    for role in Role:
        browser = signed_in(here.ref("res"), role)
        allowed = role is Role.ADMIN
        assert browser.get(USERS).status_code == (200 if allowed else 403), role
        if not allowed:
            for path in ("invite", f"{who.pk}/role", f"{who.pk}/remove"):
                assert (
                    browser.post(f"{USERS}/{path}", {"role": "admin", "email": "x@x.test"}).status_code == 403
                )
    assert roles(here, "res")[who.email] == "viewer"


def test_people_are_found_by_name_paged_and_exported(here: Chain) -> None:
    _, visitor = insider(here)
    for n in range(30):
        person(here.ref("res"), "viewer", email=f"p{n:02}@{here.ref('many')}.test")
    first = visitor.get(USERS).content.decode()
    more = re.search(r'href="(\?[^"]*cursor=[^"]+)"', first)
    assert more
    second = visitor.get(USERS + more[1].replace("&amp;", "&")).content.decode()
    shown = re.findall(r"p\d\d@", first) + re.findall(r"p\d\d@", second)
    assert sorted(set(shown)) == [f"p{n:02}@" for n in range(30)]
    assert set(re.findall(r"p\d\d@", visitor.get(f"{USERS}?q=p07@").content.decode())) == {"p07@"}
    lines = b"".join(visitor.get(f"{USERS}?format=csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 32
    assert "Second factor" in lines[0]


def test_more_people_are_not_more_queries(here: Chain, django_assert_max_num_queries: Any) -> None:  # noqa: ANN401
    _, visitor = insider(here)
    visitor.get(USERS)
    with django_assert_max_num_queries(8):
        visitor.get(USERS)
    for n in range(20):
        person(here.ref("res"), "viewer", email=f"q{n}@{here.ref('more')}.test")
    with django_assert_max_num_queries(8):
        visitor.get(USERS)


def test_another_role_holds_at_once(here: Chain) -> None:
    _, visitor = insider(here)
    who, other = insider(here, role="viewer")
    assert other.get(USERS).status_code == 403
    assert visitor.post(f"{USERS}/{who.pk}/role", {"role": "admin"}, of=USERS).status_code == 303
    assert other.get(USERS).status_code == 200
    visitor.post(f"{USERS}/{who.pk}/role", {"role": "emperor"}, of=USERS)
    assert roles(here, "res")[who.email] == "admin"


def test_who_is_removed_is_out_at_once(here: Chain) -> None:
    _, visitor = insider(here)
    who, other = insider(here, role="viewer")
    assert visitor.post(f"{USERS}/{who.pk}/remove", of=USERS).status_code == 303
    assert not other.is_in()
    assert who.email not in roles(here, "res")
    assert models.User.objects.filter(pk=who.pk).exists(), "the person stays"


def test_somebody_stays_administrator(here: Chain) -> None:
    """The last one that can sign in neither goes nor changes; a deactivated one does not count."""
    who, visitor = insider(here)
    person(here.ref("res"), "admin", active=False)
    for act, said in (("remove", {}), ("role", {"role": "viewer"})):
        visitor.post(f"{USERS}/{who.pk}/{act}", said, of=USERS)
        assert roles(here, "res")[who.email] == "admin"
        assert "Somebody has to be an administrator" in text(visitor.get(USERS))
    second = person(here.ref("res"))
    visitor.post(f"{USERS}/{who.pk}/role", {"role": "viewer"}, of=USERS)
    assert roles(here, "res")[who.email] == "viewer"
    assert roles(here, "res")[second.email] == "admin"


def test_a_strangers_people_are_not_there(here: Chain) -> None:
    _, visitor = insider(here)
    stranger = person(here.ref("rival"), "viewer")
    for act, said in (("remove", {}), ("role", {"role": "viewer"})):
        assert visitor.post(f"{USERS}/{stranger.pk}/{act}", said, of=USERS).status_code == 404
    assert roles(here, "rival")[stranger.email] == "viewer"


# Invitations --------------------------------------------------------------------------------


def invite(here: Chain, visitor: Visitor, email: str = "", role: str = "approver") -> str:
    address = email or f"new@{here.ref('someone')}.test"
    answer = visitor.post(f"{USERS}/invite", {"email": address, "role": role}, of=USERS)
    assert answer.status_code == 303, text(answer)
    return address.lower()


def test_who_is_invited_becomes_somebody(here: Chain) -> None:
    _, visitor = insider(here)
    email = invite(here, visitor, f"New@{here.ref('x')}.test")
    assert email in text(visitor.get(USERS))
    assert f"Org {here.ref('res')}" in letter(email).subject
    assert link(email) in letter(email).html
    new, page = open_invitation(email)
    assert "Approver" in text(page)
    weak = new.post("/account/invitation", {"name": "Neo", "password1": "short", "password2": "short"})
    assert weak.status_code == 422
    assert 'value="Neo"' in weak.content.decode(), "what was typed stays"
    unlike = {"name": "Neo", "password1": PASSWORD, "password2": f"{PASSWORD}!"}
    assert "not the same" in text(new.post("/account/invitation", unlike))
    done = new.post("/account/invitation", {"name": "Neo", "password1": PASSWORD, "password2": PASSWORD})
    assert done.headers["Location"] == "/"
    assert new.is_in()
    assert roles(here, "res")[email] == "approver"
    assert email not in text(visitor.get(f"{USERS}?q=nobody")), "it waits no more"
    assert open_invitation(email)[1].status_code == 410, "a link works once"
    assert Visitor().sign_in(email).status_code == 302


def test_the_link_stays_out_of_addresses(here: Chain) -> None:
    _, visitor = insider(here)
    email = invite(here, visitor)
    token = link(email).rpartition("/")[2]
    _, page = open_invitation(email)
    assert token not in page.content.decode()
    kept = models.Invitation.objects.get(email=email)
    assert token.encode() not in bytes(kept.digest)


def test_who_has_an_account_signs_in_to_accept(here: Chain) -> None:
    """The link alone opens no account, and joins nobody else's."""
    _, visitor = insider(here)
    known, thief = person(here.ref("far")), person(here.ref("far"))
    invite(here, visitor, known.email, "finance")
    browser, page = open_invitation(known.email)
    assert "Sign in to accept" in text(page)
    assert "password1" not in page.content.decode()
    other = Visitor()
    other.sign_in(thief.email)
    assert "somebody else" in text(open_invitation(known.email, other)[1])
    other.client.post("/account/invitation")
    assert known.email not in roles(here, "res")
    assert browser.sign_in(known.email, to="/account/invitation").headers["Location"] == "/account/invitation"
    assert browser.post("/account/invitation").status_code == 303
    assert roles(here, "res")[known.email] == "finance"
    assert f"Org {here.ref('res')}" in browser.get("/settings").content.decode()


def test_who_was_removed_everywhere_can_be_invited_again(here: Chain) -> None:
    _, visitor = insider(here)
    who = person(here.ref("res"), "viewer")
    models.Membership.objects.filter(user=who).delete()
    assert Visitor().sign_in(who.email).headers["Location"] == "/account/inactive"
    invite(here, visitor, who.email)
    browser, _ = open_invitation(who.email)
    browser.sign_in(who.email, to="/account/invitation")
    assert browser.post("/account/invitation").status_code == 303
    assert browser.is_in()


def test_an_invitation_comes_by_single_sign_on_too(here: Chain, there: provider.Provider) -> None:  # noqa: F811
    _, visitor = insider(here)
    email = invite(here, visitor, role="buyer")
    there.person = {"sub": "1", "email": email, "email_verified": True, "name": "Trinity"}
    new = Visitor()
    assert come_in(new, there).headers["Location"] == "/"
    assert new.is_in()
    assert roles(here, "res")[email] == "buyer"
    made = models.User.objects.get(email=email)
    assert (made.name, made.has_usable_password()) == ("Trinity", False)


ENDINGS = """
what
taken back
too old
sent again
blocked
"""


@cases(ENDINGS)
def test_a_link_ends(here: Chain, what: str) -> None:
    _, visitor = insider(here)
    email = invite(here, visitor)
    old = link(email)
    made = models.Invitation.objects.filter(email=email)
    if what == "too old":
        assert made.get().expires_at - now() > timedelta(days=6, hours=23)
        made.update(expires_at=now())
    elif what == "blocked":
        models.Organization.objects.filter(ref=here.ref("res")).update(status="blocked")
    else:
        act = "take-back" if what == "taken back" else "send"
        path = f"/settings/invitations/{made.get().pk}/{act}"
        assert visitor.post(path, of=USERS).status_code == 303
    browser = Visitor()
    browser.get(old)
    assert browser.get("/account/invitation").status_code == 410
    browser.client.post("/account/invitation", {"name": "N", "password1": PASSWORD, "password2": PASSWORD})
    assert email not in roles(here, "res")
    if what == "sent again":
        assert open_invitation(email)[1].status_code == 200, "the new one works"


REFUSED = """
email        ->  says
no address       valid email
again            waiting already
here             here already
"""


@cases(REFUSED)
def test_a_wrong_invitation_says_so_beside_the_field(here: Chain, email: str, says: str) -> None:
    who, visitor = insider(here)
    known = {"again": invite(here, visitor), "here": who.email}.get(email, email)
    before = models.Mail.objects.count()
    answer = visitor.post(f"{USERS}/invite", {"email": known, "role": "viewer"}, of=USERS)
    assert answer.status_code == 422
    assert says in text(answer)
    assert "open-now" in answer.content.decode()
    assert models.Mail.objects.count() == before


def test_an_invitation_is_its_organizations_alone(here: Chain) -> None:
    _, visitor = insider(here)
    _, stranger = insider(here, "rival")
    email = invite(here, visitor)
    made = models.Invitation.objects.get(email=email)
    for act in ("send", "take-back"):
        assert stranger.post(f"/settings/invitations/{made.pk}/{act}", of=USERS).status_code == 404
    assert email not in text(stranger.get(USERS))


def test_the_same_form_twice_invites_once(here: Chain) -> None:
    """A double click (R14)."""
    _, visitor = insider(here)
    page = visitor.get(USERS).content.decode()
    form = page[page.index('action="/settings/users/invite"') :]
    said = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([^"]+)"', form)[:2])
    email = f"twice@{here.ref('x')}.test"
    for _ in range(2):
        answer = visitor.client.post(f"{USERS}/invite", said | {"email": email, "role": "viewer"})
        assert answer.status_code == 303
    assert models.Mail.objects.filter(to=email).count() == 1


# A seller's first word ----------------------------------------------------------------------


def first_users(here: Chain, name: str) -> str:
    return f"/organizations/{organization(here, name).pk}/invitations"


def test_a_seller_invites_the_first_people_of_who_buys_from_it(here: Chain) -> None:
    """R1: just below, and only while nobody there can."""
    who, visitor = insider(here)
    path, email = first_users(here, "cust"), f"boss@{here.ref('cust')}.test"
    assert visitor.post(path, {"email": email, "role": "admin"}).status_code == 303
    assert email in text(visitor.get(path))
    assert who.name not in letter(email).text, "names are read in their own organization only (R2)"
    assert f"Org {here.ref('res')}" in letter(email).text
    new, _ = open_invitation(email)
    new.post("/account/invitation", {"name": "Boss", "password1": PASSWORD, "password2": PASSWORD})
    assert roles(here, "cust")[email] == "admin"
    assert visitor.get(path).status_code == 303, "from now on it is the organization's own business"
    assert visitor.client.post(path, {"email": "more@x.test", "role": "admin"}).status_code in {303, 403}
    assert not models.Invitation.objects.filter(email="more@x.test").exists()


NOT_THERE = """
who      whose  ->  status
dist     cust       404
rival    cust       404
res      dist       404
res      rival      404
"""


@cases(NOT_THERE)
def test_nobody_else_does(here: Chain, who: str, whose: str, status: str) -> None:
    """Nor above, nor beside, nor two below."""
    _, visitor = insider(here, who)
    path = first_users(here, whose)
    assert visitor.get(path).status_code == int(status)
    answer = visitor.post(path, {"email": "x@x.test", "role": "admin"}, of=USERS)
    assert answer.status_code == int(status)


def test_a_customer_has_no_such_page(here: Chain) -> None:
    _, visitor = insider(here, "cust")
    assert visitor.get(first_users(here, "cust")).status_code == 404


def test_an_invitation_and_its_mail_are_one_act(here: Chain) -> None:
    _, visitor = insider(here)
    email = invite(here, visitor)
    assert email in {mail.to for mail in take_mails(most=1000, at=now())}
