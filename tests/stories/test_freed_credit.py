"""Orders that were short, tried again by themselves when credit frees (R44, R65)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import now

from placet.actions.change_contract import change_contract
from placet.actions.retry_short_orders import retry_short_orders, take_freed
from placet.domain.executing import Failed
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import OrderStatus
from placet.storage import models
from placet.storage.invariants import INVARIANTS, examine
from tests.domain.tables import cases
from tests.stories import acts, ledgers
from tests.stories.acts import actor, done
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.django_db


def market(retry: dict[str, object]) -> str:
    return world(
        distributor("dist", **retry),
        reseller("res", "dist", {"credit_limit": "1000"}),
        customer("cust", "dist", {"credit_limit": "50.00"}),
        customer("low", "res", {"credit_limit": "unlimited"}),
        prices={"bp": "10.00"},
    )


@pytest.fixture(autouse=True)
def books() -> Iterator[None]:
    """A seller that wants it."""
    acts.load(market({"retry_when_credit_frees": True}))
    yield
    broken = {each.holds: examine(each).named for each in INVARIANTS}
    assert {holds: named for holds, named in broken.items() if named} == {}


def tried() -> int:
    """How many orders the worker tries."""
    return sum(retry_short_orders(freed=freed, at=now()) for freed in take_freed(most=10, at=now()))


def status(order: Order) -> OrderStatus:
    return acts.now(order).status


def limit(amount: str) -> None:
    wishes, contract = Wishes(credit_limit=amount), ledgers.contract("cust").id
    after = change_contract(contract=contract, by=actor("dist"), wishes=wishes, at=acts.NOW)
    assert not isinstance(after, Refusal)


FREES: dict[str, Callable[[], object]] = {
    "a payment": lambda: ledgers.pay("cust", "40"),
    "a credit invoice": lambda: ledgers.credit(models.Invoice.objects.get(buyer__ref="cust")),
    "a cancelled invoice": lambda: ledgers.cancel(models.Invoice.objects.get(buyer__ref="cust")),
    "a higher limit": lambda: limit("100"),
    "no limit": lambda: limit("unlimited"),
}


@cases("""
frees
a payment
a credit invoice
a cancelled invoice
a higher limit
no limit
""")
def test_what_frees_credit(frees: str) -> None:
    """R65: tried once, by Placet for the seller, and executed."""
    ledgers.billed("cust", "4 bp")
    short = acts.place(actor("cust"), "2 bp")
    assert short.status is OrderStatus.UNEXECUTED
    assert tried() == 0
    assert not isinstance(FREES[frees](), Refusal)
    assert tried() == 1
    assert status(short) is OrderStatus.SUBMITTED
    assert tried() == 0


def test_a_cancelled_order_frees_what_it_held() -> None:
    held = acts.place(actor("cust"), "4 bp")
    short = acts.place(actor("cust"), "2 bp")
    acts.vendors_say(Failed("No keys."))
    done(acts.cancel(acts.now(held), actor("dist")))
    assert tried() == 1
    assert status(short) is OrderStatus.SUBMITTED


def test_the_oldest_first_and_a_large_one_does_not_stop_smaller_ones() -> None:
    """R44 (ours)."""
    ledgers.billed("cust", "5 bp")
    orders = [
        acts.place(actor("cust"), f"{many} bp", at=acts.NOW + timedelta(minutes=place))
        for place, many in enumerate((9, 2, 2, 1))
    ]
    ledgers.pay("cust", "30")
    assert tried() == 4
    assert [status(order).value for order in orders] == [
        "unexecuted",
        "submitted",
        "unexecuted",
        "submitted",
    ]
    assert [len({check.run for check in acts.now(order).checks}) for order in orders] == [2, 2, 2, 2]
    assert tried() == 0


def test_what_takes_credit_tries_nothing() -> None:
    ledgers.billed("cust", "5 bp")
    acts.place(actor("cust"), "2 bp")
    ledgers.pay("cust", "10")
    assert tried() == 1
    ledgers.refund("cust", "10")
    limit("20")
    assert tried() == 0


def test_nothing_is_tried_for_sellers_that_do_not_want_it() -> None:
    models.Organization.objects.update(retry_when_credit_frees=False)
    ledgers.billed("cust", "5 bp")
    short = acts.place(actor("cust"), "2 bp")
    ledgers.pay("cust", "50")
    assert tried() == 0
    assert status(short) is OrderStatus.UNEXECUTED


def test_only_orders_that_were_short_on_that_account() -> None:
    """The customer's own link is another seller's."""
    models.CreditAccount.objects.filter(contract__buyer__ref="res").update(limit_minor=500)
    short = acts.place(actor("low"), "1 bp")
    ledgers.billed("cust", "5 bp")
    ledgers.pay("cust", "1")
    assert tried() == 0
    ledgers.pay("res", "20")
    assert tried() == 1
    assert status(short) is OrderStatus.SUBMITTED


def test_credit_that_is_freed_meanwhile_is_not_forgotten() -> None:
    ledgers.billed("cust", "5 bp")
    short = acts.place(actor("cust"), "2 bp")
    ledgers.pay("cust", "1")
    [freed] = take_freed(most=10, at=now())
    assert retry_short_orders(freed=freed, at=now()) == 1
    ledgers.pay("cust", "1")
    [again] = take_freed(most=10, at=now())
    ledgers.pay("cust", "48")  # while it is being tried
    assert take_freed(most=10, at=now()) != []
    assert retry_short_orders(freed=again, at=now()) == 1
    assert status(short) is OrderStatus.SUBMITTED


def test_one_that_cannot_be_tried_does_not_stop_those_after_it() -> None:
    """A row that cannot be read: the others are tried, then it is said which one failed."""
    ledgers.billed("cust", "5 bp")
    broken, short = acts.place(actor("cust"), "1 bp"), acts.place(actor("cust"), "2 bp")
    models.Order.objects.filter(id=broken.id).update(change={"no": "change"})
    ledgers.pay("cust", "50")
    with pytest.raises(ExceptionGroup) as said:
        tried()
    assert [error.__notes__ for error in said.value.exceptions] == [[f"order {broken.id}"]]
    assert status(short) is OrderStatus.SUBMITTED
    assert tried() == 0
    models.Order.objects.filter(id=broken.id).update(change=None)
