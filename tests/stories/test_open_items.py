"""How money moves on one account (R60, R62, R65): invoices, payments, credit invoices, refunds, one after
the other, and what is open after each. The books are proven after every story."""

# ruff: noqa: E501 - a case is best read on one line

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from placet.domain.crediting import CreditWish
from placet.domain.executing import Delivered, Failed
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.storage import models
from placet.storage.invariants import INVARIANTS, examine
from tests.domain.tables import cases
from tests.stories import acts, ledgers
from tests.stories.acts import actor, done
from tests.stories.worlds import card, customer, distributor, product, world

pytestmark = pytest.mark.django_db

WORLD = world(
    distributor("dist"),
    customer("cust", "dist"),
    customer("owes", "dist", {"opening_balance": "25.00"}),
    customer("saved", "dist", {"opening_balance": "-25.00", "payment_method": "deposit"}),
    customer("taxed", "dist", {"tax_rate": "21"}),
    customer("other", "dist"),
    customer("by-card", "dist", card("tok_ok")),
    prices={"bp": "10.00", "ps": "5.00", "onsite": "100.00"},
    products=[product("bp", vendor="ms"), product("ps", vendor="adobe"), product("onsite", "manual")],
)


@pytest.fixture(autouse=True)
def books() -> Iterator[None]:
    """A market whose books are true in the end."""
    acts.load(WORLD)
    yield
    broken = {each.holds: examine(each).named for each in INVARIANTS}
    assert {holds: named for holds, named in broken.items() if named} == {}


@cases("""
why                                     buyer  happens                                              stands
an invoice                              cust   bill 1                                               10 0 10
a payment of it                         cust   bill 1, pay 10                                       0 0 0
a part of it                            cust   bill 1, pay 4                                        6 0 6
the oldest first                        cust   bill 1, bill 1, pay 14                               6 0 0 6
the one that is named                   cust   bill 1, bill 1, pay 10 2                             10 0 10 0
the rest of it the oldest               cust   bill 1, bill 1, bill 1, pay 13 2                     17 0 7 0 10
what is over stays                      cust   bill 1, pay 15                                       -5 5 0
and settles the next one                cust   bill 1, pay 15, bill 1                               5 0 0 5
a deposit settles several               cust   pay 25, bill 1, bill 1, bill 1                       5 0 0 0 5
a deposit lasts                         cust   pay 25, bill 1                                       -15 15 0
what is owed from before is the oldest  owes   bill 1, pay 30                                       5 0 5
named, what is owed from before waits   owes   bill 1, pay 10 1                                     25 0 0
a deposit brought along                 saved  bill 1                                               -15 15 0
it is used before what is paid          saved  pay 5, bill 2                                        -10 10 0
a credit invoice                        cust   bill 2, credit 1                                     0 0 0 (0)
a part of an invoice                    cust   bill 2, credit 1 5                                   15 0 15 (0)
of a paid one it stays                  cust   bill 2, pay 20, credit 1                             -20 20 0 (20)
of a half paid one the rest             cust   bill 2, pay 15, credit 1                             -15 15 0 (15)
it settles the next one                 cust   bill 2, pay 20, credit 1 15, bill 2                  5 0 0 (0) 5
or another one at once                  cust   bill 2, bill 1, pay 20, credit 1                     -10 10 0 0 (10)
first the one that it credits           cust   bill 1, bill 2, credit 2 5                           25 0 10 15 (0)
cancelled                               cust   bill 1, cancel 1                                     0 0 -
its payment is free                     cust   bill 1, pay 10, cancel 1                             -10 10 -
and settles another                     cust   bill 1, pay 10, bill 2, cancel 1                     10 0 - 10
a credit invoice cancelled              cust   bill 2, credit 1, cancel 2                           20 0 20 -
what it had settled is open             cust   bill 2, pay 20, bill 1, credit 1 10, cancel 3        10 0 0 10 -
given back: what is unused              cust   pay 10, refund 10                                    0 0
some of it                              cust   pay 10, refund 4                                     -6 6
else the newest is open again           cust   bill 1, bill 1, pay 20, refund 5                     5 0 0 5
and the one before it                   cust   bill 1, bill 1, pay 20, refund 15                    15 0 5 10
first what is unused                    cust   bill 1, pay 14, refund 6                             2 0 2
of a payment that is named              cust   bill 1, pay 10, bill 1, pay 10, refund 10 1          10 0 10 0
other unused credit steps in            cust   bill 1, pay 10, pay 10, refund 10 1                  0 0 0
after a credit invoice                  cust   bill 1, pay 10, credit 1, refund 10                  0 0 0 (0)
of a deposit brought along              saved  refund 25                                            0 0
a refund outlives the credit it was of  cust   bill 1, pay 10, credit 1, refund 10, cancel 2        10 0 10 -
the example of docs/billing.md          cust   bill 1, bill 2, pay 14, credit 2 6, pay 15, bill 1, cancel 1, refund 6  1 0 - 0 (0) 1
taxed                                   taxed  bill 1, pay 12                                       0.10 0 0.10
a taxed part                            taxed  bill 2, credit 1 5                                   18.15 0 18.15 (0)
""")
def test_what_is_open(why: str, buyer: str, happens: str, stands: str) -> None:
    """`pay 10 2` names the second invoice, `refund 10 1` the first payment, `credit 1 5` credits 5 net of
    the first invoice. Amounts: balance, unused, then what is open of each invoice."""
    del why
    for what in happens.split(", "):
        verb, *of = what.split()
        assert not isinstance(VERBS[verb](buyer, *of), Refusal)
    assert ledgers.stands(buyer) == stands


