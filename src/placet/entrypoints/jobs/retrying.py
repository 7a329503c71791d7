"""Orders that were short of credit, tried again where credit was freed (R44, R65)."""

from datetime import UTC, datetime
from functools import partial
from typing import Final

from placet.actions.retry_short_orders import retry_short_orders, take_freed
from placet.entrypoints.jobs.loops import went_well

BATCH: Final = 4


def retry(at: datetime) -> int:
    """Tries what was short on some of the accounts that are due; answers how many accounts there were."""
    freed = take_freed(most=BATCH, at=at)
    for account in freed:
        retry = partial(retry_short_orders, freed=account, at=datetime.now(UTC))
        went_well(retry, "retry", account=str(account.account))
    return len(freed)
