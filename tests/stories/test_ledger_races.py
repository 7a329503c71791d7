"""Two at once on one account's money (R42, R62, R65): real threads, real PostgreSQL, true books after.

Whoever comes first, nothing is settled twice, and no credit is left beside something that is open.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import transaction

from placet.actions.number_invoices import number_invoices
from placet.actions.retry_short_orders import retry_short_orders, take_freed
from placet.domain.executing import Delivered
from placet.storage import models
from tests.stories import acts, ledgers
from tests.stories.acts import NOW, actor
from tests.stories.test_races import codes, race, together, while_open
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

ROUNDS = 8

WORLD = world(
    distributor("dist", retry_when_credit_frees=True),
    reseller("res", "dist"),
    customer("cust", "dist"),
    customer("low", "res"),
    customer("tight", "dist", {"credit_limit": "50.00"}),
    prices={"bp": "10.00"},
)


def invoices(many: int = ROUNDS, lines: str = "1 bp") -> list[models.Invoice]:
    acts.load(WORLD)
    return [ledgers.billed("cust", lines) for _ in range(many)]


def test_two_payments_for_one_invoice() -> None:
    """Both came in: one settles it, the other the next one, or stays as credit."""
    billed = invoices()
    pay = partial(ledgers.pay, "cust", "10")
    for outcomes in race(billed, pay, pay):
        assert codes(outcomes) == ["ok", "ok"]
    assert ledgers.account("cust").balance_minor == -1000 * ROUNDS
    assert ledgers.account("cust").unused_minor == 1000 * ROUNDS


def test_a_payment_while_its_invoice_is_cancelled() -> None:
    """What was paid is free, or never settled it."""
    billed = invoices()
    outcomes = race(billed, partial(ledgers.pay, "cust", "10"), ledgers.cancel)
    assert {pay for pay, _ in map(codes, outcomes)} <= {"ok", "invalid"}
    assert {cancel for _, cancel in map(codes, outcomes)} == {"ok"}
    paid = sum(pay == "ok" for pay, _ in map(codes, outcomes))
    assert ledgers.account("cust").unused_minor == 1000 * paid


def test_credit_while_it_is_cancelled() -> None:
    """One of the two is too late."""
    billed = invoices()
    for outcomes in race(billed, ledgers.credit, ledgers.cancel):
        assert sorted(codes(outcomes)) == ["ok", "wrong_status"]
    assert ledgers.account("cust").balance_minor == 0


def test_one_invoice_credited_twice() -> None:
    """R62: never more than it was over."""
    billed = invoices()
    for outcomes in race(billed, ledgers.credit, ledgers.credit):
        assert sorted(codes(outcomes)) == ["invalid", "ok"]


def test_money_given_back_twice() -> None:
    """R65: at most what was paid."""
    invoices(0)
    for _ in range(ROUNDS):
        ledgers.pay("cust", "10")
        both = together(partial(ledgers.refund, "cust", "6"), partial(ledgers.refund, "cust", "6"))
        assert sorted(codes(both)) == ["invalid", "ok"]
        ledgers.refund("cust", "4")
    assert ledgers.stands("cust") == "0 0"


def test_an_execution_while_money_comes_in() -> None:
    """The new invoice is settled by what was paid, whichever of them waited for the other."""
    acts.load(WORLD)
    for round_ in range(ROUNDS):
        acts.place(actor("low"), "1 bp")
        deliver = partial(acts.vendors_say, Delivered("V"))
        together(deliver, partial(ledgers.pay, "res", "10" if round_ % 2 else "4"))
        account = ledgers.account("res")
        assert (account.unused_minor > 0) == (account.balance_minor < 0)


def test_an_execution_that_waits_for_a_payment_uses_it() -> None:
    """Also where it had begun before the payment was there."""
    acts.load(WORLD)
    acts.place(actor("cust"), "1 bp")
    while_open(partial(ledgers.pay, "cust", "10"), partial(acts.vendors_say, Delivered("V")))
    assert ledgers.stands("cust") == "0 0 0"


def test_a_payment_that_waits_for_an_execution_settles_it() -> None:
    acts.load(WORLD)
    acts.place(actor("cust"), "1 bp")
    while_open(partial(acts.vendors_say, Delivered("V")), partial(ledgers.pay, "cust", "10"))
    assert ledgers.stands("cust") == "0 0 0"


def test_four_workers_number_while_more_is_invoiced() -> None:
    """R62: no gap, no number twice, each seller's in the order of their issue."""
    acts.load(WORLD)
    later = NOW + timedelta(minutes=5)

    def sell(_: object) -> int:
        for minute in range(ROUNDS):
            acts.place(actor("low"), "1 bp", at=NOW + timedelta(seconds=minute))
            acts.vendors_say(Delivered("V"), NOW + timedelta(seconds=minute))
        return 0

    def number(_: object) -> int:
        return sum(number_invoices(most=3, at=later) for _ in range(3 * ROUNDS))

    workers: list[Callable[[object], int]] = [number] * 4
    race([None], sell, *workers)
    while number_invoices(most=100, at=later):
        pass
    for seller in ("dist", "res"):
        numbered = models.Invoice.objects.filter(seller__ref=seller).order_by("serial")
        assert [each.number for each in numbered] == [f"INV-{n:06}" for n in range(1, ROUNDS + 1)]
        issued = [each.issued_at for each in numbered]
        assert issued == sorted(issued)


def test_an_execution_does_not_wait_for_numbers() -> None:
    """R62: a seller's counter is no queue for its orders."""
    billed = invoices(2)
    order = acts.place(actor("cust"), "1 bp")

    def numbered_meanwhile() -> int:
        many = number_invoices(most=10, at=NOW + timedelta(minutes=1))
        together(
            partial(acts.vendors_say, Delivered("V"))
        )  # in a thread of its own, while we hold the counter
        return many

    with transaction.atomic():
        assert numbered_meanwhile() == len(billed)
        assert acts.now(order).status.value == "executed"


def test_two_workers_try_what_was_short() -> None:
    """R44: each order once for each freeing, executed once."""
    acts.load(WORLD)
    ledgers.billed("tight", "5 bp")
    short = [acts.place(actor("tight"), "1 bp") for _ in range(5)]
    ledgers.pay("tight", "30")
    at = datetime.now(UTC)

    def tried() -> int:
        return sum(retry_short_orders(freed=each, at=NOW) for each in take_freed(most=1, at=at))

    assert sorted(together(tried, tried)) == [0, 5]
    assert [acts.now(order).status.value for order in short] == ["submitted"] * 3 + ["unexecuted"] * 2
