"""A chain of five tiers: each sees the money of its own two links and nobody else's (R2, R36, spec §13).

`tests.stories.five` has the chain, and says of each figure which link it is from.
"""

from decimal import Decimal
from typing import Final

import pytest

from tests.stories.client import Client, Json
from tests.stories.crawling import crawl
from tests.stories.five import LIMITS, PRIVATE, TOP, chain_of_five, figures_of, gross_of
from tests.stories.hooks import Hooks
from tests.stories.server import Server

WORLD: Final = chain_of_five()


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
    for place in range(1, TOP + 1):
        exchanged(chain[place], f"five-{place - 1}")
    placet.settled()

    figures = {tier: figures_of(placet.rows, tier) for tier in range(1, TOP + 1)}
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


def exchanged(client: Client, buyer: str) -> None:
    """A file from its ERP was looked at, and another goes out each day."""
    lines = [
        {"organization": buyer, "credit_limit": "unlimited"},
        {"organization": "five-0", "credit_limit": "x"},
    ]
    client.post("/imports/limits?dry_run=true", {"lines": lines})
    plan = {"way": "export", "kind": "orders", "url": "https://erp.example/in", "hour": 6}
    client.post("/exchange-schedules", plan)


def approved(chain: list[Client], quantity: int) -> Json:
    order = chain[0].place("five-seat", quantity=quantity)
    chain[4].approve(order, comment="ours alone: tier 4")
    return chain[1].approve(order, comment="ours alone: tier 1")


def euro(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def own(answer: Json, money: str) -> str | None:
    return answer[money]["amount"] if money in answer else None
