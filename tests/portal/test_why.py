# ruff: noqa: E501 - a table is as wide as its cases
"""The sentences about an order (R2, R40, spec §13): at every stage of its life, to everybody of its chain."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from django.utils import timezone

from placet.domain.order import Order
from placet.domain.words import Kind
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.story import Json, Story, story_of
from tests.api.callers import load, unique
from tests.domain.builders import KINDS, actor
from tests.domain.stages import NAMES, STAGES
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import section, text
from tests.portal.reading import words as plain
from tests.stories import acts
from tests.stories.worlds import customer, distributor, reseller, world


@pytest.fixture(autouse=True)
def _in_utc() -> Iterator[None]:
    with timezone.override("UTC"):
        yield


def facts(order: Order) -> list[Json]:
    """What happened, as the log keeps it."""
    return [
        {
            "id": str(each.id),
            "type": each.type.value,
            "seen_by": [str(one) for one in each.seen_by],
            "by": each.by,
            "detail": each.detail,
            "at": each.at,
        }
        for each in order.events
    ]


def told(stage: str, who: str) -> Story:
    """The order at that stage, as that party of its chain is told of it."""
    order = STAGES[stage]()
    return story_of(order, actor(who), KINDS.get(who, Kind.RESELLER), facts(order))


def said(sentence: str) -> str:
    """Without markup and with plain spaces."""
    return plain(str(sentence)).replace("\N{NO-BREAK SPACE}", " ").replace(" .", ".")


# cust buys from res, res from sub, sub from dist; res is asked by its toggle, dist by its policy about sub.
@cases("""
stage                    who    ->  verdict
pending                  cust   ->  It waits for its approval. You are told as soon as it goes on.
pending                  res    ->  It waits for your yes.
pending                  sub    ->  It waits for the approval of a partner.
pending                  dist   ->  It waits for your yes.
pending, placed by dist  dist   ->  You said yes. It waits for another partner.
pending, res said yes    cust   ->  It waits for its approval. You are told as soon as it goes on.
pending, res said yes    res    ->  You said yes. It waits for another partner.
pending, buyer first     dist   ->  It waits for the approval of a partner.
charging                 cust   ->  It waits for its approval. You are told as soon as it goes on.
charging                 res    ->  Everyone said yes. The card is being charged; it goes on as soon as the bank has answered.
charging                 sub    ->  Everyone said yes. The card is being charged; it goes on as soon as the bank has answered.
charging                 dist   ->  You said yes. It waits for another partner.
declined                 res    ->  No funds.
declined                 sub    ->  Res was told: “No funds.”
declined                 dist   ->  You said yes. It waits for another partner.
without a token          cust   ->  It waits for its approval. You are told as soon as it goes on.
without a token          res    ->  Your payment method does not support this action. Please contact your distributor.
without a token          dist   ->  You said yes. It waits for another partner.
short for cust           cust   ->  It could not go on: your credit with Res was 26.39 € short on 22 Nov 2026, 10:00.
short for cust           res    ->  Everyone said yes, but the credit of Cust with you was 26.39 € short on 22 Nov 2026, 10:00.
short for cust           sub    ->  It is being worked on.
short for cust           dist   ->  It is being worked on.
short for res            cust   ->  It is being worked on.
short for res            res    ->  Everyone said yes, but your credit with Sub was 21.99 € short on 22 Nov 2026, 10:00.
short for res            sub    ->  Everyone said yes, but the credit of Res with you was 21.99 € short on 22 Nov 2026, 10:00.
short for res            dist   ->  It is being worked on.
short for sub            res    ->  It is being worked on.
short for sub            dist   ->  Everyone said yes, but the credit of Sub with you was 19.99 € short on 22 Nov 2026, 10:00.
manual                   cust   ->  It passed all checks, and items of it are executed by hand. Its credit stays reserved meanwhile.
manual                   dist   ->  It passed all checks. Items of it wait for you to execute them.
manual, charging         cust   ->  It passed all checks, and items of it are executed by hand. Its credit stays reserved meanwhile.
manual, charging         res    ->  The card is being charged; the items go on as soon as the bank has answered.
manual, charging         dist   ->  It passed all checks, and items of it are executed by hand. Its credit stays reserved meanwhile.
provisioning             cust   ->  It passed all checks. The vendors are delivering now.
failed                   cust   ->  An item could not be delivered. The seller at the top of the chain takes care of it.
failed                   sub    ->  An item could not be delivered. The seller at the top of the chain takes care of it.
failed                   dist   ->  A vendor could not deliver an item. Try it again, or give up what was not delivered.
executed                 cust   ->  Everything is delivered.
executed by card         res    ->  Everything is delivered.
rejected by res          cust   ->  It was rejected: “Too dear.”
rejected by res          res    ->  Res rejected it: “Too dear.”
rejected by res          sub    ->  Res rejected it: “Too dear.”
rejected by res          dist   ->  It was rejected: “Too dear.”
rejected by dist         res    ->  It was rejected: “Too dear.”
rejected by dist         sub    ->  Dist rejected it: “Too dear.”
cancelled                sub    ->  It was cancelled: “Changed our mind.”
expired                  cust   ->  Nobody decided in time: its offer held until 22 Dec 2026, 10:00.
""")
def test_the_verdict(stage: str, who: str, verdict: str) -> None:
    assert said(words.verdict(told(stage, who))) == verdict


@cases("""
stage            who   ->  ways
pending          cust  ->  You can still cancel it.
pending          res   ->  To go on: approve it, or reject it with a reason. Or cancel it.
pending          sub   ->  There is nothing for you to do.
charging         res   ->  There is nothing for you to do.
short for res    cust  ->  You can still cancel it.
short for res    res   ->  To go on: pay Sub at least 21.99 €, then accept the order again. Or cancel it.
short for res    sub   ->  To go on: record a payment of Res, or raise its limit by 21.99 €; then accept the order. You can also release this one order beyond the limit, with a reason that is kept. Or cancel it.
short for res    dist  ->  There is nothing for you to do.
short for sub    res   ->  You can have it checked again. Or cancel it.
short for cust   cust  ->  To go on: pay Res at least 26.39 €, then try it again. Or cancel it.
manual           dist  ->  To go on: execute all of its items, or those that you choose. What has not begun can still be cancelled.
manual           res   ->  -
executed         dist  ->  -
rejected by res  res   ->  -
""")
def test_what_one_can_do(stage: str, who: str, ways: str) -> None:
    """Spec §8: exactly what `actions` says, in words."""
    assert said(" ".join(words.to_go_on(told(stage, who)))) == ways


@cases("""
stage                  who   ->  track
pending                cust  ->  Cust: Ordered, Approval: Waits, Validation: Not started, Execution: Not started
pending                res   ->  Cust: Ordered, Res: Waits for you, Validation: Not started, Execution: Not started
pending                sub   ->  Cust: Ordered, Res: Waits, Dist: Waits, Validation: Not started, Execution: Not started
pending, res said yes  res   ->  Cust: Ordered, Res: Approved, Another partner: Waits, Validation: Not started, Execution: Not started
pending, buyer first   sub   ->  Cust: Ordered, Res: Waits, Dist: Not yet asked, Validation: Not started, Execution: Not started
charging               sub   ->  Cust: Ordered, Res: Approved, Dist: Approved, Validation: Card is being charged, Execution: Not started
short for res          cust  ->  Cust: Ordered, Validation: In progress, Execution: Not started
short for res          res   ->  Cust: Ordered, Res: Approved, Validation: Short of credit, Execution: Not started
short for res          dist  ->  Cust: Ordered, Dist: Approved, Validation: In progress, Execution: Not started
manual                 dist  ->  Cust: Ordered, Dist: Approved, Validation: Passed, Execution: Waits for you
provisioning           cust  ->  Cust: Ordered, Validation: Passed, Execution: Under way
failed                 res   ->  Cust: Ordered, Res: Approved, Validation: Passed, Execution: An item failed
executed               cust  ->  Cust: Ordered, Validation: Passed, Execution: Executed
rejected by dist       cust  ->  Cust: Ordered, Approval: Rejected, Validation: Will not run, Execution: Will not run
rejected by res        dist  ->  Cust: Ordered, Dist: Not needed any more, Validation: Will not run, Execution: Will not run
""")
def test_the_track(stage: str, who: str, track: str) -> None:
    """A final buyer sees no approvals, a seller its own and its neighbours' (spec §13)."""
    assert ", ".join(f"{node.name}: {node.state}" for node in words.track(told(stage, who))) == track


