"""What waits for an organization: the counts beside its menu and on its bell, for every page.

Each count begins at a partial index over the few rows that are in the state, and stops at the most that is
shown. The states stand in the statement, not in parameters: only so does the planner know the indexes.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from placet.storage import db

MOST: Final = 100
"""No count goes beyond this: pages then say "99+"."""


@dataclass(frozen=True, slots=True)
class Attention:
    """How many orders wait for the organization, each at most `MOST`.

    `approvals`: for its yes or no (R32). `unexecuted`: short of credit, with something that it can do about
    it (spec §8). `manual` and `failed`: a top seller's, lines to execute (R45) and lines that a vendor
    failed (R53). `payments`: a card of its own was declined or is missing (R47, R48).
    """

    approvals: int = 0
    unexecuted: int = 0
    manual: int = 0
    failed: int = 0
    payments: int = 0

    @property
    def total(self) -> int:
        """What stands on the bell: an order whose card was declined waits for its payer's yes, too, and
        counts once."""
        return min(MOST, self.approvals + self.unexecuted + self.manual + self.failed)


SHORT: Final = """EXISTS (SELECT FROM validation_check k
      WHERE k.order_id = o.id AND k.tier = l.tier AND k.name = 'available_credit' AND k.result = 'failed'
        AND k.run = (SELECT max(r.run) FROM validation_check r WHERE r.order_id = o.id))"""

COUNTS: Final = f"""
SELECT
  (SELECT count(*) FROM (SELECT FROM approval_step t
    WHERE t.approver_id = %(organization)s AND t.status = 'pending' LIMIT {MOST}) x) AS approvals,
  (SELECT count(*) FROM (SELECT FROM orders o WHERE o.status = 'unexecuted'
    AND EXISTS (SELECT FROM order_link l WHERE l.order_id = o.id
      AND %(organization)s IN (l.seller_id, l.buyer_id)
      AND (l.tier = 1 AND l.seller_id = %(organization)s OR {SHORT}))
    LIMIT {MOST}) x) AS unexecuted,
  (SELECT count(*) FROM (SELECT FROM orders o
    WHERE o.status = 'submitted' AND o.top_seller_id = %(organization)s
      AND EXISTS (SELECT FROM order_line n WHERE n.order_id = o.id AND n.state = 'waiting')
    LIMIT {MOST}) x) AS manual,
  (SELECT count(*) FROM (SELECT FROM orders o
    WHERE o.status = 'submitted' AND o.top_seller_id = %(organization)s
      AND EXISTS (SELECT FROM order_line n WHERE n.order_id = o.id AND n.state = 'failed')
    LIMIT {MOST}) x) AS failed,
  (SELECT count(*) FROM (SELECT FROM orders o
    JOIN order_link l ON l.order_id = o.id AND l.tier = (o.warning->>'tier')::int
    WHERE o.warning IS NOT NULL AND o.status IN ('pending_approval', 'submitted')
      AND l.buyer_id = %(organization)s LIMIT {MOST}) x) AS payments"""


def counts(organization: UUID) -> Attention:
    """All of them, in one statement."""
    row = db.fetch_one(COUNTS, {"organization": organization})
    assert row is not None, "counts are always a row"
    return Attention(**row)
