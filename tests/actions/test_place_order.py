"""Placing an order (R11): what stands on record of it."""

import pytest

from placet.domain.order import Order
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.view import render
from placet.domain.words import OrderStatus, StepStatus
from placet.storage import models
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("alone")


def test_a_yes_by_placing_is_kept_though_its_card_sends_the_order_back() -> None:
    """R11, R47: a card payer without a token orders for its customer. It said yes by that, which was told;
    and it is asked again."""
    unpayable = {"payment_method": "credit_card"}
    acts.load(
        world(
            distributor("dist"),
            reseller("res", "dist", unpayable),
            customer("cust", "res"),
            prices={"bp": "10.00"},
        )
    )
    res = actor("res")
    order = acts.place(res, "1 bp", customer="cust")
    assert order.status is OrderStatus.PENDING_APPROVAL
    for seen in (order, acts.now(order)):
        assert asked_again(seen)
        [shown] = render(seen, res)["approvals"]
        assert (shown["status"], shown["decided_by"], shown["how"]) == ("pending", None, None)
    assert models.Decision.objects.get().how == "placed"


def asked_again(order: Order) -> bool:
    [step] = order.steps
    assert order.warning
    return step.status is StepStatus.PENDING and order.warning.text == NO_ACTIVE_TOKEN
