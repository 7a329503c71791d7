"""What an invariant is: a statement that looks at everything it is about and names what is broken."""

from dataclasses import dataclass
from typing import Final

from placet.storage import db

MOST_NAMED: Final = 20
"""So many broken things are named; of the rest it is said how many they are."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that is true of the data at every moment, whatever is running.

    `holds` says what, in plain words; `rule` is its number in the specification. `statement` gives one
    row for each thing looked at, whose one column `wrong` says what is wrong with it, null where
    nothing is. It is set-based: it reads each table once, however many rows there are.
    """

    rule: str
    holds: str
    statement: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What an invariant's statement found: how many things it looked at, how many of them are broken,
    and what is wrong with the first of those."""

    counted: int
    broken: int
    named: tuple[str, ...]


def examine(invariant: Invariant) -> Examined:
    """Looks at everything that the invariant is about, as the open transaction sees it."""
    counts = db.fetch_one(COUNT.format(looked_at=invariant.statement))
    assert counts is not None, "a count has its row"
    named = db.fetch(NAME.format(looked_at=invariant.statement)) if counts["broken"] else []
    return Examined(counts["counted"], counts["broken"], tuple(row["wrong"] for row in named))


COUNT: Final = "SELECT count(*) AS counted, count(wrong) AS broken FROM ({looked_at}) AS looked_at"
NAME: Final = f"""
SELECT wrong FROM ({{looked_at}}) AS looked_at WHERE wrong IS NOT NULL ORDER BY wrong LIMIT {MOST_NAMED}"""

# Parts of the statements --------------------------------------------------------------------

ORDER: Final = "'order ', o.number, ' (', o.id, ')'"
"""How an order `o` is called."""

ACCOUNT: Final = "'the account of ', b.name, ' at ', s.name, ' (', a.id, ')'"
"""How a credit account is called, of `ACCOUNTS`."""

ACCOUNTS: Final = """credit_account a JOIN contract c ON c.id = a.contract_id
  JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id"""

CHARGING: Final = """
SELECT DISTINCT order_id FROM charge_attempt WHERE state IN ('planned', 'unknown', 'authorised')"""
"""Orders with a card payment under way (R48)."""
