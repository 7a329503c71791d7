"""A basket, from its first product to its last change (R10-R12): a draft that its own person alone reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from placet.actions.offer_products import offer_product, sold_from
from placet.actions.place_order import preview_order
from placet.domain import view
from placet.domain.basket import Basket, BasketLine, Json, SeenBuyer, with_more, wrong_quantity
from placet.domain.order import Order
from placet.domain.parties import Actor, Party, Permission
from placet.domain.partners import Contact
from placet.domain.refusals import Refusal
from placet.storage import baskets, db, organizations, partners

MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Drafter:
    """A person, for whom it acts, and for whom it orders."""

    user: UUID
    by: Actor
    buyer: SeenBuyer

    @property
    def key(self) -> tuple[UUID, UUID, UUID]:
        """What makes its basket its own."""
        return self.user, self.by.organization, self.buyer.party.id


def drafter(*, user: UUID, by: Actor, customer: str) -> Drafter | Refusal:
    """Who orders for itself, or for an organization below it, by id or ref (R11); a stranger is not there."""
    buyer = organizations.buyer_below(by.organization, customer or str(by.organization))
    return Drafter(user, by, buyer) if buyer else Refusal("not_found")


@dataclass(frozen=True, slots=True)
class Review:
    """A basket as it could be ordered now. `summary` is the projection of what can be; `missing` are products
    that cannot, with how many it takes where it is only too few. `refusal` is why nothing can be."""

    basket: Basket
    summary: Json | None
    missing: Mapping[UUID, int | None]
    refusal: Refusal | None

    @property
    def ready(self) -> bool:
        """Whether it can be placed as it is."""
        return self.summary is not None and not self.missing

    @property
    def lines(self) -> list[tuple[BasketLine, Json | None]]:
        """Each line, and what it costs where it can be ordered."""
        priced = iter(self.summary["lines"] if self.summary else ())
        return [
            (line, None if line.product.id in self.missing else next(priced, None))
            for line in self.basket.wanted
        ]


def read_basket(who: Drafter) -> Basket | None:
    """What is in the person's basket for this buyer."""
    return baskets.open_one(*who.key)


def other_baskets(who: Drafter) -> list[tuple[Party, int, datetime]]:
    """For whom else that person has something in a basket, how many products, since when."""
    found = baskets.filled(who.user, who.by.organization, MOST_OTHERS)
    return [each for each in found if each[0].id != who.buyer.party.id]


def latest_basket(*, user: UUID, organization: UUID) -> tuple[Party, int, datetime] | None:
    """The one that the person filled last, for whomever."""
    return next(iter(baskets.filled(user, organization, 1)), None)


def review_basket(who: Drafter, *, at: datetime) -> Review | None:
    """The basket at today's prices, by the same preview as the API's; `None` where nothing is in it."""
    basket = baskets.open_one(*who.key)
    return reviewed(who, basket, at) if basket and basket.lines else None


def reviewed(who: Drafter, basket: Basket, at: datetime) -> Review:
    """That basket likewise."""
    if not basket.wanted:
        return Review(basket, None, {}, None)
    order, missing = _previewed(who, basket, at), frozenset[UUID]()
    if isinstance(order, Refusal) and "products" in order.facts:
        missing = frozenset(map(UUID, order.facts["products"]))
        order = _previewed(who, basket.without(missing), at)
        if isinstance(order, Refusal) and "products" in order.facts:  # unknown ones hid those not for sale
            missing |= frozenset(map(UUID, order.facts["products"]))
            order = _previewed(who, basket.without(missing), at)
    sold = sold_from(by=who.by, buyer=who.buyer, products=list(missing), at=at)
    enough = {product: sold.get(product) for product in missing}
    if isinstance(order, Refusal):
        nothing_left = not basket.without(missing).wanted
        return Review(basket, None, enough, None if nothing_left else order)
    return Review(basket, view.summary(order, who.by), enough, None)


def _previewed(who: Drafter, basket: Basket, at: datetime) -> Order | Refusal:
    return preview_order(request=basket.request(who.buyer.party.id), by=who.by, at=at)


# Changing it --------------------------------------------------------------------------------


