"""What of a world file is new, what stands already, and where the two say different things.

Nothing that stands is changed. What the file adds to something that stands otherwise than it says (a
token of a contract with another seller, prices of a list in another currency) is not added either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from placet.domain.credit import Unlimited
from placet.domain.validity import begins, overlap
from placet.domain.world.ground import (
    Facts,
    Ground,
    Link,
    List,
    Match,
    Standing,
    contact_key,
    digest,
    numbered,
)
from placet.domain.world.keys import Mention
from placet.domain.world.shape import (
    ApiKey,
    CardAccount,
    Contact,
    Contract,
    Discount,
    Endpoint,
    Group,
    Invoice,
    Lasting,
    Organization,
    Policy,
    Price,
    PriceList,
    Product,
    Subscription,
    Token,
    User,
    Vendor,
    stated,
)


@dataclass(frozen=True, slots=True)
class Thing[E]:
    """One thing that a file states: what it is found again by, what it belongs to, how people call it,
    and what the file says of it."""

    match: Match
    entry: E
    name: str
    says: Mapping[str, object]
    of: Match = ()


@dataclass(frozen=True, slots=True)
class Dated[E]:
    """A price or a discount, of which product (none: of all), and when it is valid."""

    entry: E
    product: str | None
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Things:
    """Everything that a file states, by the tables of `Standing`; a contract is its buyer's."""

    vendors: list[Thing[Vendor]]
    products: list[Thing[Product]]
    organizations: list[Thing[Organization]]
    price_lists: list[Thing[PriceList]]
    prices: list[Thing[Dated[Price]]]
    discounts: list[Thing[Dated[Discount]]]
    contracts: list[Thing[Organization]]
    card_gateways: list[Thing[CardAccount]]
    tokens: list[Thing[Token]]
    contacts: list[Thing[Contact]]
    users: list[Thing[User]]
    memberships: list[Thing[User]]
    api_keys: list[Thing[ApiKey]]
    groups: list[Thing[Group]]
    policies: list[Thing[Policy]]
    members: list[Thing[Mention]]
    endpoints: list[Thing[Endpoint]]
    subscriptions: list[Thing[Subscription]]
    invoices: list[Thing[Invoice]]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What loading a file comes to."""

    new: Things
    unchanged: int
    differences: list[str]

    @property
    def created(self) -> int:
        """How many things are new."""
        return sum(len(getattr(self.new, table.name)) for table in fields(self.new))


def arrivals(ground: Ground) -> Arrivals:
    """The new things of the file, without what would contradict the database, and every difference."""
    every = things(ground)
    stood = list(_stood(every, ground.standing))
    new, left_out = _fitting(_new(every, ground.standing), ground.standing)
    differences = [sentence for thing, facts in stood for sentence in _differences(thing, facts)]
    return Arrivals(new, len(stood), [*differences, *left_out])


def _stood(every: Things, standing: Standing) -> Iterator[tuple[Thing[Any], Facts]]:
    for table in fields(every):
        there = getattr(standing, table.name)
        for thing in getattr(every, table.name):
            if thing.match in there:
                yield thing, there[thing.match]


def _new(every: Things, standing: Standing) -> Things:
    return Things(
        **{
            table.name: [
                thing
                for thing in getattr(every, table.name)
                if thing.match not in getattr(standing, table.name)
            ]
            for table in fields(every)
        }
    )


def _differences(thing: Thing[Any], facts: Facts) -> Iterator[str]:
    for name, said in thing.says.items():
        if name not in facts or facts[name] == said:
            continue
        if name == "secret":
            yield f"{thing.name}: the database has another secret"
        else:
            yield f"{thing.name}: {name} is {_shown(said)} in the file, {_shown(facts[name])} in the database"


def _shown(value: object) -> str:
    match value:
        case None:
            return "none"
        case Unlimited():
            return "unlimited"
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(value) or "none"
        case dict():
            return ", ".join(f"{name} {held}" for name, held in value.items()) or "none"
        case _:
            return str(value) or "none"


# What is new but cannot stand beside what the database has ----------------------------------


def _fitting(new: Things, standing: Standing) -> tuple[Things, list[str]]:
    contacts, other_contacts = _without_held_roles(new.contacts, standing)
    groups, other_primaries = _without_second_primaries(new.groups, standing)
    contracts, other_contracts = _of_new_organizations(new.contracts, standing)
    prices, other_prices = _at_other_times(new.prices, standing.prices)
    discounts, other_discounts = _at_other_times(new.discounts, standing.discounts)
    fitting = replace(
        new, contacts=contacts, groups=groups, contracts=contracts, prices=prices, discounts=discounts
    )
    others = [*other_contacts, *other_primaries, *other_contracts, *other_prices, *other_discounts]
    return fitting, others


def _without_held_roles(
    contacts: list[Thing[Contact]], standing: Standing
) -> tuple[list[Thing[Contact]], list[str]]:
    """One contact holds a role (R6): who has it in the database keeps it."""
    held = {(match[0], role) for match, facts in standing.contacts.items() for role in facts["roles"]}
    fitting, left = [], []
    for thing in contacts:
        roles = {role for role in thing.entry.roles if (*thing.of, role) not in held}
        fitting.append(replace(thing, entry=replace(thing.entry, roles=tuple(roles))))
        taken = sorted({*thing.entry.roles} - roles)
        left += [f"{thing.name}: is {role} in the file, somebody else in the database" for role in taken]
    return fitting, left


def _without_second_primaries(
    groups: list[Thing[Group]], standing: Standing
) -> tuple[list[Thing[Group]], list[str]]:
    """One group of an owner is primary (R83): the one that is in the database stays so."""
    held = {match[0] for match, facts in standing.groups.items() if facts["primary"]}
    second = {thing.match for thing in groups if thing.entry.primary and thing.entry.owner in held}
    fitting = [
        replace(thing, entry=replace(thing.entry, primary=False)) if thing.match in second else thing
        for thing in groups
    ]
    left = [
        f"{thing.name}: is primary in the file, another group in the database"
        for thing in groups
        if thing.match in second
    ]
    return fitting, left


def _of_new_organizations(
    contracts: list[Thing[Organization]], standing: Standing
) -> tuple[list[Thing[Organization]], list[str]]:
    """Who stands without a seller stays so: a contract would move all that is below it."""
    late = [thing for thing in contracts if thing.match in standing.organizations]
    fitting = [thing for thing in contracts if thing.match not in standing.organizations]
    return fitting, [f"{thing.name}: stands in the file, not in the database" for thing in late]


def _at_other_times[E](
    dated: list[Thing[Dated[E]]], standing: Mapping[Match, Facts]
) -> tuple[list[Thing[Dated[E]]], list[str]]:
    """One price holds at a time: where the database has one for a part of the time, that one stays."""
    held: dict[Match, list[Facts]] = {}
    for match, facts in standing.items():
        held.setdefault(match[:3], []).append(facts)
    fitting, left = [], []
    for thing in dated:
        period = thing.entry.starts_at, thing.entry.ends_at
        there = held.get(thing.match[:3], ())
        if any(overlap(period, (facts["valid_from"], facts["valid_to"])) for facts in there):
            left.append(f"{thing.name}: the database has another one for some of its time")
        else:
            fitting.append(thing)
    return fitting, left


# Everything that a file states --------------------------------------------------------------


def things(ground: Ground) -> Things:
    """Every thing of the file, with what it is found again by."""
    world = ground.world
    organizations = world.organizations
    return Things(
        vendors=[_with_ref("vendor", each) for each in world.vendors],
        products=[_product(each) for each in world.products],
        organizations=[_organization(each) for each in organizations],
        price_lists=[_price_list(each, ground) for each in world.price_lists],
        prices=[price for each in world.price_lists for price in _prices(each, ground)],
        discounts=[discount for each in world.price_lists for discount in _discounts(each, ground)],
        contracts=[_contract(each, each.contract) for each in organizations if each.contract],
        card_gateways=[_card_gateway(each, each.card_gateway) for each in organizations if each.card_gateway],
        tokens=[token for each in organizations for token in _tokens(each, ground)],
        contacts=[contact for each in organizations for contact in _contacts(each)],
        users=_users(organizations),
        memberships=[_membership(each, user) for each in organizations for user in each.users],
        api_keys=[_api_key(each, api_key) for each in organizations for api_key in each.api_keys],
        groups=[_group(each) for each in world.credit_risk_groups],
        policies=[policy for each in world.credit_risk_groups for policy in _policies(each)],
        members=[_member(each, member) for each in world.credit_risk_groups for member in each.members],
        endpoints=_endpoints(world.webhook_endpoints),
        subscriptions=[_subscription(each, ground) for each in world.subscriptions],
        invoices=[_invoice(each) for each in world.invoices],
    )


def _with_ref[E: (Vendor, Organization, Product)](noun: str, entry: E) -> Thing[E]:
    return Thing((entry.ref,), entry, f"{noun} {entry.ref}", stated(entry))


def _organization(entry: Organization) -> Thing[Organization]:
    """Its number is its seller's, kept with the contract; its own only where it has no seller."""
    thing = _with_ref("organization", entry)
    says = {name: value for name, value in thing.says.items() if name != "external_id" or not entry.contract}
    return replace(thing, says=says)


