"""What does not fit together in a world file, or between it and the database it is to be loaded into."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from placet.domain import money
from placet.domain.validity import EVER, overlap
from placet.domain.words import CardGateway, InvoiceKind, InvoiceStatus, Kind, Scope
from placet.domain.world.ground import DEEPEST, Ground, Standing
from placet.domain.world.keys import Entry, Notes
from placet.domain.world.nodes import Problem
from placet.domain.world.shape import (
    Contract,
    Group,
    Invoice,
    Lasting,
    Organization,
    Policy,
    PriceList,
    User,
)

Found = Iterator[Problem]

NOUNS: Final = {
    "organizations": "organization",
    "vendors": "vendor",
    "products": "product",
    "price_lists": "price list",
}


def problems(ground: Ground, notes: Notes) -> list[Problem]:
    """Everything that is wrong, in the file's order: what was noted at reading, refs that lead nowhere,
    and what contradicts the rules or the database."""
    found = {*notes.problems, *_lost_refs(notes, ground.standing)}
    for check in CHECKS:
        found.update(check(ground))
    return sorted(found)


def _lost_refs(notes: Notes, standing: Standing) -> Found:
    for table, mentions in notes.mentioned.items():
        made = notes.made.get(table, {})
        there = getattr(standing, table)
        for mention in mentions:
            if mention.ref not in made and (mention.ref,) not in there:
                yield mention.problem(f"there is no {NOUNS[table]} {mention.ref}")


def _again[T](entries: Iterable[T], match: Callable[[T], object]) -> Iterator[tuple[T, T]]:
    """Each entry that matches an earlier one, after that one."""
    first: dict[object, T] = {}
    for entry in entries:
        if (before := first.setdefault(match(entry), entry)) is not entry:
            yield before, entry


# Contracts ----------------------------------------------------------------------------------


def _contracts(ground: Ground) -> Iterator[tuple[Organization, Contract]]:
    return ((each, each.contract) for each in ground.world.organizations if each.contract)


def _chains(ground: Ground) -> Found:
    for buyer, contract in _contracts(ground):
        sellers = list(ground.sellers(buyer.ref))
        if buyer.ref in sellers:
            yield contract.problem("seller", f"the chain of contracts leads back to {buyer.ref}")
        elif len(set(sellers)) > DEEPEST:
            yield contract.problem("seller", f"the chain of contracts has more than {DEEPEST} tiers")
        if ground.kinds.get(contract.seller) is Kind.CUSTOMER:
            yield contract.problem("seller", f"{contract.seller} is a customer, which sells to nobody")


def _lists_of_contracts(ground: Ground) -> Found:
    for _, contract in _contracts(ground):
        name = contract.price_list or ""
        used = ground.lists.get(name)
        if used and used.owner != contract.seller:
            yield contract.problem("price_list", f"{name} is a list of {used.owner}, not of the seller")
        if used and used.currency != contract.currency:
            yield contract.problem(
                "price_list", f"{name} is in {used.currency}, the contract in {contract.currency}"
            )


def _amounts_of_contracts(ground: Ground) -> Found:
    for _, contract in _contracts(ground):
        for name in ("credit_limit", "opening_balance"):
            if isinstance(amount := getattr(contract, name), Decimal):
                yield from _amount(contract, name, amount, contract.currency)


def _amount(entry: Entry, name: str, amount: Decimal, currency: str) -> Found:
    if reason := _unfit(amount, currency):
        yield entry.problem(name, reason)


def _unfit(amount: Decimal, currency: str) -> str | None:
    """Why an amount cannot be one of the currency, if so."""
    try:
        money.minor_units(amount, currency)
    except ValueError as error:
        return f"{amount:f} cannot be an amount: {error}"
    return None


def _external_ids(ground: Ground) -> Found:
    numbered = [(buyer, deal.seller) for buyer, deal in _contracts(ground) if buyer.external_id]
    for (first, seller), (again, _) in _again(numbered, lambda pair: (pair[1], pair[0].external_id)):
        yield again.problem("external_id", f"is the number of {first.ref} at {seller}, on line {first.line}")
    for buyer, seller in numbered:
        if (other := ground.standing.external_ids.get((seller, buyer.external_id))) not in {None, buyer.ref}:
            yield buyer.problem("external_id", f"is the number of {other} at {seller}, in the database")


# People and programs ------------------------------------------------------------------------


def _contacts(ground: Ground) -> Found:
    for organization in ground.world.organizations:
        held = [(role, contact) for contact in organization.contacts for role in set(contact.roles)]
        for (role, first), (_, again) in _again(held, lambda pair: pair[0]):
            yield again.problem("roles", f"{first.name} is {role} already, on line {first.line}")


def _users(ground: Ground) -> Found:
    stated = [(each, user) for each in ground.world.organizations for user in each.users]
    for (first_of, first), (again_of, again) in _again(stated, lambda pair: pair[1].sign_in):
        yield from _other_person(first, again)
        if first_of is again_of:
            yield again.problem("email", f"stands already on line {first.line}")


def _other_person(first: User, again: User) -> Found:
    for name in ("name", "password"):
        before, now = getattr(first, name), getattr(again, name)
        if None not in {before, now} and before != now:
            yield again.problem(name, f"is another one on line {first.lines.get(name, first.line)}")


def _api_keys(ground: Ground) -> Found:
    stated = [each for organization in ground.world.organizations for each in organization.api_keys]
    for first, again in _again(stated, lambda each: each.key):
        yield again.problem("key", f"stands already on line {first.lines['key']}")


# Price lists --------------------------------------------------------------------------------


def _price_lists(ground: Ground) -> Found:
    for each in ground.world.price_lists:
        if ground.kinds.get(each.owner) is Kind.CUSTOMER:
            yield each.problem("owner", f"{each.owner} is a customer, which sells to nobody")
        if each.markup_percent is None and "prices" not in each.lines:
            yield each.problem("prices", "is missing, and so is markup_percent: one of them is needed")
        if each.markup_percent is not None:
            yield from _markup(ground, each)
        yield from _prices(ground, each)
        yield from _discounts(ground, each)
        yield from _period(each, ground.zones.get(each.owner, "UTC"))


def _markup(ground: Ground, each: PriceList) -> Found:
    if ground.is_top(each.owner):
        reason = f"{each.owner} buys from nobody, so there is no cost to mark up: it needs fixed prices"
        yield each.problem("markup_percent", reason)
    cost = ground.links.get(each.owner)
    if cost and cost.currency != each.currency:
        reason = f"{each.owner} buys in {cost.currency}: a markup on that cannot be in {each.currency}"
        yield each.problem("markup_percent", reason)


def _prices(ground: Ground, listed: PriceList) -> Found:
    zone = ground.zones.get(listed.owner, "UTC")
    for _, prices in listed.prices:
        for each in prices:
            if reason := _unfit(each.price, listed.currency):
                yield each.problem("price", reason)
            yield from _period(each, zone)
        yield from _one_at_a_time([(each.min_quantity, each) for each in prices], zone)


def _discounts(ground: Ground, listed: PriceList) -> Found:
    zone = ground.zones.get(listed.owner, "UTC")
    for each in listed.discounts:
        yield from _period(each, zone)
    same = [((each.product or "", each.min_quantity), each) for each in listed.discounts]
    yield from _one_at_a_time(same, zone)


def _one_at_a_time[K: (int, tuple[str, int])](same: Sequence[tuple[K, Lasting]], zone: str) -> Found:
    """Of what is the same, the next begins when the one before it has ended (R4)."""
    in_time = sorted(same, key=lambda pair: (pair[0], pair[1].starts_at(zone) or EVER))
    for (what, before), (again, after) in pairwise(in_time):
        periods = [(each.starts_at(zone), each.ends_at(zone)) for each in (before, after)]
        if what == again and overlap(*periods):
            yield after.problem("valid_from", f"overlaps what stands on line {before.line}")


def _period(each: Lasting, zone: str) -> Found:
    start, end = each.starts_at(zone), each.ends_at(zone)
    if start and end and start >= end:
        yield each.problem("valid_to", "must be after valid_from")


# Credit risk groups -------------------------------------------------------------------------


def _groups(ground: Ground) -> Found:
    groups = ground.world.credit_risk_groups
    for first, again in _again(groups, lambda group: (group.owner, group.name)):
        yield again.problem("name", f"{again.owner} has this group already, on line {first.line}")
    primaries = [group for group in groups if group.primary]
    for first, again in _again(primaries, lambda group: group.owner):
        yield again.problem("primary", f"{first.name} is primary already, on line {first.line}")
    for group in groups:
        yield from _default_limit(ground, group)
        for policy in group.policies:
            yield from _policy(ground, policy)


def _members(ground: Ground) -> Found:
    stated = [(group, each) for group in ground.world.credit_risk_groups for each in group.members]
    for (group, first), (_, again) in _again(stated, lambda pair: (pair[0].owner, pair[1].ref)):
        yield again.problem(f"{again.ref} is in {group.name} already, on line {first.line}")
    for group, member in stated:
        if not _may_be_below(ground, member.ref, group.owner):
            yield member.problem(f"{member.ref} is not below {group.owner}")


def _may_be_below(ground: Ground, ref: str, owner: str) -> bool:
    """Also where it cannot be told, because something between them is broken and named elsewhere."""
    chain = [ref, *ground.sellers(ref)]
    return owner in chain[1:] or not ground.is_top(chain[-1])


def _default_limit(ground: Ground, group: Group) -> Found:
    links = {member.ref: ground.links.get(member.ref) for member in group.members}
    own = {link.currency for link in links.values() if link and link.seller == group.owner}
    for currency in sorted(own):
        yield from _amount(group, "default_limit", ground.granted_by(group), currency)


def _policy(ground: Ground, policy: Policy) -> Found:
    if policy.scope is Scope.ALL and policy.vendor:
        yield policy.problem("vendor", "stands against scope all, which is every vendor's")
    if policy.scope is not Scope.ALL and not policy.vendor:
        yield policy.problem("vendor", f"is missing, which scope {policy.scope} needs")
    if policy.scope is Scope.OFFERS and "offers" not in policy.lines:
        yield policy.problem("offers", "is missing, which scope offers needs")
    if policy.scope is not Scope.OFFERS and policy.offers:
        yield policy.problem("offers", f"stands against scope {policy.scope}")
    yield from (
        offer.problem(f"{offer.ref} is an offer of {maker}, not of {policy.vendor}")
        for offer in policy.offers
        if policy.vendor and (maker := ground.vendors.get(offer.ref, policy.vendor)) != policy.vendor
    )


def _card_gateways(ground: Ground) -> Found:
    """Only sellers take cards; Stripe needs one key, and the others need none."""
    for each in ground.world.organizations:
        account = each.card_gateway
        if account is None:
            continue
        keys = [name for name in ("secret_key", "secret_variable") if getattr(account, name)]
        if each.kind is Kind.CUSTOMER:
            yield each.problem("card_gateway", "a customer takes no cards")
        if account.gateway is CardGateway.STRIPE and len(keys) != 1:
            yield account.problem("secret_key", "needed: it, or else secret_variable")
        for name in (*keys, "publishable_key"):
            if account.gateway is not CardGateway.STRIPE and getattr(account, name):
                yield account.problem(name, f"{account.gateway} needs no key")


# Invoices -----------------------------------------------------------------------------------

GIVEN_HERE: Final = re.compile(r"INV-([0-9]{6,18})")
"""What the numbers look like that Placet gives itself."""


def _invoices(ground: Ground) -> Found:
    invoices = ground.world.invoices
    for first, again in _again(invoices, lambda each: (each.seller, each.number)):
        yield again.problem("number", f"stands already on line {first.line}")
    for each in invoices:
        link = ground.links.get(each.buyer)
        if each.buyer in ground.links and (link is None or link.seller != each.seller):
            yield each.problem("seller", f"{each.buyer} does not buy from {each.seller}")
        elif link:
            yield from _amounts_of_invoice(each, link.currency)
        yield from _state_of_invoice(each)
        yield from _number_of_invoice(ground, each)


def _amounts_of_invoice(each: Invoice, currency: str) -> Found:
    for line in each.billed:
        yield from _amount(line, "net", line.net, currency)
        yield from _amount(line, "tax", line.tax, currency)
    if each.open is not None:
        yield from _amount(each, "open", each.open, currency)
    if each.total > Decimal(money.MOST_MINOR).scaleb(-money.exponent(currency)):
        yield each.problem("lines", f"come to {each.total:f}, too large for an invoice")


def _state_of_invoice(each: Invoice) -> Found:
    closed = each.status in (InvoiceStatus.PAID, InvoiceStatus.CANCELLED)
    if each.still_open > each.total:
        yield each.problem("open", f"is more than the whole, {each.total:f}")
    elif closed and each.still_open:
        yield each.problem("open", f"stands against status {each.status}")
    elif each.status is InvoiceStatus.UNPAID and not each.still_open:
        yield each.problem("status", "stands against nothing being open")
    if each.kind is InvoiceKind.CREDIT and (each.open is not None or each.status is InvoiceStatus.PAID):
        name = "status" if each.open is None else "open"
        yield each.problem(name, "is for Placet to say: a credit invoice comes unused")
    if each.due_on and each.due_on < each.issued_on:
        yield each.problem("due_on", "must not be before issued_on")


def _number_of_invoice(ground: Ground, each: Invoice) -> Found:
    """A seller's next numbers are not taken beforehand (R62)."""
    last, own = ground.standing.counters.get((each.seller,)), GIVEN_HERE.fullmatch(each.number)
    if last is not None and own and int(own[1]) > last:
        yield each.problem("number", f"is one that Placet gives {each.seller} itself, later")


CHECKS: Final[tuple[Callable[[Ground], Found], ...]] = (
    _chains,
    _lists_of_contracts,
    _amounts_of_contracts,
    _external_ids,
    _contacts,
    _users,
    _api_keys,
    _price_lists,
    _groups,
    _members,
    _card_gateways,
    _invoices,
)
