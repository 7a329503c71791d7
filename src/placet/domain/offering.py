"""What a buyer is offered: which products its chain sells, from how many on, at which prices (R2, R4, R7)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from placet.domain.chain import Chain, ChainLink, Product
from placet.domain.money import Money
from placet.domain.placing import MOST_QUANTITY
from placet.domain.pricing import discount_on, unit_prices
from placet.domain.words import BillingType, ProductType, Word


@dataclass(frozen=True, slots=True)
class Tag:
    """The price of a unit on one link, before its discount in percent, without tax."""

    unit: Money
    discount: Decimal


@dataclass(frozen=True, slots=True)
class PriceStep:
    """What a unit costs from that quantity on, as far as the viewer may know it: `price` where it sells, or
    buys for itself; `cost` where it buys what it sells."""

    quantity: int
    price: Tag
    cost: Tag | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that can be ordered along a chain, as one looks for it. `vendor` is the vendor's ref or id;
    `ordered` says how often it was, lately."""

    id: UUID
    name: str
    vendor: str
    vendor_name: str
    product_type: str
    billing_type: str
    ordered: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A product with its prices: it can be ordered from the first step's quantity on. A top seller's own
    offers have no price: they are nobody's in particular."""

    product: Product
    steps: tuple[PriceStep, ...]
    sku: str = ""
    description: str = ""

    @property
    def first(self) -> PriceStep | None:
        """The fewest that can be ordered, and their price."""
        return self.steps[0] if self.steps else None


def price_steps(chain: Chain, product: Product, place: int) -> tuple[PriceStep, ...]:
    """From which quantities on its price is another one, to whoever stands at that place; none where it is
    not for sale along the chain at any quantity (R4)."""
    steps: list[PriceStep] = []
    for quantity in _quantities(chain, product.id):
        units = unit_prices(chain, product, quantity)
        step = _step(chain, product.id, quantity, units, place) if units else None
        if step and (not steps or (step.price, step.cost) != (steps[-1].price, steps[-1].cost)):
            steps.append(step)
    return tuple(steps)


def _step(chain: Chain, product: UUID, quantity: int, units: tuple[int, ...], place: int) -> PriceStep:
    tags = [
        _tag(link, product, quantity, unit)
        for link, unit in list(zip(chain, units, strict=True))[max(place - 1, 0) : place + 1]
    ]
    return PriceStep(quantity, tags[0], tags[1] if place and len(tags) > 1 else None)


def _tag(link: ChainLink, product: UUID, quantity: int, unit: int) -> Tag:
    assert link.price_list, "it made the unit price"
    return Tag(Money(unit, link.currency), discount_on(link.price_list, product, quantity))


def _quantities(chain: Chain, product: UUID) -> list[int]:
    """Where any price of the chain may change, 1 first."""
    found = {1}
    for link in chain:
        if prices := link.price_list:
            found.update(quantity for quantity, _ in prices.prices.get(product, ()))
            found.update(quantity for of in (product, None) for quantity, _ in prices.discounts.get(of, ()))
    return sorted(quantity for quantity in found if quantity <= MOST_QUANTITY)


def place_in(chain: Chain, organization: UUID) -> int | None:
    """Where it stands in the chain: 0 the buyer; a stranger nowhere."""
    parties = [chain[0].buyer.id, *(link.seller.party.id for link in chain)] if chain else []
    return parties.index(organization) if organization in parties else None


# Looking for one ----------------------------------------------------------------------------


class Sort(Word):
    """In which order offers are shown."""

    ORDERED = "ordered"
    NAME = "name"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which ones are looked for: of one of the vendors, of one of the types; all where none is named."""

    vendors: frozenset[str] = frozenset()
    product_types: frozenset[str] = frozenset()
    billing_types: frozenset[str] = frozenset()

    def misses(self, candidate: Candidate) -> int:
        """Which boxes do not let it through: 1 vendors, 2 product types, 4 billing types, as a sum."""
        return (
            bool(self.vendors and candidate.vendor not in self.vendors)
            + 2 * bool(self.product_types and candidate.product_type not in self.product_types)
            + 4 * bool(self.billing_types and candidate.billing_type not in self.billing_types)
        )


@dataclass(frozen=True, slots=True)
class Facet:
    """One box to tick: how many there are of it among what the other facets let through."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """The boxes, vendors by name, types in their usual order."""

    vendors: tuple[Facet, ...]
    product_types: tuple[Facet, ...]
    billing_types: tuple[Facet, ...]


def chosen_of(candidates: Iterable[Candidate], chosen: Chosen, sort: Sort) -> list[Candidate]:
    """Those that are looked for, in that order; of equal ones, and before there are prices, by name."""
    found = [each for each in candidates if not chosen.misses(each)]
    found.sort(key=lambda each: each.name.casefold())
    return sorted(found, key=lambda each: -each.ordered) if sort is Sort.ORDERED else found


def by_price(offers: Iterable[Offer]) -> list[Offer]:
    """The cheapest first; of equal ones as they came."""
    return sorted(offers, key=lambda offer: offer.first.price.unit.minor if offer.first else 0)


def facets(candidates: list[Candidate], chosen: Chosen) -> Facets:
    """How many offers each box would show."""
    missed = [(each, chosen.misses(each)) for each in candidates]
    vendors = {each.vendor: each.vendor_name for each in candidates}
    by_name = dict(sorted(vendors.items(), key=lambda item: item[1].casefold()))
    return Facets(
        _boxes(by_name, Counter(each.vendor for each, misses in missed if misses <= 1), chosen.vendors),
        _boxes(
            _known(ProductType, {each.product_type for each in candidates}),
            Counter(each.product_type for each, misses in missed if misses in {0, 2}),
            chosen.product_types,
        ),
        _boxes(
            _known(BillingType, {each.billing_type for each in candidates}),
            Counter(each.billing_type for each, misses in missed if misses in {0, 4}),
            chosen.billing_types,
        ),
    )


def _known(words: type[Word], found: set[str]) -> dict[str, str]:
    return {word.value: word.value for word in words if word.value in found}


def _boxes(names: Mapping[str, str], counts: Counter[str], ticked: frozenset[str]) -> tuple[Facet, ...]:
    return tuple(Facet(value, name, counts[value], value in ticked) for value, name in names.items())
