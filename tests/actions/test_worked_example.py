"""The example of docs/subscriptions.md, as it happens (R70, R71)."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Case, F, Sum, When

from placet.actions import change_subscription as verbs
from placet.actions.renew_subscriptions import renew_subscriptions
from placet.domain.executing import Delivered
from placet.storage import models
from tests.stories import acts
from tests.stories.acts import actor, done
from tests.stories.worlds import customer, distributor, reseller, world

PAGE = Path(__file__).parents[2] / "docs/subscriptions.md"
WORLD = world(distributor("dist"), reseller("res", "dist"), customer("cust", "res"), prices={"seat": "10.00"})


@pytest.fixture(autouse=True)
def market(alone: None) -> None:  # noqa: ARG001
    """The world that these tests live in."""
    acts.load(WORLD)


def rows() -> list[list[str]]:
    """The table: a day, what happens, two amounts, and why."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| 20")]


def held() -> models.Subscription:
    return models.Subscription.objects.get()


def change(at: datetime, quantity: str) -> None:
    by = actor("cust")
    done(
        verbs.change_subscription(subscription=held().id, quantity=int(quantity), product=None, by=by, at=at)
    )


def cancel(at: datetime, _: str) -> None:
    by = actor("cust")
    done(verbs.cancel_subscription(subscription=held().id, at_period_end=False, reason="", by=by, at=at))


def suspend(at: datetime, _: str) -> None:
    done(verbs.suspend_subscription(subscription=held().id, reason="Late.", by=actor("res"), at=at))


def resume(at: datetime, _: str) -> None:
    done(verbs.resume_subscription(subscription=held().id, by=actor("res"), at=at))


def renewal(at: datetime, _: str) -> None:
    renew_subscriptions(most=5, at=at)


def buys(at: datetime, quantity: str) -> None:
    acts.place(actor("cust"), f"{quantity} seat", at=at)


DOES: dict[str, Callable[[datetime, str], None]] = {
    "buys": buys,
    "change": change,
    "renewal": renewal,
    "suspend": suspend,
    "resume": resume,
    "cancel": cancel,
}


def billed(buyer: str) -> Decimal:
    """Net of all invoices of a buyer so far, less its credit invoices."""
    signed = Case(When(kind="debit", then=F("net_minor")), default=-F("net_minor"))
    total = models.Invoice.objects.filter(buyer__ref=buyer).aggregate(total=Sum(signed))["total"]
    return Decimal(total or 0) / 100


def test_each_row_is_what_is_billed() -> None:
    before = {"cust": Decimal(0), "res": Decimal(0)}
    for day, what, *amounts, _ in rows():
        word, *rest = what.split()
        at = datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=UTC)
        DOES[word](at, rest[-1] if rest else "")
        acts.vendors_say(Delivered("V-1"), at)
        now = {buyer: billed(buyer) for buyer in before}
        assert [now[buyer] - before[buyer] for buyer in before] == [*map(Decimal, amounts)], day
        before = now
    assert len(rows()) == 9
    assert held().status == "cancelled"
