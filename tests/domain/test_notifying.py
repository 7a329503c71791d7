"""Who is told of what by mail, and why it is them (R10, R13, R93)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from placet.domain.mailing import next_digest
from placet.domain.notifying import (
    CHOOSABLE,
    MAILED,
    Directory,
    Message,
    Notice,
    Person,
    Reachable,
    choosable,
    confirmation,
    notice,
    reply_to,
)
from placet.domain.order import Event, Order
from placet.domain.partners import Contact
from placet.domain.words import EventType, Kind, MailKind, MailPace, Role
from placet.domain.world.shape import ContactRole
from tests.domain.builders import KINDS, NOW, id_of, placed
from tests.domain.stages import NAMES, STAGES, links
from tests.domain.tables import cases

ROLES = {"bill": ContactRole.BILL_TO, "prim": ContactRole.PRIMARY}


def contacts(text: str) -> tuple[Contact, ...]:
    """`ann, bob=prim, eve=bill off, joe=nowhere`: the oldest first; `nowhere` has no address."""
    return tuple(contact(*each.split("=")) for each in text.split(", ") if each)


def contact(name: str, said: str = "") -> Contact:
    words = said.split()
    email = "" if "nowhere" in words else f"{name}@c.example"
    return Contact(name, email, tuple(ROLES[w] for w in words if w in ROLES), active="off" not in words)


def person(name: str, role: Role, **paces: MailPace) -> Person:
    chosen = {MailKind(kind): pace for kind, pace in paces.items()}
    return Person(id_of(name), name, f"{name}@p.example", role, paces=chosen)


def organization(name: str, *people: Person, of: str = "") -> Reachable:
    kind = KINDS.get(name, Kind.RESELLER)
    return Reachable(id_of(name), name.title(), kind, "de", "Europe/Riga", contacts(of), people)


def staff(name: str) -> Reachable:
    """One of each role, and a primary contact."""
    people = (person(f"{role}.{name}", role) for role in Role)
    return organization(name, *people, of=f"desk.{name}=prim")


EVERYBODY: Directory = {id_of(name): staff(name) for name in NAMES}


def told(order: Order, directory: Directory = EVERYBODY) -> Iterator[tuple[Event, Notice]]:
    for fact in order.events:
        if fact.type in MAILED:
            yield fact, notice([fact], order, directory, "link")


def written(message: Message) -> str:
    return f"{message.kind} {message.to.email.partition('@')[0]} {message.to.chosen}"


def mails(stage: str, directory: Directory = EVERYBODY) -> list[str]:
    """All mails of an order's life up to there."""
    return everything(STAGES[stage](), directory)


def everything(order: Order, directory: Directory = EVERYBODY) -> list[str]:
    return [written(message) for _, each in told(order, directory) for message in each.messages]


# R13 ----------------------------------------------------------------------------------------


@cases("""
contacts                                     approved  people              ->  to    chosen
ann, bob=prim, eve=bill                      -         -                       eve   bill_to
ann, bob=prim bill                           -         -                       bob   bill_to
ann, bob=prim, eve=bill off                  -         -                       bob   primary
ann, bob=prim, eve=bill nowhere              -         -                       bob   primary
ann, bob=prim off, eve=bill off              -         -                       ann   oldest
ann=nowhere, bob=off, eve                    -         -                       eve   oldest
ann, bob                                     joe       joe admin               ann   oldest
ann=off, bob=nowhere                         joe       kim admin, joe buyer    joe   approved
-                                            joe       kim admin, joe approver  joe   approved
-                                            -         kim buyer, joe approver  joe   may_approve
-                                            -         kim admin, joe approver  kim   may_approve
-                                            -         kim viewer              -     -
ann=off                                      -         -                       -     -
""")
def test_the_resellers_confirmation_goes_to_the_first_of(
    contacts: str, approved: str, people: str, to: str, chosen: str
) -> None:
    """R13: bill_to, primary, oldest contact, the person who approved or may approve; passed over without an
    address or deactivated."""
    pairs = (each.split() for each in people.split(", ") if each)
    seller = organization("res", *(person(name, Role(role)) for name, role in pairs), of=contacts)
    said = next((one for one in seller.people if one.name == approved), None)
    found = confirmation(seller, said)
    assert [(one.name, one.chosen.value) for one in found] == ([(to, chosen)] if to else [])


