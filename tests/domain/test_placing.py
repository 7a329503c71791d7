"""Placing: R5, R11, R12, R24, R26, R27."""

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.placing import MOST_LINES, LineRequest, OrderRequest, place
from placet.domain.refusals import Refusal
from placet.domain.words import ApprovalOrder, OrderStatus, Role
from tests.domain.builders import (
    NOW,
    PRODUCTS,
    act,
    approve,
    asked_for,
    chain,
    code,
    events,
    line,
    ordered,
    party,
    placed,
    request,
    validated,
)
from tests.domain.tables import cases

FOUR = "list +20% < +10% < 10.00\napproval on < off < off"

OWN_STEP = """
placer  role      ->  steps
cust    admin         res=pending sub=pending dist=pending
cust    buyer         res=pending sub=pending dist=pending
res     admin         res=approved sub=pending dist=pending
res     approver      res=approved sub=pending dist=pending
res     buyer         res=pending sub=pending dist=pending
res     finance       res=pending sub=pending dist=pending
sub     admin         res=pending sub=approved dist=pending
dist    admin         res=pending sub=pending dist=approved
dist    buyer         res=pending sub=pending dist=pending
"""

BUYER_FIRST = """
placer  ->  steps
cust        res=pending sub=waiting dist=waiting
res         res=approved sub=pending dist=waiting
sub         res=pending sub=approved dist=waiting
dist        res=pending sub=waiting dist=approved
"""

REFUSED = """
lines                     lists               statuses     ->  refused
0 bp                      10.00 < 10.00       -                invalid
-1 bp                     10.00 < 10.00       -                invalid
1000001 bp                10.00 < 10.00       -                invalid
1000000 bp                10.00 < 10.00       -                pending_approval
1 bp, 0 ps                10.00 < 10.00       -                invalid
1 nothing                 10.00 < 10.00       -                unknown_product
1 bp, 1 nothing           10.00 < 10.00       -                unknown_product
1 bp                      none < 10.00        -                not_for_sale
1 bp                      10.00 < none        -                not_for_sale
1 bp, 1 ps                10.00 < bp=10.00    -                not_for_sale
1 bp                      10.00 < 10.00       cust=new         organization_not_active
1 bp                      10.00 < 10.00       cust=suspended   organization_not_active
1 bp                      10.00 < 10.00       res=blocked      organization_not_active
1 bp                      10.00 < 10.00       dist=suspended   organization_not_active
1 bp                      10.00 < 10.00       -                pending_approval
0 nothing                 none < none         cust=new         invalid
1 nothing, 1 bp           none < none         cust=new         unknown_product
1 bp                      none < none         cust=new         not_for_sale
1 bp                      10000000000000.00 < 10.00    cust=new    organization_not_active
2 bp                      10000000000000.00 < 10.00    cust=new    invalid
2 bp                      10.00 < 10000000000000.00    -           invalid
1 bp                      +100% < 10000000000000.00    -           invalid
1 trial                   +100% < 10000000000000.00    -           invalid
1000000 trial             10000000000000.00 < 10.00    -           pending_approval
"""


@cases(OWN_STEP)
def test_who_orders_for_its_customer_has_said_yes(placer: str, role: str, steps: str) -> None:
    """R11: by the act itself, and recorded so, where the placer's role may decide."""
    groups = {"sub": {"res": "all"}, "dist": {"sub": "all"}}
    order = placed(chain(FOUR, groups=groups), by=placer, role=Role(role))
    names = {step.tier: order.parties[step.tier].ref for step in order.steps}
    assert " ".join(f"{names[step.tier]}={step.status}" for step in order.steps) == steps
    how = {step.decision.how for step in order.steps if step.decision}
    assert how == ({"placed"} if "approved" in steps else set())


@cases(BUYER_FIRST)
def test_buyer_first_asks_one_after_the_other(placer: str, steps: str) -> None:
    """R27: the buyer's side first; who placed the order has said yes already."""
    groups = {"sub": {"res": "all"}, "dist": {"sub": "all"}}
    links = chain(FOUR, groups=groups, approval_order=ApprovalOrder.BUYER_FIRST)
    order = placed(links, by=placer)
    names = {step.tier: order.parties[step.tier].ref for step in order.steps}
    assert " ".join(f"{names[step.tier]}={step.status}" for step in order.steps) == steps
    assert events(order).count("order.pending_approval") == 1


def test_buyer_first_tells_the_next_only_after_the_one_before() -> None:
    """R27: webhooks go out one after the other, each to its approver alone."""
    groups = {"sub": {"res": "all"}, "dist": {"sub": "all"}}
    order = placed(chain(FOUR, groups=groups, approval_order=ApprovalOrder.BUYER_FIRST))
    assert code(approve(order, "sub")) == "wrong_status"
    for who in ("res", "sub", "dist"):
        asked = [event for event in order.events if event.type == "order.pending_approval"]
        assert asked[-1].seen_by == (party(who).id,)
        order = ordered(approve(order, who))
    assert order.status is OrderStatus.SUBMITTED


