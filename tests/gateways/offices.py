"""A mail server on loopback: what it got, and what it says to some."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Office:
    """A mail server: what it got, and what it says to some."""

    got: list[EmailMessage] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Some addresses are nobody's, some are full."""
        if address.startswith("nobody"):
            return "550 5.1.1 No such user"
        if address.startswith("full"):
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keeps it, unless it dislikes it."""
        told = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        if "spam" in told["Subject"]:
            return "554 5.7.1 We do not like this"
        self.got.append(told)
        self.secure.append(session.ssl is not None)
        return "250 OK"

    def let_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: object
    ) -> AuthResult:
        """One name and password."""
        assert isinstance(said, LoginPassword)
        self.logins.append((said.login, said.password))
        return AuthResult(success=(said.login, said.password) == (b"us@er", b"p/w"), handled=False)


def serving(office: Office, **how: object) -> Iterator[str]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port, **how)  # type: ignore[arg-type]
    controller.start()
    yield f"127.0.0.1:{port}"
    controller.stop()