def test_it_goes_out_approval_or_not_and_for_customers_alone() -> None:
    """R13: for every order of its customers; what a reseller buys for itself is confirmed by nobody."""
    assert "order_confirmation desk.res primary" in mails("pending")
    calm = placed(links("approval off < off"))
    kinds = [message.kind for _, each in told(calm) for message in each.messages]
    assert MailKind.ORDER_CONFIRMATION in kinds
    own = placed(links()[1:], by="res")
    assert MailKind.ORDER_CONFIRMATION not in [m.kind for _, each in told(own) for m in each.messages]


def test_nobody_declines_a_confirmation() -> None:
    """It can wait for the day's mail."""
    for pace, wanted in ((MailPace.NONE, MailPace.AT_ONCE), (MailPace.DAILY, MailPace.DAILY)):
        [to] = confirmation(organization("res", person("kim", Role.ADMIN, order_confirmation=pace)), None)
        assert to.pace(MailKind.ORDER_CONFIRMATION) is wanted


# Each fact ----------------------------------------------------------------------------------


@cases("""
stage                    kind                 ->  to
pending                  order_received           desk.cust primary
pending                  approval_requested       admin.dist, admin.res, approver.dist, approver.res
pending, buyer first     approval_requested       admin.res, approver.res
pending, res said yes    approval_requested       admin.dist, admin.res, approver.dist, approver.res
pending, placed by dist  approval_requested       admin.res, approver.res
rejected by res          order_rejected           desk.cust primary
rejected by dist         order_rejected           admin.res, admin.sub, approver.res, approver.sub, desk.cust primary
short for cust           insufficient_credit      admin.cust, admin.res, approver.cust, approver.res, desk.cust primary, finance.cust, finance.res
short for res            insufficient_credit      admin.res, admin.sub, approver.res, approver.sub, finance.res, finance.sub
short for sub            insufficient_credit      admin.dist, admin.sub, approver.dist, approver.sub, finance.dist, finance.sub
declined                 card_problem             admin.res, approver.res, finance.res
declined                 approval_requested       admin.dist, admin.res, approver.dist, approver.res
without a token          card_problem             admin.res, approver.res, finance.res
without a token          approval_requested       admin.dist, admin.res, approver.dist, approver.res
failed                   provisioning_failed      admin.dist, approver.dist, buyer.dist
executed                 order_executed           desk.cust primary
cancelled                order_rejected           -
expired                  order_rejected           -
provisioning             order_executed           -
""")  # noqa: E501 - a table is as wide as its cases
def test_who_is_told(stage: str, kind: str, to: str) -> None:
    """Never anybody of an organization that may not know (spec §13), nobody twice."""
    found = [mail.removeprefix(f"{kind} ") for mail in mails(stage) if mail.startswith(f"{kind} ")]
    usual = {"may_approve", "may_act"}
    shown = sorted(mail.partition(" ")[0] if mail.partition(" ")[2] in usual else mail for mail in found)
    assert shown == ([each for each in to.split(", ") if each] if to else [])


@pytest.mark.parametrize("stage", STAGES)
def test_who_is_told_may_know(stage: str) -> None:
    """R2, R90: every reader is of an organization that may know of the fact."""
    for fact, each in told(STAGES[stage]()):
        assert {message.to.organization for message in each.messages} <= set(fact.seen_by), fact.type


def in_person(order: Order, who: str) -> Order:
    """The same, where somebody with an account did everything."""

    def named(by: dict[str, Any]) -> dict[str, Any]:
        return by | {"person": str(id_of(who))}

    steps = tuple(
        replace(step, decision=replace(step.decision, by=named(step.decision.by))) if step.decision else step
        for step in order.steps
    )
    return replace(order, placed_by=named(order.placed_by), steps=steps)


def test_whoever_placed_it_is_told_and_who_said_yes() -> None:
    """R10: the person at the customer, not its primary contact; R93: executed, to who had a part in it."""
    order = in_person(STAGES["executed"](), "buyer.cust")
    found = everything(order)
    assert "order_received buyer.cust placed" in found
    assert "order_executed buyer.cust placed" in found
    order = in_person(STAGES["executed"](), "approver.dist")
    found = everything(order)
    assert "order_received desk.cust primary" in found, "an approver of dist is nobody of the customer's"
    assert "order_executed approver.dist approved" in found


