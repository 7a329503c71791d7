"""What happens in the chain of five before its pages are read: orders of every status, invoices, payments, a
change that waits. Whoever decides says something that is nobody else's business."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from placet.actions.approve_order import approve_order
from placet.actions.change_subscription import change_subscription
from placet.actions.import_runs import Sent, begin_import, carried_out
from placet.actions.number_invoices import number_invoices
from placet.actions.record_payment import record_payment
from placet.actions.reject_order import reject_order
from placet.domain.executing import Delivered, Failed
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import Exchanged, ExchangeFormat, Role
from placet.storage import models
from tests.stories import acts
from tests.stories.five import chain_of_five

COMMENT: Final = "Between us at five-{}"
NOTE: Final = "Never again, says five-{}"
REFERENCE: Final = "Booked as five-{}"
PAYMENT: Final = {1: "1.37", 2: "2.39", 3: "3.41", 4: "4.43", 5: "5.47"}
"""What each link's buyer has paid."""

PEOPLE: Final = "Decider"
"""`Decider of five-4` decides; no other organization learns so."""


def decider(place: int) -> str:
    """Who decides there."""
    return f"{PEOPLE} of five-{place}"


def live() -> None:
    """Loads the world and lets it happen."""
    at = datetime.now(UTC)
    acts.load(chain_of_five().replace("{hooks}", "http://127.0.0.1:9"), at)
    _approved(_placed(2, at), at)
    acts.vendors_say(Delivered("V-1"), at)
    while number_invoices(most=10, at=at):
        pass
    _placed(3, at)
    assert _approved(_placed(7, at), at).status.value == "unexecuted"
    _rejected(_placed(1, at), 4, at)
    _rejected(_placed(1, at), 1, at)
    acts.done(acts.cancel(_placed(1, at), acts.actor("five-0"), at))
    failing = _approved(_placed(1, at), at)
    acts.vendors_say(Failed("Out of keys at the vendor."), at)
    assert acts.now(failing).status.value == "submitted"
    _paid(at)
    _changed(at)
    for place in PAYMENT:
        _exchanged(place, at)


def _exchanged(place: int, at: datetime) -> None:
    """Its ERP has sent a file, which somebody looked at."""
    lines = f"organization,credit_limit\nfive-{place - 1},unlimited\nfive-0,x\n"
    file = Sent(Exchanged.LIMITS, ExchangeFormat.CSV, lines.encode(), "limits.csv", dry_run=True)
    by = acts.actor(f"five-{place}", name=PEOPLE)
    begun = begin_import(sent=file, by=by, at=at)
    assert not isinstance(begun, Refusal)
    carried_out(begun=begun, by=by, at=at)


def _placed(quantity: int, at: datetime) -> Order:
    return acts.place(acts.actor("five-0"), f"{quantity} five-seat", at=at)


def _approved(order: Order, at: datetime) -> Order:
    for place in (4, 1):
        by = acts.actor(f"five-{place}", Role.APPROVER, PEOPLE)
        order = acts.done(approve_order(order_id=order.id, by=by, comment=COMMENT.format(place), at=at))
    return order


def _rejected(order: Order, place: int, at: datetime) -> None:
    by = acts.actor(f"five-{place}", Role.APPROVER, PEOPLE)
    acts.done(reject_order(order_id=order.id, by=by, reason="Not this year.", note=NOTE.format(place), at=at))


def _paid(at: datetime) -> None:
    for tier, amount in PAYMENT.items():
        contract: UUID = models.Contract.objects.get(seller__ref=f"five-{tier}").id
        by = acts.actor(f"five-{tier}", name=PEOPLE)
        record_payment(
            contract=contract,
            amount=amount,
            invoice=None,
            note="",
            reference=REFERENCE.format(tier),
            by=by,
            at=at,
        )


def _changed(at: datetime) -> None:
    held = models.Subscription.objects.latest("id").id
    acts.done(
        change_subscription(subscription=held, quantity=5, product=None, by=acts.actor("five-0"), at=at)
    )
