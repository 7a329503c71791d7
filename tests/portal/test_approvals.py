# ruff: noqa: E501 - a table is as wide as its cases
"""The approvals inbox (R30-R36, R41): what waits, what each would do, deciding one and several."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from placet.domain.credit import UNLIMITED, Account, Limit
from placet.domain.exposure import Exposure
from placet.domain.order import Order
from placet.entrypoints.portal.orders import approvals, words
from tests.api.callers import load, unique
from tests.domain.builders import new_id
from tests.domain.stages import STAGES
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import led, markup, rows, send, text
from tests.statements import counted
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import customer, distributor, group, reseller, world

NBSP = "\N{NO-BREAK SPACE}"


class Chain:
    """Dist is asked about all of res, whose limit is 100.00 and who owes 40.00; res about cust."""

    def __init__(self) -> None:
        self.word = unique("inbox")
        at = self.at
        load(
            world(
                distributor(at("dist"), multi_tier_approval=True),
                reseller(at("res"), at("dist"), {"credit_limit": "100.00", "opening_balance": "40.00"}),
                customer(at("cust"), at("res"), {"order_approval": True}, name=f"{self.word} Bakery"),
                customer(at("quiet"), at("res"), name=f"{self.word} Books"),
                distributor(at("far")),
                prices={at("bp"): "10.00"},
                groups=[group(at("dist"), at("res"))],
            )
        )

    def at(self, name: str) -> str:
        """What an organization or a product is called everywhere."""
        return f"{self.word}-{name}"

    def place(self, who: str = "cust", many: int = 1) -> Order:
        """An order of so many."""
        return acts.place(actor(self.at(who)), f"{many} {self.at('bp')}")


pytestmark = pytest.mark.usefixtures("committed")


def test_what_waits_at_whose_level(signed_in: SignedIn) -> None:
    """R32, R36: each its own queue, its own amount, its own reasons."""
    made = Chain()
    order = made.place(many=2)
    page = text(signed_in(made.at("dist")).get("/approvals")).replace(NBSP, " ")
    assert "1 waits for you, 20.00 € at your level" in page
    assert f"via Org {made.at('res')}" in page
    assert "Before 40.00 € This order + 20.00 € After 60.00 € Limit 100.00 €" in page
    assert "Fits. 40.00 € stay free, 60 % of the limit is used. Nothing is overdue." in page
    assert f"A policy of your group CR-{made.at('dist')} asks for it." in page
    assert "24.00" not in page
    page = text(signed_in(made.at("res")).get(f"/approvals/{order.id}")).replace(NBSP, " ")
    assert "24.00 € at your level" in page
    assert "Unlimited. Owes 0.00 € before, 24.00 € after this order." in page
    assert "CR-" not in page
    assert "Nothing waits for you" in text(signed_in(made.at("far")).get("/approvals"))
    assert signed_in(made.at("far")).get(f"/approvals/{order.id}").status_code == 404


# The order costs 22.00.
@cases("""
limit      balance  reserved  overdue  ->  word             says
100.00     0        0         0        ->  Fits.            78.00 € stay free, 22 % of the limit is used. Nothing is overdue.
100.00     60.00    18.00     5.00     ->  Fits.            Uses all that is left. Equal passes. 5.00 € is overdue.
100.00     60.00    18.01     0        ->  Over the limit.  After the last yes it stays unexecuted, 0.01 € short. An approval never overrides the limit. Nothing is overdue.
0          0        0         0        ->  Over the limit.  After the last yes it stays unexecuted, 22.00 € short. An approval never overrides the limit. Nothing is overdue.
unlimited  3.00     0         0        ->  Unlimited.       Owes 3.00 € before, 25.00 € after this order. Nothing is overdue.
100.00     -50.00   0         0        ->  Fits.            128.00 € stay free, 0 % of the limit is used. Nothing is overdue.
""")  # fmt: skip
def test_what_it_does_to_credit(  # noqa: PLR0913, PLR0917 - the table's columns
    limit: str, balance: str, reserved: str, overdue: str, word: str, says: str
) -> None:
    """R41: equal passes, 0 is no credit, unlimited always passes."""

    def minor(amount: str) -> int:
        return round(float(amount) * 100)

    order = STAGES["pending"]()
    link = replace(order.links[1], gross=2200)
    of = UNLIMITED if limit == "unlimited" else Limit(minor(limit))
    exposure = Exposure(link, Account(new_id(), of, minor(balance), minor(reserved)), minor(overdue))
    found = words.weighed(exposure)
    assert (found.word, found.say.replace(NBSP, " ")) == (word, says)
    if limit != "unlimited":
        bar = approvals.bar_of(exposure)
        widths = [float(part.rstrip("%")) for part in (bar.before, bar.order, bar.over)]
        assert all(0 <= width <= 100 for width in widths)
        assert sum(widths) <= 100.01
        assert (float(bar.over.rstrip("%")) > 0) == (word == "Over the limit.")


def test_after_deciding_the_next_one_is_shown(signed_in: SignedIn) -> None:
    """With a toast; the last one leads to the empty inbox."""
    made = Chain()
    older, newer = made.place(), made.place()
    seller = signed_in(made.at("res"))
    page = markup(seller.get(f"/approvals/{newer.id}"))
    (goes_on,) = re.findall(
        rf'action="/orders/{newer.id}/approve".*?name="to" value="([^"]+)"', page, re.DOTALL
    )
    assert goes_on == f"/approvals/{older.id}"
    said = led(seller, send(seller, f"/orders/{newer.id}/approve", to=goes_on, comment="As agreed."))
    assert f"{newer.number} approved." in said
    assert "Approve A" in said
    said = led(seller, send(seller, f"/approvals/{older.id}/reject", reason="Too dear.", to="/approvals"))
    assert f"{older.number} rejected." in said
    assert "Nothing waits for you" in said
    decided = rows(markup(seller.get("/approvals/decided")))[1:]
    assert [row.split()[0] for row in decided] == [older.number, newer.number]
    assert "Rejected" in decided[0]
    assert acts.now(newer).step_at(1).decision.comment == "As agreed."  # type: ignore[union-attr]


def test_a_stale_click_is_told_kindly(signed_in: SignedIn) -> None:
    """R33, R34: another of the same organization was quicker; nothing changes, whichever it presses."""
    made = Chain()
    order = made.place()
    acts.approve(order, actor(made.at("res"), name="Jane"))
    late = signed_in(made.at("res"))
    for address in (f"/orders/{order.id}/approve", f"/approvals/{order.id}/reject"):
        said = led(late, send(late, address, reason="No.", to="/approvals"))
        assert f"Already decided. Jane of {made.at('res')} approved {order.number}" in said
    page = text(late.get(f"/approvals/{order.id}"))
    assert "Already decided." in page
    assert "Reject with a reason" not in page


def test_a_rejection_needs_its_reason(signed_in: SignedIn) -> None:
    """R31: the dialog comes back open with what was typed, and says why."""
    made = Chain()
    order = made.place()
    answer = send(signed_in(made.at("res")), f"/approvals/{order.id}/reject", reason="", note="Ask in May.")
    page = markup(answer, 422)
    assert re.search(r'<dialog[^>]*id="reject"[^>]*open-now', page)
    assert "Say why: the customer reads this." in page
    assert "Ask in May." in page
    assert acts.now(order).status == "pending_approval"


def test_several_at_once_each_on_its_own(signed_in: SignedIn) -> None:
    """Per-order results; what somebody decided meanwhile is told, the rest is done."""
    made = Chain()
    orders = [made.place() for _ in range(3)]
    acts.reject(orders[0], actor(made.at("res"), name="Jane"))
    seller = signed_in(made.at("res"))
    ids = [str(order.id) for order in orders]
    said = led(seller, send(seller, "/approvals/decide", orders=ids, decision="approve"))
    assert f"2 orders approved: {orders[1].number}, {orders[2].number}." in said
    assert f"Already decided. Jane of {made.at('res')} rejected {orders[0].number}" in said
    assert "Choose at least one order." in led(seller, send(seller, "/approvals/decide", decision="approve"))
    far = signed_in(made.at("far"))
    assert "is not there" in led(far, send(far, "/approvals/decide", orders=ids[1:2], decision="approve"))


def test_rejecting_several_needs_one_reason(signed_in: SignedIn) -> None:
    made = Chain()
    ids = [str(made.place().id) for _ in range(2)]
    seller = signed_in(made.at("res"))
    page = markup(send(seller, "/approvals/decide", orders=ids, decision="reject", reason=""), 422)
    assert re.search(r'<dialog[^>]*id="reject-chosen"[^>]*open-now', page)
    assert page.count(" checked>") == 2
    answer = send(seller, "/approvals/decide", orders=ids, decision="reject", reason="Too dear.")
    assert "2 orders rejected" in led(seller, answer)


def test_who_may_only_look(signed_in: SignedIn) -> None:
    """R32: a viewer sees what waits, and has no buttons; its clicks are refused."""
    made = Chain()
    order = made.place()
    viewer = signed_in(made.at("res"), "viewer")
    page = text(viewer.get("/approvals"))
    assert "somebody else decides" in page
    assert "Approve A" not in page
    assert send(viewer, f"/orders/{order.id}/approve").status_code == 403
    assert send(viewer, "/approvals/decide", orders=[str(order.id)], decision="approve").status_code == 403
    assert acts.now(order).status == "pending_approval"


def test_a_full_inbox_takes_no_more_statements(signed_in: SignedIn) -> None:
    """The credit of all in one; at most fifty are shown, and that there are more is said."""
    made = Chain()
    client = signed_in(made.at("res"))
    taken = []
    for more in (2, 9):
        for _ in range(more):
            made.place()
        client.get("/approvals")
        with counted() as sent:
            client.get("/approvals")
        taken.append(len(sent))
    assert taken[0] == taken[1]


def test_old_ones_are_overdue_at_ones_own_link(signed_in: SignedIn) -> None:
    """R63: what the account below owes past its day."""
    from placet.storage import models

    made = Chain()
    made.place()
    contract = models.Contract.objects.get(buyer__ref=made.at("res"))
    day = datetime.now(UTC).date() - timedelta(days=3)
    models.Invoice.objects.create(
        id=new_id(),
        kind="debit",
        status="unpaid",
        seller=contract.seller,
        buyer=contract.buyer,
        contract=contract,
        currency="EUR",
        net_minor=700,
        tax_minor=0,
        total_minor=700,
        open_minor=700,
        issued_at=datetime.now(UTC),
        issued_on=day,
        due_on=day,
    )
    page = text(signed_in(made.at("dist")).get("/approvals")).replace(NBSP, " ")
    assert "7.00 € is overdue." in page
    assert "overdue" not in text(signed_in(made.at("res")).get("/approvals")).replace(
        "Nothing is overdue", ""
    )