def _product(entry: Product) -> Thing[Product]:
    thing = _with_ref("product", entry)
    if "sandbox" not in entry.lines:
        return thing
    sandbox = entry.sandbox.as_json() if entry.sandbox else {}
    return replace(thing, says={**thing.says, "sandbox": sandbox})


def _price_list(entry: PriceList, ground: Ground) -> Thing[PriceList]:
    zone = ground.zones[entry.owner]
    says = {name: said for name, said in _said(entry, zone).items() if name not in {"prices", "discounts"}}
    return Thing((entry.ref,), entry, f"price list {entry.ref}", says)


def _said(entry: Lasting, zone: str) -> dict[str, object]:
    times = {"valid_from": entry.starts_at(zone), "valid_to": entry.ends_at(zone)}
    return {name: times.get(name, value) for name, value in stated(entry).items()}


def _prices(listed: PriceList, ground: Ground) -> Iterator[Thing[Dated[Price]]]:
    for product, prices in listed.prices:
        for each in prices:
            yield from _dated(listed, each, product.ref, f"price of {product.ref}", ground)


def _discounts(listed: PriceList, ground: Ground) -> Iterator[Thing[Dated[Discount]]]:
    for each in listed.discounts:
        yield from _dated(listed, each, each.product, f"discount on {each.product or 'everything'}", ground)


