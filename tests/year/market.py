"""The market of the year: one distributor, its resellers, some of which sell to resellers, and their
customers; what is sold, and at what price. Made from a seed; told as a world file; and priced here once
more, plainly, in fractions, apart from the product's own rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]

TOP: Final = "dist"
RIGA: Final = "Europe/Riga"
DECIMALS: Final = {"EUR": 2, "JPY": 0, "KWD": 3}
ZONES: Final = (RIGA, "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "America/Havana", "UTC")
RAISED_ON: Final = date(2027, 9, 1)
"""The day on which the distributor's prices in euro rise."""

TAXES: Final = ("21", "0", "7.5", "19.6")
LICENCES: Final = frozenset({"software_subscription", "reserved_instance", "esd"})


@dataclass(frozen=True)
class Offer:
    """A product, and what a unit costs at the distributor in euro, before and after the rise."""

    ref: str
    vendor: str
    product_type: str
    billing_type: str
    euros: str
    raised: str
    manual: bool = False
    trial: bool = False
    term_months: int | None = None

    @property
    def free(self) -> bool:
        """Costs nothing when it is ordered."""
        return self.trial or "usage" in (self.product_type, self.billing_type)


OFFERS: Final = (
    Offer("office", "ms", "software_subscription", "monthly", "10.05", "11.15"),
    Offer("office-plus", "ms", "software_subscription", "monthly", "17.33", "18.99"),
    Offer("office-year", "ms", "software_subscription", "annual", "99.99", "112.01", term_months=12),
    Offer("office-try", "ms", "software_subscription", "monthly", "10.05", "10.05", trial=True),
    Offer("cloud", "ms", "usage", "usage", "0.37", "0.41"),
    Offer("reserve", "ms", "reserved_instance", "one_time", "310.00", "333.33"),
    Offer("design", "adobe", "software_subscription", "monthly", "23.45", "26.01", term_months=12),
    Offer("fonts", "adobe", "esd", "one_time", "5.55", "6.05"),
    Offer("backup", "adobe", "service", "monthly", "3.01", "3.03"),
    Offer("onsite", "own", "service", "one_time", "120.00", "125.00", manual=True),
    Offer("guard", "own", "software_subscription", "annual", "61.11", "66.67", manual=True),
)
BY_REF: Final = {offer.ref: offer for offer in OFFERS}


@dataclass(eq=False)
class Firm:
    """A party and its contract as a buyer. `limit` is in minor units, none is unlimited."""

    ref: str
    kind: str
    zone: str
    seller: "Firm | None" = None
    currency: str = "EUR"
    tax: str = "0"
    days: int = 30
    limit: int | None = None
    opening: int = 0
    asks: bool = False
    prices: "Mapping[str, Prices]" = field(default_factory=dict)
    """Its lists as a seller, by currency."""
    active: bool = True

    @property
    def chain(self) -> "list[Firm]":
        """Everyone who buys on the way up from here, itself first; the distributor is not among them."""
        return [] if self.seller is None else [self, *self.seller.chain]

    def day(self, at: datetime) -> date:
        """Which day it is there."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def text(self, minor: int) -> str:
        """An amount in the currency that it pays in, as decimal text."""
        return str(Decimal(minor).scaleb(-DECIMALS[self.currency]))


@dataclass(frozen=True)
class Prices:
    """A list: a markup, or units by product and quantity; and what is taken off from a quantity on."""

    currency: str
    zone: str
    markup: str | None = None
    fixed: bool = False
    step: int = 0
    """From so many on, a unit costs a tenth less; 0: never."""
    off: str = ""
    off_from: int = 0

    def fixed_unit(self, offer: Offer, quantity: int, at: datetime) -> int:
        """A unit in minor units, at that moment."""
        raised = at >= first_moment(RAISED_ON, self.zone)
        minor = self._minor(offer.raised if raised else offer.euros)
        return minor * 9 // 10 if self.step and quantity >= self.step else minor

    def _minor(self, euros: str) -> int:
        return int(Decimal(euros) * {"EUR": 100, "JPY": 160, "KWD": 333}[self.currency])

    def as_json(self, owner: str, ref: str) -> Json:
        """As a world file has it."""
        told: Json = {"ref": ref, "owner": owner, "currency": self.currency}
        if self.markup is not None:
            told["markup_percent"] = self.markup
        if self.fixed:
            told["prices"] = {offer.ref: self._dated(offer) for offer in OFFERS}
        if self.off:
            told["discounts"] = [{"percent": self.off, "min_quantity": self.off_from}]
        return told

    def _dated(self, offer: Offer) -> list[Json]:
        before = {"valid_to": date(2027, 8, 31).isoformat()}
        after = {"valid_from": RAISED_ON.isoformat()}
        return [
            {"price": self._text(self._minor(euros) * part // 10), "min_quantity": least, **valid}
            for least, part in ((1, 10), *(((self.step, 9),) if self.step else ()))
            for euros, valid in ((offer.euros, before), (offer.raised, after))
        ]

    def _text(self, minor: int) -> str:
        return str(Decimal(minor).scaleb(-DECIMALS[self.currency]))


def first_moment(day: date, zone: str) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), ZoneInfo(zone))


@dataclass(frozen=True)
class Rate:
    """What a unit costs on one link, and the percentage off."""

    unit: int
    off: Fraction


@dataclass(frozen=True)
class Cost:
    """What something comes to on one link."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        """With tax."""
        return self.net + self.tax


def half_up(amount: Fraction) -> int:
    """Rounded to whole minor units, half away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) + Fraction(1, 2))


