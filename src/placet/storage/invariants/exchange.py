"""What holds of what ERPs sent (the ERP exchange of the rules)."""

from typing import Final

from placet.storage.invariants.invariant import Invariant

REFERENCES: Final = Invariant(
    "R62",
    "a payment's reference is of its account's seller",
    """payment p JOIN credit_account a ON a.id = p.account_id JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id""",
    {"p.seller_id <> c.seller_id": "a payment on {account} has somebody else's reference"},
)

REPORTS: Final = Invariant(
    "R14",
    "an import's sums are those of its report, and it is due exactly while it waits",
    """exchange_run r LEFT JOIN (SELECT run_id, count(*) AS told FROM exchange_line GROUP BY run_id) l
  ON l.run_id = r.id""",
    {
        "r.created + r.updated + r.unchanged + r.refused <> r.lines_done OR l.told <> r.lines_done": (
            "import {r.id} has told other sums than its report"
        ),
        "(r.due_at IS NULL) = (r.status = 'waiting')": "exchange {r.id} is {r.status} and due, or neither",
    },
)

INVARIANTS: Final = (REFERENCES, REPORTS)
