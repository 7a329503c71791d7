"""Who may be signed in, each time somebody is."""

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from placet.storage import people


class People(AuthenticationBackend):
    """Password, and whether there is anybody to act for: who is deactivated, or belongs to nobody but blocked
    organizations, is not signed in (spec §1), also where a session says so."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:  # type: ignore[override]
        """Asked once the password was right."""
        return user is not None and people.may_sign_in(user.pk)

    def get_user(self, user_id: UUID) -> AbstractBaseUser | None:  # type: ignore[override]
        """Of every request with a session: one query."""
        return people.signed_in(user_id)
