"""Status addresses (R10): who follows an order without a login, and what a stranger reads there."""

from functools import partial

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pydantic_core import to_json

from placet.actions.follow_order import (
    Following,
    follow_order,
    following,
    link_of,
    renew_address,
    revoke_address,
)
from placet.domain.executing import Delivered
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.storage import db, models, status_addresses
from tests.domain.tables import cases
from tests.stories import acts
from tests.stories.acts import NOW, actor
from tests.stories.test_races import codes, race
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

WORLD = world(
    distributor("dist"),
    reseller("res", "dist"),
    reseller("rival", "dist"),
    customer("cust", "res", {"order_approval": True}),
    customer("short", "res", {"credit_limit": "1.00"}),
    customer("low", "res"),
    prices={"bp": "10.00", "ps": "5.00"},
)


@pytest.fixture(autouse=True)
def _loaded(alone: None) -> None:  # noqa: ARG001
    acts.load(WORLD)


def link(order: Order) -> str:
    found = link_of(order.id)
    assert found
    return found


def test_reads_number_status_items_and_quantities() -> None:
    order = acts.place(actor("cust"), "2 bp, 1 ps", note="Our secret.")
    assert follow_order(link(order)) == {
        "number": order.number,
        "status": "pending_approval",
        "status_label": "Pending Reseller Approval",
        "delivered": {"lines": 0, "of": 2},
        "lines": [
            {"product": "Product bp", "quantity": 2, "delivery_status": "waiting"},
            {"product": "Product ps", "quantity": 1, "delivery_status": "waiting"},
        ],
    }


def test_no_prices_no_names() -> None:
    """R10: of nobody, whatever became of the order."""
    order = acts.place(actor("res"), "2 bp", customer="cust", note="Our secret.")
    acts.vendors_say(Delivered("V"))
    read = to_json(follow_order(link(order))).decode()
    for never in ("EUR", "Org", "Ann", "secret", "24.00", "12.00", str(order.id)):
        assert never not in read


@cases("""
buyer  what      ->  label
cust   -             Pending Reseller Approval
cust   rejected      Rejected
short  -             Unexecuted due to Insufficient Credit
low    -             Submitted
low    executed      Executed
""")
def test_says_it_in_the_final_buyers_words(buyer: str, what: str, label: str) -> None:
    """As spec §13 words it."""
    order = acts.place(actor(buyer), "1 bp")
    if what == "rejected":
        acts.reject(order, actor("res"))
    if what == "executed":
        acts.vendors_say(Delivered("V"))
    read = follow_order(link(order))
    assert not isinstance(read, Refusal)
    assert read["status_label"] == label


def test_a_shortage_further_up_is_in_progress() -> None:
    """R2: as the final buyer reads it."""
    models.CreditAccount.objects.filter(contract__buyer__ref="res").update(limit_minor=0)
    read = follow_order(link(acts.place(actor("low"), "1 bp")))
    assert not isinstance(read, Refusal)
    assert read["status_label"] == "In progress"


def test_a_link_is_not_to_be_guessed() -> None:
    """Nor another order's made from it."""
    mine, other = acts.place(actor("low"), "1 bp"), acts.place(actor("low"), "1 bp")
    content, _, signature = link(mine).partition(".")
    forged = status_addresses.link(other.id).partition(".")[0]
    for wrong in (
        "",
        ".",
        "x",
        content,
        f"{content}.",
        f"{forged}.{signature}",
        f"{content}.{signature}A",
        "ÿ.ÿ",
    ):
        assert codes([follow_order(wrong)]) == ["not_found"]
    assert codes([follow_order(status_addresses.link(db.new_id()))]) == ["not_found"]


def test_a_wrong_link_costs_no_statement() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert codes([follow_order("A" * 24 + "." + "B" * 43)]) == ["not_found"]
    assert len(asked) == 0


def test_outlives_the_secret_key() -> None:
    """As long as the old one is among the fallbacks."""
    order = acts.place(actor("low"), "1 bp")
    old = link(order)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["for tests"]):  # noqa: S106
        assert codes([follow_order(old), follow_order(link(order))]) == ["ok", "ok"]
        assert old != link(order)
    with override_settings(SECRET_KEY="another"):  # noqa: S106
        assert codes([follow_order(old)]) == ["not_found"]


def test_revoked_and_renewed() -> None:
    order, cust = acts.place(actor("cust"), "1 bp"), actor("cust")
    links = [link(order)]
    for round_ in range(3):
        for _ in range(2):  # twice is as once
            assert codes([revoke_address(order_id=order.id, by=cust, at=NOW)]) == ["ok"]
        assert link_of(order.id) is None
        assert following(order, cust) == Following(None, NOW, may_change=True)
        assert codes([follow_order(each) for each in links]) == ["not_found"] * len(links)
        assert codes([renew_address(order_id=order.id, by=cust, at=NOW)]) == ["ok"]
        links.append(link(order))
        assert codes([follow_order(each) for each in links]) == ["not_found"] * (round_ + 1) + ["ok"]
    assert len(set(links)) == len(links)


def test_renewing_ends_the_link_before() -> None:
    order = acts.place(actor("cust"), "1 bp")
    old = link(order)
    renew_address(order_id=order.id, by=actor("cust"), at=NOW)
    assert codes([follow_order(old), follow_order(link(order))]) == ["not_found", "ok"]


WHO = """
who    role      ->  sees   changes
cust   admin         True   ok
cust   buyer         True   ok
cust   viewer        True   forbidden
cust   approver      True   forbidden
res    admin         True   ok
dist   admin         False  forbidden
rival  admin         -      not_found
"""


@cases(WHO)
def test_its_buyer_and_who_placed_it_have_it(who: str, role: str, sees: str, changes: str) -> None:
    order = acts.place(actor("res"), "1 bp", customer="cust")
    by = actor(who, Role(role))
    if sees:
        assert (following(order, by) is not None) == (sees == "True")
    outcomes = [
        revoke_address(order_id=order.id, by=by, at=NOW),
        renew_address(order_id=order.id, by=by, at=NOW),
    ]
    assert codes(outcomes) == [changes, changes]


def test_its_seller_has_it_not_where_the_buyer_placed_it() -> None:
    order = acts.place(actor("cust"), "1 bp")
    assert following(order, actor("res")) is None
    assert codes([renew_address(order_id=order.id, by=actor("res"), at=NOW)]) == ["forbidden"]


def test_two_renew_at_once() -> None:
    """Each makes one, and the last one counts."""
    order = acts.place(actor("cust"), "1 bp")
    renew = partial(_renewed, order, actor("cust"))
    race(list(range(6)), renew, renew)
    assert status_addresses.find(order.id).generation == 12


def _renewed(order: Order, by: Actor, _: object) -> object:
    return renew_address(order_id=order.id, by=by, at=NOW)
