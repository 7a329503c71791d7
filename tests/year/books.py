"""The books of the year: everybody's account, every subscription, everything sold; and what a dashboard
ought to say of them. Kept from what was done, never from the product's tables."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from tests.year.accounts import Account, Days, Line, Paper
from tests.year.calendar import months_between, months_later, noon
from tests.year.market import LICENCES, Cost, Firm, Market, Offer, Rate, cost, half_up, rate


@dataclass(eq=False)
class Sub:
    """A subscription: what of what, at which rates on each link, for which days it is paid."""

    id: UUID
    buyer: Firm
    offer: Offer
    quantity: int
    rates: list[Rate]
    began_on: date
    days: Days | None
    term_ends_on: date | None
    trial: bool
    status: str = "active"
    ended_on: date | None = None
    used: "list[tuple[date, Fraction]]" = field(default_factory=list)
    """Usage that is not billed yet."""
    changing: bool = False

    @property
    def ends(self) -> bool:
        """By itself, when its period is over; not while a change of it is open."""
        return self.trial or self.status == "pending_cancellation"

    def whole(self, day: date) -> Days | None:
        """The whole period that the day is in."""
        length = {"monthly": 1, "usage": 1, "annual": 12}.get(self.offer.billing_type)
        if length is None:
            return None
        number = 0
        while months_later(self.began_on, (number + 1) * length) <= day:
            number += 1
        return Days(
            months_later(self.began_on, number * length), months_later(self.began_on, (number + 1) * length)
        )


@dataclass(frozen=True)
class Wish:
    """What is to become of a subscription: `change`, `cancel`, `cancel_at_end`, `suspend`, `resume`; and what
    it is of, and how much, afterwards."""

    does: str
    offer: Offer
    quantity: int


@dataclass(frozen=True)
class Sale:
    """Something sold, and by whom."""

    at: datetime
    sellers: frozenset[str]
    subscriptions: int
    licences: int


@dataclass(frozen=True)
class Difference:
    """What a change comes to: of each link what is added, and lines that are given back."""

    seats: int
    rest: Days | None
    rates: list[Rate]
    added: list[Cost]
    back: list[list[Line]]

    @property
    def gross(self) -> list[int]:
        """What each link owes more, or less."""
        return [
            more.gross - sum(line.net + line.tax for line in less)
            for more, less in zip(self.added, self.back, strict=True)
        ]


def _added(sub: Sub, offer: Offer, parts: list[Difference], place: int) -> Iterable[Line]:
    for part in parts:
        more = part.added[place]
        if more.net or more.tax:
            yield Line(offer, parts[0].seats, more.net, more.tax, sub.id, part.rest)


def _back(parts: list[Difference], place: int) -> Iterable[Line]:
    """What is given back, at most what is left of it by now."""
    for line in (line for part in parts for line in part.back[place]):
        assert line.credits, "it takes something back"
        _, net, tax = line.credits.left
        gone = line.credits.paper is not None and line.credits.paper.cancelled
        line.net, line.tax = (0, 0) if gone else (min(line.net, net), min(line.tax, tax))
        if line.net or line.tax:
            yield line


class Books:
    """All of it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.accounts = {firm.ref: Account(firm) for firm in market.firms.values() if firm.seller}
        self.subs: dict[UUID, Sub] = {}
        self.sales: list[Sale] = []
        self.fresh: list[tuple[Account, Paper]] = []
        """Papers that are not compared with the product's yet."""

    def accounts_of(self, buyer: Firm) -> list[Account]:
        """Of every link, the buyer's first."""
        return [self.accounts[firm.ref] for firm in buyer.chain]

    def short(self, buyer: Firm, gross: Iterable[int]) -> bool:
        """Whether an order of that much is short on any link."""
        return any(a.short_of(g) for a, g in zip(self.accounts_of(buyer), gross, strict=True))

    def reserve(self, buyer: Firm, gross: Iterable[int], sign: int = 1) -> None:
        """Sets credit aside on every link, or lets it go."""
        for account, amount in zip(self.accounts_of(buyer), gross, strict=True):
            account.reserved += sign * max(0, amount)

    def _billed(self, account: Account, lines: list[Line], at: datetime, kind: str = "debit") -> None:
        if lines:
            self.fresh.append((account, account.bill(lines, at, kind)))

    def _settled(self, buyer: Firm) -> None:
        for account in self.accounts_of(buyer):
            account.settle()

    # New ones ---------------------------------------------------------------------------

    def delivered(
        self, buyer: Firm, lines: "list[tuple[UUID, Offer, int, list[Rate], list[Cost]]]", at: datetime
    ) -> None:
        """Lines delivered together: a subscription each, and an invoice on every link."""
        today = self.market.top.day(at)
        for id_, offer, quantity, rates, _ in lines:
            term = months_later(today, offer.term_months) if offer.term_months else None
            sub = Sub(id_, buyer, offer, quantity, rates, today, None, term, offer.trial)
            sub.days = sub.whole(today)
            self.subs[id_] = sub
            self._sold(buyer, offer, at, 0 if offer.trial else 1, quantity)
        for place, account in enumerate(self.accounts_of(buyer)):
            billed = [
                Line(offer, quantity, costs[place].net, costs[place].tax, id_, self.subs[id_].days)
                for id_, offer, quantity, _, costs in lines
            ]
            self._billed(account, billed, at)
        self._settled(buyer)

    def _sold(self, buyer: Firm, offer: Offer, at: datetime, subscriptions: int, quantity: int) -> None:
        sellers = frozenset(firm.seller.ref for firm in buyer.chain if firm.seller)
        licences = quantity if offer.product_type in LICENCES else 0
        self.sales.append(Sale(at, sellers, subscriptions, licences))

    # Changes ----------------------------------------------------------------------------

    def difference(self, sub: Sub, wish: Wish, at: datetime) -> Difference:
        """What it would come to at that moment, at the rates that it has, or for another offer today's."""
        if wish.offer is sub.offer:
            return self._at_rates(sub, wish, sub.rates, at)
        listed = [rate(firm, wish.offer, wish.quantity, at) for firm in sub.buyer.chain]
        return self._at_rates(sub, wish, listed, at)

    def _at_rates(self, sub: Sub, wish: Wish, rates: list[Rate], at: datetime) -> Difference:
        day, switched = self.market.top.day(at), wish.offer is not sub.offer
        rest = sub.days.rest(day) if sub.days else None
        seats = wish.quantity if switched else max(0, wish.quantity - sub.quantity)
        away = sub.quantity if switched or wish.does == "cancel" else max(0, sub.quantity - wish.quantity)
        added, back = [], []
        for firm, locked in zip(sub.buyer.chain, rates, strict=True):
            added.append(cost(firm, locked, self._due(sub, wish.offer, locked.unit * seats, rest)))
            back.append(self._given_back(sub, self.accounts[firm.ref], away, day))
        return Difference(seats or away or sub.quantity, rest, rates, added, back)

    def _due(self, sub: Sub, offer: Offer, whole_price: int, rest: Days | None) -> int:
        if offer.free or (sub.days and not rest):
            return 0
        if not rest:
            return whole_price
        whole = sub.whole(rest.first)
        assert whole, "what has days left has a period"
        return half_up(Fraction(whole_price * rest.count, whole.count))

    def _given_back(self, sub: Sub, account: Account, seats: int, day: date) -> list[Line]:
        found = []
        paid = [
            line
            for paper in account.papers
            for line in paper.lines
            if paper.kind == "debit" and not paper.cancelled and line.sold == sub.id and line.days
        ]
        for line in reversed(paid):
            quantity, net, tax = line.left
            part, rest = min(seats, quantity), line.days.rest(day) if line.days else None
            seats -= part
            if not part or not rest or not line.days:
                continue
            share = Fraction(part * rest.count, line.quantity * line.days.count)
            net, tax = min(net, half_up(line.net * share)), min(tax, half_up(line.tax * share))
            if net or tax:
                found.append(Line(sub.offer, part, net, tax, sub.id, rest, credits=line))
        return found

    def changed(self, sub: Sub, wish: Wish, frozen: Difference, asked_at: datetime, at: datetime) -> None:
        """A change is delivered, at what it came to when it was ordered; and where a renewal has come
        between, at what it comes to for those days: what was to end with the last ones ends at once."""
        parts = [frozen]
        until = frozen.rest.until if frozen.rest else self.market.top.day(asked_at)
        begun = sub.days and (sub.days.first >= until if frozen.rest else sub.days.until > until)
        if begun:
            wish = replace(wish, does="cancel") if wish.does == "cancel_at_end" else wish
            parts.append(self._at_rates(sub, wish, frozen.rates, at))
        for place, account in enumerate(self.accounts_of(sub.buyer)):
            self._billed(account, list(_added(sub, wish.offer, parts, place)), at)
            self._billed(account, list(_back(parts, place)), at, "credit")
        self._settled(sub.buyer)
        if wish.does == "change":
            self._switched(sub, wish, frozen.rates, at)
        else:
            self._became(sub, wish.does, self.market.top.day(at))

    def _switched(self, sub: Sub, wish: Wish, rates: list[Rate], at: datetime) -> None:
        started, more = sub.trial and not wish.offer.trial, max(0, wish.quantity - sub.quantity)
        self._sold(sub.buyer, wish.offer, at, int(started), more)
        today = self.market.top.day(at)
        if sub.trial and wish.offer is not sub.offer and sub.days and sub.days.until < today:
            sub.days = Days(sub.days.first, today)
        sub.offer, sub.quantity, sub.rates, sub.trial = wish.offer, wish.quantity, rates, wish.offer.trial

    def _became(self, sub: Sub, does: str, today: date) -> None:
        if does == "cancel":
            sub.status, sub.ended_on = "cancelled", today
            sub.days = sub.days if sub.offer.billing_type == "usage" else None
        elif does == "cancel_at_end":
            sub.status = "pending_cancellation"
        elif does == "suspend":
            sub.status = "suspended"
        elif does == "resume":
            sub.status = "active"
            if sub.days and sub.days.until < today:
                sub.days = Days(sub.days.first, today)

    # Renewals ---------------------------------------------------------------------------

    def renew(self, at: datetime) -> int:
        """Everything whose period is over, until nothing is due; how many times."""
        today, times = self.market.top.day(at), 0
        while due := [
            s
            for s in self.subs.values()
            if s.days and s.days.until <= today and s.status != "suspended" and not (s.ends and s.changing)
        ]:
            for sub in sorted(due, key=lambda s: (s.days.until if s.days else today, s.id)):
                self._renewed(sub, at)
                times += 1
        return times

    def _renewed(self, sub: Sub, at: datetime) -> None:
        today = self.market.top.day(at)
        assert sub.days, "it has a period"
        over = sub.days
        following = sub.whole(over.until)
        assert following, "what has a period has a next one"
        if sub.offer.billing_type == "usage":
            self._bill_usage(sub, over, at)
        elif sub.ends:
            sub.status, sub.days, sub.ended_on = "cancelled", None, today
            return
        else:
            self._bill_next(sub, Days(over.until, following.until), following, at)
            sub.days = Days(over.until, following.until)
            return
        if sub.status == "pending_cancellation":
            sub.status, sub.ended_on = "cancelled", today
        sub.days = None if sub.status == "cancelled" else Days(over.until, following.until)

    def _bill_next(self, sub: Sub, days: Days, whole: Days, at: datetime) -> None:
        within = sub.term_ends_on is not None and days.first < sub.term_ends_on
        if not within:
            sub.rates = self._listed(sub, sub.quantity, days.first)
            if sub.offer.term_months:
                sub.term_ends_on = months_later(days.first, sub.offer.term_months)
        for firm, locked in zip(sub.buyer.chain, sub.rates, strict=True):
            due = half_up(Fraction(locked.unit * sub.quantity * days.count, whole.count))
            billed = cost(firm, locked, due)
            line = Line(sub.offer, sub.quantity, billed.net, billed.tax, sub.id, days)
            self._billed(self.accounts[firm.ref], [line], at)
        self._settled(sub.buyer)

    def _bill_usage(self, sub: Sub, over: Days, at: datetime) -> None:
        used = [units for day, units in sub.used if day < over.until]
        sub.used = [(day, units) for day, units in sub.used if day >= over.until]
        if not used:
            return
        for firm, listed in zip(sub.buyer.chain, self._listed(sub, sub.quantity, over.until), strict=True):
            billed = cost(firm, listed, half_up(listed.unit * sum(used, Fraction(0))))
            line = Line(sub.offer, 1, billed.net, billed.tax, sub.id, over)
            self._billed(self.accounts[firm.ref], [line], at)
        self._settled(sub.buyer)

    def _listed(self, sub: Sub, quantity: int, day: date) -> list[Rate]:
        return [rate(firm, sub.offer, quantity, noon(day)) for firm in sub.buyer.chain]

    # What a dashboard ought to say ------------------------------------------------------

    def figures(self, of: Firm, at: datetime) -> dict[str, int | None]:
        """R102."""
        assert of.seller, "it buys from somebody"
        account, today = self.accounts[of.ref], of.seller.day(at)
        first, last = months_between(today, 0, 1)
        sales = [s for s in self.sales if of.ref in s.sellers and first <= of.seller.day(s.at) <= last]
        mine = [s for s in self.subs.values() if of in s.buyer.chain]
        return {
            "monthly_costs": account.net_between(first, last),
            "account_balance": account.balance,
            "subscriptions_sold": sum(sale.subscriptions for sale in sales),
            "licenses_sold": sum(sale.licences for sale in sales),
            "active_subscriptions": sum(
                s.status in ("active", "pending_cancellation") and not s.trial for s in mine
            ),
            "suspended_subscriptions": sum(s.status == "suspended" for s in mine),
            "overdue_payments": account.overdue(today),
            "credit_limit": of.limit,
            "available_credit": account.available,
        }

    def mix(self, of: Firm, at: datetime, months: tuple[int, int], only: dict[str, str]) -> dict[str, int]:
        """R103: net by product, of so many months from so far back on; `only` names types."""
        assert of.seller, "it buys from somebody"
        first, last = months_between(of.seller.day(at), *months)
        volume: dict[str, int] = defaultdict(int)
        for line in self.accounts[of.ref].bought_between(first, last):
            if all(getattr(line.offer, name) == value for name, value in only.items()):
                volume[line.offer.ref] += line.net
        return {ref: net for ref, net in volume.items() if net}
