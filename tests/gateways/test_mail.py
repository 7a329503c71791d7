"""Mails by a real SMTP server on loopback, and into a folder (R93)."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from placet.domain.mailing import Letter, Outgoing, Posted
from placet.domain.words import MailKind
from placet.gateways import mail
from tests.domain.tables import cases
from tests.gateways.offices import Office, serving

FROM = "Placet <placet@placet.example>"


def outgoing(
    to: str = "ann@a.example", subject: str = "Grüße", html: str = "<p>Hello &amp; bye</p>"
) -> Outgoing:
    return Outgoing(uuid4(), to, subject, "Hello & bye", html, 1)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def plain(office: Office) -> Iterator[str]:
    """It speaks in the open."""
    yield from serving(office)


def posted(url: str, *mails: Outgoing) -> list[Posted]:
    return [said for _, said in mail.sender(url, Path("/nowhere"), FROM).post(mails)]


def test_a_mail_arrives_as_text_and_html(plain: str, office: Office) -> None:
    one = outgoing()
    assert posted(f"smtp://{plain}", one) == [Posted("sent")]
    [told] = office.got
    assert (told["From"], told["To"], told["Subject"]) == (FROM, "ann@a.example", "Grüße")
    assert told["Message-ID"] == f"<{one.id}@placet.example>", "the same on every try"
    assert told["Auto-Submitted"] == "auto-generated"
    assert told.get_body(("plain",)).get_content().strip() == "Hello & bye"  # type: ignore[union-attr]
    assert "&amp;" in told.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_a_resellers_mail_comes_in_its_name_from_our_address(plain: str, office: Office) -> None:
    """R93; and answers go to the reseller, not to us."""
    one = replace(outgoing(), from_name="Grün & Söhne, IT", reply_to="desk@res.example")
    assert posted(f"smtp://{plain}", one) == [Posted("sent")]
    [told] = office.got
    [sender] = told["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Grün & Söhne, IT", "placet@placet.example")
    assert told["Reply-To"] == "desk@res.example"


@pytest.mark.parametrize(
    "name", ["=?utf-8?q?=0D=0ABcc:_x?= IT", "=?utf-8?b?CkJjYzogeA==?=", "IT\x0b\x1b[31m"]
)
def test_names_are_meant_as_they_are_written(plain: str, office: Office, name: str) -> None:
    """Nothing in them is decoded: a line break hidden in one would keep the mail back, or end up in it."""
    one = replace(outgoing(subject=f"New order of {name}"), from_name=name)
    assert posted(f"smtp://{plain}", one) == [Posted("sent")]
    [told] = office.got
    for words in (told["Subject"], told["From"].addresses[0].display_name):
        assert words.isprintable()
        assert "IT" in words or "= ?" in words
    assert "Bcc" not in told


def test_one_that_fails_stops_no_other(plain: str, office: Office) -> None:
    said = posted(
        f"smtp://{plain}",
        outgoing("nobody@a.example"),
        outgoing("full@a.example"),
        outgoing("not an address"),
        outgoing("two@a.example, three@a.example"),
        outgoing(subject="this is spam"),
        outgoing("last@a.example"),
    )
    assert [each.verdict for each in said] == ["refused", "retry", "refused", "refused", "refused", "sent"]
    assert said[0].error == "550 5.1.1 No such user"
    assert said[1].error == "452 4.2.2 Mailbox full"
    assert [told["To"] for told in office.got] == ["last@a.example"]


def test_a_subject_brings_no_header_of_its_own() -> None:
    letter = Letter(kind=MailKind.SIGN_IN, to="a@a.example", subject="Hello\r\nBcc: all@a.example", text="")
    assert letter.subject == "Hello Bcc: all@a.example"


def test_a_server_that_is_away_is_tried_again() -> None:
    [first, second] = posted("smtp://127.0.0.1:9", outgoing(), outgoing())
    assert first.verdict == second.verdict == "retry"
    assert "refused" in first.error


def test_nothing_to_send_is_no_call() -> None:
    assert posted("smtp://127.0.0.1:9") == []


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this process trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    plain_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain_key)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_tls_is_taken_and_the_password_goes_over_it(office: Office, certificate: ssl.SSLContext) -> None:
    for address in serving(office, tls_context=certificate, authenticator=office.let_in, auth_required=True):
        assert posted(f"smtp://us%40er:p%2Fw@{address}", outgoing()) == [Posted("sent")]
        assert office.secure == [True]
        assert office.logins == [(b"us@er", b"p/w")]
        [wrong] = posted(f"smtp://us%40er:wrong@{address}", outgoing())
        assert wrong.verdict == "retry", "the operator may mend it"
        assert "wrong" not in wrong.error


def test_smtps_speaks_tls_from_the_first_word(office: Office, certificate: ssl.SSLContext) -> None:
    for address in serving(office, ssl_context=certificate):
        assert posted(f"smtps://{address}", outgoing()) == [Posted("sent")]
        assert len(office.got) == 1, "it understands nothing else"


def test_a_certificate_of_nobody_is_not_trusted(
    office: Office, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    for address in serving(office, tls_context=certificate):
        [said] = posted(f"smtp://{address}", outgoing())
        assert said.verdict == "retry"
        assert "CERTIFICATE_VERIFY_FAILED" in said.error
    assert office.got == []


def test_a_password_never_goes_over_an_open_line(
    plain: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LOOPBACK", frozenset())
    [said] = posted(f"smtp://user:secret@{plain}", outgoing())
    assert said.verdict == "retry"
    assert "no TLS" in said.error
    assert office.logins == []


# Without a server ---------------------------------------------------------------------------


def test_without_a_server_mails_lie_in_a_folder(tmp_path: Path) -> None:
    folder, one = tmp_path / "mail", outgoing()
    link = "https://placet.example/account/invitation/secret"
    one = Outgoing(one.id, one.to, one.subject, f"Go to {link}", "", 1)
    with capture_logs() as logs:
        assert [said for _, said in mail.sender("", folder, FROM).post([one])] == [Posted("sent")]
    [path] = folder.iterdir()
    told = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (told["To"], told["Subject"]) == ("ann@a.example", "Grüße")
    assert link in told.get_content()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [(log["to"], log["subject"]) for log in logs] == [("ann@a.example", "Grüße")]
    assert "secret" not in str(logs), "the log opens no door"


def test_a_folder_that_cannot_be_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    [(_, said)] = mail.sender("", tmp_path / "file" / "mail", FROM).post([outgoing()])
    assert said.verdict == "retry"


SENDERS = """
from_                             ->  domain
Placet <a@placet.example>             placet.example
a@placet.example                      placet.example
a@[127.0.0.1]                         localhost
"""


@cases(SENDERS)
def test_message_ids_are_of_our_domain(from_: str, domain: str) -> None:
    one = outgoing()
    assert mail.message(one, from_)["Message-ID"] == f"<{one.id}@{domain}>"
