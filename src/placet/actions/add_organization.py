"""A new organization below the caller, with its contract, people and keys (R1, R49, R83).

It is written down as a world file would say it, and read, checked and stored by the same rules; on top
of them come those that bind acts alone.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from placet.actions.default_limits import granted_now
from placet.actions.doors import no_seller_admin
from placet.domain.order import Act
from placet.domain.parties import Actor
from placet.domain.partners import Partner, not_addable
from placet.domain.refusals import Refusal, invalid
from placet.domain.terms import PriceListFound, without_card
from placet.domain.validating import Token
from placet.domain.words import LimitSource, OrganizationStatus
from placet.domain.world.checks import problems
from placet.domain.world.ground import Ground, digest
from placet.domain.world.keys import Notes
from placet.domain.world.matching import arrivals
from placet.domain.world.nodes import Problem
from placet.domain.world.shape import Contract, Organization, World, read
from placet.storage import contracts, credit_risk_groups, db, merchants, partners
from placet.storage.populating import populate
from placet.storage.standing import hold, standing

Stated = Mapping[str, Any]
"""An organization as one entry of a world file, its `contract.seller` and `contract.price_list` by id
or ref."""

ENTRY: Final = "organizations[0]."
ON_LINE: Final = re.compile(r",? on line \d+")


@db.transaction
def add_organization(*, stated: Stated, by: Actor, at: datetime) -> Partner | Refusal:
    """The organization as the caller sees it. It has joined the primary group of every owner above that
    has one (R83)."""
    if refusal := no_seller_admin(by):
        return refusal
    hold()
    seller = _seller(stated, by)
    if isinstance(seller, Refusal):
        return seller
    listed = _price_list(stated, seller)
    if isinstance(listed, Refusal):
        return listed
    ground = _ground(stated, seller)
    entry = ground if isinstance(ground, Refusal) else _fitting(ground, seller, at)
    if isinstance(entry, Refusal):
        return entry
    assert isinstance(ground, Ground), "what has an entry was read"
    populate(arrivals(ground).new, ground, source=by.name, now=at, progress=lambda *_: None)
    return _joined(entry, listed, Act(by, at, db.new_id))


def _seller(stated: Stated, by: Actor) -> Partner | Refusal:
    found = partners.seen(by.organization, str(stated["contract"]["seller"]))
    return found or Refusal("unknown_organization")


def _price_list(stated: Stated, seller: Partner) -> PriceListFound | Refusal | None:
    """The seller's list: another's is as unknown as one that does not exist (R2)."""
    contract = stated["contract"]
    if contract.get("price_list") is None:
        return None
    found = contracts.price_list(seller.party.id, contract["price_list"])
    if found is None:
        return _wrong("contract.price_list", f"{seller.party.name} has no such price list.")
    if found.currency != contract["currency"]:
        words = f"It is in {found.currency}, the contract in {contract['currency']}."
        return _wrong("contract.price_list", words)
    return found


def _wrong(field: str, words: str) -> Refusal:
    return invalid(**{field: words})


# The same rules as for a world file ---------------------------------------------------------


def _ground(stated: Stated, seller: Partner) -> Ground | Refusal:
    """The entry on what the database has, or all that is wrong with it by field."""
    world, notes = _read(stated, seller)
    ground = Ground(world, standing(world, notes))
    if found := [*problems(ground, notes), *_standing_already(ground)]:
        return Refusal("invalid", facts={"errors": {_field(each): _words(each) for each in found}})
    return ground


def _read(stated: Stated, seller: Partner) -> tuple[World, Notes]:
    contract = {**stated["contract"], "seller": seller.party.ref or str(seller.party.id)}
    contract.pop("price_list", None)
    return read(to_json({"organizations": [{**stated, "contract": contract}]}).decode())


def _standing_already(ground: Ground) -> list[Problem]:
    """A world file may meet what it says; an act makes something new."""
    found = []
    for entry in ground.world.organizations:
        if (entry.ref,) in ground.standing.organizations:
            found.append(entry.problem("ref", "is taken"))
        known = [key for key in entry.api_keys if (digest(key.key),) in ground.standing.api_keys]
        found += [key.problem("key", "is in use") for key in known]
    return found


def _field(problem: Problem) -> str:
    """`contacts.0.email`, as other errors name fields."""
    return problem.key.removeprefix(ENTRY).replace("[", ".").replace("]", "")


def _words(problem: Problem) -> str:
    return ON_LINE.sub("", problem.reason)


# What binds an act --------------------------------------------------------------------------


def _fitting(ground: Ground, seller: Partner, at: datetime) -> Organization | Refusal:
    """The entry, unless it is to be active and pay by a card that it has not (R49)."""
    (entry,) = ground.world.organizations
    refusal = _without_card(entry, seller, at) if entry.status is OrganizationStatus.ACTIVE else None
    return refusal or entry


def _without_card(entry: Organization, seller: Partner, at: datetime) -> Refusal | None:
    contract, chosen = _contract(entry), merchants.chosen(seller.party.id)
    tokens = tuple(
        Token(t.gateway, t.reference, t.expires, t.active, counts=t.gateway == chosen.gateway)
        for t in contract.tokens
    )
    return without_card(contract.payment_method, tokens, at.date())


def _contract(entry: Organization) -> Contract:
    assert entry.contract is not None, "the door asked for one"
    return entry.contract


def _joined(entry: Organization, listed: PriceListFound | None, act: Act) -> Partner:
    """The new organization with its price list, in its groups, with the limit that follows (R61)."""
    partner = partners.seen(act.by.organization, entry.ref)
    assert partner is not None, "it was made just now"
    (terms,) = contracts.of_buyer(partner.party.id)
    if listed is not None:
        contracts.save(replace(terms, price_list=listed.named))
    if not_addable(partner.party) is None:
        _join_primaries(partner.party.id, act)
    if terms.account.source is LimitSource.DEFAULT:
        contracts.save_limits(granted_now(terms.seller.id, [terms]))
    after = partners.seen(act.by.organization, entry.ref)
    assert after is not None, "it was made just now"
    return after


def _join_primaries(organization: UUID, act: Act) -> None:
    for owner, group in credit_risk_groups.primaries_above(organization):
        credit_risk_groups.put_member(owner, organization, group)
        credit_risk_groups.sign(group, act.by.name, act.at)