def test_all_are_asked_at_once_each_by_its_own_fact() -> None:
    """R27, R92."""
    order = placed(chain(FOUR, groups={"sub": {"res": "all"}, "dist": {"sub": "all"}}))
    assert events(order) == ["order.placed", *["order.pending_approval"] * 3]
    assert [event.seen_by for event in order.events[1:]] == [(party(x).id,) for x in ("res", "sub", "dist")]
    assert order.events[0].seen_by == tuple(party(x).id for x in ("cust", "res", "sub", "dist"))
    assert order.events[0].moved == (None, OrderStatus.PENDING_APPROVAL)


def test_a_yes_by_placing_is_a_fact_too() -> None:
    """R11, R90."""
    order = placed(chain(FOUR, groups={"dist": {"sub": "all"}}), by="res")
    assert events(order) == ["order.placed", "order.approved", "order.pending_approval"]
    assert order.events[1].seen_by == (party("res").id, party("sub").id)


def test_an_order_for_itself_never_needs_its_own_yes() -> None:
    """R11: sellers above still have to say theirs."""
    links = chain("approval on < off\npays card < cash", buyer="res")
    links = (replace(links[0], buyer=party("mid")), *links[1:])
    order = placed(links, by="mid")
    assert [step.tier for step in order.steps] == [1]


def test_without_steps_it_counts_as_accepted() -> None:
    """R26."""
    order = placed(chain("list 10.00 < 10.00"))
    assert order.steps == ()
    assert order.all_approved
    assert validated(order).status is OrderStatus.SUBMITTED


@cases(REFUSED)
def test_refusals_and_which_comes_first(lines: str, lists: str, statuses: str, refused: str) -> None:
    """R12: wrong lines, unknown product, not for sale, organization not active."""
    links = chain(f"list {lists}", statuses=dict(each.split("=") for each in statuses.split()))
    assert code(asked_for(links, lines)) == refused


@pytest.mark.parametrize(
    ("lines", "refused"), [(0, "invalid"), (1, ""), (MOST_LINES, ""), (MOST_LINES + 1, "invalid")]
)
def test_an_order_has_one_to_500_lines(lines: int, refused: str) -> None:
    """R12."""
    wanted = OrderRequest((LineRequest("bp", 1),) * lines)
    answer = place(wanted, placer=party("cust"), chain=chain(""), products=PRODUCTS, act=act("cust"))
    assert code(answer) == (refused or "pending_approval")


def test_who_has_no_seller_finds_nothing_for_sale() -> None:
    """R4: a top seller buys from nobody."""
    answer = place(request("1 bp"), placer=party("dist"), chain=(), products=PRODUCTS, act=act("dist"))
    assert code(answer) == "not_for_sale"


def test_a_refusal_says_what_helps_and_not_which_link() -> None:
    """R4, R12."""
    answer = asked_for(chain("list 10.00 < none"), "1 bp")
    assert answer == Refusal("not_for_sale", facts={"products": ["bp"]})
    assert isinstance(answer, Refusal)
    assert answer.words == "A product of this order is not for sale to this buyer."
    wrong = asked_for(chain(""), "1 bp, 0 ps, 9999999 bp")
    assert isinstance(wrong, Refusal)
    assert list(wrong.facts["errors"]) == ["lines.1.quantity", "lines.2.quantity"]


def test_everything_is_frozen_on_the_order() -> None:
    """R5: prices by line and link, the chain, and until when the offer holds."""
    links = chain("list +20% < 10.00\ntax 21 < 0\npays cash < deposit")
    order = placed(links, "2 bp, 1 onsite")
    assert [(link.tier, link.net, link.tax, link.gross) for link in order.links] == [
        (1, 3600, 756, 4356),
        (2, 3000, 0, 3000),
    ]
    assert [link.payment_method for link in order.links] == ["cash", "deposit"]
    assert [price.gross for price in line(order, "bp").prices] == [2904, 2000]
    assert (line(order, "bp").manual, line(order, "onsite").manual) == (False, True)
    assert order.expires_at == NOW + timedelta(days=30)
    assert order.placed_by["name"] == "Ann of cust"


def test_lines_of_one_vendor_are_delivered_together() -> None:
    """R50."""
    order = placed(chain(""), "1 bp, 1 ps, 1 office, 1 onsite")
    together = [[each.product.ref for each in order.sub_order_lines(sub.id)] for sub in order.sub_orders]
    assert together == [["bp", "office"], ["ps"], ["onsite"]]
    assert [sub.vendor.ref for sub in order.sub_orders] == ["ms", "adobe", "acme"]
