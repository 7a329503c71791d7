"""A reseller's figures and its product mix (R102, R103): what counts, from which moment on, and how it
rounds. All by the real actions, at hours of our choosing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from pydantic_core import from_json, to_json

from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.change_contract import change_contract
from placet.actions.change_subscription import (
    cancel_subscription,
    change_subscription,
    resume_subscription,
    suspend_subscription,
)
from placet.actions.credit_invoice import credit_invoice
from placet.actions.read_statistics import ProductMix, Statistics, read_product_mix, read_statistics
from placet.actions.record_payment import record_payment
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.domain.executing import Delivered, Failed
from placet.domain.money import Money
from placet.domain.refusals import Refusal
from placet.domain.statistics import MixPeriod
from placet.domain.terms import Terms, Wishes
from placet.domain.words import BillingType, ProductType, Role
from placet.storage import models
from tests.domain.tables import cases
from tests.stories import acts
from tests.stories.acts import NOW, actor, done
from tests.stories.worlds import Json, customer, distributor, product, reseller, world

PRICES: Final = {
    "bp": "10.00",
    "year": "120.00",
    "key": "7.00",
    "setup": "100.00",
    "azure": "50.00",
    "try": "0.00",
    "care": "12.00",
}
PRODUCTS: Final = [
    product("bp"),
    product("year") | {"product_type": "reserved_instance", "billing_type": "annual"},
    product("key") | {"product_type": "esd", "billing_type": "one_time"},
    product("setup") | {"product_type": "service", "billing_type": "one_time"},
    product("azure") | {"product_type": "usage", "billing_type": "usage"},
    product("try", vendor="bp-vendor") | {"trial": True},
    product("care", vendor="bp-vendor") | {"product_type": "service"},
]


pytestmark = pytest.mark.usefixtures("alone")


def chain(zone: str = "Europe/Riga", terms: Json | None = None, prices: Json | None = None) -> None:
    """A distributor in that zone, its reseller on those terms, and that one's customer."""
    acts.load(
        world(
            distributor("dist", time_zone=zone),
            reseller("res", "dist", terms, time_zone="Pacific/Kiritimati"),
            customer("cust", "res"),
            prices=prices or PRICES,
            products=PRODUCTS,
        )
    )


def sell(lines: str, at: datetime = NOW, by: str = "cust") -> None:
    """Ordered and delivered at once."""
    acts.place(actor(by), lines, at=at)
    acts.vendors_say(Delivered("V-1"), at=at)


def figures(at: datetime = NOW, of: str = "res") -> Statistics:
    """What the dashboard says."""
    found = read_statistics(by=actor(of, Role.VIEWER), at=at)
    assert isinstance(found, Statistics), found
    return found


def mix(
    period: str = "this_month",
    at: datetime = NOW,
    of: str = "res",
    product_type: str = "",
    billing_type: str = "",
) -> ProductMix:
    """What the pie says."""
    found = read_product_mix(
        period=MixPeriod(period),
        product_type=ProductType(product_type) if product_type else None,
        billing_type=BillingType(billing_type) if billing_type else None,
        by=actor(of, Role.VIEWER),
        at=at,
    )
    assert isinstance(found, ProductMix), found
    return found


def shown(found: ProductMix) -> str:
    """`bp 20.00 66.67, key 10.00 33.33`."""
    return ", ".join(
        f"{each.product['ref']} {str(each.amount).split()[0]} {each.share / 100:.2f}" for each in found.slices
    )


