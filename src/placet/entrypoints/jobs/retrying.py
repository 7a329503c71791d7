"""Orders that were short of credit, tried again where credit was freed (R44, R65)."""

from datetime import UTC, datetime
from typing import Final

from placet.actions.retry_short_orders import retry_short_orders, take_freed

BATCH: Final = 4


def retry(at: datetime) -> int:
    """Tries what was short on some of the accounts that are due; answers how many accounts there were."""
    freed = take_freed(most=BATCH, at=at)
    for account in freed:
        retry_short_orders(freed=account, at=datetime.now(UTC))
    return len(freed)
