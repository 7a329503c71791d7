"""Mails (R93): a batch is taken, sent one after the other, and what came of each is kept."""

from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import Any, Final

import structlog

from placet.actions.mails import LEASE, give_back_mails, record_tries, take_mails
from placet.domain.delivering import next_try_at
from placet.domain.mailing import Outgoing, Posted
from placet.entrypoints import metrics
from placet.entrypoints.jobs.loops import NEVER
from placet.gateways.mail import Sender

log = structlog.get_logger()

BATCH: Final = 20
LONGEST: Final = LEASE.total_seconds() / 2
"""Seconds after which what is left of a batch is given back: a mail server that takes long over each answer
must not outlast the lease, or another worker sends the same mails."""


class Mailer:
    """Sends what is due."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def mail(self, at: datetime, stop: Event = NEVER) -> int:
        """One batch; answers how many there were. Those that were not tried before we stop, or in time, are
        due again at once."""
        due, ends_at = take_mails(most=BATCH, at=at), monotonic() + LONGEST
        for tried, (mail, posted) in enumerate(self._sender.post(due), start=1):
            record_tries(tries=[_row(mail, posted, at)])
            _tell(mail, posted)
            if stop.is_set() or monotonic() > ends_at:
                give_back_mails(ids=[left.id for left in due[tried:]], at=datetime.now(UTC))
                break
        return len(due)


def _tell(mail: Outgoing, posted: Posted) -> None:
    """Logs and counts what came of one try: never to whom, nor what it says."""
    outcome = OUTCOMES[posted.verdict]
    metrics.errands.labels("mail", outcome).inc()
    say = log.info if posted.verdict == "sent" else log.warning
    why = {"error": posted.error} if posted.error else {}
    say("errand", errand="mail", mail=str(mail.id), outcome=outcome, tries=mail.tries, **why)


OUTCOMES: Final = {"sent": "done", "retry": "retry", "refused": "given_up"}


def _row(mail: Outgoing, posted: Posted, at: datetime) -> dict[str, Any]:
    due_at = next_try_at(mail.tries, at) if posted.verdict == "retry" else None
    sent_at = at if posted.verdict == "sent" else None
    return {"id": mail.id, "sent_at": sent_at, "due_at": due_at, "error": posted.error}