@db.transaction
def add_product(who: Drafter, *, product: UUID, quantity: int, at: datetime) -> Basket | Refusal:
    """So many more of a product that can be ordered along the buyer's chain."""
    offered = _may_order(who) or offer_product(by=who.by, buyer=who.buyer, product=product, at=at)
    if isinstance(offered, Refusal):
        return offered
    basket = baskets.begun(*who.key, at)
    many = with_more(basket, product, quantity)
    if isinstance(many, Refusal):
        return many
    baskets.put(basket.id, product, many, at)
    return _as_it_is(who)


@db.transaction
def change_quantity(who: Drafter, *, line: UUID, quantity: int, at: datetime) -> Basket | Refusal:
    """Another quantity of what is in the basket."""
    found = _line(who, line)
    if isinstance(found, Refusal):
        return found
    basket, known = found
    if refusal := wrong_quantity(quantity):
        return refusal
    baskets.put(basket.id, known.product.id, quantity, at)
    return _as_it_is(who)


@db.transaction
def remove_line(who: Drafter, *, line: UUID, at: datetime) -> Basket | Refusal:
    """Takes it out; until the next one is taken out, it can be put back."""
    found = _line(who, line)
    if isinstance(found, Refusal):
        return found
    baskets.remove(found[0].id, line, at)
    return _as_it_is(who)


@db.transaction
def restore_line(who: Drafter, *, line: UUID, at: datetime) -> Basket | Refusal:
    """Puts back what was taken out last, as it was."""
    found = _line(who, line)
    if isinstance(found, Refusal):
        return found
    basket, known = found
    many = known.quantity if not known.removed else with_more(basket, known.product.id, known.quantity)
    if isinstance(many, Refusal):
        return many
    baskets.put(basket.id, known.product.id, many, at)
    return _as_it_is(who)


@db.transaction
def discard_basket(who: Drafter) -> Refusal | None:
    """Nothing of it is left (spec §8: the buyer discards a draft)."""
    if refusal := _may_order(who):
        return refusal
    if basket := baskets.locked_open(*who.key):
        baskets.discard(basket.id)
    return None


@db.transaction
def keep_billing(who: Drafter, *, billing: Json, at: datetime) -> Basket | Refusal:
    """Billing information for the order to be."""
    basket = _open(who)
    if isinstance(basket, Refusal):
        return basket
    baskets.keep_billing(basket.id, billing, at)
    return _as_it_is(who)


@db.transaction
def keep_details(who: Drafter, *, by_vendor: Mapping[UUID, Json], at: datetime) -> Basket | Refusal:
    """Service details of each vendor's lines."""
    basket = _open(who)
    if isinstance(basket, Refusal):
        return basket
    details = [(line.id, by_vendor.get(line.product.vendor.id, {})) for line in basket.wanted]
    baskets.keep_details(basket.id, details, at)
    return _as_it_is(who)


def _may_order(who: Drafter) -> Refusal | None:
    return None if who.by.may(Permission.ORDER) else Refusal("forbidden")


def _open(who: Drafter) -> Basket | Refusal:
    return _may_order(who) or baskets.locked_open(*who.key) or Refusal("not_found")


def _line(who: Drafter, line: UUID) -> tuple[Basket, BasketLine] | Refusal:
    basket = _open(who)
    if isinstance(basket, Refusal):
        return basket
    known = basket.line(line)
    return (basket, known) if known else Refusal("not_found")


def _as_it_is(who: Drafter) -> Basket:
    basket = baskets.open_one(*who.key)
    assert basket, "it is locked by us"
    return basket


# What to begin with -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What was given with the buyer's last order, as far as who orders may read it: billing information, and
    service details by vendor. Without one, what is known of the organization."""

    billing: Json
    details: Mapping[UUID, Json]


def given_last(who: Drafter) -> Given:
    """For the forms to begin with."""
    billing, details = baskets.given_last(who.buyer.party.id) if who.buyer.shares_details else (None, {})
    return Given(billing or _known(who), details)


def _known(who: Drafter) -> Json:
    """The organization's own name and country, and where its bills go."""
    partner = partners.seen(who.by.organization, str(who.buyer.party.id))
    if partner is None:
        return {}
    contacts = [each for each in partner.contacts if each.active and each.email]
    ranked = sorted(contacts, key=lambda each: (not _has(each, "bill_to"), not _has(each, "primary")))
    first = {"contact": ranked[0].name, "email": ranked[0].email} if ranked else {}
    return {"company": partner.party.name, "country": partner.country, **first}


def _has(contact: Contact, role: str) -> bool:
    return any(held.value == role for held in contact.roles)