def rate(buyer: Firm, offer: Offer, quantity: int, at: datetime) -> Rate:
    """What the buyer pays for a unit, at that quantity and moment."""
    assert buyer.seller, "somebody sells it"
    listed = buyer.seller.prices[buyer.currency]
    off = Fraction(listed.off) if listed.off and quantity >= listed.off_from else Fraction(0)
    if listed.fixed:
        return Rate(listed.fixed_unit(offer, quantity, at), off)
    cost = rate(buyer.seller, offer, quantity, at).unit
    return Rate(half_up(cost * (100 + Fraction(listed.markup or "0")) / 100), off)


def cost(buyer: Firm, locked: Rate, due: int) -> Cost:
    """What is left of an amount after the discount, and the tax on it: each rounded once."""
    net = due - half_up(due * locked.off / 100)
    return Cost(net, half_up(net * Fraction(buyer.tax) / 100))


# Made from a seed ---------------------------------------------------------------------------


@dataclass
class Market:
    """Everybody, by ref."""

    firms: dict[str, Firm]

    @property
    def top(self) -> Firm:
        """The distributor."""
        return self.firms[TOP]

    @property
    def resellers(self) -> list[Firm]:
        """Who buys and sells."""
        return [firm for firm in self.firms.values() if firm.kind == "reseller"]

    @property
    def customers(self) -> list[Firm]:
        """Final buyers."""
        return [firm for firm in self.firms.values() if firm.kind == "customer"]

    def as_world(self) -> str:
        """The world file."""
        lists = [
            prices.as_json(firm.ref, f"{firm.ref}-{currency}")
            for firm in self.firms.values()
            for currency, prices in firm.prices.items()
        ]
        return json.dumps(
            {
                "organizations": [_organization(firm) for firm in self.firms.values()],
                "vendors": [
                    {"ref": ref, "name": ref, "connector": "sandbox"} for ref in ("ms", "adobe", "own")
                ],
                "products": [_product(offer) for offer in OFFERS],
                "price_lists": lists,
            }
        )


def make(chance: Random, resellers: int, customers: int) -> Market:
    """A market of so many."""
    top = Firm(TOP, "distributor", RIGA, prices={c: _fixed(chance, c, RIGA) for c in DECIMALS})
    firms = {TOP: top}
    for number in range(resellers):
        above = top if number < resellers * 9 // 10 else firms[f"r{chance.randrange(resellers // 2)}"]
        made = _reseller(chance, f"r{number}", above)
        firms[made.ref] = made
    for number in range(customers):
        seller = firms[f"r{number % resellers}"]
        firms[f"c{number}"] = _customer(chance, f"c{number}", seller)
    return Market(firms)


def _fixed(chance: Random, currency: str, zone: str) -> Prices:
    return Prices(currency, zone, fixed=True, step=chance.choice([0, 10]), off="2.5", off_from=20)


def _reseller(chance: Random, ref: str, above: Firm) -> Firm:
    zone, currency = chance.choice(ZONES), chance.choice(sorted(above.prices))
    prices = {currency: Prices(currency, zone, markup=chance.choice(["20", "12.5", "0", "-3"]))}
    other = chance.choice(sorted(DECIMALS))
    if other != currency:
        prices[other] = _fixed(chance, other, zone)
    limit = chance.choice([None, None, None, 40_000_00, 4_000_00])
    return _on_terms(chance, Firm(ref, "reseller", zone, above, currency, limit=limit, prices=prices))


def _customer(chance: Random, ref: str, seller: Firm) -> Firm:
    currency = chance.choice(sorted(seller.prices))
    limit = chance.choice([None, None, None, None, 500_00])
    firm = Firm(ref, "customer", "UTC", seller, currency, limit=limit, asks=chance.random() < 0.2)
    return _on_terms(chance, firm)


def _on_terms(chance: Random, firm: Firm) -> Firm:
    firm.tax, firm.days = chance.choice(TAXES), chance.choice([0, 14, 30, 60])
    firm.opening = chance.choice([0] * 8 + [12_34, -250_00])
    return firm


def _organization(firm: Firm) -> Json:
    told: Json = {"ref": firm.ref, "name": firm.ref, "kind": firm.kind, "time_zone": firm.zone}
    if firm.seller:
        told["contract"] = {
            "seller": firm.seller.ref,
            "currency": firm.currency,
            "price_list": f"{firm.seller.ref}-{firm.currency}",
            "tax_rate": firm.tax,
            "payment_days": firm.days,
            "credit_limit": "unlimited" if firm.limit is None else firm.text(firm.limit),
            "opening_balance": firm.text(firm.opening),
            "order_approval": firm.asks,
        }
    return told


def _product(offer: Offer) -> Json:
    term = {"term_months": offer.term_months} if offer.term_months else {}
    return {
        "ref": offer.ref,
        "vendor": offer.vendor,
        "name": offer.ref,
        "product_type": offer.product_type,
        "billing_type": offer.billing_type,
        "fulfilment": "manual" if offer.manual else "automatic",
        "trial": offer.trial,
        **term,
    }