@cases("""
stage            who   ->  checks
short for res    cust  ->  Your credit with Res: Needs 26.40 €, there is no limit (Passed)
short for res    res   ->  Credit of Cust with you: Needs 26.40 €, there is no limit (Passed) | Your credit with Sub: Needs 22.00 €, 0.01 € available, 21.99 € short (Failed) | Automatic products: Not reached: an earlier check decided (Skipped) | Active card: Not reached: an earlier check decided (Skipped)
provisioning     dist  ->  Credit of Sub with you: Needs 10.00 €, there is no limit (Passed) | Automatic products: All products are delivered automatically (Passed) | Active card: Not needed: no card is charged for this order (Skipped)
without a token  dist  ->  Credit of Sub with you: Needs 10.00 €, there is no limit (Passed) | Automatic products: All products are delivered automatically (Passed)
""")
def test_the_checks(stage: str, who: str, checks: str) -> None:
    """R40: inputs and result, of one's own two links (R2)."""
    story = told(stage, who)
    shown = " | ".join(
        f"{each.name}: {said(str(each.say))} ({each.word})" for each in words.checks(story, story.runs[-1])
    )
    assert shown == checks


@cases("""
stage            who   ->  steps
pending          res   ->  Order approval is on for this customer.
pending          sub   ->  Its yes is waited for. | Its yes is waited for.
pending          dist  ->  A policy of your group CR-dist asks for it.
rejected by res  sub   ->  It said no. | The order was closed before it decided.
pending          cust  ->  -
""")
def test_why_each_was_asked(stage: str, who: str, steps: str) -> None:
    """R24, R31: reasons and groups are their owner's alone."""
    assert " | ".join(each.say for each in words.steps(told(stage, who))) == steps


