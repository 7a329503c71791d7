"""Statements as of a day that is past (R60, R63): what was open then, whatever became of it since."""

from datetime import timedelta

import pytest

from placet.storage import statements
from tests.stories import acts, ledgers
from tests.stories.acts import NOW
from tests.stories.worlds import customer, distributor, world

pytestmark = pytest.mark.django_db

WORLD = world(
    distributor("dist", time_zone="Pacific/Auckland"),
    customer("cust", "dist", {"opening_balance": "5.00", "payment_days": 10}),
    prices={"bp": "10.00"},
)


def test_as_it_was_then() -> None:
    """A day later each: billed, paid in part, billed, credited, cancelled, given back. In Auckland it is
    thirteen hours later, which makes 10 o'clock of the 22nd still the 22nd."""
    acts.load(WORLD)
    days = [NOW + timedelta(days=number) for number in range(7)]
    first = ledgers.billed("cust", "2 bp", days[0])
    ledgers.pay("cust", "9", at=days[1])
    second = ledgers.billed("cust", "1 bp", days[2])
    ledgers.credit(second, at=days[3])
    ledgers.cancel(first, at=days[4])
    ledgers.refund("cust", "4", at=days[5])
    said = [as_of(number) for number in range(6)]
    assert said == [
        # balance, from before, open, unused
        (2500, 500, [2000], 0),
        (1600, 0, [1600], 0),
        (2600, 0, [1600, 1000], 0),
        (1600, 0, [1600], 0),
        (-400, 0, [], 400),
        (0, 0, [], 0),
    ]
    account = ledgers.account("cust").id
    whole = statements.statement(account, days[0].date(), days[6].date())
    assert [each.kind.value for each in whole.movements] == [
        "opening",
        "invoice",
        "payment",
        "invoice",
        "credit_invoice",
        "cancellation",
        "refund",
    ]
    assert (whole.opening, whole.closing) == (0, ledgers.account("cust").balance_minor)
    later = statements.statement(account, NOW.date(), NOW.date() + timedelta(days=12))
    assert later.ages == (0, 0, 0, 0, 0)


def as_of(number: int) -> tuple[int, int, list[int], int]:
    day = NOW.date() + timedelta(days=number)
    said = statements.statement(ledgers.account("cust").id, day, day)
    return said.closing, said.from_before, [each.open for each in said.invoices], said.unused


def test_a_day_is_the_sellers() -> None:
    """What happens at noon of UTC is tomorrow's in Auckland."""
    acts.load(WORLD)
    ledgers.billed("cust", "1 bp", NOW + timedelta(hours=2))
    account = ledgers.account("cust").id
    today, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)
    assert statements.statement(account, today, today).closing == 500
    assert statements.statement(account, tomorrow, tomorrow).closing == 1500
    assert statements.today(account, NOW + timedelta(hours=2)) == tomorrow
