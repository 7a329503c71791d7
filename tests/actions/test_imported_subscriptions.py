"""What customers have already, as a world file states it (R70): it stands, and its life goes on here."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from placet.actions.change_subscription import (
    cancel_subscription,
    change_subscription,
    resume_subscription,
)
from placet.actions.load_world import WorldErrors, WorldReport, load_world
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.domain.executing import Delivered
from placet.domain.view import history, render
from placet.storage import models
from placet.storage.order_lists import events_of
from tests.stories import acts
from tests.stories.acts import NOW, actor, done
from tests.stories.worlds import card, customer, distributor, product, reseller, world

YES = Delivered("V-9")

WORLD = world(
    distributor("dist", time_zone="Europe/Riga"),
    reseller("res", "dist", {"credit_limit": "0.00"}),
    customer("cust", "res", {"tax_rate": "21", "order_approval": True}),
    reseller("payer", "dist", card("tok_ok")),
    customer("of-payer", "payer"),
    prices={
        "bp": "10.00",
        "premium": "30.00",
        "azure": "0.10",
        "year": "12.00",
        "once": "5.00",
        "trial": "9.00",
    },
    products=[
        product("bp", vendor="ms"),
        product("premium", vendor="ms"),
        product("unsold", vendor="ms"),
        product("trial", vendor="ms") | {"trial": True},
        product("year", vendor="ms") | {"term_months": 12},
        product("once", vendor="ms") | {"billing_type": "one_time"},
        product("azure", vendor="ms") | {"product_type": "usage", "billing_type": "usage"},
    ],
)


pytestmark = pytest.mark.usefixtures("alone")


def had(ref: str = "s-1", product: str = "bp", **more: object) -> dict[str, Any]:
    """A subscription of ten since the first of September, where the distributor is."""
    return {
        "ref": ref,
        "customer": "cust",
        "product": product,
        "quantity": 10,
        "started_at": "2026-09-01",
        **more,
    }


def loaded(*subscriptions: dict[str, Any], at: datetime = NOW) -> WorldReport | WorldErrors:
    text = json.dumps(json.loads(WORLD) | {"subscriptions": list(subscriptions)})
    return load_world(text, source="old-books.yaml", now=at, progress=lambda *_: None)


def held() -> models.Subscription:
    return models.Subscription.objects.get()


def balance(buyer: str) -> int:
    return models.CreditAccount.objects.get(contract__buyer__ref=buyer).balance_minor


def test_it_stands_as_an_order_that_was_never_placed_here() -> None:
    """Though the reseller has no credit: nothing is reserved, billed, approved or delivered."""
    assert isinstance(loaded(had(vendor_reference="MS-77")), WorldReport)
    made = held()
    assert (made.status, made.quantity, made.vendor_reference) == ("active", 10, "MS-77")
    assert made.started_at == datetime(2026, 9, 1, tzinfo=ZoneInfo("Europe/Riga"))
    assert (made.period_from, made.renews_on) == (date(2026, 11, 1), date(2026, 12, 1))
    order = acts.now_of(made.order_id)
    assert (order.kind, order.status, order.number, order.imported_as) == (
        "new",
        "executed",
        "PL-000001",
        "s-1",
    )
    assert (order.steps, order.checks, order.reservations) == ((), (), ())
    assert [(link.buyer.ref, link.gross) for link in order.links] == [("cust", 14520), ("res", 10000)]
    assert models.Invoice.objects.count() == models.AccountEntry.objects.count() == 0
    assert order.placed_at == made.started_at


def test_its_history_is_one_fact() -> None:
    loaded(had())
    (told,) = models.Event.objects.all()
    assert (told.type, told.at) == ("order.executed", NOW)
    assert told.by is not None
    assert told.by["name"] == "old-books.yaml"
    shown = render(acts.now_of(held().order_id), actor("cust"))
    assert (shown["status"], shown["actions"], shown["delivered"]) == ("executed", [], {"lines": 1, "of": 1})


def test_what_the_file_is_called_is_its_own_organizations_to_know() -> None:
    """R2, spec §13: a name that says where the top seller had it from is none of its buyers' business."""
    loaded(had())
    order = acts.now_of(held().order_id)
    for who, name in {"cust": "Placet", "res": "Placet", "dist": "old-books.yaml"}.items():
        assert render(order, actor(who))["placed_by"] == {"name": name}
        (entry,) = history(order, actor(who).organization, events_of(order.id))
        assert entry["by"] == {"name": name}