def utc(text: str) -> datetime:
    """`2027-03-31 20:59:59`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Which month, which day ---------------------------------------------------------------------


@cases("""
zone                 sold                 asked                ->  counts
Europe/Riga          2027-03-31 20:59:59  2027-03-31 20:59:59  ->  1
Europe/Riga          2027-03-31 20:59:59  2027-03-31 21:00:00  ->  0
Europe/Riga          2027-03-31 21:00:00  2027-03-31 21:00:00  ->  1
Europe/Riga          2027-03-31 21:00:00  2027-04-30 20:59:59  ->  1
Europe/Riga          2027-03-31 21:00:00  2027-04-30 21:00:00  ->  0
Europe/Riga          2027-10-31 21:59:59  2027-10-31 22:00:00  ->  0
Europe/Riga          2027-10-31 22:00:00  2027-11-30 21:59:59  ->  1
Europe/Riga          2028-02-28 22:00:00  2028-02-29 21:59:59  ->  1
Europe/Riga          2028-02-29 21:59:59  2028-02-29 22:00:00  ->  0
UTC                  2026-12-31 23:59:59  2027-01-01 00:00:00  ->  0
UTC                  2027-01-01 00:00:00  2027-01-31 23:59:59  ->  1
America/New_York     2027-03-01 04:59:59  2027-03-01 05:00:00  ->  0
America/New_York     2027-03-01 05:00:00  2027-04-01 03:59:59  ->  1
Pacific/Kiritimati   2027-02-28 09:59:59  2027-02-28 10:00:00  ->  0
Pacific/Kiritimati   2027-02-28 10:00:00  2027-03-31 09:59:59  ->  1
Asia/Kathmandu       2027-06-30 18:14:59  2027-06-30 18:15:00  ->  0
America/Havana       2026-11-01 03:59:59  2026-11-01 04:00:00  ->  0
America/Havana       2026-11-01 04:00:00  2026-11-01 04:30:00  ->  1
America/Havana       2026-11-01 04:30:00  2026-11-30 12:00:00  ->  1
America/Sao_Paulo    2018-11-01 03:00:00  2018-11-04 04:00:00  ->  1
""")
def test_months_are_those_of_the_seller(zone: str, sold: str, asked: str, counts: str) -> None:
    """R102: from the first moment of its seller's month to the last; invoices and sales agree. In Havana
    the first of November 2026 has two midnights, an hour apart."""
    chain(zone)
    sell("2 bp", utc(sold))
    now = figures(utc(asked))
    assert (now.subscriptions_sold, now.licenses_sold) == (int(counts), 2 * int(counts))
    assert now.monthly_costs.minor == mix(at=utc(asked)).total.minor == 2000 * int(counts)
    assert now.active_subscriptions == 1
    assert now.account_balance.minor == 2000


@cases("""
sold                 asked                period         ->  slices
2027-12-31 21:59:59  2028-01-31 21:59:59  last_month     ->  bp 20.00 100.00
2027-12-31 22:00:00  2028-01-31 21:59:59  last_month     ->  -
2027-12-31 22:00:00  2028-01-31 22:00:00  last_month     ->  bp 20.00 100.00
2028-01-31 22:00:00  2028-02-29 21:59:59  this_month     ->  bp 20.00 100.00
2028-02-29 21:59:59  2028-03-31 20:59:59  last_month     ->  bp 20.00 100.00
2027-11-30 22:00:00  2028-02-29 22:00:00  last_3_months  ->  bp 20.00 100.00
2027-11-30 21:59:59  2028-02-29 22:00:00  last_3_months  ->  -
2028-02-29 21:59:59  2028-02-29 22:00:00  last_3_months  ->  bp 20.00 100.00
2028-02-29 22:00:00  2028-03-31 20:59:59  last_3_months  ->  -
""")
def test_the_days_of_a_mix(sold: str, asked: str, period: str, slices: str) -> None:
    """R103: whole months of the seller's calendar; the one that lasts is in `this_month` alone."""
    chain()
    sell("2 bp", utc(sold))
    found = mix(period, utc(asked))
    assert shown(found) == slices
    assert found.total.minor == (2000 if slices else 0)


@cases("""
zone              days  invoiced             asked                ->  overdue
Europe/Riga       30    2027-03-01 12:00:00  2027-03-31 20:59:59  ->  0.00
Europe/Riga       30    2027-03-01 12:00:00  2027-03-31 21:00:00  ->  20.00
Europe/Riga       0     2027-03-31 20:59:59  2027-03-31 20:59:59  ->  0.00
Europe/Riga       0     2027-03-31 20:59:59  2027-03-31 21:00:00  ->  20.00
Europe/Riga       30    2028-01-30 12:00:00  2028-02-29 21:59:59  ->  0.00
Europe/Riga       30    2028-01-30 12:00:00  2028-02-29 22:00:00  ->  20.00
America/New_York  14    2027-03-01 04:59:59  2027-03-15 03:59:59  ->  0.00
America/New_York  14    2027-03-01 04:59:59  2027-03-15 04:00:00  ->  20.00
America/New_York  14    2027-03-01 05:00:00  2027-03-16 03:59:59  ->  0.00
America/New_York  14    2027-03-01 05:00:00  2027-03-16 04:00:00  ->  20.00
""")
def test_overdue_from_the_day_after(zone: str, days: str, invoiced: str, asked: str, overdue: str) -> None:
    """R63: the due day is the last on which nothing is overdue, by the seller's clock."""
    chain(zone, {"payment_days": int(days)})
    sell("2 bp", utc(invoiced))
    assert str(figures(utc(asked)).overdue_payments) == f"{overdue} EUR"


