"""Orders in tables: what was written down reads back as the very value that the action answered."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from placet.domain.order import Order
from placet.domain.refusals import Refusal
from tests.databases import emptied
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import card, customer, distributor, group, product, reseller, world

WORLD = world(
    distributor("dist", multi_tier_approval=True),
    reseller("res", "dist", {"tax_rate": "21", "credit_limit": "500.00"}),
    customer("cust", "res", {"tax_rate": "7.5", "order_approval": True, "credit_limit": "9000.00"}),
    reseller("payer", "dist", card("tok_ok")),
    customer("of-payer", "payer"),
    prices={"bp": "10.00", "onsite": "100.00"},
    products=[product("bp", vendor="ms"), product("onsite", "manual", vendor="hands")],
    groups=[group("dist", "res")],
)


@pytest.fixture(autouse=True)
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    with django_db_blocker.unblock():
        emptied()
        acts.load(WORLD)
        yield
        acts.proven()
        emptied()
        connection.close()


def test_every_answer_reads_back_as_it_was_given() -> None:
    dist, res, cust = actor("dist"), actor("res"), actor("cust")
    small = same(acts.place(cust, "2 bp, 1 onsite", note="Please."))
    small = same(acts.approve(small, res))
    small = same(acts.approve(small, dist))
    small = same(acts.execute(small, dist, small.lines[0].id))
    same(acts.cancel(small, dist))

    large = same(acts.place(res, "60 bp", customer="cust"))
    large = same(acts.approve(large, dist))
    assert isinstance(acts.retry(large, res), Refusal)
    same(acts.release(acts.now(large), dist))

    same(acts.reject(acts.place(cust, "1 bp"), res))
    same(acts.cancel(acts.place(cust, "1 bp"), cust))

    paid = acts.place(actor("of-payer"), "3 bp")
    charging = same(acts.approve(paid, actor("payer")))
    assert charging.charging


def same(outcome: Order | Refusal) -> Order:
    """The order that an action answered, which is the one that is now on record."""
    order = acts.done(outcome)
    assert acts.now(order) == order
    return order
