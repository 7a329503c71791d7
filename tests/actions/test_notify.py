"""Facts become mails: once, whoever crashes or races, without another statement for who orders (R93)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.digests import PAUSE
from placet.actions.notify import LEASE, post_letters, take_notices
from placet.actions.verify import verify
from placet.domain.executing import Delivered, Failed
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import MailKind, MailPace, OrganizationStatus, Role
from placet.entrypoints.jobs import composing
from placet.entrypoints.portal.mails.letters import letters
from placet.storage import models
from tests.statements import counted
from tests.stories import acts
from tests.stories.acts import NOW
from tests.stories.worlds import Json, customer, distributor, product, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

MINUTE = timedelta(minutes=1)


def staff(ref: str, *roles: str) -> Json:
    """People with those roles, and a contact for invoices."""
    users = [{"email": f"{role}@{ref}.example", "name": f"{role} of {ref}", "role": role} for role in roles]
    return {
        "users": users,
        "contacts": [{"name": f"Desk of {ref}", "email": f"desk@{ref}.example", "roles": ["bill_to"]}],
        "time_zone": "Europe/Riga",
    }


@pytest.fixture(autouse=True)
def market(alone: None) -> None:  # noqa: ARG001 - the database it works on
    acts.load(
        world(
            distributor("dist", **staff("dist", "admin", "viewer")),
            reseller("res", "dist", **staff("res", "admin", "approver", "buyer")),
            customer("cust", "res", {"order_approval": True}, **staff("cust", "buyer")),
            prices={"bp": "10.00", "ps": "5.00"},
            products=[product("bp", vendor="soft"), product("ps", vendor="soft")],
        )
    )


def ordered(at: datetime = NOW) -> Order:
    return acts.place(acts.actor("cust"), "2 bp, 1 ps", at=at)


def composed(at: datetime = NOW) -> None:
    while composing.compose(at):
        pass


def written() -> list[tuple[str, str]]:
    rows = models.Mail.objects.order_by("kind", "to").values_list("kind", "to")
    return [(kind, to) for kind, to in rows]


PLACED = [
    ("approval_requested", "admin@res.example"),
    ("approval_requested", "approver@res.example"),
    ("order_confirmation", "desk@res.example"),
    ("order_received", "desk@cust.example"),
]


def test_a_fact_becomes_its_mails_once() -> None:
    order = ordered()
    assert models.Notice.objects.count() == 2
    assert written() == []
    composed()
    assert written() == PLACED
    assert models.Notice.objects.count() == 0
    composed(NOW + timedelta(days=9))
    assert written() == PLACED
    [received] = models.Mail.objects.filter(kind=MailKind.ORDER_RECEIVED)
    assert (received.order_id, received.chosen, received.from_name) == (order.id, "oldest", "Org res")
    assert received.organization.ref == "cust"  # type: ignore[union-attr]
    assert received.due_at == NOW


def test_an_order_that_is_not_committed_is_told_to_nobody() -> None:
    with transaction.atomic():
        ordered()
        transaction.set_rollback(True)
    composed()
    assert written() == []


def test_what_a_file_states_is_told_to_nobody() -> None:
    """Nor is a renewal: it is an order that is done as it is made; its invoice tells of it."""
    had = {"customer": "cust", "product": "bp", "quantity": 3, "started_at": "2026-10-01"}
    stated = world(prices={}, subscriptions=[had | {"ref": "s-1"}])
    acts.load(stated)
    assert models.Order.objects.count() == 1
    assert models.Notice.objects.count() == 0


def test_a_worker_that_dies_in_between_loses_and_doubles_nothing() -> None:
    """Taken and not written: due again after the lease. Written and not answered: done."""
    ordered()
    assert len(take_notices(most=9, at=NOW)) == 2
    assert take_notices(most=9, at=NOW + LEASE / 2) == [], "leased"
    later = NOW + LEASE
    composed(later)
    assert written() == PLACED


def test_one_that_was_slow_finds_it_done() -> None:
    """Its lease has passed to another one: it writes nothing."""
    ordered()
    slow = take_notices(most=9, at=NOW)
    composed(NOW + LEASE)
    assert written() == PLACED
    assert [post_letters(taken=t, letters=letters(t.notice, NOW), at=NOW) for t in slow] == [False, False]
    assert written() == PLACED


def test_one_that_was_slow_loses_to_who_has_the_lease_now() -> None:
    ordered()
    slow = take_notices(most=9, at=NOW)
    quick = take_notices(most=9, at=NOW + LEASE)
    assert not any(post_letters(taken=t, letters=letters(t.notice, NOW), at=NOW) for t in slow)
    assert written() == []
    assert all(post_letters(taken=t, letters=letters(t.notice, NOW), at=NOW) for t in quick)
    assert written() == PLACED


def test_a_mail_that_cannot_be_written_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, well = ordered(), ordered()

    def failing(notice: Any, at: datetime) -> Any:  # noqa: ANN401 - as `letters`
        if notice.order.id == broken.id:
            raise ZeroDivisionError
        return letters(notice, at)

    with monkeypatch.context() as patch:
        patch.setattr(composing, "letters", failing)
        composing.compose(NOW)
    assert {mail.order_id for mail in models.Mail.objects.all()} == {well.id}
    composed(NOW + LEASE)
    assert models.Mail.objects.filter(order_id=broken.id).count() == 4


def test_two_workers_race_and_each_mail_is_written_once() -> None:
    orders = [ordered() for _ in range(6)]

    def working(_: int) -> None:
        try:
            composed()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(working, range(4)))
    assert sorted(written()) == sorted(PLACED * len(orders))


def test_items_that_fail_at_once_are_told_in_one_mail() -> None:
    """R53: with each item and its vendor's reason, to who can do something about it."""
    order = acts.done(acts.approve(ordered(), acts.actor("res")))
    acts.vendors_say({"bp": Failed("No keys left."), "ps": Failed("Tenant full.")})
    assert models.Notice.objects.filter(event__type="offer.provisioning_failed").count() == 2
    composed()
    [mail] = models.Mail.objects.filter(kind=MailKind.PROVISIONING_FAILED)
    assert (mail.to, mail.order_id) == ("admin@dist.example", order.id)
    assert "No keys left." in mail.text
    assert "Tenant full." in mail.text


