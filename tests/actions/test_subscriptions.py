"""Subscriptions in the tables (R70-R72): changed, ended, paused, renewed, and their usage billed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from django.db import connection

from placet.actions import change_subscription as verbs
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.import_usage import Used, import_usage
from placet.actions.record_payment import record_payment
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.domain.executing import Delivered
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.view import credit_risk, render
from placet.domain.words import OrganizationStatus
from placet.storage import models
from tests.stories import acts, ledgers
from tests.stories.acts import NOW, actor, done
from tests.stories.test_races import while_open
from tests.stories.worlds import card, customer, distributor, product, reseller, world

YES = Delivered("V-1")

WORLD = world(
    distributor("dist", time_zone="Europe/Riga"),
    reseller("res", "dist"),
    customer("cust", "res", {"tax_rate": "21"}),
    customer("asked", "res", {"order_approval": True}),
    customer("poor", "res", {"credit_limit": "120.00"}),
    customer("other", "dist"),
    reseller("payer", "dist", card("tok_ok")),
    customer("of-payer", "payer"),
    prices={"bp": "10.00", "premium": "30.00", "azure": "0.10", "by-hand": "50.00", "trial": "10.00"}
    | {"free-azure": "0.10"},
    products=[
        product("bp", vendor="ms"),
        product("premium", vendor="ms"),
        product("by-hand", "manual", vendor="ms"),
        product("trial", vendor="ms") | {"trial": True},
        product("azure", vendor="ms") | {"product_type": "usage", "billing_type": "usage"},
        product("free-azure", vendor="ms")
        | {"product_type": "usage", "billing_type": "usage", "trial": True},
    ],
)


@pytest.fixture(autouse=True)
def market(alone: None) -> None:  # noqa: ARG001
    """The world that these tests live in."""
    acts.load(WORLD)


def bought(lines: str = "10 bp", who: str = "cust", at: datetime = NOW) -> models.Subscription:
    """What an executed order of one line made."""
    order = acts.place(actor(who), lines, at=at)
    if order.steps:
        order = done(acts.approve(order, actor("res"), at))
    acts.vendors_say(YES, at)
    return models.Subscription.objects.get(order_id=order.id)


def bought_by_hand() -> models.Subscription:
    order = acts.place(actor("cust"), "2 by-hand")
    done(acts.execute(order, actor("dist")))
    acts.vendors_say(YES)
    return models.Subscription.objects.get(order_id=order.id)


def changed(
    held: models.Subscription,
    quantity: int | None = None,
    product: str | None = None,
    *,
    by: str = "cust",
    at: datetime = NOW,
) -> Order | Refusal:
    return verbs.change_subscription(
        subscription=held.id, quantity=quantity, product=product, by=actor(by), at=at
    )


def cancelled(
    held: models.Subscription, *, by: str = "cust", at: datetime = NOW, at_end: bool = False
) -> Order | Refusal:
    return verbs.cancel_subscription(
        subscription=held.id, at_period_end=at_end, reason="Enough.", by=actor(by), at=at
    )


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)


def balance(buyer: str) -> int:
    return models.CreditAccount.objects.get(contract__buyer__ref=buyer).balance_minor


def bills(order: Order | UUID) -> list[tuple[str, str, int]]:
    id_ = order.id if isinstance(order, Order) else order
    rows = models.Invoice.objects.filter(order_id=id_).order_by("buyer__ref", "kind")
    return [(row.buyer.ref or "", row.kind, row.net_minor) for row in rows.select_related("buyer")]


def test_seats_added_by_the_day_on_every_link() -> None:
    """R71: five more for half a month, at what each link locked."""
    held = bought()
    before = balance("res")
    order = done(changed(held, 15, at=in_days(15)))
    assert (order.kind, order.status) == ("change", "submitted")
    acts.vendors_say(YES, in_days(15))
    assert bills(order) == [("cust", "debit", 3000), ("res", "debit", 2500)]
    held.refresh_from_db()
    assert (held.quantity, acts.now(order).status) == (15, "executed")
    assert balance("res") - before == 2500
    shown = render(acts.now(order), actor("cust"))
    assert shown["change"] == {
        "subscription": str(held.id),
        "does": "change",
        "before": {"product": shown["lines"][0]["product"], "quantity": 10},
        "after": {"product": shown["lines"][0]["product"], "quantity": 15},
        "period": {"first": "2026-12-07", "until": "2026-12-22"},
    }
    assert (shown["lines"][0]["quantity"], shown["lines"][0]["subscription"]) == (5, str(held.id))


def test_fewer_seats_come_back_at_once_and_ask_nobody() -> None:
    """R25: though its orders need approval."""
    held = bought(who="asked")
    more = done(changed(held, 11, by="asked"))
    assert more.status == "pending_approval"
    done(acts.cancel(more, actor("asked")))
    order = done(changed(held, 4, by="asked", at=in_days(15)))
    acts.vendors_say(YES, in_days(15))
    assert bills(order) == [("asked", "credit", 3600), ("res", "credit", 3000)]
    held.refresh_from_db()
    assert (held.quantity, balance("asked")) == (4, 12000 - 3600)


def test_another_offer_and_back_again() -> None:
    held = bought()
    order = done(changed(held, product="premium", at=in_days(15)))
    assert (
        render(order, actor("cust"))["total_amount"]["amount"] == "145.20"
    )  # 20.00 more, x1.2, half, x10, tax
    acts.vendors_say(Delivered("V-2"), in_days(15))
    assert bills(order) == [
        ("cust", "credit", 6000),
        ("cust", "debit", 18000),
        ("res", "credit", 5000),
        ("res", "debit", 15000),
    ]
    held.refresh_from_db()
    assert (held.product.ref, held.vendor_reference) == ("premium", "V-2")
    back = done(changed(held, product="bp", at=in_days(15)))
    acts.vendors_say(YES, in_days(15))
    assert {kind: net for buyer, kind, net in bills(back) if buyer == "res"} == {
        "credit": 15000,
        "debit": 5000,
    }


def test_one_open_change_at_a_time() -> None:
    """R71."""
    held = bought(who="asked")
    done(changed(held, 11, by="asked"))
    for outcome in (changed(held, 12, by="asked"), cancelled(held, by="asked")):
        assert isinstance(outcome, Refusal)
        assert outcome.code == "change_pending"


def test_of_many_changes_at_once_one_is_open() -> None:
    """R71, with real concurrency."""
    held = bought(who="asked")
    by, gate = actor("asked"), threading.Barrier(8)

    def ask(quantity: int) -> str:
        gate.wait()
        outcome = verbs.change_subscription(
            subscription=held.id, quantity=quantity, product=None, by=by, at=NOW
        )
        connection.close()
        return outcome.code if isinstance(outcome, Refusal) else outcome.status

    with ThreadPoolExecutor(8) as crowd:
        answers = sorted(crowd.map(ask, range(11, 19)))
    assert answers == ["change_pending"] * 7 + ["pending_approval"]


STRANGERS = (("other", "not_found"), ("payer", "not_found"))


@pytest.mark.parametrize(("who", "code"), STRANGERS)
def test_a_stranger_s_subscription_is_not_there(who: str, code: str) -> None:
    held = bought()
    outcome = changed(held, 11, by=who)
    assert isinstance(outcome, Refusal)
    assert outcome.code == code


def test_a_seller_above_changes_it_on_behalf() -> None:
    """R11: a distributor, for the customer of its reseller."""
    held = bought()
    order = done(changed(held, 12, by="dist"))
    assert order.placer.ref == "dist"
    acts.vendors_say(YES)
    held.refresh_from_db()
    assert held.quantity == 12


def test_a_rise_beyond_the_limit_waits_and_is_retried() -> None:
    """R43, R44: 120.00 are spent; one seat more needs 12.00."""
    held = bought(who="poor")
    order = done(changed(held, 11, by="poor"))
    assert order.status == "unexecuted"
    contract = models.Contract.objects.get(buyer__ref="poor").id
    record_payment(contract=contract, amount="12.00", invoice=None, note="", by=actor("res"), at=NOW)
    done(acts.retry(order, actor("res")))
    acts.vendors_say(YES)
    held.refresh_from_db()
    assert (held.quantity, balance("poor")) == (11, 12000)


def test_an_end_now_gives_back_what_was_not_used() -> None:
    held = bought()
    order = done(cancelled(held, at=in_days(10)))
    acts.vendors_say(YES, in_days(10))
    assert bills(order) == [("cust", "credit", 8000), ("res", "credit", 6667)]
    held.refresh_from_db()
    assert (held.status, held.ended_at, held.renews_on) == ("cancelled", in_days(10), None)
    assert renew_subscriptions(most=10, at=in_days(40)) == 0


def test_an_end_by_hand_waits_for_the_top_seller() -> None:
    """R45: what a person delivered, a person ends."""
    order = acts.place(actor("cust"), "2 by-hand")
    done(acts.execute(order, actor("dist")))
    acts.vendors_say(YES)
    held = models.Subscription.objects.get()
    end = done(cancelled(held))
    assert end.status == "submitted"
    assert models.Subscription.objects.get().status == "active"
    done(acts.execute(end, actor("dist"), at=in_days(3)))
    acts.vendors_say(YES, in_days(3))
    assert models.Subscription.objects.get().status == "cancelled"


def test_an_end_at_the_period_s_end() -> None:
    held = bought()
    done(cancelled(held, at=in_days(10), at_end=True))
    acts.vendors_say(YES, in_days(10))
    held.refresh_from_db()
    assert held.status == "pending_cancellation"
    assert renew_subscriptions(most=10, at=in_days(30)) == 1
    held.refresh_from_db()
    assert (held.status, held.ended_at) == ("cancelled", in_days(30))
    told = models.Event.objects.filter(type="subscription.cancelled").get()
    assert (told.order_id, told.detail["held"]["status"]) == (held.order_id, "cancelled")
    assert models.Order.objects.filter(kind="renewal").count() == 0


def test_an_end_that_its_vendor_makes_after_the_period_is_an_end_at_once() -> None:
    """R71: what the renewal billed meanwhile and was not used comes back: 28 of 31 days."""
    order = acts.place(actor("cust"), "2 by-hand")
    done(acts.execute(order, actor("dist")))
    acts.vendors_say(YES)
    held = models.Subscription.objects.get()
    end = done(cancelled(held, at=in_days(10), at_end=True))
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    done(acts.execute(end, actor("dist"), at=in_days(33)))
    acts.vendors_say(YES, in_days(33))
    held.refresh_from_db()
    assert (held.status, held.ended_at, held.renews_on) == ("cancelled", in_days(33), None)
    assert bills(end) == [("cust", "credit", 10839), ("res", "credit", 9032)]
    assert models.Event.objects.filter(order_id=end.id, type="subscription.cancelled").count() == 1
    assert renew_subscriptions(most=5, at=in_days(70)) == 0


def test_a_renewal_late_by_months_bills_each_period_once() -> None:
    """R71: three months late, run twice."""
    held = bought()
    ran = [renew_subscriptions(most=10, at=in_days(100)) for _ in range(5)]
    assert ran == [1, 1, 1, 0, 0]
    held.refresh_from_db()
    assert (held.period_from, held.renews_on) == (date(2027, 2, 22), date(2027, 3, 22))
    orders = models.Order.objects.filter(kind="renewal").order_by("id")
    assert [(order.status, bills(order.id)) for order in orders] == [
        ("executed", [("cust", "debit", 12000), ("res", "debit", 10000)])
    ] * 3
    assert balance("res") == 40000
    assert models.Subscription.objects.count() == 1


def test_a_day_begins_where_the_top_seller_is() -> None:
    """R102: in Riga the twenty-second begins at ten in the evening, UTC."""
    bought()
    eve = datetime(2026, 12, 21, 21, 59, tzinfo=UTC)
    assert renew_subscriptions(most=10, at=eve) == 0
    assert renew_subscriptions(most=10, at=eve + timedelta(minutes=1)) == 1


def test_eight_workers_renew_the_same_day_once() -> None:
    """R71: forty subscriptions, eight workers, each period billed once."""
    for _ in range(40):
        bought("1 bp")
    gate = threading.Barrier(8)

    def work(_: int) -> int:
        gate.wait()
        found = 0
        for _ in range(20):
            found += renew_subscriptions(most=5, at=in_days(30))
        connection.close()
        return found

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(work, range(8))) == 40
    assert models.Order.objects.filter(kind="renewal").count() == 40
    assert balance("res") == 40 * 2 * 1000


def test_a_renewal_and_a_change_at_once_bill_the_same_as_one_after_the_other() -> None:
    """R71: whoever comes first, the new month is paid for all of the seats."""
    held = bought()
    order = done(changed(held, 15, at=in_days(29)))
    gate = threading.Barrier(2)

    def renew() -> None:
        gate.wait()
        renew_subscriptions(most=5, at=in_days(30))
        connection.close()

    def deliver() -> None:
        gate.wait()
        acts.vendors_say(YES, in_days(30))
        connection.close()

    with ThreadPoolExecutor(2) as two:
        for each in [two.submit(renew), two.submit(deliver)]:
            each.result()
    assert acts.now(order).status == "executed"
    # ten for a month, five for one day of thirty, fifteen for the next month
    assert balance("res") == 10000 + 167 + 15000


def test_a_change_that_is_released_after_a_renewal_is_billed_for_the_new_period_too() -> None:
    """R44, R71: beyond what was reserved, which no limit stands before."""
    held = bought(who="poor")
    order = done(changed(held, 20, by="poor", at=in_days(15)))
    assert (order.status, renew_subscriptions(most=5, at=in_days(30))) == ("unexecuted", 1)
    done(acts.release(order, actor("res"), in_days(30)))
    acts.vendors_say(YES, in_days(30))
    assert bills(order) == [("poor", "debit", 6000 + 12000), ("res", "debit", 5000 + 10000)]


def test_what_is_changed_on_the_day_of_a_renewal_that_is_still_to_come() -> None:
    """R71: delivered after the worker renewed, the period that began that day is billed for as many seats as
    there are in it."""
    more, fewer, ends = bought(who="asked"), bought("5 bp"), bought("1 bp", who="poor")
    rise = done(changed(more, 15, by="asked", at=in_days(30)))
    fall = done(changed(fewer, 2, at=in_days(30)))
    end = done(cancelled(ends, by="poor", at=in_days(30)))
    assert renew_subscriptions(most=5, at=in_days(30)) == 3
    done(acts.approve(rise, actor("res"), in_days(30)))
    acts.vendors_say(YES, in_days(30))
    assert bills(rise) == [("asked", "debit", 6000), ("res", "debit", 5000)]
    assert bills(fall) == [("cust", "credit", 3600), ("res", "credit", 3000)]
    assert bills(end) == [("poor", "credit", 1200), ("res", "credit", 1000)]


@pytest.mark.parametrize("rival", [ledgers.credit, ledgers.cancel])
def test_what_its_seller_takes_back_meanwhile_is_not_given_back_again(
    rival: Callable[[models.Invoice], object],
) -> None:
    """R62: fewer seats are delivered while the invoice that they were billed on is credited or cancelled."""
    held = bought()
    done(changed(held, 4))
    billed = models.Invoice.objects.get(order_id=held.order_id, buyer__ref="cust")
    while_open(partial(rival, billed), partial(acts.vendors_say, YES))
    assert (balance("cust"), balance("res")) == (0, 4000)


def test_the_final_credit_risk_is_what_was_billed() -> None:
    """R54: five more for a day, and for the month that a renewal billed before they were delivered."""
    held = bought(who="asked")
    order = done(changed(held, 15, by="asked", at=in_days(29)))
    done(acts.approve(order, actor("res"), in_days(29)))
    renew_subscriptions(most=5, at=in_days(30))
    acts.vendors_say(YES, in_days(30))
    risk = credit_risk(acts.now(order), actor("res").organization)
    billed = sum(net for buyer, _, net in bills(order) if buyer == "asked")
    assert (risk["estimated"]["amount"], billed) == ("2.00", 6200)
    assert risk["final"]["amount"] == risk["items"][0]["final"]["amount"] == "62.00"


def test_a_pause_by_a_seller_stops_the_bills() -> None:
    held = bought()
    by = actor("res")
    refused = verbs.suspend_subscription(subscription=held.id, reason="Why not.", by=actor("cust"), at=NOW)
    assert isinstance(refused, Refusal)
    assert refused.code == "forbidden"
    done(verbs.suspend_subscription(subscription=held.id, reason="Not paid.", by=by, at=in_days(5)))
    acts.vendors_say(YES, in_days(5))
    held.refresh_from_db()
    assert (held.status, renew_subscriptions(most=5, at=in_days(60))) == ("suspended", 0)
    done(verbs.resume_subscription(subscription=held.id, by=by, at=in_days(45)))
    acts.vendors_say(YES, in_days(45))
    assert renew_subscriptions(most=5, at=in_days(45)) == 1
    held.refresh_from_db()
    assert (held.status, held.period_from, held.renews_on) == ("active", date(2027, 1, 6), date(2027, 1, 22))
    assert balance("res") == 10000 + 5161


def test_a_suspended_organization_s_subscriptions_go_on() -> None:
    """R72: it may order nothing more; its sellers may end what it has."""
    held = bought()
    models.Organization.objects.filter(ref="cust").update(status="suspended")
    refused = changed(held, 11, by="res")
    assert isinstance(refused, Refusal)
    assert refused.code == "organization_not_active"
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    done(cancelled(held, by="res", at=in_days(31)))
    acts.vendors_say(YES, in_days(31))
    held.refresh_from_db()
    assert held.status == "cancelled"


def test_an_end_by_hand_goes_on_though_its_organization_is_suspended() -> None:
    """R72: asked for before or after; a rise that waits does not go on."""
    first, second, third = (bought_by_hand() for _ in range(3))
    before, rise = done(cancelled(first)), done(changed(third, 3))
    wishes = OrganizationWishes(status=OrganizationStatus.SUSPENDED)
    outcome = change_organization(name="cust", by=actor("res"), wishes=wishes, at=NOW)
    assert not isinstance(outcome, Refusal)
    after = done(cancelled(second, by="res"))
    for end in (before, after):
        done(acts.execute(end, actor("dist")))
    acts.vendors_say(YES)
    assert acts.now(rise).status == "cancelled"
    assert [models.Subscription.objects.get(id=held.id).status for held in (first, second, third)] == [
        "cancelled",
        "cancelled",
        "active",
    ]


def test_a_card_pays_for_the_seats_added_and_for_nothing_else() -> None:
    """R48, R71: renewals are never charged by themselves."""
    order = acts.place(actor("of-payer"), "10 bp")
    done(acts.approve(order, actor("payer")))
    acts.gateways_say("authorised", "captured")
    acts.vendors_say(YES)
    held = models.Subscription.objects.get()
    more = done(changed(held, 12, by="of-payer", at=in_days(15)))
    done(acts.approve(more, actor("payer"), in_days(15)))
    acts.gateways_say("authorised", "captured", at=in_days(15))
    acts.vendors_say(YES, in_days(15))
    assert [c.amount_minor for c in models.ChargeAttempt.objects.order_by("created_at")] == [10000, 1000]
    assert balance("payer") == 0
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    assert (balance("payer"), models.ChargeAttempt.objects.count()) == (12000, 2)


def test_a_trial_ends_by_itself() -> None:
    bought("3 trial")
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    assert models.Subscription.objects.get().status == "cancelled"
    assert balance("cust") == 0


def test_a_trial_that_is_being_changed_waits_for_that() -> None:
    """R71: it was to go on, paid for; what passed of it as a trial costs nothing."""
    held = bought("3 trial", who="asked")
    order = done(changed(held, product="bp", by="asked", at=in_days(29)))
    assert renew_subscriptions(most=5, at=in_days(30)) == 0
    done(acts.approve(order, actor("res"), in_days(45)))
    acts.vendors_say(YES, in_days(45))
    held.refresh_from_db()
    assert (held.status, held.trial, held.product.ref) == ("active", False, "bp")
    assert renew_subscriptions(most=5, at=in_days(45)) == 1
    assert balance("res") == 100 + 1548  # the day that was submitted; 16 days of 31


def test_a_trial_that_is_not_changed_after_all_ends() -> None:
    held = bought("3 trial", who="asked")
    order = done(changed(held, product="bp", by="asked", at=in_days(29)))
    done(acts.reject(order, actor("res"), in_days(31)))
    assert renew_subscriptions(most=5, at=in_days(31)) == 1
    held.refresh_from_db()
    assert (held.status, balance("asked")) == ("cancelled", 0)


def test_an_end_at_once_comes_before_the_end_of_the_period() -> None:
    """R71: it ends once, and that is told once."""
    held = bought()
    done(cancelled(held, at=in_days(10), at_end=True))
    acts.vendors_say(YES, in_days(10))
    done(cancelled(held, at=in_days(29)))
    assert renew_subscriptions(most=5, at=in_days(30)) == 0
    acts.vendors_say(YES, in_days(30))
    held.refresh_from_db()
    assert (held.status, held.ended_at) == ("cancelled", in_days(30))
    assert models.Event.objects.filter(type="subscription.cancelled").count() == 1


# From what to what, and what it would do otherwise.
NO_SWITCHES = (
    ("10 bp", "trial"),  # a month would cost the day on which it is changed back
    ("1 free-azure", "azure"),  # what was used of the one would be billed at the price of the other
)


@pytest.mark.parametrize(("lines", "product"), NO_SWITCHES)
def test_offers_that_take_no_other_s_place(lines: str, product: str) -> None:
    """R71."""
    outcome = changed(bought(lines), product=product, at=in_days(1))
    assert isinstance(outcome, Refusal)
    assert list(outcome.facts["errors"]) == ["product"]


# Usage --------------------------------------------------------------------------------------


def used(held: models.Subscription, *records: str, by: Actor | None = None) -> list[str] | Refusal:
    """`key day quantity` each."""
    rows = [record.split() for record in records]
    wanted = [Used(key, held.id, date.fromisoformat(day), Decimal(quantity)) for key, day, quantity in rows]
    outcome = import_usage(records=wanted, by=by or actor("dist"), at=in_days(60))
    return outcome if isinstance(outcome, Refusal) else list(outcome)


def test_usage_is_imported_once_and_billed_when_its_month_is_over() -> None:
    """R71: 1000 units at 0.10 and 0.12; a late one on the next bill."""
    held = bought("1 azure")
    assert balance("res") == 0
    first = ("a 2026-11-22 600", "b 2026-12-21 400", "c 2026-12-22 50.5")
    assert used(held, *first) == ["added"] * 3
    assert used(held, *first, "b 2026-12-21 400") == ["unchanged"] * 4
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    assert (balance("res"), balance("cust")) == (10000, 14520)
    assert used(held, "late 2026-12-01 10") == ["added"]
    assert renew_subscriptions(most=5, at=in_days(61)) == 1
    assert balance("res") == 10000 + 605
    assert renew_subscriptions(most=5, at=in_days(92)) == 1
    assert models.Order.objects.filter(kind="renewal").count() == 2


@pytest.mark.parametrize("ended", [False, True])
def test_usage_of_a_trial_is_never_billed(*, ended: bool) -> None:
    """R71."""
    held = bought("1 free-azure")
    assert used(held, "a 2026-11-23 1000") == ["added"]
    if ended:
        done(cancelled(held, at=in_days(5)))
        acts.vendors_say(YES, in_days(5))
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    held.refresh_from_db()
    assert (held.status, held.renews_on, balance("res")) == ("cancelled", None, 0)


def test_usage_that_no_bill_would_have_any_more_is_refused() -> None:
    """R71: an ended subscription's last bill is that of the month of its end; what was imported stays."""
    held = bought("1 azure")
    assert used(held, "a 2026-11-23 1000") == ["added"]
    done(cancelled(held, at=in_days(5)))
    acts.vendors_say(YES, in_days(5))
    assert used(held, "b 2026-11-24 1000") == ["added"]
    assert renew_subscriptions(most=5, at=in_days(30)) == 1
    assert balance("res") == 20000
    outcome = used(held, "c 2026-11-24 1000")
    assert isinstance(outcome, Refusal)
    assert list(outcome.facts["errors"]) == ["records.0.subscription"]
    assert used(held, "b 2026-11-24 1000") == ["unchanged"]