# What counts --------------------------------------------------------------------------------


@cases("""
by    lines                ->  counts  costs
cust  3 bp                 ->  1 3 1   30.00
cust  3 bp, 2 year, 4 key  ->  3 9 3   298.00
cust  2 setup              ->  1 0 1   200.00
cust  5 azure              ->  1 0 1   0.00
cust  6 try                ->  0 6 0   0.00
cust  1 bp, 1 bp           ->  2 2 2   20.00
res   3 bp                 ->  0 0 1   30.00
""")
def test_what_is_sold(by: str, lines: str, counts: str, costs: str) -> None:
    """R102: subscriptions sold, licences sold, active ones. Every delivered line is a subscription; a trial
    is none that was sold or is active, but its licences are out; what the reseller orders for itself it
    has, and sold to nobody."""
    chain()
    sell(lines, by=by)
    now = figures()
    found = (now.subscriptions_sold, now.licenses_sold, now.active_subscriptions)
    assert " ".join(map(str, found)) == counts
    assert (str(now.monthly_costs), str(now.account_balance)) == (f"{costs} EUR", f"{costs} EUR")


def test_nothing_is_sold_before_it_is_delivered() -> None:
    """R102: an order that waits for its vendor is no cost and no sale; its credit is set aside."""
    chain(terms={"credit_limit": "100.00"})
    acts.place(actor("cust"), "2 bp")
    now = figures()
    assert (now.subscriptions_sold, now.licenses_sold, now.monthly_costs.minor) == (0, 0, 0)
    assert (now.credit_limit.minor, now.available_credit.minor) == (10000, 8000)  # type: ignore[union-attr]
    acts.vendors_say(Failed("Out of keys."))
    assert replace(figures(), as_of=NOW) == now


@cases("""
becomes        ->  active  suspended
cancel         ->  0       0
cancel_at_end  ->  1       0
suspend        ->  0       1
resume         ->  1       0
""")
def test_sold_in_any_status(becomes: str, active: str, suspended: str) -> None:
    """R102: what became of a subscription does not undo that it was sold."""
    chain()
    sell("2 bp")
    become(becomes)
    now = figures()
    assert (now.active_subscriptions, now.suspended_subscriptions) == (int(active), int(suspended))
    assert (now.subscriptions_sold, now.licenses_sold) == (1, 2)


def become(what: str, at: datetime = NOW) -> None:
    """The only subscription there is, cancelled, suspended, or suspended and resumed."""
    about: dict[str, Any] = {
        "subscription": models.Subscription.objects.get().id,
        "by": actor("res"),
        "at": at,
    }
    if what in {"cancel", "cancel_at_end"}:
        done(cancel_subscription(**about, at_period_end=what == "cancel_at_end", reason=""))
    else:
        done(suspend_subscription(**about, reason=""))
        acts.vendors_say(Delivered("V-1"), at=at)
    if what == "resume":
        done(resume_subscription(**about))
    acts.vendors_say(Delivered("V-1"), at=at)


def change(at: datetime, quantity: int | None = None, offer: str | None = None) -> None:
    """The only subscription there is, changed at once."""
    [id_] = models.Subscription.objects.values_list("id", flat=True)
    done(change_subscription(subscription=id_, quantity=quantity, product=offer, by=actor("res"), at=at))
    acts.vendors_say(Delivered("V-1"), at=at)


def test_seats_are_sold_when_they_are_added() -> None:
    """R102: a change counts by the seats that it adds, in its month; fewer undo nothing; none is a new
    subscription."""
    chain()
    march, april, may = (utc(f"2027-{month:02}-10 12:00:00") for month in (3, 4, 5))
    sell("2 bp", march)
    change(april, 5)
    change(april, 6)
    change(april, 1)
    change(may, 2)
    found = [(f.subscriptions_sold, f.licenses_sold) for f in (figures(march), figures(april), figures(may))]
    assert found == [(1, 2), (0, 4), (0, 1)]


def test_a_trial_is_sold_when_it_is_bought() -> None:
    """R102: its licences were out before; what is added to them is sold with it."""
    chain()
    march, april = utc("2027-03-20 12:00:00"), utc("2027-04-02 12:00:00")
    sell("2 try", march)
    change(april, 3, "bp")
    found = [(f.subscriptions_sold, f.licenses_sold) for f in (figures(march), figures(april))]
    assert found == [(0, 2), (1, 1)]
    assert figures(april).active_subscriptions == 1