def test_a_rejection_is_told_to_the_seller_who_ordered_for_the_customer() -> None:
    """R31: who placed it reads the public reason, wherever in the chain it stands; who rejected knows."""
    order = in_person(STAGES["pending, placed by dist"](), "admin.dist")
    assert order.placed_by["person"]
    rejected = replace(in_person(STAGES["rejected by res"](), "admin.dist"), placer=order.placer)
    assert "order_rejected admin.dist placed" in [
        written(m) for _, each in told(rejected) for m in each.messages
    ]


def test_a_contact_with_an_account_is_that_person() -> None:
    """It reads in its own language, and has chosen how it wants its mails."""
    one = replace(person("desk", Role.VIEWER), email="Desk@c.example", language="en")
    [to] = confirmation(organization("res", one, of="desk=prim"), None)
    assert (to.person, to.language, to.role) == (one.id, "en", Role.VIEWER)
    [to] = confirmation(organization("res", of="desk=prim"), None)
    assert (to.person, to.language, to.time_zone) == (None, "de", "Europe/Riga")


def test_who_declined_is_not_told_and_nobody_gets_the_same_twice() -> None:
    """A person who acts for two organizations of a chain gets one mail of a fact."""
    quiet = person("kim", Role.ADMIN, order_rejected=MailPace.NONE)
    loud = person("joe", Role.ADMIN)
    both = {
        **EVERYBODY,
        id_of("res"): organization("res", quiet, loud),
        id_of("sub"): organization("sub", loud),
    }
    order = STAGES["rejected by dist"]()
    [rejected] = [each for fact, each in told(order, both) if fact.type is EventType.ORDER_REJECTED]
    assert [written(m) for m in rejected.messages] == [
        "order_rejected desk.cust primary",
        "order_rejected joe may_approve",
    ]
    assert rejected.messages[1].to.organization == id_of("res"), "the lower one of the two"


def test_an_endpoint_that_ends_is_told_to_its_owners_admins() -> None:
    """R91."""
    ended = Event(UUID(int=1), EventType.ENDPOINT_DISABLED, NOW, (id_of("res"),), None, {})
    each = notice([ended], None, EVERYBODY, None)
    assert [written(message) for message in each.messages] == ["endpoint_disabled admin.res administers"]


@cases("""
contacts                      ->  answers
ann, bob=prim, eve=bill           bob@c.example
ann=nowhere, eve=bill             eve@c.example
ann=off                           -
""")
def test_where_answers_to_a_resellers_mail_go(contacts: str, answers: str) -> None:
    assert reply_to(organization("res", of=contacts)) == answers


# Choices and digests ------------------------------------------------------------------------


def test_what_one_can_choose_is_what_one_may_get() -> None:
    """Of all one's organizations, each once; what one signs in by cannot be chosen away."""
    assert MailKind.ORDER_CONFIRMATION not in choosable([Kind.CUSTOMER])
    both = choosable([Kind.CUSTOMER, Kind.RESELLER])
    assert len(both) == len(set(both)) == len({*CHOOSABLE[Kind.RESELLER]})
    assert not {MailKind.SIGN_IN, MailKind.INVITATION, MailKind.DIGEST} & set(both)
    every = {
        message.kind for stage in STAGES.values() for _, each in told(stage()) for message in each.messages
    }
    assert every <= {*CHOOSABLE[Kind.RESELLER]}, "whatever is written can be chosen"


@cases("""
at                zone              ->  due
2026-11-22T04:59  Europe/Riga           2026-11-22T05:00
2026-11-22T05:00  Europe/Riga           2026-11-23T05:00
2026-11-22T23:30  Europe/Riga           2026-11-23T05:00
2026-11-22T20:30  Pacific/Auckland      2026-11-23T18:00
2026-03-28T12:00  Europe/Riga           2026-03-29T04:00
2026-11-22T12:00  UTC                   2026-11-23T07:00
""")
def test_a_digest_is_due_at_seven_by_its_readers_clock(at: str, zone: str, due: str) -> None:
    """The next one, whatever summer time does that night."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert next_digest(moment, zone) == datetime.fromisoformat(due).replace(tzinfo=UTC)