WRONG = (
    ("a 2026-11-21 1", "records.0.used_on"),
    ("a 2027-01-22 1", "records.0.used_on"),  # tomorrow
    ("a 2026-11-23 0", "records.0.quantity"),
    ("a 2026-11-23 0.0000001", "records.0.quantity"),
    ("known 2026-11-23 2", "records.0.key"),
)


@pytest.mark.parametrize(("record", "field"), WRONG)
def test_wrong_usage_is_named_and_none_of_it_is_kept(record: str, field: str) -> None:
    held = bought("1 azure")
    assert used(held, "known 2026-11-23 1") == ["added"]
    outcome = used(held, record, "fine 2026-11-23 1")
    assert isinstance(outcome, Refusal)
    assert list(outcome.facts["errors"]) == [field]
    assert models.UsageRecord.objects.count() == 1


def test_usage_is_the_top_seller_s_to_import_and_only_for_what_is_metered() -> None:
    held, seats = bought("1 azure"), bought("1 bp", "asked")
    for outcome, code in (
        (used(held, "a 2026-11-23 1", by=actor("res")), "forbidden"),
        (used(held, "a 2026-11-23 1", by=actor("cust")), "forbidden"),
        (used(seats, "a 2026-11-23 1"), "invalid"),
    ):
        assert isinstance(outcome, Refusal)
        assert outcome.code == code


def test_two_imports_of_the_same_usage_at_once_count_once() -> None:
    held = bought("1 azure")
    by, gate = actor("dist"), threading.Barrier(4)

    def send(_: int) -> list[str] | Refusal:
        gate.wait()
        answer = used(held, *(f"k{n} 2026-11-23 1" for n in range(50)), by=by)
        connection.close()
        return answer

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(send, range(4)))
    assert (
        sorted(answer[0] for answer in answers if isinstance(answer, list)) == ["added"] + ["unchanged"] * 3
    )
    assert models.UsageRecord.objects.count() == 50
