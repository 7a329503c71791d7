"""What an invariant is: a statement that looks at everything it is about and names what is broken."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from placet.domain.words import Word
from placet.storage import db

MOST_NAMED: Final = 20
"""So many broken things are named; of the rest it is said how many they are."""


@dataclass(frozen=True, slots=True, eq=False)  # each is one of its kind
class Invariant:
    """Something that is true of the data at every moment, whatever is running.

    Args:
        rule: where it comes from, in the specification.
        holds: what is true, in plain words.
        among: what is looked at, each thing once, as SQL that follows a FROM. It is set-based: it reads
            whole tables, never a row at a time.
        broken: what is wrong with one of these things, as an SQL condition, and the words that say so;
            the first that applies. `{…}` in the words is an SQL expression, or one of `NAMES`.
    """

    rule: str
    holds: str
    among: str
    broken: Mapping[str, str]

    @property
    def statement(self) -> str:
        """A row for each thing looked at: in `wrong` what is wrong with it, null where nothing is."""
        cases = (f"WHEN {condition} THEN {told(words)}" for condition, words in self.broken.items())
        return f"SELECT CASE {' '.join(cases)} END AS wrong FROM {self.among}"


NAMES: Final = {
    "order": "'order ', o.number, ' (', o.id, ')'",
    "line": "'order ', o.number, ' (', o.id, '), line ', n.position + 1",
    "account": "'the account of ', b.name, ' at ', s.name, ' (', a.id, ')'",
    "invoice": "'invoice ', coalesce(i.number, 'without a number'), ' (', i.id, ')'",
}
"""How things are called, of the tables that the statements know as `o`, `n`, `a` …"""


def told(words: str) -> str:
    """The words as SQL."""
    parts = re.split(r"\{(.+?)\}", words)
    said = ("'" + text.replace("'", "''") + "'" for text in parts[::2])
    asked = (NAMES.get(expression, expression) for expression in parts[1::2])
    both = [part for pair in zip(said, [*asked, ""], strict=True) for part in pair]
    return f"concat({', '.join(part for part in both if part not in {"''", ''})})"


@dataclass(frozen=True, slots=True)
class Examined:
    """What an invariant's statement found: how many things it looked at, how many of them are broken,
    and what is wrong with the first of those."""

    counted: int
    broken: int
    named: tuple[str, ...]


MOMENT: Final = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL work_mem = '64MB'",  # whole tables are joined: rather in memory than on disk
    "SET LOCAL jit = off",
)


def hold_moment() -> None:
    """From here on the transaction, just begun, sees everything as it is now, and writes nothing."""
    for statement in MOMENT:
        db.raw().execute(statement)


COUNT: Final = "SELECT count(*) AS counted, count(wrong) AS broken FROM ({statement}) AS looked_at"
NAME: Final = f"""
SELECT wrong FROM ({{statement}}) AS looked_at WHERE wrong IS NOT NULL ORDER BY wrong LIMIT {MOST_NAMED}"""


def examine(invariant: Invariant) -> Examined:
    """Looks at everything that the invariant is about, as the open transaction sees it."""
    counts = db.fetch_one(COUNT.format(statement=invariant.statement))
    assert counts is not None, "a count has its row"
    named = db.fetch(NAME.format(statement=invariant.statement)) if counts["broken"] else []
    return Examined(counts["counted"], counts["broken"], tuple(row["wrong"] for row in named))


# Parts of what is looked at -----------------------------------------------------------------

ACCOUNTS: Final = """credit_account a JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id"""

CHARGING: Final = """(SELECT DISTINCT order_id FROM charge_attempt
  WHERE state IN ('planned', 'unknown', 'authorised')) charging"""
"""Orders with a card payment under way (R48)."""


def listed(words: Iterable[Word]) -> str:
    """Words as SQL lists them."""
    return f"({', '.join(f"'{word}'" for word in sorted(words))})"