def invoice(buyer: str, number: str) -> models.Invoice:
    """The first, second, … on its account."""
    return models.Invoice.objects.filter(buyer__ref=buyer).order_by("id")[int(number) - 1]


def payment(buyer: str, number: str) -> models.Payment:
    return models.Payment.objects.filter(account__contract__buyer__ref=buyer).order_by("id")[int(number) - 1]


def bill(buyer: str, quantity: str) -> models.Invoice:
    return ledgers.billed(buyer, f"{quantity} bp")


def pay(buyer: str, amount: str, number: str = "") -> ledgers.Outcome:
    return ledgers.pay(buyer, amount, invoice(buyer, number) if number else None)


def credit(buyer: str, number: str, net: str = "") -> ledgers.Outcome:
    credited = invoice(buyer, number)
    line = models.InvoiceLine.objects.get(invoice=credited)
    return ledgers.credit(credited, *([CreditWish(str(line.id), None, net)] if net else []))


def cancel(buyer: str, number: str) -> ledgers.Outcome:
    return ledgers.cancel(invoice(buyer, number))


def refund(buyer: str, amount: str, number: str = "") -> ledgers.Outcome:
    return ledgers.refund(buyer, amount, payment(buyer, number).id if number else None)


VERBS: dict[str, Callable[..., object]] = {
    "bill": bill,
    "pay": pay,
    "credit": credit,
    "cancel": cancel,
    "refund": refund,
}


@cases("""
why                                   happens                                   then         code
more than was ever paid               bill 1, pay 10                            refund 11    invalid
nothing was paid                      bill 1                                    refund 1     invalid
what was given back already           pay 10, refund 10                         refund 1     invalid
more than the payment                 pay 5, pay 20                             refund 6 1   invalid
credited is not paid                  bill 1, credit 1                          refund 1     invalid
cancelled twice                       bill 1, cancel 1                          cancel 1     wrong_status
a credited invoice                    bill 2, credit 1 5                        cancel 1     wrong_status
a cancelled one is not credited       bill 1, cancel 1                          credit 1     wrong_status
a credit invoice is not credited      bill 1, credit 1                          credit 2     wrong_status
nothing is left to credit             bill 1, credit 1                          credit 1     invalid
more than is left to credit           bill 1, credit 1 5                        credit 1 6   invalid
a credit invoice is not paid          bill 1, credit 1                          pay 1 2      invalid
nor a cancelled one                   bill 1, cancel 1                          pay 1 1      invalid
""")
def test_what_cannot_be(why: str, happens: str, then: str, code: str) -> None:
    del why
    for what in happens.split(", "):
        verb, *of = what.split()
        assert not isinstance(VERBS[verb]("cust", *of), Refusal)
    verb, *of = then.split()
    stood = ledgers.stands("cust")
    no = VERBS[verb]("cust", *of)
    assert isinstance(no, Refusal)
    assert no.code == code
    assert ledgers.stands("cust") == stood


