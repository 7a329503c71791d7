"""Renewals (R71): each in a transaction of its own; one that fails is logged and left for an hour."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from placet.actions.renew_subscriptions import due_subscriptions, renew_subscription
from placet.entrypoints.jobs.loops import went_well

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
        for each in due:
            renew = partial(renew_subscription, subscription=each, at=at)
            if not went_well(renew, "renewal", subscription=str(each)):
                self._failed[each] = at
        return len(due)
