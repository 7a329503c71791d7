"""Numbers for invoices, without gaps in each seller's (R62). An execution never waits for one."""

from datetime import datetime, timedelta
from typing import Final

from placet.storage import db, numbering

SETTLED_AFTER: Final = timedelta(seconds=1)
"""So old an invoice is when it gets its number: those that were issued before it are there by then."""


@db.transaction
def number_invoices(*, most: int, at: datetime) -> int:
    """Numbers so many of the invoices that have none, each seller's in the order of their issue; answers
    how many. Of several at once each takes other sellers."""
    return numbering.number(at - SETTLED_AFTER, most)
