"""What waits for whom: the counts on every page (R32, R44, R45, R48, R53)."""

from typing import Any, Final

import pytest

from placet.actions.attention import MOST, Attention, attention_of
from placet.domain.executing import Delivered, Failed
from tests.statements import counted
from tests.stories import acts
from tests.stories.acts import actor, done, place
from tests.stories.worlds import card, customer, distributor, product, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

WORLD: Final = world(
    distributor("dist"),
    reseller("res", "dist"),
    customer("cust", "res"),
    customer("asked", "res", {"order_approval": True}),
    reseller("low", "dist", {"credit_limit": "5.00"}),
    customer("low-c", "low"),
    customer("poor", "res", {"credit_limit": "5.00"}),
    reseller("payer", "dist", card("tok_declined")),
    customer("payer-c", "payer"),
    reseller("tokenless", "dist", card("tok_ok", active=False)),
    customer("tokenless-c", "tokenless"),
    prices={"bp": "10.00", "onsite": "100.00"},
    products=[product("onsite", "manual")],
)


def waits() -> dict[str, dict[str, int]]:
    """The counts that are not 0, by organization."""
    parties = ("dist", "res", "cust", "asked", "low", "low-c", "poor", "payer", "payer-c", "tokenless")
    found = {party: attention_of(by=actor(party)) for party in parties}
    return {party: shown for party, each in found.items() if (shown := _shown(each))}


def _shown(each: Attention) -> dict[str, int]:
    members: dict[str, Any] = {name: getattr(each, name) for name in Attention.__slots__}
    return {name: many for name, many in members.items() if many}


def test_who_is_asked() -> None:
    """R32: a step that is pending waits for its owner alone, and no longer once it is decided."""
    acts.load(WORLD)
    order = place(actor("asked"), "1 bp")
    assert waits() == {"res": {"approvals": 1}}
    done(acts.approve(order, actor("res")))
    assert waits() == {}


def test_who_is_short() -> None:
    """R44, spec §8: the tier-1 seller and the parties of a short link can do something about it; a
    customer whose own link is not short is not even told."""
    acts.load(WORLD)
    place(actor("low-c"), "1 bp")
    assert waits() == {"low": {"unexecuted": 1}, "dist": {"unexecuted": 1}}
    place(actor("poor"), "1 bp")
    assert waits() == {
        "low": {"unexecuted": 1},
        "dist": {"unexecuted": 1},
        "res": {"unexecuted": 1},
        "poor": {"unexecuted": 1},
    }


def test_what_was_short_and_is_no_more() -> None:
    """The last run alone says which links are short (R40, R44)."""
    acts.load(WORLD)
    order = place(actor("low-c"), "1 bp")
    done(acts.release(order, actor("dist")))
    assert waits() == {}


def test_what_the_top_seller_executes() -> None:
    """R45, R53: lines that wait for it, then those that their vendor failed."""
    acts.load(WORLD)
    order = place(actor("cust"), "1 onsite")
    assert waits() == {"dist": {"manual": 1}}
    done(acts.execute(order, actor("dist")))
    assert waits() == {}
    acts.vendors_say(Failed("no stock"))
    assert waits() == {"dist": {"failed": 1}}
    done(acts.retry_part(order, order.sub_orders[0].id, actor("dist")))
    acts.vendors_say(Delivered("V-1"))
    assert waits() == {}


def test_whose_card_it_is() -> None:
    """R47, R48: a card that was declined, or is missing, is its payer's to mend: its step is open again."""
    acts.load(WORLD)
    order = place(actor("payer-c"), "1 bp")
    assert waits() == {"payer": {"approvals": 1}}
    done(acts.approve(order, actor("payer")))
    acts.gateways_say("declined: no money")
    assert waits() == {"payer": {"approvals": 1, "payments": 1}}
    assert attention_of(by=actor("payer")).total == 1


def test_it_is_one_statement_and_stops_counting() -> None:
    """Every page asks for it: no more is looked at than is shown."""
    acts.load(WORLD)
    for _ in range(3):
        place(actor("asked"), "1 bp")
    by = actor("res")
    with counted() as sent:
        assert attention_of(by=by).approvals == 3
    assert len(sent) == 1
    assert Attention(approvals=MOST, failed=7).total == MOST
