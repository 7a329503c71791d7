"""What a world file stands on: its own good entries, and what the database has of the same things.

Where both know a thing, the database's word counts, because the file will not change it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from placet.domain.words import Kind
from placet.domain.world.shape import Group, World

DEEPEST: Final = 50
"""Tiers of the longest chain of contracts."""

Match = tuple[object, ...]
"""What a thing is found again by: its ref, or what comes closest to one."""

Facts = Mapping[str, Any]
"""A row of the database under the names and in the values that a world file would use, and its `id`."""


def numbered(matches: Iterable[Match]) -> Iterator[Match]:
    """Each with its place among its equals, so that what may stand twice is found again twice."""
    counts: Counter[Match] = Counter()
    for match in matches:
        yield *match, counts[match]
        counts[match] += 1


def contact_key(email: str, name: str) -> str:
    """A contact is known by its address in small letters, or by its name where it has none."""
    return email.lower() or name


def digest(api_key: str) -> bytes:
    """What is kept of an API key: its SHA-256."""
    return hashlib.sha256(api_key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database has of the things that a file is about. An organization without a ref goes by
    its id, which no ref can look like."""

    organizations: Mapping[Match, Facts] = field(default_factory=dict)  # (ref,), with all sellers above
    contracts: Mapping[Match, Facts] = field(default_factory=dict)  # (buyer,), of the same
    external_ids: Mapping[Match, str] = field(default_factory=dict)  # (seller, external id): buyer
    contacts: Mapping[Match, Facts] = field(default_factory=dict)  # (organization, address or name, which)
    users: Mapping[Match, Facts] = field(default_factory=dict)  # (address,)
    memberships: Mapping[Match, Facts] = field(default_factory=dict)  # (address, organization)
    api_keys: Mapping[Match, Facts] = field(default_factory=dict)  # (digest,)
    tokens: Mapping[Match, Facts] = field(default_factory=dict)  # (buyer, gateway, reference, which)
    card_gateways: Mapping[Match, Facts] = field(default_factory=dict)  # (organization,)
    vendors: Mapping[Match, Facts] = field(default_factory=dict)  # (ref,)
    products: Mapping[Match, Facts] = field(default_factory=dict)  # (ref,)
    price_lists: Mapping[Match, Facts] = field(default_factory=dict)  # (ref,)
    prices: Mapping[Match, Facts] = field(default_factory=dict)  # (price list, product, quantity, start)
    discounts: Mapping[Match, Facts] = field(default_factory=dict)  # the same; the product may be none
    groups: Mapping[Match, Facts] = field(default_factory=dict)  # (owner, name), all of an owner
    policies: Mapping[Match, Facts] = field(default_factory=dict)  # (owner, group, what it says, which)
    members: Mapping[Match, Facts] = field(default_factory=dict)  # (owner, organization)
    endpoints: Mapping[Match, Facts] = field(default_factory=dict)  # (owner, address, which)
    subscriptions: Mapping[Match, Facts] = field(default_factory=dict)  # (ref,)
    invoices: Mapping[Match, Facts] = field(default_factory=dict)  # (seller, number)
    counters: Mapping[Match, int] = field(default_factory=dict)  # (seller,): its last number given here


@dataclass(frozen=True, slots=True)
class Link:
    """A contract, as far as others depend on it."""

    seller: str
    currency: str


@dataclass(frozen=True, slots=True)
class List:
    """A price list, likewise."""

    owner: str
    currency: str


@dataclass(frozen=True)
class Ground:
    """Look-ups over both. What is in neither, or broken in the file, is in none of these."""

    world: World
    standing: Standing

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What each organization is."""
        kinds = {each.ref: each.kind for each in self.world.organizations}
        return kinds | {
            str(ref): Kind(facts["kind"]) for (ref,), facts in self.standing.organizations.items()
        }

    @cached_property
    def links(self) -> dict[str, Link | None]:
        """The contract of each organization as a buyer; `None` where it is known to have none."""
        links = {
            each.ref: Link(each.contract.seller, each.contract.currency) if each.contract else None
            for each in self.world.organizations
        }
        links |= dict.fromkeys(str(ref) for (ref,) in self.standing.organizations)
        return links | {
            str(buyer): Link(facts["seller"], facts["currency"])
            for (buyer,), facts in self.standing.contracts.items()
        }

    @cached_property
    def lists(self) -> dict[str, List]:
        """Whose each price list is, and its currency."""
        lists = {each.ref: List(each.owner, each.currency) for each in self.world.price_lists}
        return lists | {
            str(ref): List(facts["owner"], facts["currency"])
            for (ref,), facts in self.standing.price_lists.items()
        }

    @cached_property
    def vendors(self) -> dict[str, str]:
        """Whose each product is."""
        vendors = {each.ref: each.vendor for each in self.world.products}
        return vendors | {str(ref): facts["vendor"] for (ref,), facts in self.standing.products.items()}

    @cached_property
    def zones(self) -> dict[str, str]:
        """Each organization's time zone."""
        zones = {each.ref: each.time_zone for each in self.world.organizations}
        return zones | {str(ref): facts["time_zone"] for (ref,), facts in self.standing.organizations.items()}

    @cached_property
    def groups(self) -> dict[tuple[str, str], Group]:
        """The group that the file puts an organization in, by owner and organization."""
        return {
            (group.owner, member.ref): group
            for group in self.world.credit_risk_groups
            for member in group.members
        }

    def sellers(self, ref: str) -> Iterator[str]:
        """The sellers above, nearest first, up to the top or to what is not known; never without end."""
        for _ in range(DEEPEST + 1):
            link = self.links.get(ref)
            if link is None:
                return
            ref = link.seller
            yield ref

    def is_top(self, ref: str) -> bool:
        """Whether it is known to have no seller."""
        return ref in self.links and self.links[ref] is None

    def granted_by(self, group: Group) -> Decimal:
        """The group's default limit, 0 where it has none."""
        facts = self.standing.groups.get((group.owner, group.name))
        return (facts["default_limit"] if facts else group.default_limit) or Decimal(0)

    def default_limit(self, seller: str, buyer: str) -> Decimal:
        """What the seller grants a buyer without a limit of its own (R61), in the contract's currency."""
        member = self.standing.members.get((seller, buyer))
        if member:
            facts = self.standing.groups[seller, member["group"]]
            return facts["default_limit"] or Decimal(0)
        group = self.groups.get((seller, buyer))
        return self.granted_by(group) if group else Decimal(0)