def _dated[E: (Price, Discount)](
    listed: PriceList, entry: E, product: str | None, what: str, ground: Ground
) -> Iterator[Thing[Dated[E]]]:
    """Nothing of a list that stands with another owner, or in another currency."""
    if ground.lists[listed.ref] != List(listed.owner, listed.currency):
        return
    zone = ground.zones[listed.owner]
    dated = Dated(entry, product, entry.starts_at(zone), entry.ends_at(zone))
    match = (listed.ref, product, entry.min_quantity, dated.starts_at)
    name = f"{what} in {listed.ref}" + (f" from {entry.min_quantity} on" if entry.min_quantity > 1 else "")
    says = _said(entry, zone)
    if isinstance(entry, Price):
        says["price"] = entry.price
    yield Thing(match, dated, name, says, of=(listed.ref,))


def _contract(buyer: Organization, contract: Contract) -> Thing[Organization]:
    says = dict(stated(contract))
    if "external_id" in buyer.lines:
        says["external_id"] = buyer.external_id
    if "order_approval" in contract.lines:
        says["order_approval"] = buyer.order_approval
    return Thing((buyer.ref,), buyer, f"contract of {buyer.ref} with {contract.seller}", says)


def _card_gateway(of: Organization, entry: CardAccount) -> Thing[CardAccount]:
    says = {"secret" if name == "secret_key" else name: value for name, value in stated(entry).items()}
    return Thing((of.ref,), entry, f"card gateway of {of.ref}", says, of=(of.ref,))


