"""Where allauth asks us."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathImage
from qrcode.main import make as qr_code

from placet.actions.invitations import accept_as_verified
from placet.storage import people, sealing

LONGEST_NAME: Final = 200


ONCE: Final = _("Incorrect code. Each counts only once, those of an app for half a minute.")


class Accounts(DefaultAccountAdapter):
    """Nobody signs up; links begin with the public address, and lead nowhere else."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("You were deactivated. An administrator of your organization can change that."),
        "email_password_mismatch": _("E-mail address or password is not correct."),
        "enter_current_password": _("That is not your present password."),
        "incorrect_code": ONCE,
        "incorrect_password": _("That is not your password."),
        "invalid_password_reset": _("This link was used before, or is too old. Please ask for a new one."),
        "rate_limited": _("That was a bit fast. Please wait a moment and try again."),
        "same_as_current": _("That is what it is already."),
        "too_many_login_attempts": _("Too many tries. Please wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's
        """People come by invitation."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether to go on there after signing in: only where we are."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **rest: Any) -> HttpResponse | None:  # noqa: ANN401
        """Whichever way somebody comes in: not where everything is closed (spec §1)."""
        if people.may_sign_in(user.pk):
            return super().pre_login(request, user, **rest)
        clear_login(request)
        return self.respond_user_inactive(request, user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """What the mail leads to."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", quote(key))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's
        """Back to the profile."""
        return reverse("profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of whom it goes to."""
        told = context | {"address": settings.PUBLIC_URL}
        with translation.override(people.language_of(email) or translation.get_language()):
            super().send_mail(template_prefix, email, told)


class SecondFactors(DefaultMFAAdapter):
    """What a second factor is made of is sealed before it is stored."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": ONCE}

    def encrypt(self, text: str) -> str:
        """As it is stored."""
        return sealing.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Something new, which no code fits, where the key of the seal is gone: of nothing anybody could make
        the codes."""
        return sealing.opened(encrypted_text) or generate_totp_secret()

    def build_totp_svg(self, url: str) -> str:
        """The QR code, to stand in the page itself."""
        drawn = qr_code(url, image_factory=SvgPathImage, border=2)  # type: ignore[no-untyped-call]
        svg: str = drawn.to_string(encoding="unicode")
        return svg


class SingleSignOn(DefaultSocialAccountAdapter):
    """The provider vouches for an e-mail address; whose that is, is known here already."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds the person by the verified address, every time anew: nothing is kept of the provider's. Who
        was invited and is new becomes somebody by it."""
        login = sociallogin.state.get("process") in {None, "", AuthProcess.LOGIN}
        person = _person(sociallogin) if login and _of_one(sociallogin) else None
        if person is None:
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html", status=403))
        sociallogin.user = person

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - allauth's
        """People come by invitation."""
        return False


def _person(login: SocialLogin) -> AbstractBaseUser | None:
    address = _verified_address(login)
    known = people.by_email(address)
    if known is not None or not address:
        return known
    name, password = str(_said(login).get("name") or ""), make_password(None)
    accept_as_verified(email=address, name=name[:LONGEST_NAME], password=password, at=datetime.now(UTC))
    return people.by_email(address)


def _said(login: SocialLogin) -> dict[str, Any]:
    parts: dict[str, Any] = login.account.extra_data
    return parts.get("userinfo") or parts.get("id_token") or {}


def _verified_address(login: SocialLogin) -> str:
    verified = (each.email for each in login.email_addresses if each.verified is True)
    return next(verified, "").lower()


def _of_one(login: SocialLogin) -> bool:
    """What was said beside the signed word (`userinfo`) must be about the same person."""
    said = login.account.extra_data
    subjects = {said[part].get("sub") for part in ("id_token", "userinfo") if said.get(part)}
    return bool(said.get("id_token")) and len(subjects) == 1
