"""Any life of an order: whatever people, vendors, gateways and settings do to it, in any order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from placet.domain.charging import GatewayWord, asked, heard, postponed, wish
from placet.domain.deciding import approve, cancel, reject, release, retry
from placet.domain.ending import expired
from placet.domain.executing import (
    Absent,
    Answer,
    Delivered,
    Failed,
    Unanswered,
    answered,
    cancel_sub_order,
    execute,
    refunded,
    retry_sub_order,
)
from placet.domain.order import Order, touched
from placet.domain.refusals import Refusal
from placet.domain.validating import validate
from placet.domain.verbs import Verb, actions, refusal_of
from placet.domain.view import render
from placet.domain.words import ApprovalOrder, LineState, OrderStatus, PaymentMethod, ReservationState
from tests.domain.builders import NOW, act, actor, chain, machine, payer, payers, placed

OPEN = {LineState.WAITING, LineState.PROVISIONING, LineState.FAILED}
NAMES = st.sampled_from(["cust", "res", "sub", "dist"])
LINES = st.sampled_from(
    ["1 bp", "2 bp, 1 ps", "1 bp, 1 onsite", "1 onsite, 1 setup, 1 ps", "1 trial", "1 bp, 1 trial"]
)
GATEWAY = st.sampled_from(
    ["authorised", "authorised", "captured", "captured", "declined", "voided", "unknown", "absent"]
)
VENDOR: st.SearchStrategy[Answer] = st.sampled_from(
    [Delivered("V-1"), Delivered("V-2"), Failed("No."), Unanswered(), Absent()]
)
SELDOM = st.integers(1, 12).map(lambda drawn: drawn == 7)
PAYERS = st.sampled_from(
    ["", "", "limit=1", "card=2030-12", "card=2030-12", "card=2030-12:off", "card", "limit=1 card=2030-12"]
)


class AnyLife(RuleBasedStateMachine):
    """One order; its payers as they are at the moment."""

    @initialize(
        lines=LINES,
        by=NAMES,
        toggle=st.sampled_from(["on", "off"]),
        pays=st.lists(st.sampled_from(["cash", "card"]), min_size=3, max_size=3),
        group=st.booleans(),
        one_by_one=st.sampled_from(ApprovalOrder),
    )
    def begin(  # noqa: PLR0913 - what an order begins with
        self, *, lines: str, by: str, toggle: str, pays: list[str], group: bool, one_by_one: ApprovalOrder
    ) -> None:
        """An order is placed, and validated where it needs no approval (R26)."""
        table = f"list 13.00 < 11.00 < 10.00\ntax 21 < 0\npays {' < '.join(pays)}\napproval {toggle} < off"
        groups = {"dist": {"sub": "all"}, "sub": {"cust": "all"}} if group else {}
        self.at = NOW
        self.order = placed(chain(table, groups=groups, approval_order=one_by_one), lines, by)
        cards = ["card=2030-12" if each == "card" else "" for each in pays]
        self.payers = dict(payers(self.order, " < ".join(cards)))
        if self.order.all_approved:
            self.order = validate(self.order, self.payers, machine())

    def _becomes(self, outcome: Order | Refusal | None) -> None:
        if isinstance(outcome, Order):
            assert outcome.version >= self.order.version
            assert outcome is self.order or not self.order.closed or outcome.status is self.order.status
            self.order = outcome
        self.at += timedelta(minutes=1)

    @precondition(lambda self: any(step.status == "pending" for step in self.order.steps))
    @rule()
    def the_next_one_approves(self) -> None:
        """So that orders come further than by chance."""
        step = next(step for step in self.order.steps if step.status == "pending")
        by = act(str(self.order.parties[step.tier].ref), self.at)
        self._becomes(approve(self.order, "", by, self.payers))

    @rule(who=NAMES, verb=st.sampled_from(Verb), sure=SELDOM)
    def somebody_acts(self, *, who: str, verb: Verb, sure: bool) -> None:
        """Whoever is offered a verb can use it (spec §8), but for a card without a token."""
        if verb in (Verb.REJECT, Verb.CANCEL) and not sure:
            return
        by = act(who, self.at)
        offered = verb in actions(self.order, by.by)
        outcomes: dict[Verb, Callable[[], Order | Refusal | None]] = {
            Verb.APPROVE: lambda: approve(self.order, "", by, self.payers),
            Verb.REJECT: lambda: reject(self.order, "No.", "", by),
            Verb.CANCEL: lambda: cancel(self.order, "No.", by),
            Verb.RETRY: lambda: retry(self.order, by, self.payers),
            Verb.RELEASE: lambda: release(self.order, "Yes.", by, self.payers),
            Verb.EXECUTE: lambda: self._execute(who),
        }
        outcome = outcomes[verb]()
        if isinstance(outcome, Refusal):
            assert not offered or outcome.code == "no_active_token"
        self._becomes(outcome)

    def _execute(self, who: str) -> Order | Refusal | None:
        if refusal := refusal_of(self.order, Verb.EXECUTE, actor(who)):
            return refusal
        waiting = [line.id for line in self.order.lines if line.state is LineState.WAITING]
        some = tuple(waiting[: self.at.minute % 3])
        after, refusal = execute(self.order, some, act(who, self.at), self.payers)
        self._becomes(after)
        return refusal or after

    @precondition(lambda self: wish(self.order) is not None)
    @rule(word=GATEWAY)
    def the_gateway_speaks(self, word: str) -> None:
        """Any word at any time."""
        wished = wish(self.order)
        assert wished is not None
        order = self.order if wished[1] == "look_up" else asked(self.order, wished[0].id, machine(self.at))
        said = GatewayWord(word)  # type: ignore[arg-type]
        order = heard(order, wished[0].id, said, machine(self.at))
        self._becomes(postponed(order, 1, self.at) if word == "unknown" else order)

    @precondition(lambda self: any(line.state is LineState.PROVISIONING for line in self.order.lines))
    @rule(answer=VENDOR, late=st.booleans(), most=st.integers(1, 3))
    def a_vendor_answers(self, *, answer: Answer, late: bool, most: int) -> None:
        """For some lines of a sub-order, now or an hour later."""
        line = next(line for line in self.order.lines if line.state is LineState.PROVISIONING)
        if late:
            self.at += timedelta(hours=1)
        subs = tuple(replace(sub, asked_at=sub.asked_at or NOW) for sub in self.order.sub_orders)
        lines = [each.id for each in self.order.sub_order_lines(line.sub_order)][:most]
        self._becomes(
            answered(
                replace(self.order, sub_orders=subs),
                line.sub_order,
                dict.fromkeys(lines, answer),
                machine(self.at),
                self.at + timedelta(seconds=10),
            )
        )

    @precondition(lambda self: self.order.status is OrderStatus.SUBMITTED and not self.order.charging)
    @rule(gives_up=st.booleans(), which=st.integers(0, 5))
    def the_top_seller_tidies_up(self, *, gives_up: bool, which: int) -> None:
        """R53."""
        sub = self.order.sub_orders[which % len(self.order.sub_orders)].id
        by = act("dist", self.at)
        self._becomes(
            cancel_sub_order(self.order, sub, "No.", by) if gives_up else retry_sub_order(self.order, sub, by)
        )

    @precondition(lambda self: not self.order.charging)
    @rule(tier=st.integers(1, 3), text=PAYERS)
    def terms_change(self, tier: int, text: str) -> None:
        """Limits, methods and cards, but not while a card is charged (R48)."""
        self.payers[tier] = payer(text, self.payers[tier].account.id)

    @precondition(lambda self: any(refund.done_at is None for refund in self.order.refunds))
    @rule()
    def a_refund_is_done(self) -> None:
        """R53."""
        open_ = next(refund for refund in self.order.refunds if refund.done_at is None)
        self._becomes(refunded(self.order, open_.id, machine(self.at)))

    @precondition(
        lambda self: (
            self.order.status in (OrderStatus.PENDING_APPROVAL, OrderStatus.UNEXECUTED)
            and not self.order.charging
        )
    )
    @rule(sure=SELDOM)
    def it_expires(self, *, sure: bool) -> None:
        """R5."""
        if sure:
            self._becomes(expired(touched(self.order), machine(self.at)))

    @invariant()
    def credit_is_set_aside_for_what_is_open(self) -> None:
        """R42, R43, R53: exactly while the order goes on, on every link."""
        order = self.order
        goes_on = order.charging or order.status is OrderStatus.SUBMITTED
        for link in order.links:
            held = sum(
                each.amount
                for each in order.reservations
                if each.tier == link.tier and each.state is ReservationState.OPEN
            )
            lines = (line for line in order.lines if line.state in OPEN)
            assert held == (sum(line.prices[link.tier - 1].gross for line in lines) if goes_on else 0)

    @invariant()
    def what_is_delivered_is_billed_once(self) -> None:
        """R52."""
        delivered = [line for line in self.order.lines if line.state is LineState.DELIVERED]
        assert sorted(made.line for made in self.order.subscriptions) == sorted(line.id for line in delivered)
        for link in self.order.links:
            bills = [bill for bill in self.order.invoices if bill.tier == link.tier]
            assert sum(bill.total for bill in bills) == sum(x.prices[link.tier - 1].gross for x in delivered)
            assert sorted(x.line for bill in bills for x in bill.lines) == sorted(
                line.id for line in delivered
            )

    @invariant()
    def cards_pay_for_what_is_not_given_up(self) -> None:
        """R48, R53: once, and nothing goes to its vendor before."""
        order = self.order
        begun = any(line.state not in (LineState.WAITING, LineState.CANCELLED) for line in order.lines)
        for link in order.links:
            paid = -sum(m.amount for m in order.card_movements if m.tier == link.tier and m.amount < 0)
            back = sum(refund.amount for refund in order.refunds if refund.tier == link.tier)
            done = sum(m.amount for m in order.card_movements if m.tier == link.tier and m.amount > 0)
            assert done == sum(r.amount for r in order.refunds if r.tier == link.tier and r.done_at)
            wanted = sum(
                line.prices[link.tier - 1].gross
                for line in order.lines
                if line.state is not LineState.CANCELLED
            )
            captured = [c for c in order.charges if c.tier == link.tier and c.state == "captured"]
            assert paid - back in ({wanted} if captured and not order.charging else {0})
            automatic = not any(line.manual for line in order.lines)
            if begun and automatic and link.payment_method is PaymentMethod.CREDIT_CARD and link.gross:
                assert captured

    @invariant()
    def what_is_closed_is_closed(self) -> None:
        """Spec §8: every exit releases what is reserved and closes what is open."""
        if self.order.closed:
            assert not any(step.undecided for step in self.order.steps)
            assert not any(charge.open for charge in self.order.charges)
            assert {line.state for line in self.order.lines} <= {LineState.DELIVERED, LineState.CANCELLED}
            assert self.order.closed_at is not None

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        """No order is ever stuck: a person may act, or the worker comes back for it."""
        order = self.order
        errands = [*(sub.due_at for sub in order.sub_orders), *(charge.due_at for charge in order.charges)]
        failed = any(line.state is LineState.FAILED for line in order.lines)
        people = any(actions(order, actor(name)) for name in ("cust", "res", "sub", "dist"))
        assert order.closed or people or failed or any(errands)
        assert (wish(order) is not None) == order.charging

    @invariant()
    def statuses_agree(self) -> None:
        """R30, R50, R51."""
        order = self.order
        if order.status in (OrderStatus.UNEXECUTED, OrderStatus.SUBMITTED, OrderStatus.EXECUTED):
            assert order.all_approved
        if order.status is OrderStatus.PENDING_APPROVAL and not order.charging:
            assert any(step.undecided for step in order.steps)
        if order.status in (OrderStatus.PENDING_APPROVAL, OrderStatus.UNEXECUTED):
            assert {line.state for line in order.lines} == {LineState.WAITING}
        for sub in order.sub_orders:
            assert order.sub_order_lines(sub.id)
            going = any(line.state is LineState.PROVISIONING for line in order.sub_order_lines(sub.id))
            assert (sub.due_at is not None) == going

    @invariant()
    def facts_tell_every_move(self) -> None:
        """R90."""
        moves = [event.moved for event in self.order.events if event.moved]
        assert all(before[1] == after[0] for before, after in pairwise(moves))
        assert moves[-1][1] is self.order.status

    @invariant()
    def everybody_can_look(self) -> None:
        """Spec §13."""
        for name in ("cust", "res", "sub", "dist"):
            assert render(self.order, actor(name))["status"] == self.order.status


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=50, stateful_step_count=40)
