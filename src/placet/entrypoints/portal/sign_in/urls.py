"""The addresses of signing in. What allauth has more of is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as single_sign_on
from allauth.usersessions import views as sessions
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, path, re_path
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache

from placet.entrypoints.portal.frame.caller import caller_of
from placet.entrypoints.portal.sign_in import openid


def _ours(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """In the person's own language, to the last word, and by its own clock; kept by no browser."""

    @never_cache
    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        language = getattr(request.user, "language", "") or translation.get_language()
        caller = caller_of(request)
        zone = ZoneInfo(caller.time_zone) if caller else None
        with translation.override(language), timezone.override(zone):
            answer = view(request, *args, **kwargs)
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

    return told


def _at(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return path(f"account/{address}", _ours(view), name=name)


urls = [
    _at("login", account.login, "account_login"),
    _at("logout", account.logout, "account_logout"),
    _at("inactive", account.account_inactive, "account_inactive"),
    _at("reauthenticate", account.reauthenticate, "account_reauthenticate"),
    _at("password", account.password_change, "account_change_password"),
    _at("password/set", account.password_set, "account_set_password"),
    _at("password/reset", account.password_reset, "account_reset_password"),
    _at("password/reset/sent", account.password_reset_done, "account_reset_password_done"),
    _at(
        "password/reset/done",
        account.password_reset_from_key_done,
        "account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        _ours(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    _at("second-factor", second_factor.index, "mfa_index"),
    _at("second-factor/ask", second_factor.authenticate, "mfa_authenticate"),
    _at("second-factor/again", second_factor.reauthenticate, "mfa_reauthenticate"),
    _at("second-factor/app", totp.activate_totp, "mfa_activate_totp"),
    _at("second-factor/app/remove", totp.deactivate_totp, "mfa_deactivate_totp"),
    _at("second-factor/codes", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    _at("second-factor/codes/new", recovery_codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _at("sessions", sessions.list_usersessions, "usersessions_list"),
    _at("sso/cancelled", single_sign_on.login_cancelled, "socialaccount_login_cancelled"),
    _at("sso/<str:provider_id>/login", openid.login, "openid_connect_login"),
    _at("sso/<str:provider_id>/callback", openid.callback, "openid_connect_callback"),
]
