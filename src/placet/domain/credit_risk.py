"""Credit risk groups and their policies, as their owner keeps them (R80-R84)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from placet.domain.order import Named
from placet.domain.parties import Party
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import Scope

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """Which offers of the members need the owner's approval (R81); `above` in major units of the
    owner's selling currency, `None` always."""

    id: UUID
    scope: Scope
    vendor: Named | None
    offers: tuple[Named, ...]
    above: Decimal | None
    created_on: date

    def as_json(self) -> Json:
        """As the API writes it."""
        return {
            "id": str(self.id),
            "scope": self.scope.value,
            "vendor": self.vendor.as_json() if self.vendor else None,
            "offers": [offer.as_json() for offer in self.offers],
            "approve_above": decimal_text(self.above),
            "created_on": self.created_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """An owner's set of organizations below it (R80). Days are those of the owner's time zone."""

    id: UUID
    owner: UUID
    name: str
    primary: bool
    default_limit: Decimal | None
    created_on: date
    updated_on: date
    updated_by: str
    policies: tuple[GroupPolicy, ...]
    members: tuple[Party, ...]

    def as_json(self) -> Json:
        """As the API writes it, whole."""
        return self.row_json() | {"members": [member.as_json() for member in self.members]}

    def row_json(self) -> Json:
        """As a list shows it: how many its members are, not who."""
        return {
            "id": str(self.id),
            "name": self.name,
            "primary": self.primary,
            "default_limit": decimal_text(self.default_limit),
            "organizations": len(self.members),
            "policies": [policy.as_json() for policy in self.policies],
            "created_on": self.created_on.isoformat(),
            "updated_on": self.updated_on.isoformat(),
            "updated_by": self.updated_by,
        }


def decimal_text(amount: Decimal | None) -> str | None:
    """A decimal of no known currency: two decimals at least, as amounts are usually written."""
    if amount is None:
        return None
    exact = amount.normalize()
    return f"{exact:.2f}" if exact == round(exact, 2) else f"{exact:f}"


# What its owner wants -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyWish:
    """A policy to be: vendor and offers by id or ref, as the owner named them."""

    scope: Scope
    vendor: str | None
    offers: tuple[str, ...]
    above: Decimal | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product, and whose it is."""

    id: UUID
    vendor: UUID


def wrong_policy(
    wish: PolicyWish, vendors: Mapping[str, UUID], offers: Mapping[str, Offer], place: str = ""
) -> Refusal | None:
    """What does not fit together in a policy (R81): `invalid` by field under `place`, or
    `unknown_product`. `vendors` and `offers` are those that exist, by the name used."""
    named = {f"{place}vendor": _wrong_vendor(wish, vendors), f"{place}offers": _wrong_offers(wish)}
    if errors := {field: words for field, words in named.items() if words}:
        return invalid(**errors)
    if unknown := [name for name in wish.offers if name not in offers]:
        return Refusal("unknown_product", facts={"products": unknown})
    maker = vendors.get(wish.vendor or "")
    foreign = [name for name in wish.offers if offers[name].vendor != maker]
    return invalid(**{f"{place}offers": f"Not of this vendor: {', '.join(foreign)}."}) if foreign else None


def _wrong_vendor(wish: PolicyWish, vendors: Mapping[str, UUID]) -> str | None:
    if wish.scope is Scope.ALL:
        return "Scope all is every vendor's: leave it out." if wish.vendor is not None else None
    if wish.vendor is None:
        return f"Scope {wish.scope} needs one."
    return None if wish.vendor in vendors else "There is no such vendor."


def _wrong_offers(wish: PolicyWish) -> str | None:
    if wish.scope is Scope.OFFERS:
        return None if wish.offers else "Scope offers needs at least one."
    return f"Scope {wish.scope} covers them all: leave them out." if wish.offers else None


# What needs a second yes --------------------------------------------------------------------


def makes_primary(name: str, old: str | None) -> Refusal:
    """What happens when a group becomes primary, before it does (R83)."""
    words = f"Newly added organizations will join {name}."
    if old:
        words += f" {old} will no longer be the primary group; its organizations stay in it."
    return _unconfirmed(words)


def removes(group: RiskGroup) -> Refusal:
    """What happens when a group is removed, before it is (R83)."""
    count = len(group.members)
    left = "1 organization" if count == 1 else f"{count} organizations"
    words = f"{left} of {group.name} will be in no credit risk group."
    if group.primary:
        words += " Newly added organizations will join none."
    return _unconfirmed(words)


def _unconfirmed(words: str) -> Refusal:
    return Refusal("confirmation_required", f"{words} To confirm, repeat this with confirm=true.")