PERIODS: tuple[tuple[dict[str, Any], str | None, str | None], ...] = (
    ({}, "2026-11-01", "2026-12-01"),
    ({"started_at": "2026-11-22"}, "2026-11-22", "2026-12-22"),
    ({"started_at": "2026-01-31"}, "2026-10-31", "2026-11-30"),
    ({"started_at": "2026-10-31T22:30:00Z"}, "2026-11-01", "2026-12-01"),
    ({"renews_on": "2026-12-11"}, "2026-12-01", "2026-12-11"),
    ({"renews_on": "2026-12-01"}, "2026-11-01", "2026-12-01"),
    ({"product": "azure", "quantity": 1}, "2026-11-01", "2026-12-01"),
    ({"product": "once"}, None, None),
)


@pytest.mark.parametrize(("stated", "first", "until"), PERIODS)
def test_the_period_that_it_is_in(stated: dict[str, Any], first: str | None, until: str | None) -> None:
    """Counted from its first day where the top seller is, or up to the day that is stated."""
    loaded(had(**stated))
    days = [held().period_from, held().renews_on]
    assert [day and day.isoformat() for day in days] == [first, until]


def test_a_term_is_the_one_that_today_is_in() -> None:
    loaded(had(product="year", started_at="2024-12-15"))
    assert held().term_ends_on == date(2026, 12, 15)


def test_it_is_renewed_here_from_its_next_period_on() -> None:
    loaded(had())
    assert renew_subscriptions(most=5, at=NOW) == 0
    assert renew_subscriptions(most=5, at=datetime(2026, 12, 1, tzinfo=UTC)) == 1
    assert (balance("cust"), balance("res")) == (14520, 10000)
    assert held().renews_on == date(2027, 1, 1)


def test_a_day_that_is_no_border_is_renewed_up_to_the_next_one() -> None:
    """By the day: from the eleventh up to the first of January, 21 of 31."""
    loaded(had(renews_on="2026-12-11"))
    assert renew_subscriptions(most=5, at=datetime(2026, 12, 11, tzinfo=UTC)) == 1
    assert (held().renews_on, balance("res")) == (date(2027, 1, 1), 6774)


def test_a_change_adds_at_the_prices_that_were_valid_when_it_was_stated() -> None:
    """R25, R71: it is approved and has to have credit."""
    loaded(had())
    models.Price.objects.filter(product__ref="bp").update(unit_minor=9900)
    models.CreditAccount.objects.filter(contract__buyer__ref="res").update(limit_minor=None)
    order = done(
        change_subscription(subscription=held().id, quantity=13, product=None, by=actor("cust"), at=NOW)
    )
    assert order.status == "pending_approval"
    done(acts.approve(order, actor("res")))
    acts.vendors_say(YES)
    assert held().quantity == 13
    assert balance("res") == 900  # three at 10.00, nine of thirty days


@pytest.mark.parametrize("wish", [{"quantity": 4, "product": None}, {"quantity": None, "product": "premium"}])
def test_what_is_taken_away_gives_back_nothing(wish: dict[str, Any]) -> None:
    """It was not billed here."""
    loaded(had())
    models.CreditAccount.objects.filter(contract__buyer__ref="res").update(limit_minor=None)
    order = done(change_subscription(subscription=held().id, by=actor("cust"), at=NOW, **wish))
    if order.steps:
        done(acts.approve(order, actor("res")))
    acts.vendors_say(YES)
    assert models.Invoice.objects.filter(kind="credit").count() == 0
    assert acts.now(order).status == "executed"


