"""Signing in by password and second factor, staying in, and getting out again (spec §1)."""

import hmac
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha1

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.urls import get_resolver
from django.utils.timezone import now
from pytest_django.fixtures import Settings

from placet.actions.choose_gateway import reseal_keys
from placet.storage import models, sealing
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.visitors import PASSWORD, Visitor, person, text

pytestmark = pytest.mark.usefixtures("committed", "outbox")


@pytest.fixture
def here() -> Chain:
    return chain()


def set_status(here: Chain, name: str, status: str) -> None:
    models.Organization.objects.filter(ref=here.ref(name)).update(status=status)


# Coming in ----------------------------------------------------------------------------------


def test_who_knows_the_password_comes_in(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    assert not visitor.is_in()
    answer = visitor.sign_in(who.email.upper())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert visitor.is_in()
    who.refresh_from_db()
    assert who.last_login is not None


def test_a_world_files_people_come_in_by_its_passwords() -> None:
    from tests.api.callers import load, unique
    from tests.stories.worlds import distributor, world

    ref = unique("file")
    users = [{"email": f"Ann@{ref}.test", "name": "Ann", "password": "demo", "role": "admin"}]
    load(world(distributor(ref, users=users), prices={}))
    visitor = Visitor()
    assert visitor.sign_in(f"ann@{ref}.test", "demo").status_code == 302
    assert visitor.is_in()


def test_a_wrong_password_and_nobody_read_the_same(here: Chain) -> None:
    who = person(here.ref("res"))
    answers = [Visitor().sign_in(email, "wrong") for email in (who.email, "nobody@nowhere.test")]
    said = [text(answer).replace(who.email, "").replace("nobody@nowhere.test", "") for answer in answers]
    assert said[0] == said[1]
    assert "not correct" in said[0]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_without_the_forms_token_nothing_is_done(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    answer = visitor.client.post("/account/login", {"login": who.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert not visitor.is_in()


def test_a_session_that_somebody_else_chose_is_not_taken_over(here: Chain) -> None:
    """Session fixation: whoever knew the visitor's session before, does not know it after."""
    who, visitor, attacker = person(here.ref("res")), Visitor(), Visitor()
    attacker.get("/account/invitation/none")  # makes a session
    fixed = attacker.client.cookies["placet_session"].value
    visitor.client.cookies["placet_session"] = fixed
    visitor.sign_in(who.email)
    assert visitor.client.cookies["placet_session"].value != fixed
    assert visitor.is_in()
    assert not attacker.is_in()


WAYS_ON = """
to                                  ->  goes_to
/settings/users                         /settings/users
/orders?q=a                             /orders?q=a
https://evil.example/                   /
//evil.example/                         /
/\\evil.example                         /
http://localhost:9999/                  /
javascript:alert(1)                     /
"""


@cases(WAYS_ON)
def test_signing_in_leads_nowhere_else(here: Chain, to: str, goes_to: str) -> None:
    who = person(here.ref("res"))
    assert Visitor().sign_in(who.email, to=to).headers["Location"] == goes_to


def test_a_page_asks_to_sign_in_and_goes_on_there(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    asked = visitor.get("/settings/users?q=x")
    assert asked.headers["Location"] == "/account/login?next=/settings/users%3Fq%3Dx"
    form = visitor.get(asked.headers["Location"]).content.decode()
    assert 'name="next" value="/settings/users?q=x"' in form
    assert visitor.sign_in(who.email, to="/settings/users?q=x").headers["Location"] == "/settings/users?q=x"


# Who does not -------------------------------------------------------------------------------


def test_of_a_blocked_organization_nobody_comes_in(here: Chain) -> None:
    """Spec §1. Who works for another one too still does, for that one."""
    one, both = person(here.ref("res")), person(here.ref("res"))
    other = models.Organization.objects.get(ref=here.ref("dist"))
    models.Membership.objects.create(user=both, organization=other, role="viewer")
    inside = Visitor()
    inside.sign_in(one.email)
    assert inside.is_in()
    set_status(here, "res", "blocked")
    assert not inside.is_in(), "a session that was open opens nothing"
    refused = Visitor().sign_in(one.email)
    assert refused.headers["Location"] == "/account/inactive"
    assert "cannot sign in at present" in text(Visitor().get("/account/inactive"))
    visitor = Visitor()
    visitor.sign_in(both.email)
    assert f"Org {here.ref('dist')}" in text(visitor.get("/account/profile"))
    assert f"Org {here.ref('res')}" not in text(visitor.get("/account/profile"))


def test_who_is_deactivated_stays_out(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    models.User.objects.filter(pk=who.pk).update(is_active=False)
    assert not visitor.is_in()
    assert Visitor().sign_in(who.email).headers["Location"] == "/account/inactive"
    assert "not correct" in text(Visitor().sign_in(who.email, "wrong")), "only the password tells"


def test_who_was_removed_is_out_at_once(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    models.Membership.objects.filter(user=who).delete()
    assert not visitor.is_in()
    assert visitor.get("/settings").headers["Location"].startswith("/account/login")
    assert visitor.get("/account/login").status_code == 200, "and reads a form there, not a circle"


def test_nobody_signs_up() -> None:
    for path in ("/account/signup", "/account/signup/", "/account/email", "/account/login/code", "/account/"):
        assert Visitor().get(path).status_code == 404, path


def test_every_address_of_signing_in_is_meant() -> None:
    """What allauth might add one day is not there before we say so."""
    names = {
        key
        for key in get_resolver().reverse_dict
        if isinstance(key, str)
        and key.startswith(("account_", "mfa_", "socialaccount", "openid", "usersess"))
    }
    assert names == {
        *("account_login", "account_logout", "account_inactive", "account_reauthenticate"),
        *("account_change_password", "account_set_password", "account_reset_password"),
        *("account_reset_password_done", "account_reset_password_from_key"),
        *("account_reset_password_from_key_done", "usersessions_list", "mfa_index", "mfa_authenticate"),
        *("mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
        *("mfa_generate_recovery_codes", "socialaccount_login_cancelled"),
        *("openid_connect_login", "openid_connect_callback"),
    }


# Trying too often ---------------------------------------------------------------------------


def test_guessing_ends_soon(here: Chain) -> None:
    """Five wrong ones for one address, wherever they come from; then the right one is not looked at."""
    who = person(here.ref("res"))
    for _ in range(5):
        assert "not correct" in text(Visitor().sign_in(who.email, "wrong"))
    late = Visitor()
    assert "Too many" in text(late.sign_in(who.email))
    assert not late.is_in()
    assert Visitor().sign_in(person(here.ref("res")).email).status_code == 302, "others are not kept out"


def test_guessing_all_at_once_helps_nothing(here: Chain) -> None:
    """Counted over all processes and threads: twelve at a time are not twelve guesses."""
    who = person(here.ref("res"))

    def guess(_: int) -> str:
        try:
            return text(Visitor().sign_in(who.email, "wrong"))
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(guess, range(12)))
    assert sum("not correct" in words for words in said) <= 5


def test_one_address_does_not_try_them_all() -> None:
    visitor = Visitor()
    said = [text(visitor.sign_in(f"guess{n}@nowhere.test", "wrong")) for n in range(31)]
    assert "not correct" in said[29]
    assert "Too many" in said[30]


# Staying in ---------------------------------------------------------------------------------


def test_a_session_ends_with_the_browser_unless_it_is_wanted(here: Chain) -> None:
    who = person(here.ref("res"))
    short, long = Visitor(), Visitor()
    short.sign_in(who.email)
    assert short.client.cookies["placet_session"]["max-age"] == ""
    long.post("/account/login", {"login": who.email, "password": PASSWORD, "remember": "on"})
    assert long.client.cookies["placet_session"]["max-age"] == 14 * 24 * 3600
    assert long.client.cookies["placet_session"]["httponly"]
    assert long.client.cookies["placet_session"]["samesite"] == "Lax"


def test_signing_out_ends_the_session_itself(here: Chain) -> None:
    who, visitor, thief = person(here.ref("res")), Visitor(), Visitor()
    visitor.sign_in(who.email)
    thief.client.cookies["placet_session"] = visitor.client.cookies["placet_session"].value
    assert thief.is_in()
    visitor.get("/account/logout")
    assert visitor.is_in(), "a link does not sign anybody out"
    assert visitor.post("/account/logout").headers["Location"] == "/account/login"
    assert not visitor.is_in()
    assert not thief.is_in()


def test_other_sessions_are_listed_and_ended(here: Chain) -> None:
    who = person(here.ref("res"))
    first, second, third = Visitor(), Visitor(), Visitor()
    for each in (first, second, third):
        each.sign_in(who.email)
    listed = first.get("/account/sessions")
    assert [each.address in text(listed) for each in (first, second, third)] == [True] * 3
    assert text(listed).count("This device") == 1
    ids = re.findall(r"/account/sessions/(\d+)/end", listed.content.decode())
    assert len(ids) == 2
    stranger = Visitor()
    stranger.sign_in(person(here.ref("res")).email)
    assert stranger.post(f"/account/sessions/{ids[0]}/end", of="/account/profile").status_code == 404
    assert second.is_in()
    assert first.post(f"/account/sessions/{ids[0]}/end", of="/account/sessions").status_code == 303
    assert [second.is_in(), third.is_in()].count(True) == 1
    first.post("/account/sessions")
    assert [first.is_in(), second.is_in(), third.is_in()] == [True, False, False]


def test_another_password_ends_the_other_sessions(here: Chain) -> None:
    who, visitor, other = person(here.ref("res")), Visitor(), Visitor()
    for each in (visitor, other):
        each.sign_in(who.email)
    new = "a long enough new one"
    said = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert "not your present password" in text(
        visitor.post("/account/password", said | {"oldpassword": "wrong"})
    )
    assert other.is_in()
    assert visitor.post("/account/password", said).headers["Location"] == "/account/profile"
    assert visitor.is_in()
    assert not other.is_in()
    assert "not correct" in text(Visitor().sign_in(who.email))
    assert Visitor().sign_in(who.email, new).status_code == 302


WEAK = """
password        ->  says
short               too short
password123456      too common
12345678901         too common
"""


@cases(WEAK)
def test_a_weak_password_is_refused_beside_its_field(here: Chain, password: str, says: str) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    said = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert says in text(visitor.post("/account/password", said))


# A forgotten password -----------------------------------------------------------------------


def mails_to(email: str) -> list[models.Mail]:
    return list(models.Mail.objects.filter(to=email).order_by("id"))


def link_in(mail: models.Mail) -> str:
    found = re.search(r"http://testserver(\S+)", mail.text)
    assert found, mail.text
    return found[1]


def test_a_forgotten_password_is_chosen_anew_by_mail(here: Chain) -> None:
    who, visitor, inside = person(here.ref("res")), Visitor(), Visitor()
    inside.sign_in(who.email)
    visitor.post("/account/password/reset", {"email": who.email})
    [mail] = mails_to(who.email)
    assert (mail.kind, mail.subject) == ("sign_in", "Choose a new password")
    assert "<html" in mail.html
    assert link_in(mail) in mail.html
    form = visitor.get(link_in(mail)).headers["Location"]
    assert link_in(mail).rpartition("-")[2] not in form, "the address that stays has no secret in it"
    new = "a long enough new one"
    done = visitor.post(form, {"password1": new, "password2": new})
    assert done.headers["Location"] == "/account/password/reset/done"
    assert not inside.is_in()
    assert Visitor().sign_in(who.email, new).status_code == 302
    assert "does not work any more" in text(visitor.get(link_in(mail))), "once"
    assert [each.subject for each in mails_to(who.email)][1:] == ["Your password was changed"]


def test_asking_for_it_tells_nothing(here: Chain) -> None:
    who = person(here.ref("res"))
    answers = [
        Visitor().post("/account/password/reset", {"email": email}).headers["Location"]
        for email in (who.email, "nobody@nowhere.test")
    ]
    assert answers[0] == answers[1] == "/account/password/reset/sent"
    assert mails_to("nobody@nowhere.test") == []


def test_nobodys_mailbox_is_filled_with_it(here: Chain) -> None:
    who = person(here.ref("res"))
    statuses = [Visitor().post("/account/password/reset", {"email": who.email}).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(mails_to(who.email)) == 5


# The second factor --------------------------------------------------------------------------


def code(secret: str, ahead: int = 0) -> str:
    """As an authenticator app shows it."""
    return format_hotp_value(hotp_value(secret, int(now().timestamp()) // 30 + ahead))


def with_second_factor(here: Chain) -> tuple[models.User, str, list[str]]:
    """Somebody who set it up: the secret of the app, and the recovery codes."""
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    asked = visitor.get("/account/second-factor/app").headers["Location"]
    assert asked == "/account/reauthenticate?next=%2Faccount%2Fsecond-factor%2Fapp"
    visitor.post(asked, {"password": PASSWORD, "next": "/account/second-factor/app"})
    page = visitor.get("/account/second-factor/app").content.decode()
    assert "<svg" in page
    secret = re.search(r'<code class="user-select-all">(\w+)</code>', page)
    assert secret
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    said = {"csrfmiddlewaretoken": token[1], "code": code(secret[1], -1)}
    on = visitor.client.post("/account/second-factor/app", said)
    assert on.headers["Location"] == "/account/second-factor/codes"
    codes = re.findall(r"<li>(\w+)</li>", visitor.get("/account/second-factor/codes").content.decode())
    assert len(codes) == 10
    again = visitor.get("/account/second-factor/codes").content.decode()
    assert not any(each in again for each in codes), "shown once"
    return who, secret[1], codes


def test_a_second_factor_is_asked_for(here: Chain) -> None:
    who, secret, codes = with_second_factor(here)
    visitor = Visitor()
    assert visitor.sign_in(who.email).headers["Location"] == "/account/second-factor/ask"
    assert not visitor.is_in(), "the password alone is not enough"
    wrong = visitor.post("/account/second-factor/ask", {"code": "000000"})
    assert "Incorrect code" in text(wrong)
    assert visitor.post("/account/second-factor/ask", {"code": code(secret)}).headers["Location"] == "/"
    assert visitor.is_in()
    second = Visitor()
    second.sign_in(who.email)
    assert "Incorrect code" in text(second.post("/account/second-factor/ask", {"code": code(secret)})), "once"
    assert second.post("/account/second-factor/ask", {"code": codes[0]}).status_code == 302
    third = Visitor()
    third.sign_in(who.email)
    assert "Incorrect code" in text(third.post("/account/second-factor/ask", {"code": codes[0]})), "once"


def test_codes_are_not_guessed(here: Chain) -> None:
    who, secret, _ = with_second_factor(here)
    for n in range(5):
        visitor = Visitor()
        visitor.sign_in(who.email)
        visitor.post("/account/second-factor/ask", {"code": f"{n:06}"})
    visitor = Visitor()
    visitor.sign_in(who.email)
    assert "Too many" in text(visitor.post("/account/second-factor/ask", {"code": code(secret)}))
    assert not visitor.is_in()


def test_its_secret_is_sealed(here: Chain) -> None:
    who, secret, _ = with_second_factor(here)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(data::text, ' ') FROM mfa_authenticator WHERE user_id = %s", [who.pk]
        )
        [kept] = cursor.fetchone()
    assert secret not in kept


def test_it_outlives_a_change_of_the_secret_key(here: Chain, settings: Settings) -> None:
    """Sealed under the old key; once resealed, it opens without it."""
    who, secret, codes = with_second_factor(here)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the next key", [settings.SECRET_KEY]
    reseal_keys()
    settings.SECRET_KEY_FALLBACKS = []
    try:
        for said in (code(secret), codes[0]):
            visitor = Visitor()
            visitor.sign_in(who.email)
            assert visitor.post("/account/second-factor/ask", {"code": said}).status_code == 302
    finally:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "for tests", ["the next key"]
        reseal_keys()


def test_without_the_key_of_its_seal_nobody_comes_in(here: Chain, settings: Settings) -> None:
    """Neither by the right code nor by one that is made of nothing."""
    who, secret, codes = with_second_factor(here)
    kept = Authenticator.objects.get(user=who, type="recovery_codes")
    assert codes[0] == recovery_code_of(sealing.opened(kept.data["seed"]) or ""), "that is how they are made"
    settings.SECRET_KEY = "a key of somebody who lost the one before"  # noqa: S105 - of a test
    for said in (code(secret), code(""), codes[0], recovery_code_of("")):
        visitor = Visitor()
        visitor.sign_in(who.email)
        assert "Incorrect code" in text(visitor.post("/account/second-factor/ask", {"code": said}))
        assert not visitor.is_in()


def recovery_code_of(seed: str) -> str:
    """The first recovery code that this seed makes: its HMAC's first four bytes."""
    first = hmac.new(seed.encode(), b"  0,", sha1).digest()[:4]
    return str(int.from_bytes(first, "big") % 10**8).zfill(8)


def test_a_reset_does_not_go_round_it(here: Chain) -> None:
    who, _, _ = with_second_factor(here)
    visitor = Visitor()
    visitor.post("/account/password/reset", {"email": who.email})
    form = visitor.get(link_in(mails_to(who.email)[-1])).headers["Location"]
    new = "a long enough new one"
    visitor.post(form, {"password1": new, "password2": new})
    assert not visitor.is_in()
    assert visitor.sign_in(who.email, new).headers["Location"] == "/account/second-factor/ask"


# The account --------------------------------------------------------------------------------


def test_the_profile_says_language_and_time_zone(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    said = {"name": "Zoë", "language": "de", "time_zone": "Europe/Riga"}
    assert visitor.post("/account/profile", said).status_code == 303
    who.refresh_from_db()
    assert (who.name, who.language, who.time_zone) == ("Zoë", "de", "Europe/Riga")
    assert '<html lang="de">' in visitor.get("/account/profile").content.decode()
    assert '<html lang="de">' in visitor.get("/account/sessions").content.decode()
    wrong = visitor.post("/account/profile", {"name": "", "language": "xx", "time_zone": "Mars/Base"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count("pl-error") == 3


def test_who_works_for_two_switches(here: Chain) -> None:
    who, visitor = person(here.ref("res")), Visitor()
    dist, far = (models.Organization.objects.get(ref=here.ref(name)) for name in ("dist", "far"))
    models.Membership.objects.create(user=who, organization=dist, role="viewer")
    visitor.sign_in(who.email)
    switched = visitor.post("/account/organization", {"organization": str(dist.id)}, of="/account/profile")
    assert (switched.status_code, switched.headers["Location"]) == (303, "/")
    assert f"Org {here.ref('dist')}" in visitor.get("/settings").content.decode()
    assert visitor.get("/settings/users").status_code == 403, "a viewer there"
    foreign = visitor.post("/account/organization", {"organization": str(far.id)}, of="/account/profile")
    assert foreign.status_code == 404
    models.Membership.objects.filter(user=who, organization=dist).delete()
    assert visitor.get("/settings/users").status_code == 200, "back to the one that is left"


def test_the_api_asks_sessions_nothing(here: Chain, django_assert_num_queries: object) -> None:
    """A signed-in browser's cookie costs the API no query and opens nothing there."""
    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert visitor.get("/api/v1/me").status_code == 401


def test_old_sessions_and_counts_are_swept(here: Chain) -> None:
    from placet.actions.people import forget_visits

    who, visitor = person(here.ref("res")), Visitor()
    visitor.sign_in(who.email)
    forget_visits(now())
    assert visitor.is_in()
    forget_visits(now() + timedelta(days=15))
    assert not visitor.is_in()
