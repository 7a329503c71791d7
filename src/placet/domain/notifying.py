"""Who is told of a fact by mail, and why it is them (R10, R13, R93): decided from the fact, the order as it
stood then, and whom each organization of its chain can be reached through.

What each of them may read is the projection's business (`domain.view`): nobody is chosen here who is no party
of the chain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from placet.domain import view
from placet.domain.charging import refused
from placet.domain.order import Event, Order
from placet.domain.parties import ROLES, Actor, Permission
from placet.domain.partners import Contact
from placet.domain.validating import failed_tiers
from placet.domain.words import CheckName, Chosen, EventType, Kind, MailKind, MailPace, Role
from placet.domain.world.shape import ContactRole

MAILED: Final = (
    EventType.ORDER_PLACED,
    EventType.ORDER_PENDING_APPROVAL,
    EventType.ORDER_REJECTED,
    EventType.ORDER_UNEXECUTED,
    EventType.PAYMENT_DECLINED,
    EventType.ORDER_EXECUTED,
    EventType.OFFER_PROVISIONING_FAILED,
    EventType.ENDPOINT_DISABLED,
)
"""Facts that somebody may be told of by mail."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in for an organization. `paces`: what was chosen otherwise than at once."""

    id: UUID
    name: str
    email: str
    role: Role
    language: str = ""
    time_zone: str = ""
    paces: Mapping[MailKind, MailPace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reachable:
    """An organization as one can write to it: its contacts, the oldest first, and its people, likewise. Who
    was deactivated, and all people of a blocked one, are not among them."""

    id: UUID
    name: str
    kind: Kind
    language: str
    time_zone: str
    contacts: tuple[Contact, ...] = ()
    people: tuple[Person, ...] = ()

    def allowed(self, *any_of: Permission) -> Iterator[Person]:
        """People whose role has at least one of these."""
        return (person for person in self.people if not ROLES[person.role].isdisjoint(any_of))


Directory = Mapping[UUID, Reachable]
"""Organizations by their id."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail goes to, for which organization, why, and how that one reads. A contact without an account
    is no `person`: it reads what everybody there may read, and has chosen nothing."""

    organization: UUID
    organization_name: str
    email: str
    name: str
    chosen: Chosen
    language: str
    time_zone: str
    role: Role = Role.VIEWER
    person: UUID | None = None
    paces: Mapping[MailKind, MailPace] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """As the projection knows who looks."""
        return Actor(self.organization, self.name, "user", self.role)

    def pace(self, kind: MailKind) -> MailPace:
        """How this one wants mails of that kind; a confirmation goes out for every order (R13)."""
        wanted = self.paces.get(kind, MailPace.AT_ONCE)
        never = wanted is MailPace.NONE and kind not in DECLINABLE
        return MailPace.AT_ONCE if never else wanted


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to be written."""

    kind: MailKind
    to: Recipient


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to write to whom: facts that are told together, the order as it stood at the last of
    them, by which link it can be followed without a login, and where answers go to a mail in the seller's
    name."""

    facts: tuple[Event, ...]
    order: Order | None
    messages: tuple[Message, ...]
    link: str | None = None
    reply_to: str = ""


def notice(facts: Sequence[Event], order: Order | None, directory: Directory, link: str | None) -> Notice:
    """The mails that tell of these facts of one act. `order` is the one that they are of, as it stands now.
    Nobody gets the same mail twice, nor one that was declined."""
    last = facts[-1]
    then = view.as_of(order, last.detail["order"], last.at) if order else None
    found = _of_order(last, then, directory) if then else _of_no_order(last, directory)
    once: dict[tuple[MailKind, str], Message] = {}
    for each in found:
        once.setdefault((each.kind, each.to.email.lower()), each)
    wanted = tuple(each for each in once.values() if each.to.pace(each.kind) is not MailPace.NONE)
    answers_to = reply_to(directory[then.parties[1].id]) if then else ""
    return Notice(tuple(facts), then, wanted, link, answers_to)


def _of_order(fact: Event, order: Order, directory: Directory) -> Iterator[Message]:
    match fact.type:
        case EventType.ORDER_PLACED:
            yield from _each(MailKind.ORDER_RECEIVED, buyers_side(order, directory))
            yield from _each(MailKind.ORDER_CONFIRMATION, _confirmed_to(order, directory))
        case EventType.ORDER_PENDING_APPROVAL if "tier" in fact.detail:
            yield from _asked(order, fact.detail["tier"], directory)
        case EventType.ORDER_REJECTED:
            yield from _each(MailKind.ORDER_REJECTED, _let_down(order, directory))
        case EventType.ORDER_UNEXECUTED:
            places = {place for tier in fact.detail["tiers"] for place in (tier - 1, tier)}
            yield from _each(MailKind.INSUFFICIENT_CREDIT, _about_money(order, places, directory))
        case EventType.PAYMENT_DECLINED:
            payers = {tier - 1 for tier in fact.detail["tiers"]}
            yield from _each(MailKind.CARD_PROBLEM, _about_money(order, payers, directory))
        case EventType.ORDER_EXECUTED if fact.moved is None or fact.moved[0] is not None:
            yield from _each(MailKind.ORDER_EXECUTED, _had_a_part(order, directory))
        case EventType.OFFER_PROVISIONING_FAILED:
            top = directory[order.parties[order.top].id]
            people = top.allowed(Permission.ORDER, Permission.DECIDE)
            yield from _each(MailKind.PROVISIONING_FAILED, _as(Chosen.MAY_ACT, top, people))
        case _:
            return


def _of_no_order(fact: Event, directory: Directory) -> Iterator[Message]:
    if fact.type is EventType.ENDPOINT_DISABLED:
        for owner in (directory[id_] for id_ in fact.seen_by):
            admins = _as(Chosen.ADMINISTERS, owner, owner.allowed(Permission.ADMINISTER))
            yield from _each(MailKind.ENDPOINT_DISABLED, admins)


def _each(kind: MailKind, recipients: Iterable[Recipient]) -> Iterator[Message]:
    return (Message(kind, to) for to in recipients)


# Placed -------------------------------------------------------------------------------------


def buyers_side(order: Order, directory: Directory) -> list[Recipient]:
    """Who is told of an order where it is bought (R10): whoever placed it there; else the primary contact,
    the oldest one, or who may order. One, or nobody."""
    buyer = directory[order.parties[0].id]
    placer = person_of(buyer, order.placed_by)
    if placer:
        return [of_person(buyer, placer, Chosen.PLACED)]
    may_order = _as(Chosen.MAY_ORDER, buyer, buyer.allowed(Permission.ORDER))
    return [*_primary(buyer), *_oldest(buyer), *may_order][:1]


def _confirmed_to(order: Order, directory: Directory) -> list[Recipient]:
    """For every order of a customer, approval or not (R13)."""
    if order.parties[0].kind is not Kind.CUSTOMER:
        return []
    seller, step = directory[order.parties[1].id], order.step_at(1)
    decision = step.decision if step else None
    return confirmation(seller, person_of(seller, decision.by) if decision else None)


def confirmation(seller: Reachable, approved: Person | None) -> list[Recipient]:
    """The first of: the seller's `bill_to` contact, its `primary` contact, its oldest contact, the person who
    approved, or may approve (R13). Who has no address or was deactivated is passed over."""
    found = [
        *_as_contacts(Chosen.BILL_TO, seller, _holding(seller, ContactRole.BILL_TO)),
        *_primary(seller),
        *_oldest(seller),
        *([of_person(seller, approved, Chosen.APPROVED)] if approved else []),
        *_as(Chosen.MAY_APPROVE, seller, seller.allowed(Permission.DECIDE)),
    ]
    return found[:1]


def _primary(one: Reachable) -> list[Recipient]:
    return _as_contacts(Chosen.PRIMARY, one, _holding(one, ContactRole.PRIMARY))


def _oldest(one: Reachable) -> list[Recipient]:
    return _as_contacts(Chosen.OLDEST, one, one.contacts)


def _holding(one: Reachable, role: ContactRole) -> Iterator[Contact]:
    return (contact for contact in one.contacts if role in contact.roles)


def reply_to(seller: Reachable) -> str:
    """Where answers to a mail in a seller's name go: to its primary contact, else its oldest one; empty where
    it has none with an address."""
    return next((found.email for found in (*_primary(seller), *_oldest(seller))), "")


# Decided ------------------------------------------------------------------------------------


def _asked(order: Order, place: int, directory: Directory) -> Iterator[Message]:
    """Everybody who may say yes or no. A card payer whose card is what is missing is told that instead; one
    whose bank has declined was told so by that fact (R47, R48)."""
    asked = directory[order.parties[place].id]
    tokens = (check for check in order.last_run if check.name is CheckName.ACTIVE_TOKEN)
    if place + 1 in failed_tiers(tokens):
        yield from _each(MailKind.CARD_PROBLEM, _about_money(order, {place}, directory))
    elif not (order.checks and any(charge.tier == place + 1 for charge in refused(order))):
        people = asked.allowed(Permission.DECIDE)
        yield from _each(MailKind.APPROVAL_REQUESTED, _as(Chosen.MAY_APPROVE, asked, people))


def _let_down(order: Order, directory: Directory) -> Iterator[Recipient]:
    """The buyer, the sellers below whoever rejected, and who placed it (R31)."""
    yield from buyers_side(order, directory)
    tier = order.rejection.tier if order.rejection else 0
    for place in range(1, tier):
        seller = directory[order.parties[place].id]
        yield from _as(Chosen.MAY_APPROVE, seller, seller.allowed(Permission.DECIDE))
    if order.parties[tier].id != order.placer.id:
        yield from _placer(order, directory)


def _about_money(order: Order, places: Iterable[int], directory: Directory) -> Iterator[Recipient]:
    """Who can pay, raise, release or accept there (R43, R48); and who bought, where it is the buyer's."""
    for place in sorted(places):
        if place == 0:
            yield from buyers_side(order, directory)
        one = directory[order.parties[place].id]
        yield from _as(Chosen.MAY_ACT, one, one.allowed(Permission.DECIDE, Permission.FINANCE))


def _had_a_part(order: Order, directory: Directory) -> Iterator[Recipient]:
    """The buyer, who placed it, and who said yes in person."""
    yield from buyers_side(order, directory)
    yield from _placer(order, directory)
    for step in order.steps:
        one = directory[order.parties[step.tier].id]
        if step.decision and (person := person_of(one, step.decision.by)):
            yield of_person(one, person, Chosen.APPROVED)


def _placer(order: Order, directory: Directory) -> Iterator[Recipient]:
    """Whoever placed it, where that is a person of the chain."""
    one = directory.get(order.placer.id)
    if one and (person := person_of(one, order.placed_by)):
        yield of_person(one, person, Chosen.PLACED)


# People and contacts ------------------------------------------------------------------------


def person_of(one: Reachable, by: Mapping[str, object]) -> Person | None:
    """Whoever did something, as rows keep it, while that one acts for this organization; a program is
    nobody."""
    return next((person for person in one.people if str(person.id) == by.get("person")), None)


def of_person(one: Reachable, person: Person, chosen: Chosen) -> Recipient:
    """Somebody with an account, in its own language and time zone, else the organization's."""
    return Recipient(
        organization=one.id,
        organization_name=one.name,
        email=person.email,
        name=person.name,
        chosen=chosen,
        language=person.language or one.language,
        time_zone=person.time_zone or one.time_zone,
        role=person.role,
        person=person.id,
        paces=person.paces,
    )


def _as(chosen: Chosen, one: Reachable, people: Iterable[Person]) -> list[Recipient]:
    return [of_person(one, person, chosen) for person in people]


def _as_contacts(chosen: Chosen, one: Reachable, contacts: Iterable[Contact]) -> list[Recipient]:
    return [
        _of_contact(one, contact, chosen) for contact in contacts if contact.active and contact.email.strip()
    ]


def _of_contact(one: Reachable, contact: Contact, chosen: Chosen) -> Recipient:
    """A contact; one whose address signs in for the organization is that person."""
    same = (person for person in one.people if person.email.lower() == contact.email.lower())
    if person := next(same, None):
        return of_person(one, person, chosen)
    return Recipient(
        organization=one.id,
        organization_name=one.name,
        email=contact.email.strip(),
        name=contact.name,
        chosen=chosen,
        language=one.language,
        time_zone=one.time_zone,
    )


# What people can choose -----------------------------------------------------------------------

CHOOSABLE: Final[Mapping[Kind, tuple[MailKind, ...]]] = {
    Kind.CUSTOMER: (
        MailKind.ORDER_RECEIVED,
        MailKind.ORDER_REJECTED,
        MailKind.ORDER_EXECUTED,
        MailKind.APPROVAL_REQUESTED,
        MailKind.INSUFFICIENT_CREDIT,
        MailKind.CARD_PROBLEM,
        MailKind.ENDPOINT_DISABLED,
    ),
    **dict.fromkeys(
        (Kind.RESELLER, Kind.DISTRIBUTOR),
        (
            MailKind.APPROVAL_REQUESTED,
            MailKind.ORDER_CONFIRMATION,
            MailKind.ORDER_RECEIVED,
            MailKind.ORDER_REJECTED,
            MailKind.INSUFFICIENT_CREDIT,
            MailKind.CARD_PROBLEM,
            MailKind.ORDER_EXECUTED,
            MailKind.PROVISIONING_FAILED,
            MailKind.ENDPOINT_DISABLED,
        ),
    ),
}
"""Which mails somebody there may get, and so choose about; what one signs in by is not among them."""

DECLINABLE: Final = frozenset(MailKind) - {
    MailKind.ORDER_CONFIRMATION,
    MailKind.SIGN_IN,
    MailKind.INVITATION,
    MailKind.DIGEST,
}
"""What nobody need get at all."""


def choosable(kinds: Iterable[Kind]) -> tuple[MailKind, ...]:
    """What a person who acts for organizations of these kinds may choose about."""
    return tuple(dict.fromkeys(kind for each in kinds for kind in CHOOSABLE[each]))