def test_another_offer_does_not_change_what_was_sold() -> None:
    """R102: seats count as what they were when they were sold, and those added as what they are then."""
    chain()
    march, april, may = (utc(f"2027-{month:02}-10 12:00:00") for month in (3, 4, 5))
    sell("2 bp", march)
    change(april, 5, "care")
    assert [(f.subscriptions_sold, f.licenses_sold) for f in (figures(march), figures(april))] == [
        (1, 2),
        (0, 0),
    ]
    change(may, 7, "bp")
    assert [(f.subscriptions_sold, f.licenses_sold) for f in (figures(april), figures(may))] == [
        (0, 0),
        (0, 2),
    ]


@cases("""
sold        renewed     ->  costs
2027-01-31  2027-02-27  ->  0.00
2027-01-31  2027-02-28  ->  20.00
2028-01-31  2028-02-28  ->  0.00
2028-01-31  2028-02-29  ->  20.00
2028-01-30  2028-02-29  ->  20.00
2027-08-31  2027-09-30  ->  20.00
2027-01-15  2027-03-31  ->  40.00
""")
def test_what_is_billed_on_the_last_of_a_month(sold: str, renewed: str, costs: str) -> None:
    """R71, R102: a renewal costs in the month in which it is billed; it is never sold again. One that is
    late bills each period by itself."""
    chain()
    sell("2 bp", utc(f"{sold} 12:00:00"))
    at = utc(f"{renewed} 12:00:00")
    for _ in range(3):
        renew_subscriptions(most=10, at=at)
    now = figures(at)
    assert str(now.monthly_costs) == str(mix(at=at).total) == f"{costs} EUR"
    assert (now.subscriptions_sold, now.licenses_sold, now.active_subscriptions) == (0, 0, 1)


def test_what_is_given_back_may_be_more_than_what_was_bought() -> None:
    """R102, R103: a credit invoice lowers costs, below nothing too; the mix is of what was bought."""
    chain()
    sell("1 year", utc("2027-03-01 12:00:00"))
    at = utc("2027-04-01 12:00:00")
    become("cancel", at)
    assert str(figures(at).monthly_costs) == "-109.84 EUR"  # 335 of 366 days
    assert (shown(mix(at=at)), shown(mix("last_month", at))) == ("", "year 120.00 100.00")


def test_credited_and_cancelled_invoices() -> None:
    """R102, R103: a credited one is a cost and a credit, and was bought; a cancelled one never was."""
    chain()
    sell("2 bp")
    sell("3 key")
    first, second = models.Invoice.objects.filter(buyer__ref="res").order_by("id")
    about: dict[str, Any] = {"reason": "Sorry.", "by": actor("dist"), "at": NOW}
    assert not isinstance(credit_invoice(invoice=first.id, lines=None, **about), Refusal)
    assert (str(figures().monthly_costs), str(mix().total)) == ("21.00 EUR", "41.00 EUR")
    assert not isinstance(cancel_invoice(invoice=second.id, **about), Refusal)
    now = figures()
    assert (str(now.monthly_costs), shown(mix())) == ("0.00 EUR", "bp 20.00 100.00")
    assert (now.subscriptions_sold, now.account_balance.minor) == (2, 0)


def test_both_sellers_of_a_chain_have_sold_it() -> None:
    """R102: a reseller of resellers counts what they sold; each its own costs; neighbours nothing."""
    acts.load(
        world(
            distributor("dist"),
            reseller("res", "dist"),
            reseller("sub", "res"),
            reseller("beside", "res"),
            customer("cust", "sub"),
            prices=PRICES,
            products=PRODUCTS,
        )
    )
    sell("2 bp")
    sell("5 bp", by="sub")
    found = {of: figures(of=of) for of in ("res", "sub", "beside")}
    counted = {of: (now.subscriptions_sold, now.licenses_sold) for of, now in found.items()}
    assert counted == {"res": (2, 7), "sub": (1, 2), "beside": (0, 0)}
    assert {of: now.active_subscriptions for of, now in found.items()} == {"res": 2, "sub": 2, "beside": 0}
    assert {of: str(now.monthly_costs) for of, now in found.items()} == {
        "res": "70.00 EUR",
        "sub": "84.00 EUR",
        "beside": "0.00 EUR",
    }


