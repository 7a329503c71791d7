"""A statement of account (R60, R63): its sums, and the age of what is open."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from placet.domain.statement import Movement, OpenInvoice, Statement, with_balances
from placet.domain.words import EntryKind
from tests.domain.tables import cases

LAST = date(2026, 11, 30)


def open_invoice(overdue: int, open_: int) -> OpenInvoice:
    due = LAST - timedelta(days=overdue)
    return OpenInvoice(UUID(int=1), None, due - timedelta(days=30), due, open_ + 5, open_)


def moved(amount: int) -> Movement:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return Movement(UUID(int=2), at, at.date(), EntryKind.PAYMENT, amount, None, None, "")


@cases("""
overdue  column
-5       0
0        0
1        1
30       1
31       2
60       2
61       3
90       3
91       4
900      4
""")
def test_how_old_it_is(overdue: str, column: str) -> None:
    """An invoice is overdue from the day after its due date on."""
    said = Statement(LAST, LAST, 0, (), (open_invoice(int(overdue), 7),))
    assert said.ages == tuple(7 if place == int(column) else 0 for place in range(5))
    assert said.invoices[0].overdue(LAST) == max(0, int(overdue))


def test_sums() -> None:
    """What is open without what is unused is the closing balance; what is from before is due."""
    movements = with_balances(100, [moved(-30), moved(45), moved(-200)])
    assert [each.balance for each in movements] == [70, 115, -85]
    said = Statement(LAST, LAST, 100, movements, (open_invoice(0, 10),), from_before=5)
    assert (said.opening, said.closing, said.open, said.unused) == (100, -85, 15, 100)
    assert said.ages == (10, 5, 0, 0, 0)


def test_nothing_moved() -> None:
    assert with_balances(7, []) == ()
    assert Statement(LAST, LAST, 7, (), ()).closing == 7
