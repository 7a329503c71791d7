"""Any life of an account (R60, R62, R65): whatever is billed, paid, credited, cancelled and given back, by
hand and by card, in any order, the books are true after each act."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.domain.crediting import CreditWish
from placet.domain.executing import Delivered, Failed
from placet.domain.refusals import Refusal
from placet.storage import models
from placet.storage.invariants import cards, credit, examine, execution, ledger
from tests.stories import acts, ledgers
from tests.stories.acts import actor
from tests.stories.worlds import card, customer, distributor, world

pytestmark = pytest.mark.django_db

WORLD = world(
    distributor("dist"),
    customer("cash", "dist", {"tax_rate": "21"}),
    customer("owes", "dist", {"opening_balance": "25.00"}),
    customer("saved", "dist", {"opening_balance": "-25.00"}),
    customer("card", "dist", card("tok_ok")),
    prices={"bp": "10.00", "ps": "3.33"},
)
BUYERS = ("cash", "owes", "saved", "card")
WATCHED = (
    *ledger.INVARIANTS,
    *execution.INVARIANTS,
    *cards.INVARIANTS,
    credit.BALANCE,
    credit.RUNNING_BALANCE,
)


def bill(buyer: str, which: int, amount: int) -> None:
    """Delivered, or a half of it."""
    acts.place(actor(buyer), f"{amount % 3 + 1} bp, 1 ps")
    if buyer == "card":
        acts.gateways_say("authorised", "captured")
    acts.vendors_say({"bp": Delivered("V"), "ps": Failed("No.") if which % 2 else Delivered("W")})


def give_up(buyer: str, which: int, amount: int) -> None:
    """What failed at its vendor is cancelled, and given back where a card had paid it."""
    del which, amount
    for order in models.Order.objects.filter(buyer__ref=buyer, status="submitted"):
        acts.cancel(acts.now_of(order.id), actor("dist"))
    ledgers.refunds_say("done")


def some(found: Any, which: int) -> Any:  # noqa: ANN401 - a row of any table
    rows = list(found.order_by("id"))
    return rows[which % len(rows)] if rows else None


def invoice(buyer: str, which: int) -> models.Invoice | None:
    found: models.Invoice | None = some(models.Invoice.objects.filter(buyer__ref=buyer), which)
    return found


def pay(buyer: str, which: int, amount: int) -> object:
    return ledgers.pay(buyer, f"{amount}.01", invoice(buyer, which) if which % 3 else None)


def credit_(buyer: str, which: int, amount: int) -> object:
    of = invoice(buyer, which)
    if of is None:
        return None
    line = models.InvoiceLine.objects.filter(invoice=of).earliest("id")
    wishes: tuple[list[CreditWish], ...] = (
        [],
        [CreditWish(str(line.id), 1)],
        [CreditWish(str(line.id), None, f"{amount}.00")],
    )
    return ledgers.credit(of, *wishes[which % 3])


def cancel(buyer: str, which: int, amount: int) -> object:
    del amount
    of = invoice(buyer, which)
    return of and ledgers.cancel(of)


def refund(buyer: str, which: int, amount: int) -> object:
    of = some(models.Payment.objects.filter(account__contract__buyer__ref=buyer), which)
    given_ = ledgers.refund(buyer, f"{amount}.00", of.id if of and (which % 2 or buyer == "card") else None)
    if which % 5:
        ledgers.refunds_say("done")
    return given_


ACTS: tuple[Callable[[str, int, int], object], ...] = (bill, bill, pay, pay, credit_, cancel, refund, give_up)
LIVES = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 11), st.integers(1, 40)), min_size=2, max_size=14
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(BUYERS), LIVES)
def test_any_life_of_an_account(
    buyer: str, life: list[tuple[Callable[[str, int, int], object], int, int]]
) -> None:
    with transaction.atomic():
        acts.load(WORLD)
        for act, which, amount in life:
            outcome = act(buyer, which, amount)
            assert not isinstance(outcome, Refusal) or outcome.code in {"invalid", "wrong_status"}
            broken = {each.holds: examine(each).named for each in WATCHED}
            assert {holds: named for holds, named in broken.items() if named} == {}
        transaction.set_rollback(True)
