"""Renewals (R71): each in a transaction of its own; one that fails is logged and left for an hour."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from placet.actions.renew_subscriptions import due_subscriptions, renew_subscription

log = structlog.get_logger()

BATCH: Final = 50
LEFT_FOR: Final = timedelta(hours=1)


class Renewer:
    """Renews what is due, and remembers for a while what could not be renewed."""

    def __init__(self) -> None:
        self._failed: dict[UUID, datetime] = {}

    def renew(self, at: datetime) -> int:
        """Renews some; answers how many there were."""
        self._failed = {id_: since for id_, since in self._failed.items() if at < since + LEFT_FOR}
        due = due_subscriptions(most=BATCH, skipped=self._failed, at=at)
        for subscription in due:
            self._renewed(subscription, at)
        return len(due)

    def _renewed(self, subscription: UUID, at: datetime) -> None:
        try:
            renew_subscription(subscription=subscription, at=at)
        except Exception:
            log.exception("renewal.failed", subscription=str(subscription))
            self._failed[subscription] = at