@pytest.mark.parametrize("at_end", [True, False])
def test_an_end_gives_back_nothing(at_end: bool) -> None:  # noqa: FBT001
    loaded(had())
    done(
        cancel_subscription(subscription=held().id, at_period_end=at_end, reason="", by=actor("cust"), at=NOW)
    )
    acts.vendors_say(YES)
    assert held().status == ("pending_cancellation" if at_end else "cancelled")
    renew_subscriptions(most=5, at=NOW + timedelta(days=60))
    assert held().status == "cancelled"
    assert models.Invoice.objects.count() == 0


def test_in_any_status_that_is_not_over() -> None:
    loaded(had("a", status="suspended"), had("b", status="pending_cancellation"), had("c"))
    found = {row.order.imported_as: row for row in models.Subscription.objects.select_related("order")}
    assert {ref: row.status for ref, row in found.items()} == {
        "a": "suspended",
        "b": "pending_cancellation",
        "c": "active",
    }
    assert found["a"].suspended_at == NOW
    done(resume_subscription(subscription=found["a"].id, by=actor("res"), at=NOW))
    acts.vendors_say(YES)
    assert models.Subscription.objects.get(id=found["a"].id).status == "active"


def test_of_a_card_payer_nothing_is_charged() -> None:
    loaded(had(customer="of-payer"))
    assert renew_subscriptions(most=5, at=NOW + timedelta(days=9)) == 1
    assert (models.ChargeAttempt.objects.count(), balance("payer")) == (0, 10000)


def test_loading_again_leaves_it() -> None:
    loaded(had())
    done(cancel_subscription(subscription=held().id, at_period_end=True, reason="", by=actor("cust"), at=NOW))
    acts.vendors_say(YES)
    again = loaded(had())
    assert isinstance(again, WorldReport)
    assert (again.created, again.differences) == (0, [])
    other = loaded(had(quantity=11, status="active"), had("s-2"))
    assert isinstance(other, WorldReport)
    assert other.created == 1
    assert other.differences == [
        "subscription s-1 of cust: quantity is 11 in the file, 10 in the database",
        "subscription s-1 of cust: status is active in the file, pending_cancellation in the database",
    ]


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"product": "unsold"}, "product", "unsold is not for sale to cust: a link has no price"),
    ({"product": "nothing"}, "product", "there is no product nothing"),
    ({"customer": "nobody"}, "customer", "there is no organization nobody"),
    ({"customer": "dist"}, "customer", "buys from nobody"),
    ({"quantity": 0}, "quantity", "must be a whole number from 1 to 1000000"),
    ({"status": "cancelled"}, "status", "must be of what the customer has: not cancelled"),
    ({"started_at": "2026-11-23"}, "started_at", "must not be in the future"),
    ({"renews_on": "2026-09-01"}, "renews_on", "must be after started_at"),
    ({"renews_on": "2026-12-01T00:00:00Z"}, "renews_on", "must be a day, written 2030-12-31"),
    (
        {"product": "once", "renews_on": "2026-12-01"},
        "renews_on",
        "stands against once, which is billed once",
    ),
    (
        {"product": "once", "status": "pending_cancellation"},
        "status",
        "stands against a product that is billed once: it has no period that ends",
    ),
    ({"colour": "red"}, "colour", "unknown key; known are"),
)


@pytest.mark.parametrize(("stated", "key", "reason"), WRONG)
def test_a_bad_one_is_named_and_nothing_is_kept(stated: dict[str, Any], key: str, reason: str) -> None:
    answer = loaded(had("fine"), had("bad", **stated))
    assert isinstance(answer, WorldErrors)
    (problem,) = answer.problems
    assert (problem.key, problem.reason[: len(reason)]) == (f"subscriptions[1].{key}", reason)
    assert problem.line == 1
    assert models.Organization.objects.count() == models.Subscription.objects.count() == 0


def test_two_of_one_ref_are_refused() -> None:
    answer = loaded(had(), had())
    assert isinstance(answer, WorldErrors)
    assert [problem.key for problem in answer.problems] == ["subscriptions[1].ref"]
