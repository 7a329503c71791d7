"""Mails (R93): by SMTP, or into a folder where none is set up. Whatever comes of one is an answer."""

import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formataddr, formatdate, parseaddr
from pathlib import Path
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)
from typing import Final, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import structlog

from placet.domain.mailing import Outgoing, Posted

log = structlog.get_logger()

PATIENCE: Final = 20
"""Seconds that a mail server may take for each of its answers."""
FOR_GOOD: Final = 500
"""From this reply code on, the same again would be answered the same."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+")
FAILURES: Final = (SMTPException, OSError, ValueError, MessageError)
LONGEST_ERROR: Final = 300


class Sender(Protocol):
    """Sends mails."""

    def post(self, mails: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Posted]]:
        """Each with what came of it, as soon as that is known. Raises nothing for what servers, networks or
        addresses do."""
        ...


def sender(url: str, folder: Path, from_: str) -> Sender:
    """By `smtp://` or `smtps://`; into the folder where the address is empty."""
    return Smtp(urlsplit(url), from_) if url else Folder(folder, from_)


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server, to which a connection is made for each batch. What smtp:// offers of TLS is taken, and a
    password never goes over an open line."""

    url: SplitResult = field(repr=False)
    from_: str

    def post(self, mails: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Posted]]:
        """One after the other, over one connection while it lasts."""
        if not mails:
            return
        try:
            server = self._connected()
        except FAILURES as error:
            yield from ((mail, Posted("retry", _words(error))) for mail in mails)
            return
        for mail in mails:
            yield mail, self._posted(server, mail)
        with suppress(*FAILURES):
            server.quit()

    def _connected(self) -> SMTP:
        server = self._reached()
        try:
            self._introduced(server)
        except BaseException:
            server.close()
            raise
        return server

    def _reached(self) -> SMTP:
        host, port = self.url.hostname or "", self.url.port
        if self.url.scheme == "smtps":
            return SMTP_SSL(host, port or 465, timeout=PATIENCE, context=ssl.create_default_context())
        return SMTP(host, port or 587, timeout=PATIENCE)

    def _introduced(self, server: SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        secure = self.url.scheme == "smtps"
        if not secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            secure = True
        if not self.url.username:
            return
        if not secure and self.url.hostname not in LOOPBACK:
            raise ValueError("The mail server offers no TLS, so the password is not sent to it.")
        server.login(unquote(self.url.username), unquote(self.url.password or ""))

    def _posted(self, server: SMTP, mail: Outgoing) -> Posted:
        try:
            server.send_message(message(mail, self.from_))
        except SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return _answered(server, code, said)
        except SMTPDataError as error:
            return _answered(server, error.smtp_code, error.smtp_error)
        except (ValueError, MessageError) as error:  # no such address can be
            return Posted("refused", _words(error))
        except FAILURES as error:
            return Posted("retry", _words(error))
        return Posted("sent")


def _answered(server: SMTP, code: int, said: bytes | str) -> Posted:
    with suppress(*FAILURES):
        server.rset()
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return Posted("refused" if code >= FOR_GOOD else "retry", f"{code} {text}"[:LONGEST_ERROR])


def _words(error: Exception) -> str:
    if isinstance(error, SMTPServerDisconnected):
        return "The mail server broke off."
    return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]


@dataclass(frozen=True, slots=True)
class Folder:
    """Where mails lie as files that only we may read, for who has no mail server."""

    folder: Path
    from_: str

    def post(self, mails: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Posted]]:
        """A file each. The log says to whom and about what, never what opens a door."""
        for mail in mails:
            yield mail, self._written(mail)

    def _written(self, mail: Outgoing) -> Posted:
        path = self.folder / f"{mail.id}.eml"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(message(mail, self.from_).as_bytes(policy=WIRE))
        except (ValueError, MessageError) as error:
            return Posted("refused", _words(error))
        except OSError as error:
            return Posted("retry", _words(error))
        log.info("mail.written", to=mail.to, subject=mail.subject, file=str(path))
        return Posted("sent")


def message(mail: Outgoing, from_: str) -> EmailMessage:
    """The mail as it goes out: as text, and as HTML where there is any.

    Raises:
        ValueError: it can go to no such address.
    """
    told = EmailMessage(policy=WIRE)
    told["From"], told["To"], told["Subject"] = (
        _sender(mail, from_),
        _one_address(mail.to),
        _literal(mail.subject),
    )
    with suppress(ValueError, MessageError):  # somebody's odd address must not keep this mail back
        told["Reply-To"] = _one_address(mail.reply_to)
    told["Date"] = formatdate(usegmt=True)
    told["Message-ID"] = f"<{mail.id}@{_domain(from_)}>"
    told["Auto-Submitted"] = "auto-generated"
    told.set_content(mail.text)
    if mail.html:
        told.add_alternative(mail.html, subtype="html")
    return told


def _sender(mail: Outgoing, from_: str) -> str:
    """Always our address; by the name of whose mail it is, if that is not us (R93)."""
    return formataddr((_literal(mail.from_name), parseaddr(from_)[1])) if mail.from_name else from_


def _literal(text: str) -> str:
    """What people called something, meant as it is written: nothing in it is an encoded word (RFC 2047),
    which might hold line breaks, and nothing controls a screen."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain.replace("=?", "= ?")


def _one_address(to: str) -> str:
    name, address = parseaddr(to)
    if name or address != to or "@" not in to or "," in to:
        raise ValueError(f"{to!r} is no e-mail address.")
    return to


def _domain(from_: str) -> str:
    said = parseaddr(from_)[1].rpartition("@")[2]
    return said if DOMAIN.fullmatch(said) else "localhost"