def test_payments_and_limits_count_at_once() -> None:
    """R65, R102: a payment lowers balance and overdue, a limit moves what is available; costs stay."""
    chain(terms={"credit_limit": "100.00", "payment_days": 0})
    sell("4 bp", NOW)
    later = NOW + timedelta(days=2)
    contract = models.Contract.objects.get(buyer__ref="res").id
    record_payment(contract=contract, amount="15.00", invoice=None, note="", by=actor("dist"), at=later)
    now = figures(later)
    assert [str(m) for m in (now.monthly_costs, now.account_balance, now.available_credit)] == [
        "40.00 EUR",
        "25.00 EUR",
        "75.00 EUR",
    ]
    raised = change_contract(contract=contract, by=actor("dist"), wishes=Wishes("unlimited"), at=later)
    assert isinstance(raised, Terms)
    free = figures(later)
    assert (free.credit_limit, free.available_credit) == (None, None)


@cases("""
product_type           billing_type  ->  slices
-                      -             ->  setup 300.00 59.76, year 120.00 23.90, bp 50.00 9.96, key 32.00 6.38
software_subscription  -             ->  bp 50.00 100.00
-                      one_time      ->  setup 300.00 90.36, key 32.00 9.64
esd                    one_time      ->  key 32.00 100.00
esd                    annual        ->  -
usage                  -             ->  -
""")
def test_filters_of_the_mix(product_type: str, billing_type: str, slices: str) -> None:
    """R103: shares are of what is shown, and sum to 100; what cost nothing is no slice of a pie."""
    chain(prices=PRICES | {"key": "8.00"})
    sell("3 setup, 1 year, 3 bp, 4 key, 7 azure, 2 try")
    sell("2 bp")
    found = mix(product_type=product_type, billing_type=billing_type)
    assert shown(found) == slices
    assert sum(each.share for each in found.slices) == (10000 if slices else 0)
    assert found.total.minor == sum(each.amount.minor for each in found.slices)


# How it rounds ------------------------------------------------------------------------------


@cases("""
unit        tax  lines       ->  costs      balance
0.01 EUR    21   1 bp, 1 bp  ->  0.02 EUR   0.02 EUR
0.05 EUR    10   1 bp        ->  0.05 EUR   0.06 EUR
0.05 EUR    10   1 bp, 1 bp  ->  0.10 EUR   0.12 EUR
105 JPY     10   1 bp        ->  105 JPY    116 JPY
5 JPY       10   1 bp, 1 bp  ->  10 JPY     12 JPY
0.001 KWD   50   1 bp, 1 bp  ->  0.002 KWD  0.004 KWD
10.005 KWD  7.5  3 bp        ->  30.015 KWD  32.266 KWD
""")
def test_currencies(unit: str, tax: str, lines: str, costs: str, balance: str) -> None:
    """R7, R102: minor units of the currency where it buys, none, two or three decimals; tax is rounded
    half-up once a line, and figures add what was rounded."""
    price, currency = unit.split()
    priced = {"ref": "dist-list", "owner": "dist", "currency": currency, "prices": {"bp": price}}
    retail = {"ref": "res-list", "owner": "res", "currency": "EUR", "prices": {"bp": "1.00"}}
    terms = {"currency": currency, "price_list": "dist-list", "tax_rate": tax}
    made = world(
        distributor("dist"), reseller("res", "dist", terms), customer("cust", "res"), prices={"bp": "1"}
    )
    acts.load(with_lists(made, priced, retail))
    sell(lines)
    now = figures()
    assert str(now.monthly_costs) == str(mix().total) == costs
    assert str(now.account_balance) == balance
    assert now.overdue_payments == Money(0, currency)


def with_lists(made: str, *lists: Json) -> str:
    """The world with other price lists."""
    return to_json(from_json(made) | {"price_lists": lists}).decode()


# Whose --------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["dist", "cust", "lonely"])
def test_only_who_buys_and_sells_has_figures(of: str) -> None:
    """R102: not final buyers, nor who buys from nobody, whatever it is called."""
    acts.load(
        world(
            distributor("dist"),
            reseller("res", "dist"),
            customer("cust", "res"),
            distributor("lonely") | {"kind": "reseller"},
            prices=PRICES,
            products=PRODUCTS,
        )
    )
    assert read_statistics(by=actor(of), at=NOW) == Refusal("forbidden")
    assert read_product_mix(period=MixPeriod.THIS_MONTH, by=actor(of), at=NOW) == Refusal("forbidden")