def test_a_paid_invoice_may_be_named_once_more() -> None:
    """Money that came in is a fact: the over-payment stays as credit."""
    bill("cust", "1")
    pay("cust", "10", "1")
    assert not isinstance(pay("cust", "10", "1"), Refusal)
    assert ledgers.stands("cust") == "-10 10 0"


def test_another_account_is_not_touched() -> None:
    """Nor can its invoice be paid here, or its payment be given back."""
    bill("cust", "1")
    bill("other", "1")
    pay("other", "4")
    assert isinstance(ledgers.pay("cust", "10", invoice("other", "1")), Refusal)
    assert isinstance(ledgers.refund("cust", "1", payment("other", "1").id), Refusal)
    assert (ledgers.stands("cust"), ledgers.stands("other")) == ("10 0 10", "6 0 6")


# Cards --------------------------------------------------------------------------------------


def charged(lines: str) -> Order:
    order = acts.place(actor("by-card"), lines)
    acts.gateways_say("authorised", "captured")
    return order


def test_what_a_card_paid_is_for_its_order() -> None:
    """R48, R62: it settles that order's invoices and nothing else, and what is not delivered goes back."""
    done(acts.retry_part(_half_delivered(), _failed_part(), actor("dist")))
    assert ledgers.stands("by-card") == "-5 0 0"
    acts.vendors_say(Failed("No keys."))
    done(acts.cancel_part(models_order(), _failed_part(), actor("dist")))
    assert ledgers.stands("by-card") == "-5 0 0"
    ledgers.refunds_say("done")
    assert ledgers.stands("by-card") == "0 0 0"
    paid = payment("by-card", "1")
    assert (paid.amount_minor, paid.left_minor, paid.earmarked_minor) == (1500, 0, 0)
    assert models.Refund.objects.get().payment_id == paid.id


def _half_delivered() -> Order:
    order = charged("1 bp, 1 ps")
    assert ledgers.stands("by-card") == "-15 0"
    acts.vendors_say({"bp": Delivered("V"), "ps": Failed("No keys.")})
    assert ledgers.stands("by-card") == "-5 0 0"
    return order


def models_order() -> Order:
    return acts.now_of(models.Order.objects.get().id)


def _failed_part() -> UUID:
    return next(line.sub_order for line in models_order().lines if line.product.ref == "ps")


def test_a_card_that_paid_beside_an_open_invoice() -> None:
    """Its payment is no credit for what is owed otherwise."""
    order = charged("1 bp")
    acts.vendors_say(Delivered("V"))
    ledgers.cancel(ledgers.invoice_of(order, "by-card"))
    assert ledgers.stands("by-card") == "-10 10 -"
    charged("2 bp")
    acts.vendors_say(Delivered("V"))
    assert ledgers.stands("by-card") == "-10 10 - 0"


def test_a_seller_gives_back_to_a_card() -> None:
    """R65: by the gateway; booked once it has done so, and at most what it has paid for deliveries."""
    order = charged("1 bp")
    paid = payment("by-card", "1")
    assert isinstance(ledgers.refund("by-card", "1", paid.id), Refusal)  # it is for lines under way
    acts.vendors_say(Delivered("V"))
    assert isinstance(ledgers.refund("by-card", "1"), Refusal)  # nothing was paid by hand
    ledgers.credit(ledgers.invoice_of(order, "by-card"))
    assert ledgers.stands("by-card") == "-10 10 0 (10)"
    given = ledgers.refund("by-card", "6", paid.id)
    assert not isinstance(given, Refusal)
    assert given["status"] == "pending"
    assert isinstance(ledgers.refund("by-card", "5", paid.id), Refusal)
    assert ledgers.stands("by-card") == "-10 10 0 (10)"
    ledgers.refunds_say("done")
    assert ledgers.stands("by-card") == "-4 4 0 (4)"
    assert models.Refund.objects.get().done_at
