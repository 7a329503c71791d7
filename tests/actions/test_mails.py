"""The outbox: what is written with a fact goes out, once, and is forgotten where it opens a door (R93)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils.timezone import now

from placet.actions.mails import post, take_mails
from placet.domain.delivering import PAUSES
from placet.domain.mailing import Letter, Outgoing, Posted
from placet.domain.words import MailKind
from placet.entrypoints.jobs import mailing
from placet.entrypoints.jobs.mailing import BATCH, Mailer
from placet.storage import models
from tests.domain.tables import cases

pytestmark = pytest.mark.usefixtures("alone")

START = now()


class Saying:
    """A mail server that says the same to all, or one thing to some."""

    def __init__(self, verdict: str, **others: str) -> None:
        self.verdict, self.others = verdict, others
        self.got: list[Outgoing] = []

    def post(self, mails: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Posted]]:
        """Each with what it says to it."""
        for mail in mails:
            self.got.append(mail)
            verdict = self.others.get(mail.to.partition("@")[0], self.verdict)
            yield mail, Posted(verdict, "" if verdict == "sent" else "it said so")  # type: ignore[arg-type]


def write(to: str = "", kind: MailKind = MailKind.INVITATION, at: datetime = START) -> models.Mail:
    address = to or f"{uuid4().hex}@a.example"
    post(
        letter=Letter(kind=kind, to=address, subject="S", text="https://x/secret", html="<a>secret</a>"),
        at=at,
    )
    return models.Mail.objects.get(to=address)


def test_a_mail_goes_out_once() -> None:
    mail, server = write(), Saying("sent")
    mailer = Mailer(server)
    assert mailer.mail(START) == 1
    assert [each.id for each in server.got] == [mail.pk]
    mail.refresh_from_db()
    assert (mail.sent_at, mail.due_at, mail.tries) == (START, None, 1)
    assert mailer.mail(START + timedelta(days=9)) == 0


def test_what_is_not_committed_is_not_sent() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert take_mails(most=9, at=START) == []


FORGOTTEN = """
verdict  ->  left
sent         -
refused      -
retry        secret
"""


@cases(FORGOTTEN)
def test_what_opens_a_door_is_not_kept(verdict: str, left: str) -> None:
    mail = write()
    Mailer(Saying(verdict)).mail(START)
    mail.refresh_from_db()
    assert ("secret" in mail.text, "secret" in mail.html) == (bool(left), bool(left))


def test_pauses_grow_and_end_after_about_a_day() -> None:
    mail, mailer, at = write(), Mailer(Saying("retry")), START
    for pause in PAUSES:
        assert mailer.mail(at) == 1
        mail.refresh_from_db()
        assert mail.due_at == at + pause
        assert mailer.mail(mail.due_at - timedelta(seconds=1)) == 0
        at = mail.due_at
    assert mailer.mail(at) == 1
    mail.refresh_from_db()
    assert (mail.due_at, mail.sent_at, mail.error, mail.text) == (None, None, "it said so", "")
    assert timedelta(hours=20) < at - START < timedelta(hours=30)


def test_a_bad_address_stops_nobody_else() -> None:
    bad, good = write("bad@a.example"), write("good@a.example")
    Mailer(Saying("sent", bad="refused")).mail(START)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.sent_at, bad.due_at, bad.error) == (None, None, "it said so")
    assert good.sent_at == START


def test_two_workers_take_different_mails_and_a_dead_ones_come_back() -> None:
    for _ in range(3):
        write()
    first, second = take_mails(most=2, at=START), take_mails(most=9, at=START)
    assert len(first) == 2
    assert len(second) == 1
    assert {mail.id for mail in first}.isdisjoint(mail.id for mail in second)
    again = take_mails(most=9, at=START + timedelta(minutes=11))
    assert {mail.id for mail in again} == {mail.id for mail in first + second}
    assert {mail.tries for mail in again} == {2}


def test_a_slow_server_does_not_outlast_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had no time for goes back: nobody gets a mail from two workers."""
    at = now()
    for _ in range(3):
        write(at=at)
    slow, quick = Saying("sent"), Saying("sent")
    with monkeypatch.context() as patch:
        patch.setattr(mailing, "LONGEST", 0.0)
        Mailer(slow).mail(at)
    assert len(slow.got) == 1
    while Mailer(quick).mail(now()):
        pass
    assert len({mail.id for mail in slow.got + quick.got}) == len(slow.got + quick.got) == 3
    assert {mail.tries for mail in quick.got} == {1}


def test_a_worker_takes_no_more_than_it_can_send() -> None:
    for _ in range(BATCH + 1):
        write()
    mailer = Mailer(Saying("sent"))
    assert [mailer.mail(START), mailer.mail(START), mailer.mail(START)] == [BATCH, 1, 0]


@cases("""
verdict  ->  left
sent         -
refused      secret
retry        secret
""")
def test_what_a_mail_about_an_order_said_is_kept_until_it_is_sent(verdict: str, left: str) -> None:
    mail = write(kind=MailKind.ORDER_RECEIVED)
    Mailer(Saying(verdict)).mail(START)
    mail.refresh_from_db()
    assert ("secret" in mail.text, "secret" in mail.html) == (bool(left), bool(left))
    assert mail.subject == "S"
