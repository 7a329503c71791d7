"""What customers had before (R70): the order that it stands as, its period and its term."""

from dataclasses import replace
from datetime import UTC, date, datetime

from placet.domain.importing import Had, imported
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import SubscriptionStatus
from tests.domain.builders import NOW, PRODUCTS, chain, code, events, machine, ordered
from tests.domain.tables import cases

CHAIN = """
list   +20%  <  10.00
tax    21    <  0
"""


def had(**more: object) -> Had:
    usual = Had("s-1", PRODUCTS["bp"], 10, SubscriptionStatus.ACTIVE, date(2026, 9, 1))
    return replace(usual, **more)  # type: ignore[arg-type]


def standing(wanted: Had, at: datetime = NOW) -> Order | Refusal:
    return imported(wanted, chain(CHAIN), machine(at))


def test_it_is_done_and_priced_on_every_link() -> None:
    order = ordered(standing(had()))
    (line,), (made,) = order.lines, order.subscriptions
    assert (order.status, order.closed, line.state, line.subscription) == (
        "executed",
        True,
        "delivered",
        made.id,
    )
    assert [price.unit for price in line.prices] == [1200, 1000]
    assert (made.line, made.priced_line, made.order) == (line.id, line.id, order.id)
    assert (events(order), order.steps, order.invoices, order.reservations) == (
        ["order.executed"],
        (),
        (),
        (),
    )


@cases("""
months  started     today       ends
-       2026-09-01  2026-11-22  -
12      2026-09-01  2026-11-22  2027-09-01
12      2025-11-22  2026-11-22  2027-11-22
12      2025-11-23  2026-11-22  2026-11-23
12      2020-02-29  2026-11-22  2027-02-28
1       2026-10-31  2026-11-22  2026-11-30
36      2020-01-15  2026-11-22  2029-01-15
1       2026-11-22  2026-11-22  2026-12-22
""")
def test_the_term_that_today_is_in(months: str, started: str, today: str, ends: str) -> None:
    """One follows another, each counted from the first day."""
    product = replace(PRODUCTS["bp"], term_months=int(months) if months else None)
    at = datetime.fromisoformat(f"{today}T12:00:00").replace(tzinfo=UTC)
    made = ordered(standing(had(product=product, started_at=date.fromisoformat(started)), at)).subscriptions[
        0
    ]
    assert (made.term_ends_on.isoformat() if made.term_ends_on else "") == ends


def test_nobody_above_or_no_price() -> None:
    assert code(imported(had(), (), machine())) == "invalid"
    assert code(imported(had(), chain(CHAIN.replace("10.00", "none")), machine())) == "not_for_sale"
