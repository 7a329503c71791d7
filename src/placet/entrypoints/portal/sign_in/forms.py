"""allauth's forms, drawn as ours."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

from placet.entrypoints.portal.frame.forms import Form


class _Ours(Form):
    """Labels say what a field is for, placeholders only repeat it."""

    words: ClassVar[Mapping[str, tuple[Any, Any]]] = {}
    """Label and hint of each field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label, field.help_text = self.words.get(name, (field.label, ""))


AT_LEAST = _("At least 10 characters; not a common password, nor your name or address.")
NEW_PASSWORD = {"password1": (_("New password"), AT_LEAST), "password2": (_("New password, again"), "")}
SIGN_IN = {
    "login": (_("E-mail"), ""),
    "password": (_("Password"), ""),
    "remember": (_("Stay signed in on this device for two weeks"), ""),
}
CHANGE = {"oldpassword": (_("Present password"), ""), **NEW_PASSWORD}
EMAIL = {"email": (_("E-mail"), "")}
PASSWORD = {"password": (_("Password"), "")}
FIRST_CODE = {"code": (_("Code"), _("The six digits that the app shows now."))}


class SignIn(_Ours, account.LoginForm):
    """E-mail and password."""

    words = SIGN_IN


class ChangePassword(_Ours, account.ChangePasswordForm):
    """The present password, and a new one."""

    words = CHANGE


class SetPassword(_Ours, account.SetPasswordForm):
    """A first password, where none was needed so far."""

    words = NEW_PASSWORD


class ForgottenPassword(_Ours, account.ResetPasswordForm):
    """Where to send a link to."""

    words = EMAIL


class PasswordByLink(_Ours, account.ResetPasswordKeyForm):
    """A new password, by the link."""

    words = NEW_PASSWORD


class PasswordAgain(_Ours, account.ReauthenticateForm):
    """Before something that a stolen session should not be able to do."""

    words = PASSWORD


CODE = {"code": (_("Code"), _("Six digits from your authenticator app, or a recovery code."))}


class _Code(_Ours):
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class Code(_Code, second_factor.AuthenticateForm):
    """The second factor."""

    words = CODE


class CodeAgain(_Code, second_factor.ReauthenticateForm):
    """The second factor, before something that a stolen session should not be able to do."""

    words = CODE


class AddApp(_Code, totp.ActivateTOTPForm):
    """The first code of a new authenticator app."""

    words = FIRST_CODE


class RemoveApp(_Ours, totp.DeactivateTOTPForm):
    """A button."""


class NewCodes(_Ours, recovery_codes.GenerateRecoveryCodesForm):
    """A button."""
