"""Mails that pages have us write, in their reader's language, and the secrets that their links carry."""

import hashlib
import secrets
from typing import Final
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from placet.domain.mailing import Letter
from placet.domain.parties import Party
from placet.domain.words import MailKind
from placet.storage import people
from placet.storage.db import Row

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """What a link carries: known to nobody but its reader."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """What it is kept as. Tokens are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def invitation(organization: UUID, name: str, inviter: str, email: str, token: str) -> Letter:
    """An invitation to act for the organization of this name."""
    link = settings.PUBLIC_URL + reverse("invitation", args=[token])
    context = {"organization": name, "inviter": inviter, "link": link, "address": settings.PUBLIC_URL}
    return _written(MailKind.INVITATION, "portal/mail/invitation", email, context, organization)


def invitation_again(row: Row, by: Party, inviter: str, token: str) -> Letter:
    """The same once more. Names of people are read inside their own organization only."""
    who = inviter if row["organization_id"] == by.id else by.name
    return invitation(row["organization_id"], row["organization"], who, row["email"], token)


def _written(
    kind: MailKind, template: str, email: str, context: dict[str, str], organization: UUID
) -> Letter:
    with translation.override(people.language_of(email) or translation.get_language()):
        return Letter(
            kind=kind,
            to=email,
            subject=render_to_string(f"{template}_subject.txt", context),
            text=render_to_string(f"{template}_message.txt", context),
            html=render_to_string(f"{template}_message.html", context),
            organization=organization,
        )
