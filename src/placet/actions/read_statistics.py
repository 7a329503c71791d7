"""A reseller's own figures on its dashboard: general statistics (R102) and the product mix (R103)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from placet.actions.list_dashboard import no_dashboard
from placet.domain import statistics as counting
from placet.domain.money import Money
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.statistics import MixPeriod
from placet.domain.words import BillingType, ProductType
from placet.storage import statistics
from placet.storage.db import Row
from placet.storage.statistics import Books

MONEY: Final = ("monthly_costs", "account_balance", "overdue_payments", "credit_limit", "available_credit")


@dataclass(frozen=True, slots=True)
class Statistics:
    """R102. Money is in the currency of the contract that the organization buys on; no `credit_limit` is
    unlimited, and then there is no `available_credit` either."""

    monthly_costs: Money
    account_balance: Money
    subscriptions_sold: int
    licenses_sold: int
    active_subscriptions: int
    suspended_subscriptions: int
    overdue_payments: Money
    credit_limit: Money | None
    available_credit: Money | None
    as_of: datetime
    today: date
    """By the calendar that its months and days are counted by."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One product of a mix; `share` is in hundredths of a percent."""

    product: Row
    amount: Money
    share: int


@dataclass(frozen=True, slots=True)
class ProductMix:
    """R103: what was bought from `first` to `last`, both included, the most first. Shares sum to 100
    percent; where nothing was bought there are none, and `total` is 0."""

    first: date
    last: date
    total: Money
    slices: Sequence[Slice]


def read_statistics(*, by: Actor, at: datetime) -> Statistics | Refusal:
    """The figures as they stand, with every fact that is committed. Only who buys and sells has them."""
    books = _books(by, at)
    if isinstance(books, Refusal):
        return books
    month = counting.days_of(MixPeriod.THIS_MONTH, books.today)
    row = statistics.statistics(by.organization, books, month)
    return Statistics(**row | {name: _money(row[name], books) for name in MONEY}, as_of=at, today=books.today)


def read_product_mix(
    *,
    period: MixPeriod,
    product_type: ProductType | None = None,
    billing_type: BillingType | None = None,
    by: Actor,
    at: datetime,
) -> ProductMix | Refusal:
    """What the organization bought in a period, by product; only of that type, where one is named."""
    books = _books(by, at)
    if isinstance(books, Refusal):
        return books
    days = counting.days_of(period, books.today)
    rows = statistics.product_mix(books.contract, days, product_type, billing_type)
    amounts = [row["net_minor"] for row in rows]
    return ProductMix(
        first=days.first,
        last=counting.last_day(days, books.today),
        total=Money(sum(amounts), books.currency),
        slices=[
            Slice(row["product"], Money(amount, books.currency), share)
            for row, amount, share in zip(rows, amounts, counting.shares(amounts), strict=True)
        ],
    )


def no_statistics(*, by: Actor, at: datetime) -> Refusal | None:
    """Why the caller has no figures, if so."""
    books = _books(by, at)
    return books if isinstance(books, Refusal) else None


def _books(by: Actor, at: datetime) -> Books | Refusal:
    """A final buyer has no dashboard; a top seller buys nothing."""
    return no_dashboard(by) or statistics.books_of(by.organization, at) or Refusal("forbidden")


def _money(minor: int | None, books: Books) -> Money | None:
    return None if minor is None else Money(minor, books.currency)