def test_the_mails_of_many_orders_take_as_many_statements_as_those_of_one() -> None:
    """Four to take, however many; one to write those of a fact."""
    few, many = taken(1), taken(8)
    assert (len(few), len(many)) == (4, 4), many
    for _ in range(3):
        ordered()
    with counted() as sent:
        composing.compose(NOW)
    told = [each for each in sent if not each.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    assert len(told) == 4 + 6, told


def taken(many: int) -> list[str]:
    """The statements that taking the mails of so many orders is made of."""
    for _ in range(many):
        ordered()
    with counted() as sent:
        assert len(take_notices(most=99, at=NOW)) == 2 * many
    models.Notice.objects.all().delete()
    return [each for each in sent if not each.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]


def test_verify_sees_a_fact_that_nobody_can_tell() -> None:
    ordered()
    models.Notice.objects.update(tries=30)
    assert broken() != []
    models.Notice.objects.update(tries=1)
    assert broken() == []


def test_verify_sees_a_mail_to_somebody_who_may_not_know() -> None:
    """R2."""
    ordered()
    composed()
    far = models.Organization.objects.get(ref="dist")
    models.Mail.objects.filter(kind=MailKind.APPROVAL_REQUESTED).update(organization=far)
    assert broken() != []
    models.Mail.objects.all().delete()


def broken() -> list[str]:
    return [finding.invariant for finding in verify() if finding.broken]


# Digests ------------------------------------------------------------------------------------


def daily(address: str, *kinds: MailKind) -> models.User:
    user = models.User.objects.get(email=address)
    for kind in kinds:
        models.MailChoice.objects.create(user=user, kind=kind, pace=MailPace.DAILY)
    return user


def digests() -> list[models.Mail]:
    return list(models.Mail.objects.filter(kind=MailKind.DIGEST).order_by("created_at"))


MORNING = NOW.replace(hour=5, minute=0) + timedelta(days=1)  # 7 o'clock in Riga


def test_a_digest_gathers_a_day_and_goes_out_once() -> None:
    """At seven by its reader's clock; single mails are not sent."""
    daily("admin@res.example", MailKind.APPROVAL_REQUESTED)
    one, two = ordered(), ordered(NOW + MINUTE)
    composed(NOW + 2 * MINUTE)
    waiting = models.Mail.objects.filter(to="admin@res.example", kind=MailKind.APPROVAL_REQUESTED)
    assert [(mail.due_at, mail.gather_at) for mail in waiting] == [(None, MORNING)] * 2
    assert composing.digest(MORNING - MINUTE) == 0
    assert composing.digest(MORNING) == 1
    [mail] = digests()
    assert (mail.to, mail.due_at, mail.from_name) == ("admin@res.example", MORNING, "")
    assert one.number in mail.text
    assert two.number in mail.html
    assert f"/orders/{one.id}" in mail.text
    assert composing.digest(MORNING + timedelta(days=1)) == 0
    assert len(digests()) == 1
    assert {(each.gathered_in_id, each.text, each.html) for each in waiting.all()} == {(mail.pk, "", "")}


def test_a_customers_digest_comes_in_its_resellers_name() -> None:
    """R93; what is from several of them, or from none, comes from Placet."""
    user = daily("buyer@cust.example", MailKind.ORDER_RECEIVED)
    actor = Actor(acts.actor("cust").organization, user.name, "user", Role.BUYER, user.pk)
    order = acts.place(actor, "1 bp")
    composed()
    composing.digest(MORNING)
    [mail] = digests()
    assert (mail.from_name, mail.reply_to) == ("Org res", "desk@res.example")
    assert order.number in mail.text


def test_nothing_gathered_is_no_mail() -> None:
    daily("admin@res.example", *MailKind)
    assert composing.digest(MORNING) == 0
    assert digests() == []


def test_two_workers_write_one_digest() -> None:
    daily("admin@res.example", MailKind.APPROVAL_REQUESTED)
    ordered()
    composed()

    def working(_: int) -> None:
        try:
            composing.digest(MORNING)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(working, range(4)))
    assert len(digests()) == 1


