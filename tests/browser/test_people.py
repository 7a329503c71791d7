"""People and what lets them in: passwords, second factors, sessions, invitations, roles; and what lets their
programs in and tells them things: API keys, webhooks. Each flow has somebody of its own."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from time import time
from typing import Final
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Locator, Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from tests.browser.conftest import Browse
from tests.browser.looking import DEVICES, Looking, sign_in
from tests.browser.steps import fits, row, told, yes
from tests.browser.world import PASSWORD
from tests.gateways.receivers import Received, Receiver, receiver
from tests.stories.client import until
from tests.stories.server import Server
from tests.stories.worlds import distributor, world

NEW_PASSWORD: Final = "a long enough new one"  # noqa: S105 - of people who are not there
DEEDS: Final = ("factor", "password", "forgets", "sessions", "profile", "keys", "hooks")
LOGIN: Final = re.compile("/account/login")

devices = pytest.mark.parametrize("device", list(DEVICES))


def address(deed: str, device: str) -> str:
    """Whose flow that is on this device."""
    return f"{deed}@{device}.example"


@pytest.fixture(scope="module", autouse=True)
def crew(market: Server) -> None:
    """An organization apart from the market, whose administrators each have one flow."""
    users = [
        {"email": address(deed, device), "name": f"{deed} {device}", "password": PASSWORD, "role": "admin"}
        for deed in DEEDS
        for device in DEVICES
    ]
    market.load(world(distributor("crew", users=users), prices={}))


@pytest.fixture
def partner() -> Iterator[Receiver]:
    """A system that webhooks go to, and that keeps them all."""
    with receiver() as found:
        yield found


# Passwords and second factors ---------------------------------------------------------------


@devices
def test_a_second_factor(stranger: Browse, device: str) -> None:
    """Set up by a real code; then asked for at the sign-in, where a recovery code does too, once."""
    page, who = stranger(device=device), address("factor", device)
    sign_in(page, who)
    secret, codes = set_up_app(page)
    sign_out(page)
    asked_for_code(page, who)
    say_code(page, "000000")
    expect(page.locator("main")).to_contain_text("Incorrect code")
    say_code(page, code(secret, ahead=1))  # the one before was used to turn it on
    expect(page).not_to_have_url(re.compile("/account/"))
    sign_out(page)
    asked_for_code(page, who)
    say_code(page, codes[0])
    expect(page).not_to_have_url(re.compile("/account/"))
    page.goto("/account/second-factor")
    expect(page.locator("main")).to_contain_text("You have 9 recovery codes left")
    sign_out(page)
    asked_for_code(page, who)
    say_code(page, codes[0])
    expect(page.locator("main")).to_contain_text("Incorrect code")


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """The app's secret, and the recovery codes, which are shown once."""
    page.goto("/account/profile")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    fits(page)
    secret = page.locator("main code").inner_text()
    page.get_by_label("Code", exact=True).fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    codes = page.locator("main ul.font-monospace li").all_inner_texts()
    assert len(codes) == 10
    fits(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("On. Signing in also takes a code")
    page.goto("/account/second-factor/codes")
    expect(page.locator("main")).not_to_contain_text(codes[0])
    return secret, codes


def code(secret: str, ahead: int = 0) -> str:
    """As an authenticator app shows it; `ahead` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time()) // 30 + ahead))


def asked_for_code(page: Page, who: str) -> None:
    """Name and password alone lead no further than to the question for a code."""
    sign_in(page, who)
    expect(page).to_have_url(re.compile("/account/second-factor/ask"))


def say_code(page: Page, said: str) -> None:
    page.get_by_label("Code", exact=True).fill(said)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/account/logout")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login")


@devices
def test_another_password(stranger: Browse, device: str) -> None:
    """Wants the present one; ends every other session, and the old one lets nobody in any more."""
    page, elsewhere, who = stranger(device=device), stranger(), address("password", device)
    for each in (page, elsewhere):
        sign_in(each, who)
    page.goto("/account/profile")
    page.get_by_role("link", name="Password").click()
    change_password(page, "wrong")
    expect(page.locator("main")).to_contain_text("not your present password")
    change_password(page, PASSWORD)
    expect(page).to_have_url(re.compile("/account/profile"))
    elsewhere.goto("/account/profile")
    expect(elsewhere).to_have_url(LOGIN)
    refused_password(elsewhere, who, PASSWORD)
    sign_in(elsewhere, who, NEW_PASSWORD)


def change_password(page: Page, present: str) -> None:
    page.get_by_label("Present password").fill(present)
    choose_password(page)


def choose_password(page: Page) -> None:
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password, again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save the password").click()


def refused_password(page: Page, who: str, password: str) -> None:
    """The sign-in stays where it is."""
    page.goto("/account/login")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main")).to_contain_text("not correct")


@devices
def test_a_forgotten_password(stranger: Browse, market: Server, device: str) -> None:
    """The mail's link leads to a new one, once."""
    page, who = stranger(device=device), address("forgets", device)
    page.goto("/account/login")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill(who)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    link = mailed_link(market, who)
    page.goto(link)
    fits(page)
    choose_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The new password is saved")
    refused_password(page, who, PASSWORD)
    sign_in(page, who, NEW_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    again = stranger(device=device)
    again.goto(link)
    expect(again.get_by_role("heading", level=1)).to_have_text("This link does not work any more")


def mailed_link(server: Server, to: str) -> str:
    """The path that a mail to this address leads to; there is one such mail."""

    def come() -> list[str]:
        mails = (
            message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)
            for file in (server.folder / "mail").glob("*.eml")
        )
        bodies = [mail.get_body(("plain",)) for mail in mails if mail["To"] == to]
        texts = [body.get_content() for body in bodies if isinstance(body, EmailMessage)]
        return [link for text in texts for link in re.findall(r"https?://\S+/account/\S+", text)]

    [link] = until(come, f"{to} has a mail")
    return urlsplit(link).path


@devices
def test_ending_a_session_elsewhere(stranger: Browse, device: str) -> None:
    page, elsewhere, who = stranger(device=device), stranger(), address("sessions", device)
    for each in (elsewhere, page):
        sign_in(each, who)
    page.goto("/account/profile")
    page.get_by_role("link", name="Where you are signed in").click()
    expect(page.locator("main li").filter(has_text="This device")).to_have_count(1)
    fits(page)
    page.get_by_role("button", name=re.compile("^End (?!all)")).click()
    told(page, "Signed out there.")
    expect(page.locator("main ul.divide-y li")).to_have_count(1)
    elsewhere.goto("/account/profile")
    expect(elsewhere).to_have_url(LOGIN)
    page.goto("/account/profile")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


# The profile --------------------------------------------------------------------------------


@devices
def test_the_own_language_and_time_zone(stranger: Browse, device: str) -> None:
    """German from the next page on; the same moments by another clock."""
    page = stranger(device=device)
    sign_in(page, address("profile", device))
    before, read = signed_in_at(page)
    page.goto("/account/profile")
    page.get_by_label("Language").select_option("de")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save", exact=True).click()
    told(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihr Konto")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    fits(page)
    after, read_now = signed_in_at(page)
    assert after == before
    assert (before.utcoffset(), after.utcoffset()) == (timedelta(0), timedelta(hours=9))
    assert read != read_now
    page.goto("/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Einstellungen")


def signed_in_at(page: Page) -> tuple[datetime, str]:
    """The moment as the list of sessions has it, and as one reads it there."""
    page.goto("/account/sessions")
    moment = page.locator("main time").first
    return datetime.fromisoformat(moment.get_attribute("datetime") or ""), moment.inner_text()


# Coming and going ---------------------------------------------------------------------------


@devices
def test_somebody_comes_and_goes(looking: Looking, market: Server, device: str) -> None:
    """Invited as a viewer, who may do nothing; approver, and may; viewer again, at once; and gone."""
    admin, page, who = looking.browse("res", device=device), looking.stranger(device), f"new@{device}.example"
    order = market.client("cust").place("guard")
    invite(admin, who)
    accept(page, mailed_link(market, who), f"New of {device}")
    page.goto(f"/orders/{order['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(order["number"])
    expect(acts(page)).to_have_count(0)
    assert forbidden(page, "/settings/users")

    change_role(admin, f"New of {device}", "approver")
    page.goto(f"/approvals/{order['id']}")
    approve = page.locator("main section").get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    change_role(admin, f"New of {device}", "viewer")
    approve.click()
    expect(page.locator("main")).to_contain_text("Not for your role")
    assert market.client("res").read(order)["status"] == order["status"]

    admin.get_by_role("button", name=f"Remove New of {device}").click()
    yes(admin, "Remove")
    told(admin, "may not come in for")
    expect(row(admin, f"New of {device}")).to_have_count(0)
    page.goto("/orders")
    expect(page).to_have_url(LOGIN)
    market.client("cust").act("cancel", order, reason="Asked for nobody.")


def invite(admin: Page, who: str) -> None:
    admin.goto("/settings/users")
    admin.get_by_role("button", name="Invite somebody").click()
    dialog = admin.locator("dialog#invite")
    dialog.get_by_label("E-mail").fill(who)
    dialog.get_by_label("Role").select_option("viewer")
    dialog.get_by_role("button", name="Send the invitation").click()
    told(admin, f"An invitation is on its way to {who}.")
    expect(row(admin, who)).to_contain_text("Viewer")


def accept(page: Page, link: str, name: str) -> None:
    """As somebody who was not here before; that is signed in by it, and the link has done its work."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Org res invites you")
    fits(page)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Password, again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Accept and sign in").click()
    expect(page).not_to_have_url(re.compile("/account/"))
    page.goto("/account/profile")
    expect(page.get_by_label("Name")).to_have_value(name)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This invitation does not work any more")


def acts(page: Page) -> Locator:
    """Whatever changes something."""
    return page.locator("main form[method=post]")


def forbidden(page: Page, path: str) -> bool:
    answer = page.goto(path)
    return answer is not None and answer.status == 403


def change_role(admin: Page, name: str, role: str) -> None:
    admin.goto("/settings/users")
    admin.get_by_label(f"Role of {name}").select_option(role)
    admin.get_by_role("button", name=f"Change {name}").click()
    told(admin, f"{name}: {role.title()} from now on.")


# Programs -----------------------------------------------------------------------------------


@devices
def test_an_api_key(stranger: Browse, market: Server, device: str) -> None:
    """Shown once, works at once, and no more once it is revoked."""
    page = stranger(device=device)
    sign_in(page, address("keys", device))
    page.goto("/settings/api-keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.locator("dialog#new-key")
    dialog.get_by_label("Name").fill(f"Books {device}")
    dialog.get_by_label("Role").select_option("finance")
    dialog.get_by_role("button", name="Make the key").click()
    key = shown_once(page)
    expect(row(page, f"Books {device}")).to_contain_text(key[-4:])
    program = market.client_with(key)
    me = program.get("/me")
    assert (me["organization"]["ref"], me["role"]) == ("crew", "finance")
    page.get_by_role("button", name=f"Revoke Books {device}").click()
    yes(page, "Revoke")
    told(page, "it opens nothing any more")
    expect(row(page, f"Books {device}")).to_have_count(0)
    assert program.refused("GET", "/me")["status"] == 401


def shown_once(page: Page) -> str:
    """A secret that stands there now, and not when the page is opened again."""
    shown = page.locator("main .note code")
    expect(shown).to_be_visible()
    fits(page)
    secret = shown.inner_text()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(secret)
    return secret


@devices
def test_a_webhook(stranger: Browse, partner: Receiver, device: str) -> None:
    """Added, tried, paused, gone on with, signed by another secret alone, removed."""
    page, url = stranger(device=device), partner.url("/status/200")
    sign_in(page, address("hooks", device))
    old = add_endpoint(page, url, "order.placed", "invoice.created")
    page.get_by_role("link", name=url).click()
    assert signed_by(old, ping(page, partner))
    press(page, "Pause", "Paused.")
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    new = make_secret(page)
    last = ping(page, partner)
    assert (signed_by(old, last), signed_by(new, last)) == (False, True)
    expect(page.locator("main tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Remove").click()
    yes(page, "Remove")
    told(page, "The endpoint is removed.")
    expect(page.get_by_role("link", name=url)).to_have_count(0)


def add_endpoint(page: Page, url: str, *events: str) -> str:
    """Told of these events and no others; its secret."""
    page.goto("/settings/webhooks")
    page.get_by_role("button", name="Add endpoint").click()
    dialog = page.locator("dialog#new-endpoint")
    dialog.get_by_label("Address").fill(url)
    for event in events:
        dialog.get_by_label(event, exact=True).check()
    dialog.get_by_role("button", name="Add endpoint").click()
    told(page, "The endpoint is added.")
    expect(row(page, url)).to_contain_text(f"{len(events)} events")
    return shown_once(page)


def make_secret(page: Page) -> str:
    """The new one; the one before ends at once."""
    page.get_by_role("button", name="New secret").click()
    dialog = page.locator("dialog#rotate-secret")
    dialog.get_by_label("The present secret").select_option("0")
    dialog.get_by_role("button", name="Make the secret").click()
    told(page, "There is a new secret.")
    return shown_once(page)


def press(page: Page, button: str, words: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    told(page, words)


def ping(page: Page, partner: Receiver) -> Received:
    """A test, as it came in; its answer soon stands on the page."""
    before = len(partner.received)
    press(page, "Send a test", "A test is on its way.")
    [came] = until(lambda: partner.received[before:], "the test is there")
    delivered(page)
    return came


def delivered(page: Page) -> None:
    """All that was sent has its answer."""

    def all_there() -> bool:
        page.reload()
        rows = page.locator("main tbody tr")
        expect(rows.first).to_contain_text("ping")
        return rows.filter(has_text="Delivered").count() == rows.count()

    until(all_there, "it is delivered")


def signed_by(secret: str, came: Received) -> bool:
    try:
        Webhook(secret).verify(came.body, came.headers)
    except WebhookVerificationError:
        return False
    return True
