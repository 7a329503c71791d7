"""Subscriptions that a world file states (R70): each stands as the order that would have sold it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from placet.domain.chain import Chain, Product
from placet.domain.importing import Had, imported
from placet.domain.order import Act
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.domain.world.matching import Thing
from placet.domain.world.nodes import Problem
from placet.domain.world.shape import Subscription
from placet.storage import db, facts, writing
from placet.storage.populating import Progress


def import_subscriptions(
    new: Sequence[Thing[Subscription]], *, source: str, now: datetime, progress: Progress
) -> list[Problem]:
    """Writes them, each with the order that it stands as; or what is wrong with them, by the lists that
    are valid now: then the caller undoes it all. Everything that they mention stands already."""
    problems: list[Problem] = []
    known: dict[tuple[str, str], tuple[Chain, Product]] = {}
    for place, thing in enumerate(new, start=1):
        had = thing.entry
        key = (had.customer, had.product)
        if key not in known:
            known[key] = _around(*key, now)
        problems += _stated(had, *known[key], source, now)
        progress("subscriptions", place, len(new))
    return problems


def _around(customer: str, product: str, now: datetime) -> tuple[Chain, Product]:
    found = facts.for_order(customer, [product], now)
    assert found is not None, "whom the file mentions is there"
    return found.chain, found.products[product]


def _stated(had: Subscription, chain: Chain, product: Product, source: str, now: datetime) -> list[Problem]:
    top = chain[-1].seller.party.id if chain else UUID(int=0)
    act = Act(Actor(top, source, "system", Role.VIEWER), now, db.new_id)
    order = imported(_had(had, product), chain, act)
    if isinstance(order, Refusal):
        return list(_problems(had, order))
    writing.insert(order)
    return []


def _had(had: Subscription, product: Product) -> Had:
    return Had(
        ref=had.ref,
        product=product,
        quantity=had.quantity,
        status=had.status,
        started_at=had.started_at,
        renews_on=had.renews_on,
        vendor_reference=had.vendor_reference,
    )


def _problems(had: Subscription, refusal: Refusal) -> Iterator[Problem]:
    if refusal.code == "not_for_sale":
        yield had.problem("product", f"{had.product} is not for sale to {had.customer}: a link has no price")
    for name, reason in refusal.facts.get("errors", {}).items():
        yield had.problem(name, reason)