def _tokens(buyer: Organization, ground: Ground) -> Iterator[Thing[Token]]:
    contract = buyer.contract
    if contract is None or ground.links[buyer.ref] != Link(contract.seller, contract.currency):
        return
    matches = numbered((buyer.ref, token.gateway, token.reference) for token in contract.tokens)
    for match, token in zip(matches, contract.tokens, strict=True):
        yield Thing(match, token, f"token {token.reference} of {buyer.ref}", stated(token), of=(buyer.ref,))


def _contacts(of: Organization) -> Iterator[Thing[Contact]]:
    matches = numbered((of.ref, contact_key(each.email, each.name)) for each in of.contacts)
    for match, each in zip(matches, of.contacts, strict=True):
        says = {**stated(each), "roles": tuple(sorted(set(each.roles)))}
        yield Thing(match, each, f"contact {each.name} of {of.ref}", says, of=(of.ref,))


def _users(organizations: Iterable[Organization]) -> list[Thing[User]]:
    """Each person once, by the first entry that states a password, if any does."""
    people: dict[str, User] = {}
    for user in (user for each in organizations for user in each.users):
        if user.sign_in not in people or people[user.sign_in].password is None:
            people[user.sign_in] = user
    return [
        Thing((address,), user, f"user {address}", {"name": user.name}) for address, user in people.items()
    ]


def _membership(of: Organization, user: User) -> Thing[User]:
    name = f"user {user.sign_in} of {of.ref}"
    return Thing((user.sign_in, of.ref), user, name, {"role": user.role}, of=(of.ref,))


def _api_key(of: Organization, entry: ApiKey) -> Thing[ApiKey]:
    says = {"organization": of.ref, "name": entry.name, "role": entry.role, "revoked": False}
    return Thing((digest(entry.key),), entry, f"API key {entry.name} of {of.ref}", says, of=(of.ref,))


def _group(entry: Group) -> Thing[Group]:
    match = (entry.owner, entry.name)
    return Thing(match, entry, f"credit risk group {entry.name} of {entry.owner}", stated(entry))


def _policies(group: Group) -> Iterator[Thing[Policy]]:
    of = (group.owner, group.name)
    matches = numbered((*of, *policy_key(each)) for each in group.policies)
    for match, each in zip(matches, group.policies, strict=True):
        yield Thing(match, each, f"policy of {group.name}", {}, of=of)


def policy_key(policy: Policy) -> Match:
    """All that a policy says: it has no other name to be found by."""
    offers = tuple(sorted({offer.ref for offer in policy.offers}))
    return policy.scope.value, policy.vendor, offers, policy.approve_above


def _member(group: Group, member: Mention) -> Thing[Mention]:
    name = f"{member.ref} as a member below {group.owner}"
    match = (group.owner, member.ref)
    return Thing(match, member, name, {"group": group.name}, of=(group.owner, group.name))


def _endpoints(entries: Iterable[Endpoint]) -> list[Thing[Endpoint]]:
    listed = list(entries)
    matches = numbered((each.owner, each.url) for each in listed)
    return [_endpoint(match, each) for match, each in zip(matches, listed, strict=True)]


def _endpoint(match: Match, entry: Endpoint) -> Thing[Endpoint]:
    says = {"secret": entry.secret, "events": tuple(sorted(set(entry.events)))}
    return Thing(match, entry, f"webhook endpoint {entry.url} of {entry.owner}", says, of=(entry.owner,))


def _subscription(entry: Subscription, ground: Ground) -> Thing[Subscription]:
    *_, top = entry.customer, *ground.sellers(entry.customer)
    says = {**stated(entry), "started_at": begins(entry.started_at, ground.zones[top])}
    return Thing((entry.ref,), entry, f"subscription {entry.ref} of {entry.customer}", says)


def _invoice(entry: Invoice) -> Thing[Invoice]:
    stated_ = [name for name in ("buyer", "kind", "issued_on", "due_on") if name in entry.lines]
    says = {name: getattr(entry, name) for name in stated_}
    name = f"invoice {entry.number} of {entry.seller}"
    return Thing((entry.seller, entry.number), entry, name, says, of=(entry.buyer,))
