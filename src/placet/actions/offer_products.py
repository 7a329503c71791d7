"""What a buyer is offered (R2, R4, R11): its own shelf, or that of one below as its seller may see it.

Three statements, however many products there are; prices are made for one page alone, unless it is by price.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.basket import SeenBuyer
from placet.domain.offering import (
    Chosen,
    Facets,
    Offer,
    Sort,
    by_price,
    chosen_of,
    facets,
    place_in,
    price_steps,
)
from placet.domain.parties import Actor, Party
from placet.domain.refusals import Refusal
from placet.storage import facts, shelf
from placet.storage.db import Row
from placet.storage.facts import Facts

NO_FACETS: Final = Facets((), (), ())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which offers, in which order, and which page of them, the first is 0; `text` is part of a name, an SKU
    or a vendor's name."""

    text: str = ""
    chosen: Chosen = field(default_factory=Chosen)
    sort: Sort = Sort.ORDERED
    page: int = 0
    most: int = 24


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of what is offered, of `total`. `seller` is who sells at the prices shown, `priced_for` who pays
    them; nobody sells to a top seller, whose own shelf has no prices."""

    seller: Party | None
    priced_for: Party
    offers: tuple[Offer, ...]
    total: int
    facets: Facets


def offer_products(*, by: Actor, buyer: SeenBuyer, wanted: Wanted, at: datetime) -> Shelf | Refusal:
    """The offers that are looked for; a stranger's shelf is not there."""
    candidates = shelf.on_shelf(buyer.party.id, wanted.text, at)
    found = [each.id for each in chosen_of(candidates, wanted.chosen, wanted.sort)]
    start, end = wanted.page * wanted.most, (wanted.page + 1) * wanted.most
    shown = found if wanted.sort is Sort.PRICE else found[start:end]
    known = _facts(by, buyer, shown, at)
    if isinstance(known, Refusal):
        return known
    offers = _offers(known, by, shown)
    if wanted.sort is Sort.PRICE:
        offers = by_price(offers)[start:end]
    return Shelf(*_parties(known, by), tuple(offers), len(found), facets(candidates, wanted.chosen))


def offer_product(*, by: Actor, buyer: SeenBuyer, product: UUID, at: datetime) -> Shelf | Refusal:
    """The shelf with this one offer; what cannot be ordered along the chain is not there."""
    known = _facts(by, buyer, [product], at)
    if isinstance(known, Refusal):
        return known
    offers = tuple(_offers(known, by, [product]))
    return Shelf(*_parties(known, by), offers, 1, NO_FACETS) if offers else Refusal("not_found")


def sold_from(*, by: Actor, buyer: SeenBuyer, products: Sequence[UUID], at: datetime) -> dict[UUID, int]:
    """From how many on each of these products can be ordered; those that cannot are left out."""
    known = _facts(by, buyer, products, at) if products else Refusal("not_found")
    offers = [] if isinstance(known, Refusal) else _offers(known, by, products)
    return {offer.product.id: offer.first.quantity for offer in offers if offer.first}


def _facts(by: Actor, buyer: SeenBuyer, products: Sequence[UUID], at: datetime) -> Facts | Refusal:
    found = facts.for_order(str(buyer.party.id), [str(each) for each in products], at)
    return found if found and found.party(by.organization) else Refusal("not_found")


def _offers(known: Facts, by: Actor, products: Sequence[UUID]) -> list[Offer]:
    texts = shelf.texts(list(products))
    offers = [_offer(known, by, texts[id_]) for id_ in products if str(id_) in known.products]
    return [offer for offer in offers if offer.steps or not known.chain]


def _offer(known: Facts, by: Actor, text: Row) -> Offer:
    product = known.products[str(text["id"])]
    place = place_in(known.chain, by.organization)
    steps = () if place is None else price_steps(known.chain, product, place)
    return Offer(product, steps, text["sku"], text["description"])


def _parties(known: Facts, by: Actor) -> tuple[Party | None, Party]:
    """Who sells at the prices that are shown, and who pays them."""
    place = place_in(known.chain, by.organization)
    if place is None:
        return None, known.buyer
    link = known.chain[max(place - 1, 0)]
    return link.seller.party, link.buyer
