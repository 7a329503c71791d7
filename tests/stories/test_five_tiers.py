"""A chain of five tiers: each sees the money of its own two links and nobody else's (R2, R36, spec §13).

Prices, markups, limits and tax rates are such that a figure says by itself which link it is from.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import pytest

from placet.domain.words import EventType
from tests.stories.client import Client, Json
from tests.stories.crawling import crawl
from tests.stories.hooks import Hooks
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, group, reseller, world

TOP: Final = 5
"""The distributor's place; 0 is the customer's. The link of tier N is between places N-1 and N."""

PRICE: Final = Decimal("1009.37")
MARKUPS: Final = {4: "13.57", 3: "17.71", 2: "19.93", 1: "23.39"}
TAXES: Final = {5: "3.1", 4: "5.3", 3: "7.9", 2: "11.3", 1: "21.7"}
LIMITS: Final = {5: "710054.21", 4: "720063.43", 3: "9873.65", 2: "740041.87", 1: "750052.09"}
"""By tier. That of tier 3 is enough for two licences, and not for seven."""


PRIVATE: Final = {1: ("ours alone: tier 1", "Ask again in spring."), 4: ("ours alone: tier 4",)}
"""What an organization says to itself: comments on its own approvals, notes on its own rejections."""


def terms(tier: int, **more: object) -> Json:
    return {"tax_rate": TAXES[tier], "credit_limit": LIMITS[tier], **more}


WORLD = world(
    distributor("five-5", multi_tier_approval=True),
    reseller("five-4", "five-5", terms(5), multi_tier_approval=True),
    reseller("five-3", "five-4", terms(4)),
    reseller("five-2", "five-3", terms(3), multi_tier_approval=True),
    reseller("five-1", "five-2", terms(2)),
    customer("five-0", "five-1", terms(1, order_approval=True)),
    prices={"five-seat": str(PRICE)},
    groups=[
        # Of the distributor's groups the one with the nearest organization counts, and it does not ask.
        group("five-5", "five-3", name="Near", policies=[{"scope": "all", "approve_above": "600001.11"}]),
        group("five-5", "five-0", name="Far"),
        group("five-4", "five-0"),  # the nearest that it has is the customer
        group("five-3", "five-2"),  # the feature is off
    ],
    markups={f"five-{place}": markup for place, markup in MARKUPS.items()},
    told=[f"five-{place}" for place in range(TOP + 1)],
    events=[event.value for event in EventType],
)


@pytest.fixture(scope="module")
def chain(placet: Server) -> list[Client]:
    """The programs of all, by place."""
    return [placet.client(f"five-{place}") for place in range(TOP + 1)]


def test_who_is_asked_and_for_how_much(chain: list[Client]) -> None:
    """R23: the customer's toggle asks tier 1; tier 4's group holds the customer; the distributor's
    nearest group does not ask; nobody else has the feature, or a group."""
    order = chain[0].place("five-seat", quantity=2)
    amounts = {tier: str(gross_of(tier, 2)) for tier in range(1, TOP + 1)}
    assert [len(client.items("/approvals")) for client in chain] == [0, 1, 0, 0, 1, 0]
    for place in (1, 4):
        [step] = [step for step in chain[place].read(order)["approvals"] if step["tier"] == place]
        assert step["credit_risk_amount"] == euro(amounts[place])
    assert [own(client.read(order), "total_cost") for client in chain] == [
        None,
        *(amounts[place + 1] for place in range(1, TOP)),
        None,
    ]
    assert [own(client.read(order), "total_amount") for client in chain] == [
        amounts[1],
        *(amounts[place] for place in range(1, TOP + 1)),
    ]
    assert chain[2].cannot("approve", order)["code"] == "forbidden"
    chain[1].act("reject", order, reason="Too much.", note="Ask again in spring.")


def test_each_neighbour_learns_a_step_and_no_more(chain: list[Client]) -> None:
    """Spec §13: whole to its owner; tier, approver and status to a direct neighbour; else absent."""
    order = chain[0].place("five-seat")
    seen = {
        place: {step["tier"]: step for step in client.read(order)["approvals"]}
        for place, client in enumerate(chain)
    }
    assert {place: set(steps) for place, steps in seen.items()} == {
        0: set(),
        1: {1},
        2: {1},
        3: {4},
        4: {4},
        5: {4},
    }
    assert seen[2][1].keys() == seen[3][4].keys() == seen[5][4].keys() == {"id", "tier", "approver", "status"}
    assert seen[4][4]["reasons"] == [{"code": "credit_risk_policy", "group": "CR-five-4"}]
    chain[4].act("reject", order, reason="Not with us.")
    rejected = [client.read(order)["rejection"] for client in chain]
    assert [rejection.get("by", {}).get("ref") for rejection in rejected] == [
        None,
        None,
        None,
        *["five-4"] * 3,
    ]
    assert {rejection["reason"] for rejection in rejected} == {"Not with us."}


def test_short_of_credit_is_between_the_two_of_that_link(chain: list[Client]) -> None:
    """Spec §13: label and shortfall where one is a party of the short link, else "In progress"."""
    order = approved(chain, quantity=7)
    short = str(gross_of(3, 7) - Decimal(LIMITS[3]))
    labels = [client.read(order)["status_label"] for client in chain]
    unexecuted = "Unexecuted due to Insufficient Credit"
    assert labels == ["In progress", "In progress", unexecuted, unexecuted, "In progress", "In progress"]
    answers = [client.cannot("retry", order) for client in chain]
    assert [(answer["code"], own(answer, "shortfall")) for answer in answers] == [
        ("forbidden", None),
        ("insufficient_credit", None),  # the tier-1 seller may try, and is not told by how much
        ("insufficient_credit", short),
        ("insufficient_credit", short),
        ("forbidden", None),
        ("forbidden", None),
    ]


def test_nobody_reads_another_links_money(placet: Server, hooks: Hooks, chain: list[Client]) -> None:
    """R2: over every GET there is, and every webhook, while orders wait, stand short of credit, were
    rejected and were executed."""
    done = approved(chain, quantity=2)
    chain[TOP].wait_for(done, "executed")
    waiting = chain[0].place("five-seat", quantity=3)
    short = approved(chain, quantity=7)
    assert chain[TOP].read(short)["status"] == "unexecuted"
    placet.settled()

    figures = {tier: figures_of(placet, tier) for tier in range(1, TOP + 1)}
    read = crawl({f"five-{place}": client for place, client in enumerate(chain)})
    for place in range(TOP + 1):
        name = f"five-{place}"
        told = {m.id: str(m.body) for order in (done, waiting, short) for m in hooks.all(name, order)}
        assert len(told) > 5
        foreign = set().union(*(figures[tier] for tier in figures if tier not in {place, place + 1}))
        own_figures = set().union(*(figures.get(tier, set()) for tier in (place, place + 1)))
        assert not foreign & own_figures, "figures must say which link they are from"
        texts = read[name] | told
        assert any(figure in text for text in texts.values() for figure in own_figures)
        leaks = [(where, figure) for where, text in texts.items() for figure in foreign if figure in text]
        assert leaks == [], name
        assert all(any(words in text for text in texts.values()) for words in PRIVATE.get(place, ()))
        private = [words for other, told_ in PRIVATE.items() if other != place for words in told_]
        private += [f"five-{other}'s admin" for other in range(TOP + 1) if other != place]
        assert [(where, words) for where, text in texts.items() for words in private if words in text] == []
        above = [f"five-{other}" for other in range(place + 2, TOP + 1)]
        named = [(where, other) for where, text in texts.items() for other in above if f"Org {other}" in text]
        assert named == [], f"{name} learns who is above its own seller"


def approved(chain: list[Client], quantity: int) -> Json:
    order = chain[0].place("five-seat", quantity=quantity)
    chain[4].approve(order, comment="ours alone: tier 4")
    return chain[1].approve(order, comment="ours alone: tier 1")


FIGURES: Final = """
SELECT unnest(ARRAY[net_minor, tax_minor, gross_minor]) AS minor
FROM order_link WHERE tier = %(tier)s AND seller_id = %(seller)s
UNION
SELECT unnest(ARRAY[p.unit_minor, p.net_minor, p.tax_minor, p.gross_minor])
FROM order_line_price p JOIN order_link l USING (order_id, tier)
WHERE tier = %(tier)s AND seller_id = %(seller)s
UNION
SELECT unnest(ARRAY[limit_minor, balance_minor, reserved_minor, limit_minor - balance_minor - reserved_minor])
FROM credit_account a JOIN contract c ON c.id = a.contract_id WHERE c.seller_id = %(seller)s
"""


def figures_of(placet: Server, tier: int) -> set[str]:
    """Every figure of one link; its seller's markup, or the amount above which it asks."""
    [seller] = placet.rows("SELECT id FROM organization WHERE ref = %(ref)s", ref=f"five-{tier}")
    rows = placet.rows(FIGURES, tier=tier, seller=seller["id"])
    return {str(Decimal(row["minor"]) / 100) for row in rows if row["minor"]} | {
        MARKUPS.get(tier, "600001.11")
    }


def unit_of(tier: int) -> Decimal:
    """R7: the markup is on the unit cost as rounded one link up, rounded half-up."""
    if tier == TOP:
        return PRICE
    return cents(unit_of(tier + 1) * (100 + Decimal(MARKUPS[tier])) / 100)


def gross_of(tier: int, quantity: int) -> Decimal:
    net = unit_of(tier) * quantity
    return net + cents(net * Decimal(TAXES[tier]) / 100)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def euro(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def own(answer: Json, money: str) -> str | None:
    return answer[money]["amount"] if money in answer else None
