"""Mails (R93): a batch is taken, sent one after the other, and what came of each is kept."""

from datetime import datetime
from typing import Any, Final

import structlog

from placet.actions.mails import record_tries, take_mails
from placet.domain.delivering import next_try_at
from placet.domain.mailing import Outgoing, Posted
from placet.gateways.mail import Sender

log = structlog.get_logger()

BATCH: Final = 20


class Mailer:
    """Sends what is due."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def mail(self, at: datetime) -> int:
        """One batch; answers how many there were."""
        due = take_mails(most=BATCH, at=at)
        for mail, posted in self._sender.post(due):
            record_tries(tries=[_row(mail, posted, at)])
        return len(due)


def _row(mail: Outgoing, posted: Posted, at: datetime) -> dict[str, Any]:
    due_at = next_try_at(mail.tries, at) if posted.verdict == "retry" else None
    if posted.verdict != "sent":
        log.warning("mail.not_sent", mail=str(mail.id), error=posted.error, again_at=due_at)
    sent_at = at if posted.verdict == "sent" else None
    return {"id": mail.id, "sent_at": sent_at, "due_at": due_at, "error": posted.error}