@cases("""
stage            who   ->  latest
rejected by res  cust  ->  The order was rejected
rejected by res  res   ->  Ann of res of Res rejected the order
rejected by res  sub   ->  Res rejected the order
rejected by res  dist  ->  The order was rejected
cancelled        res   ->  Cust cancelled
cancelled        sub   ->  The order was cancelled
short for res    cust  ->  Ann of cust of Cust placed the order
short for res    sub   ->  Validation stopped: short of credit
""")
def test_what_happened(stage: str, who: str, latest: str) -> None:
    """Facts that it may know; who, if that is itself or a neighbour (spec §13)."""
    assert said(str(words.timeline(told(stage, who))[0].say)) == latest


@pytest.mark.parametrize(("stage", "who"), list(product(STAGES, NAMES)))
def test_everything_can_be_said_and_gives_nothing_away(stage: str, who: str) -> None:
    """R2: no amount of a link that is not the viewer's, whatever the stage; R31: no note."""
    order = STAGES[stage]()
    story = told(stage, who)
    place = order.place_of(actor(who).organization)
    assert place is not None
    own = {link.gross for link in order.links if link.tier in (place, place + 1)}
    secret = {f"{link.gross / 100:.2f}" for link in order.links if link.gross not in own}
    sentences = [
        words.verdict(story),
        *words.to_go_on(story),
        words.not_done(story),
        *(line for node in words.track(story) for line in (node.name, node.state, *node.lines)),
        *(str(each.say) for run in story.runs for each in words.checks(story, run)),
        *(each.say for each in words.steps(story)),
        *(f"{each.say} {each.sub}" for each in words.timeline(story)),
        words.decided_meanwhile(story, "a minute ago"),
    ]
    everything = " ".join(map(str, sentences))
    assert not secret & set(re.findall(r"\d+\.\d\d", everything))
    assert "Ask in May" not in everything
    assert ("4711" in everything) == (stage == "failed" and who == "dist")


def test_a_stale_click() -> None:
    """R33, R34: who decided, to its own organization; to others how the order stands."""
    assert words.decided_meanwhile(told("pending, res said yes", "res"), "a minute ago").startswith(
        "Already decided. Ann of res approved "
    )
    assert "is “Rejected” by now." in words.decided_meanwhile(told("rejected by res", "dist"), "")
    assert words.decided_meanwhile(told("cancelled", "res"), "").endswith(
        "Nothing was changed by your click."
    )


@pytest.mark.usefixtures("committed")
def test_the_page(signed_in: SignedIn) -> None:
    """Its four parts; a stranger finds nothing (R40)."""
    word = unique("why")
    load(
        world(
            distributor(f"{word}-dist"),
            reseller(f"{word}-res", f"{word}-dist", {"credit_limit": "5.00"}),
            customer(f"{word}-cust", f"{word}-res", {"order_approval": True}),
            distributor(f"{word}-far"),
            prices={f"{word}-bp": "10.00"},
        )
    )
    order = acts.place(acts.actor(f"{word}-cust"), f"1 {word}-bp")
    acts.approve(order, acts.actor(f"{word}-res"))
    address = f"/orders/{order.id}/why"
    page = text(signed_in(f"{word}-res").get(address)).replace("\N{NO-BREAK SPACE}", " ")
    assert f"your credit with Org {word}-dist was 5.00 € short" in page
    assert "Limit 5.00 € minus − Balance 0.00 € minus − Reserved 0.00 € makes = Available 5.00 €" in page  # noqa: RUF001 - as pages write it
    assert "The available credit is 5.00 € now, so accepting again would change nothing yet." in page
    assert "“Fine.”" in page
    assert "Nothing was reserved, charged, invoiced or delivered." in page
    assert "None of your own systems wanted to be told." in page
    customers = text(signed_in(f"{word}-cust").get(address))
    assert "short" not in customers.lower().replace("short for", "")
    assert "In progress" in customers
    assert "10.00" not in customers
    assert signed_in(f"{word}-far").get(address).status_code == 404
    assert section("", "y-msg") == ""
