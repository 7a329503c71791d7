"""A year in the life of one distributor, leap day and all, through the real actions: every figure of every
reseller's dashboard (R102, R103), every balance and limit (R60-R65), recomputed at each month's end by books
that were kept beside, equal to the cent. `PLACET_YEAR=seed,acts` makes it another, or a longer one."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from placet.actions.load_world import WorldReport, load_world
from placet.actions.number_invoices import number_invoices
from placet.actions.read_statistics import ProductMix, Statistics, read_product_mix, read_statistics
from placet.domain.money import Money
from placet.domain.statistics import MixPeriod
from placet.domain.words import BillingType, ProductType
from placet.storage import db, models
from tests.databases import emptied
from tests.stories import acts
from tests.year import changing, ordering, paying
from tests.year.life import Life, same
from tests.year.market import RIGA, Firm, make

SEED, ACTS = (int(part) for part in os.environ.get("PLACET_YEAR", "1,5000").split(","))
RESELLERS: Final = 50
CUSTOMERS: Final = 2000
FIRST: Final = date(2027, 3, 1)
DAYS: Final = 366
"""Up to and with 29 February 2028."""

PERIODS: Final = {"this_month": (0, 1), "last_month": (1, 1), "last_3_months": (3, 3)}
FILTERS: Final[tuple[dict[str, str], ...]] = (
    {"product_type": "software_subscription"},
    {"billing_type": "one_time"},
    {"product_type": "software_subscription", "billing_type": "annual"},
)


HOUR: Final = 3600
Job = Callable[[Life, datetime], object]
Act = Callable[[Life, datetime], bool]
HAPPENS: Final[dict[Act, int]] = {
    ordering.buy: 30,
    ordering.approve: 8,
    ordering.reject: 1,
    ordering.retry: 2,
    ordering.release: 1,
    ordering.withdraw: 1,
    ordering.execute: 5,
    ordering.mend: 3,
    changing.change: 8,
    changing.convert: 2,
    changing.end_now: 3,
    changing.end_later: 3,
    changing.suspend: 2,
    changing.resume: 2,
    changing.use: 8,
    paying.pay: 12,
    paying.settle_up: 4,
    paying.refund: 2,
    paying.credit: 3,
    paying.cancel_paper: 2,
    paying.limit: 2,
    paying.stop: 1,
    paying.go: 2,
}
"""What people do, and how often beside the rest."""


@pytest.fixture(autouse=True)
def alone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """A database of nobody else's."""
    with django_db_blocker.unblock():
        emptied()
        yield
        emptied()
        connection.close()


def test_a_year() -> None:
    """R60-R65, R70, R71, R102, R103."""
    chance = Random(SEED)  # noqa: S311 - the same again for the same seed
    market = make(chance, RESELLERS, CUSTOMERS)
    begins_at = datetime.combine(FIRST, time(), ZoneInfo(RIGA))
    report = load_world(market.as_world(), source="the year", now=begins_at, progress=lambda *_: None)
    assert isinstance(report, WorldReport), report
    db.analyze()
    life = Life(market, chance)
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    acts_on = Counter(chance.choices(days, [6 if is_border(day) else 1 for day in days], k=ACTS))
    for day in days:
        try:
            live_through(life, day, acts_on[day])
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}, {day}: {error}") from error
    kinds = Counter(f"{o.kind} {o.status}" for o in models.Order.objects.only("kind", "status"))
    subs = Counter(sub.status for sub in life.books.subs.values())
    papers = Counter(
        p.kind + " cancelled" * p.cancelled for a in life.books.accounts.values() for p in a.papers
    )
    print(f"seed {SEED}", *(sorted(each.items()) for each in (life.did, kinds, subs, papers)), sep="\n")  # noqa: T201
    acts.proven()


def is_border(day: date) -> bool:
    """The first or the last day of a month: more happens then, and most of it around midnight."""
    return 1 in (day.day, (day + timedelta(days=1)).day)