def test_a_worker_that_dies_before_the_digest_is_kept_writes_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daily("admin@res.example", MailKind.APPROVAL_REQUESTED)
    ordered()
    composed()

    def dying(**_: object) -> bool:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(composing, "post_digest", dying)
        assert composing.digest(MORNING) == 1
        assert composing.digest(MORNING + MINUTE) == 0  # it waits, and holds up nobody
    assert digests() == []
    composing.digest(MORNING + PAUSE)
    assert len(digests()) == 1


@pytest.mark.parametrize("left", ["membership", "deactivated", "blocked"])
def test_who_has_left_reads_nothing_of_it_any_more(left: str) -> None:
    """R2: what gathered for somebody who may not sign in there any more is told to nobody."""
    user = daily("admin@res.example", MailKind.APPROVAL_REQUESTED)
    ordered()
    composed()
    match left:
        case "membership":
            models.Membership.objects.filter(user=user).delete()
        case "deactivated":
            models.User.objects.filter(id=user.pk).update(is_active=False)
        case _:
            blocked()
    composing.digest(MORNING)
    composing.digest(MORNING + timedelta(days=1))
    assert digests() == []
    assert not models.Mail.objects.filter(gather_at__isnull=False).exists()
    [dropped] = models.Mail.objects.filter(error__contains="has left")
    assert (dropped.text, dropped.html) == ("", "")


def blocked() -> None:
    wishes = OrganizationWishes(status=OrganizationStatus.BLOCKED)
    became = change_organization(name="res", by=acts.actor("dist"), wishes=wishes, at=NOW)
    assert not isinstance(became, Refusal), became


def test_a_blocked_organizations_people_are_not_written_to() -> None:
    """Nobody signs in there (spec §1); its contacts are."""
    order = ordered()
    blocked()
    composed()
    assert [to for kind, to in written() if kind == "approval_requested"] == []
    assert ("order_confirmation", "desk@res.example") in written()
    assert order.number


def test_whoever_has_chosen_none_gets_none() -> None:
    user = models.User.objects.get(email="admin@res.example")
    models.MailChoice.objects.create(user=user, kind=MailKind.APPROVAL_REQUESTED, pace=MailPace.NONE)
    ordered()
    composed()
    assert ("approval_requested", "admin@res.example") not in written()
    assert ("approval_requested", "approver@res.example") in written()


def test_somebody_with_an_account_who_ordered_is_told_in_person() -> None:
    """R10: by the person's id, that facts keep since."""
    user = models.User.objects.get(email="buyer@cust.example")
    acts.place(Actor(acts.actor("cust").organization, user.name, "user", Role.BUYER, user.pk), "1 bp")
    composed()
    [mail] = models.Mail.objects.filter(kind=MailKind.ORDER_RECEIVED)
    assert (mail.to, mail.chosen, mail.person_id) == ("buyer@cust.example", "placed", user.pk)


def test_a_life_is_told_to_its_end() -> None:
    order = acts.done(acts.approve(ordered(), acts.actor("res")))
    acts.vendors_say(Delivered("V-1"))
    composed()
    done = models.Mail.objects.filter(kind=MailKind.ORDER_EXECUTED)
    assert [(mail.to, mail.subject) for mail in done] == [
        ("desk@cust.example", f"Your order {order.number} is complete")
    ]
