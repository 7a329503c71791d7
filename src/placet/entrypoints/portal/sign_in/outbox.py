"""Django's way to send mails, into our outbox: nothing is sent while anybody waits for a page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from placet.actions.mails import post
from placet.domain.mailing import Letter
from placet.domain.words import MailKind


class Outbox(BaseEmailBackend):
    """What allauth writes to people about their signing in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Into the outbox, each for each reader."""
        letters = [letter for message in email_messages for letter in _letters(message)]
        for letter in letters:
            post(letter=letter, at=datetime.now(UTC))
        return len(letters)


def _letters(message: EmailMessage) -> list[Letter]:
    html = next((part.content for part in getattr(message, "alternatives", ())), "")
    return [
        Letter(
            kind=MailKind.SIGN_IN,
            to=parseaddr(to)[1],
            subject=str(message.subject),
            text=str(message.body),
            html=str(html),
        )
        for to in message.recipients()
    ]