def live_through(life: Life, day: date, many: int) -> None:
    """One day: so many acts at any hour, renewals sometimes not or twice; the figures where a month ends."""
    begins_at, ends_at = (datetime.combine(d, time(), ZoneInfo(RIGA)) for d in (day, day + timedelta(days=1)))
    lasts, chance = ends_at.timestamp() - begins_at.timestamp(), life.chance
    happens: list[tuple[float, Job]] = [(0, ordering.expire)]
    happens += [(2 * HOUR, changing.renew)] * (chance.random() > 0.1)
    happens += [(3 * HOUR, changing.renew)] * (chance.random() < 0.1)
    happens += [(moment(chance, lasts, day), somebody_does) for _ in range(many)]
    for seconds, job in sorted(happens, key=itemgetter(0)):
        job(life, datetime.fromtimestamp(begins_at.timestamp() + seconds, ZoneInfo(RIGA)))
    if ends_at.day == 1:
        last = datetime.fromtimestamp(ends_at.timestamp() - 1, ZoneInfo(RIGA))
        ordering.deliver(life, last)
        compare(life, last, PERIODS, [{}, life.chance.choice(FILTERS)])
        compare(life, ends_at, ["last_month"], [{}])


def moment(chance: Random, lasts: float, day: date) -> float:
    """Some second of the day; on a border day often near its beginning or end, or the very first or last."""
    anywhere = chance.random() * (lasts - 1)
    if not is_border(day):
        return anywhere
    return chance.choice([0, lasts - 1, anywhere, anywhere * 0.1, lasts - 1 - anywhere * 0.1])


def somebody_does(life: Life, at: datetime) -> None:
    """One of all that can happen, and mostly the vendors answer at once. What is not possible just now does
    not happen."""
    [act] = life.chance.choices(list(HAPPENS), list(HAPPENS.values()))
    life.did[act.__name__] += act(life, at)
    life.compare()
    if life.chance.random() < 0.7:
        ordering.deliver(life, at)


def compare(life: Life, at: datetime, periods: Iterable[str], filters: Sequence[dict[str, str]]) -> None:
    """Everybody's figures, and these mixes."""
    number_invoices(most=10_000, at=at)
    _accounts(life)
    for reseller in life.market.resellers:
        _figures(life, reseller, at)
        for period in periods:
            for only in filters:
                _mix(life, reseller, at, period, only)


def _accounts(life: Life) -> None:
    rows = models.CreditAccount.objects.values_list(
        "contract__buyer__ref", "balance_minor", "reserved_minor", "limit_minor"
    )
    kept = {(a.buyer.ref, a.balance, a.reserved, a.buyer.limit) for a in life.books.accounts.values()}
    same(set(rows) - kept, kept - set(rows), "accounts (balance, reserved, limit)")


def _figures(life: Life, reseller: Firm, at: datetime) -> None:
    found = read_statistics(by=life.by(reseller), at=at)
    assert isinstance(found, Statistics), found
    for name, kept in life.books.figures(reseller, at).items():
        shown = getattr(found, name)
        if isinstance(shown, Money):
            same(shown.currency, reseller.currency, f"currency of {name} of {reseller.ref}")
            shown = shown.minor
        same(shown, kept, f"{name} of {reseller.ref} ({reseller.currency}) at {at}")


def _mix(life: Life, reseller: Firm, at: datetime, period: str, only: dict[str, str]) -> None:
    product_type, billing_type = only.get("product_type"), only.get("billing_type")
    found = read_product_mix(
        period=MixPeriod(period),
        product_type=ProductType(product_type) if product_type else None,
        billing_type=BillingType(billing_type) if billing_type else None,
        by=life.by(reseller),
        at=at,
    )
    assert isinstance(found, ProductMix), found
    kept = life.books.mix(reseller, at, PERIODS[period], only)
    shown = {each.product["ref"]: each.amount.minor for each in found.slices}
    what = f"mix of {reseller.ref} ({reseller.currency}), {period}, {only} at {at}"
    same(shown, kept, what)
    same(found.total.minor, sum(kept.values()), f"total of the {what}")
    same(sum(each.share for each in found.slices), 10_000 if kept else 0, f"shares of the {what}")
