"""Any life of any orders (stateful): whatever people, vendors, card gateways and settings do, in any
order, the real Placet does what the small model of it says, and its books are true in the end.

The model is `tests.stories.model`. Every run is the same unless `PLACET_TEST_LIVES` says how many lives
to try, new ones then.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from pytest_django.plugin import DjangoDbBlocker

from placet.actions.change_contract import change_contract
from placet.actions.change_groups import add_policy, remove_policy
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.change_tokens import add_token, remove_token
from placet.actions.charge import begin_charge, finish_charge, finish_refund, postpone_charge, take_refunds
from placet.actions.expire_orders import expire_orders
from placet.actions.place_order import place_order
from placet.actions.record_payment import record_payment
from placet.domain.charging import GatewayWord
from placet.domain.credit_risk import PolicyWish
from placet.domain.errands import RefundWord
from placet.domain.executing import Absent, Answer, Delivered, Failed, Unanswered
from placet.domain.order import Line, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.validating import Token
from placet.domain.verbs import Verb, actions
from placet.domain.view import render
from placet.domain.words import LineState, OrganizationStatus, PaymentMethod, Scope
from placet.storage import db, models, reading
from placet.storage.invariants import INVARIANTS, examine
from tests.databases import emptied
from tests.stories import acts, model
from tests.stories.model import SELLER, chain
from tests.stories.worlds import customer, distributor, group, product, reseller, world

LIVES: Final = int(os.environ.get("PLACET_TEST_LIVES", "120"))
STEPS: Final = 50
MOST_ORDERS: Final = 6
"""So many orders in a run: each is looked at after every step."""

WORLD: Final = world(
    distributor("dist", multi_tier_approval=True),
    reseller("res", "dist"),
    customer("cust", "res", {"order_approval": True}),
    customer("also", "res"),
    prices={"bp": "10.00", "ps": "5.00", "onsite": "100.00"},
    products=[product("bp", vendor="ms"), product("ps"), product("onsite", "manual", vendor="ms")],
    groups=[group("dist", "res", policies=[], default_limit="50.00")],
)

EVERYBODY: Final = ("cust", "also", "res", "dist")
VERBS: Final = [verb.value for verb in Verb]
CARD: Final = Token("sandbox", "tok_ok", "2099-12", active=True)
ANSWERS: Final[dict[str, Answer]] = {
    "made": Delivered("V-1"),
    "no": Failed("Out of keys."),
    "silence": Unanswered(),
}
# What a gateway may say to a question about a charge that it was last told to …
WORDS: Final = {
    ("authorise", "planned"): ["authorised", "authorised", "authorised", "declined", "unknown"],
    ("capture", "authorised"): ["captured", "captured", "captured", "declined", "unknown"],
    ("void", "authorised"): ["voided", "unknown"],
    ("look_up", "authorise"): ["authorised", "declined", "absent", "unknown"],
    ("look_up", "capture"): ["captured", "authorised", "unknown"],
    ("look_up", "void"): ["voided", "authorised", "unknown"],
}

ACCOUNTS: Final = """
SELECT b.ref, a.limit_minor, a.balance_minor, a.reserved_minor
FROM credit_account a JOIN contract c ON c.id = a.contract_id JOIN organization b ON b.id = c.buyer_id"""

Really = Callable[[Order, Actor, datetime], Order | Refusal]
Modelled = Callable[[model.Order, str], str]

LIMITS: Final = st.sampled_from(["0", "2000", "5000", "12000", "unlimited", "unlimited", None])
ABOVE: Final = st.sampled_from([None, 0, 2000])

HAPPENINGS: Final = (
    *["order"] * 5,
    *["go on"] * 12,
    *["act"] * 5,
    *["part"] * 1,
    *["outside"] * 3,
    *["limit"] * 2,
    *["setting"] * 6,
    *["stop"] * 1,
)
"""What may happen, as often as it is to."""


@dataclass(frozen=True)
class Chance:
    """What chance has to say about something that happens: which order, who, how."""

    number: int
    drawn: int
    who: str
    link: str
    verb: str
    limit: str | None
    basket: list[tuple[str, int]]


numbers = st.integers(0, 999)
links = st.sampled_from(tuple(SELLER))
CHANCE: Final = st.builds(
    Chance,
    number=numbers,
    drawn=numbers,
    who=st.sampled_from(EVERYBODY),
    link=links,
    verb=st.sampled_from(VERBS),
    limit=LIMITS,
    basket=st.lists(
        st.tuples(st.sampled_from(["bp", "ps", "onsite"]), st.integers(1, 3)), min_size=1, max_size=3
    ),
)


class AnyLife(RuleBasedStateMachine):
    """The real world and its model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.real = transaction.atomic()
        self.real.__enter__()
        self.model = model.Model(acts.NOW)
        self.people = {who: acts.actor(who) for who in EVERYBODY}
        self.contracts = {c.buyer.ref: c.id for c in models.Contract.objects.select_related("buyer")}
        self.cards: dict[str, list[UUID]] = {link: [] for link in SELLER}
        self.policy: UUID | None = None
        self.ids: dict[model.Order, UUID] = {}
        self.closed: set[model.Order] = set()

    def teardown(self) -> None:
        """Proves the books, and forgets them."""
        try:
            self._compared(self.ids)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            broken = {each.holds: found.named for each in INVARIANTS if (found := examine(each)).broken}
            assert not broken, broken
        finally:
            transaction.set_rollback(True)
            self.real.__exit__(None, None, None)

    @invariant()
    def the_real_world_is_as_the_model_says(self) -> None:
        """Status, lines, steps and actions of every order, limit, balance and reserved of every account. An
        order that was closed is looked at again in the end."""
        self._compared([order for order in self.ids if order not in self.closed])
        self.closed = {order for order in self.ids if order.status in model.CLOSED}
        assert self._accounts() == {
            link: (account.limit, account.balance, account.reserved)
            for link, account in self.model.accounts.items()
        }

    def _compared(self, orders: Iterable[model.Order]) -> None:
        ids = {order: self.ids[order] for order in orders}
        found = {order.id: order for order in reading.several(list(ids.values()))}
        for order, id_ in ids.items():
            assert self._said(found[id_]) == self._expected(order), found[id_].number

    def _said(self, order: Order) -> dict[str, Any]:
        refs = [str(party.ref) for party in order.parties]
        for ref in refs:
            assert render(order, self.people[ref])["status"] == order.status
        return {
            "status": order.status.value,
            "charging": order.charging,
            "lines": [line.state.value for line in order.lines],
            "steps": {refs[step.tier]: step.status.value for step in order.steps},
            "actions": {ref: {verb.value for verb in actions(order, self.people[ref])} for ref in refs},
        }

    def _expected(self, order: model.Order) -> dict[str, Any]:
        return {
            "status": order.status,
            "charging": order.charging,
            "lines": [line.state for line in order.lines],
            "steps": order.steps,
            "actions": {
                who: {verb for verb in VERBS if who in self.model.may(order, verb)}
                for who in chain(order.buyer)
            },
        }

    def _accounts(self) -> dict[str, tuple[int | None, int, int]]:
        rows = db.fetch(ACCOUNTS)
        return {row["ref"]: (row["limit_minor"], row["balance_minor"], row["reserved_minor"]) for row in rows}

    # How it begins ----------------------------------------------------------------------------

    @initialize(
        without_card=st.lists(links, max_size=1),
        by_card=st.lists(links, max_size=2, unique=True),
        limits=st.lists(st.tuples(links, LIMITS), max_size=2),
        above=ABOVE,
        toggles=st.lists(st.tuples(st.sampled_from(["cust", "also"]), st.booleans()), max_size=2),
    )
    def sellers_set_their_terms(
        self,
        *,
        without_card: list[str],
        by_card: list[str],
        limits: list[tuple[str, str | None]],
        above: int | None,
        toggles: list[tuple[str, bool]],
    ) -> None:
        """Who has a card and pays by it, has what limit, is approved by whom."""
        for link in sorted({*SELLER} - {*without_card}):
            self._add_card(link)
        for link in by_card:
            self._set_method(link, PaymentMethod.CREDIT_CARD)
        for link, limit in limits:
            self._set_limit(link, limit)
        for buyer, on in toggles:
            self._set_toggle(buyer, on)
        self._set_policy(above)

    # Orders -----------------------------------------------------------------------------------

    @rule(what=st.sampled_from(HAPPENINGS), chance=CHANCE)
    def something_happens(self, *, what: str, chance: Chance) -> None:
        """One rule for all: hypothesis leaves out whole rules now and then, which would stop all life."""
        order = self._order(chance.number)
        match what:
            case "order" if len(self.ids) < MOST_ORDERS:
                self._order_placed(chance)
            case "go on" if order:
                self._go_on(order, chance.drawn)
            case "act" if order:
                self._try(order, chance)
            case "part" if order:
                self._take_up(order, chance.who, chance.drawn)
            case "outside":
                self._outside(chance.drawn)
            case "limit":
                self._set_limit(chance.link, chance.limit)
            case "setting":
                self._set(chance.link, chance.drawn)
            case "stop":
                self._stop_or_resume(chance.link, chance.drawn)

    def _order_placed(self, chance: Chance) -> None:
        """For itself, or by a seller on behalf."""
        buyer, parties = chance.link, chain(chance.link)
        placer = parties[chance.drawn % 9] if chance.drawn % 9 < len(parties) else buyer
        lines = ", ".join(f"{quantity} {ref}" for ref, quantity in chance.basket)
        at = self._later()
        placed = place_order(request=acts.request(lines, buyer), by=self.people[placer], at=at)
        self._same(placed, self.model.place(buyer, placer, chance.basket))
        if isinstance(placed, Order):
            self.ids[self.model.orders[-1]] = placed.id

    def _go_on(self, order: model.Order, drawn: int) -> None:
        """By whoever it waits for: so that orders come further than by chance. Sometimes somebody of its
        chain pays in another way just before (R22)."""
        if not drawn % 5:
            self._turn(chain(order.buyer)[drawn // 5 % (len(chain(order.buyer)) - 1)])
        if order.charging:
            self._ask_gateway(order, drawn)
        elif who := sorted(self.model.may(order, "approve")):
            self._act(acts.approve, self.model.approve, order, who[drawn % len(who)])
        elif order.status == "unexecuted":
            self._help_out(order, drawn)
        elif order.in_state("provisioning"):
            self._ask_vendors(drawn)
        elif order.in_state("failed"):
            self._take_up(order, "dist", drawn)
        elif order.in_state("waiting"):
            self._execute(order, "dist", drawn)

    def _try(self, order: model.Order, chance: Chance) -> None:
        """A verb of somebody's, whether it may or not; an order is only seldom ended, or there would be no
        long lives."""
        verb, who = chance.verb, chance.who
        if verb in {"reject", "cancel"} and chance.drawn % 4 and who in self.model.may(order, verb):
            return
        if verb == "execute":
            self._execute(order, who, chance.drawn)
        else:
            self._act(*self._verbs()[verb], order, who)

    def _help_out(self, order: model.Order, drawn: int) -> None:
        """An order that is short of credit: a limit is raised, or it is released."""
        link = order.short[0]
        if drawn % 3:
            self._set_limit(link, "unlimited" if drawn % 2 else "20000")
            self._act(acts.retry, self.model.retry, order, SELLER[link])
        else:
            self._act(acts.release, self.model.release, order, SELLER[link])

    def _execute(self, order: model.Order, who: str, drawn: int) -> None:
        """All lines that wait, or some, waiting or not."""
        places = [place for place in range(len(order.lines)) if drawn >> place & 1]
        lines = [order.lines[place] for place in places]
        real, at = acts.now_of(self.ids[order]), self._later()
        outcome = acts.execute(real, self.people[who], *(real.lines[place].id for place in places), at=at)
        self._same(outcome, self._seen(order, who) or self.model.execute(order, who, lines))

    def _take_up(self, order: model.Order, who: str, drawn: int) -> None:
        """A part is sent again, or given up; rather one that failed."""
        failed = [place for place, line in enumerate(order.lines) if line.state == "failed"]
        place = failed[drawn % len(failed)] if failed else drawn % len(order.lines)
        again = drawn % 2
        really = acts.retry_part if again else acts.cancel_part
        modelled = self.model.retry_part if again else self.model.cancel_part
        real, part, at = acts.now_of(self.ids[order]), order.lines[place].part, self._later()
        outcome = really(real, real.lines[place].sub_order, self.people[who], at)
        self._same(outcome, self._seen(order, who) or modelled(order, part, who))

    # The outside ------------------------------------------------------------------------------

    def _outside(self, drawn: int) -> None:
        """Vendors or card gateways answer; cards get back what they are to; seldom a month goes by."""
        charging = [order for order in self.ids if order.charging]
        if not drawn % 9:
            expire_orders(most=100, at=self._later(minutes=30 * 24 * 60))
            self.model.expire()
        elif charging and drawn % 2:
            self._ask_gateway(charging[drawn % len(charging)], drawn)
        elif any(order.refunds for order in self.ids):
            self._give_back()
        else:
            self._ask_vendors(drawn)

    def _ask_vendors(self, drawn: int) -> None:
        """Each product's vendor says one thing to all that is with it, now or much later."""
        says = ["made", "no", "silence", "made"]
        answers = {ref: says[drawn // 4**place % 4] for place, ref in enumerate(model.COST)}
        at = self._later(minutes=10 if drawn % 3 else 70)

        def answer(line: Line) -> Answer:
            said = answers[line.product.ref or ""]
            return Absent() if said == "no" and line.cancelling else ANSWERS[said]

        acts.vendors_say(answer, at)
        self.model.vendors_say(answers)

    def _ask_gateway(self, order: model.Order, drawn: int) -> None:
        """The one question that it is asked about the order."""
        asked = self.model.question(order)
        assert asked is not None
        charge, question = asked
        words = WORDS[question, charge.told if question == "look_up" else charge.state]
        word, at = words[drawn % len(words)], self._later()
        errand = begin_charge(order_id=self.ids[order], at=at)
        assert errand is not None
        asked_of = next(c for c in acts.now_of(self.ids[order]).charges if c.id == errand.ask.key)
        assert (chain(order.buyer)[asked_of.tier - 1], errand.wish) == (charge.link, question)
        assert errand.ask.amount == charge.amount
        finish_charge(errand=errand, word=GatewayWord(word), at=at)  # type: ignore[arg-type]
        if word == "unknown":
            postpone_charge(order_id=self.ids[order], tries=1, at=at)
        self.model.gateway_says(order, word)

    def _give_back(self) -> None:
        """Everything that a card is to get back."""
        at = self._later(minutes=2)
        for refund in take_refunds(most=100, at=at):
            finish_refund(errand=refund, word=RefundWord("done"), at=at)
        self.model.refund()

    # Settings -----------------------------------------------------------------------------------

    def _turn(self, link: str) -> None:
        """From cash to card, or back."""
        by_card = self.model.methods[link] == "credit_card"
        self._set_method(link, PaymentMethod.CASH if by_card else PaymentMethod.CREDIT_CARD)

    def _set(self, link: str, drawn: int) -> None:
        """One term of a contract, or the distributor's policy."""
        match drawn % 6:
            case 0 | 1:
                self._turn(link)
            case 2 if self.cards[link]:
                self._remove_card(link)
            case 2:
                self._add_card(link)
            case 3:
                self._pay(link, drawn + 1)
            case 4 if link != "res":
                self._set_toggle(link, bool(drawn // 6 % 2))
            case 5:
                self._set_policy([None, 0, 2000][drawn // 6 % 3])

    def _stop_or_resume(self, who: str, drawn: int) -> None:
        """A suspension, seldom, and its end (R72)."""
        if who in self.model.stopped:
            wishes = OrganizationWishes(status=OrganizationStatus.ACTIVE)
            self._same(self._change_party(who, wishes), self.model.resume(who))
        elif not drawn % 4:
            wishes = OrganizationWishes(status=OrganizationStatus.SUSPENDED)
            self._same(self._change_party(who, wishes), self.model.stop(who))

    def _set_limit(self, link: str, limit: str | None) -> None:
        cents = limit is not None and limit.isdecimal()
        wishes = Wishes(credit_limit=str(Decimal(limit or 0) / 100) if cents else limit)
        self._same(self._change(link, wishes), self.model.limit(link, limit))

    def _set_method(self, link: str, method: PaymentMethod) -> None:
        self._same(self._change(link, Wishes(payment_method=method)), self.model.method(link, method.value))

    def _set_toggle(self, buyer: str, on: bool) -> None:  # noqa: FBT001 - what is set
        wishes = OrganizationWishes(order_approval=on)
        self._same(self._change_party(buyer, wishes), self.model.toggle(buyer, on=on))

    def _pay(self, link: str, amount: int) -> None:
        paid = record_payment(
            contract=self.contracts[link],
            amount=str(Decimal(amount) / 100),
            invoice=None,
            note="",
            by=self.people[SELLER[link]],
            at=self._later(),
        )
        assert not isinstance(paid, Refusal)
        self.model.pay(link, amount)

    def _add_card(self, link: str) -> None:
        added = add_token(contract=self.contracts[link], by=self.people[link], token=CARD, at=self._later())
        assert not isinstance(added, Refusal)
        self.cards[link].append(added.id)
        self.model.cards[link] += 1

    def _remove_card(self, link: str) -> None:
        gone = self.cards[link].pop()
        assert remove_token(contract=self.contracts[link], token=gone, by=self.people[link]) is None
        self.model.cards[link] -= 1

    def _set_policy(self, above: int | None) -> None:
        """Every order of its reseller, those above an amount, or none; never those that wait (R5)."""
        by, at = self.people["dist"], self._later()
        own = models.CreditRiskGroup.objects.get(owner__ref="dist").id
        if self.policy:
            assert not isinstance(remove_policy(by=by, group=own, policy=self.policy, at=at), Refusal)
            self.policy = None
        if above is not None:
            wish = PolicyWish(Scope.ALL, None, (), Decimal(above) / 100 if above else None)
            added = add_policy(by=by, group=own, wish=wish, at=at)
            assert not isinstance(added, Refusal)
            self.policy = added.id
        self.model.above = above

    # How things are done ------------------------------------------------------------------------

    def _verbs(self) -> dict[str, tuple[Really, Modelled]]:
        return {
            "approve": (acts.approve, self.model.approve),
            "reject": (acts.reject, self.model.reject),
            "retry": (acts.retry, self.model.retry),
            "cancel": (acts.cancel, self.model.cancel),
            "release": (acts.release, self.model.release),
        }

    def _act(self, really: Really, modelled: Modelled, order: model.Order, who: str) -> None:
        outcome = really(acts.now_of(self.ids[order]), self.people[who], self._later())
        self._same(outcome, self._seen(order, who) or modelled(order, who))

    @staticmethod
    def _seen(order: model.Order, who: str) -> str:
        """A stranger's order is not there."""
        return "" if who in chain(order.buyer) else "not_found"

    def _change(self, link: str, wishes: Wishes) -> object:
        by = self.people[SELLER[link]]
        return change_contract(contract=self.contracts[link], by=by, wishes=wishes, at=self._later())

    def _change_party(self, who: str, wishes: OrganizationWishes) -> object:
        by = self.people[SELLER[who]]
        return change_organization(name=who, by=by, wishes=wishes, at=self._later())

    def _order(self, number: int) -> model.Order | None:
        """Any order; rather one that is not closed, rather a young one."""
        living = [order for order in self.ids if order.status not in model.CLOSED]
        choice = (living if living and number % 5 else [*self.ids])[::-1]
        return choice[number % len(choice)] if choice else None

    def _later(self, minutes: int = 1) -> datetime:
        self.model.at += timedelta(minutes=minutes)
        return self.model.at

    @staticmethod
    def _same(outcome: object, expected: str) -> None:
        assert (outcome.code if isinstance(outcome, Refusal) else "ok") == expected


@pytest.fixture
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The world, and nobody else's."""
    with django_db_blocker.unblock():
        emptied()
        acts.load(WORLD)
        yield
        emptied()
        connection.close()


@pytest.mark.usefixtures("loaded")
def test_any_life() -> None:
    run_state_machine_as_test(
        AnyLife,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="PLACET_TEST_LIVES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_knows_the_real_words() -> None:
    """A state that the model does not know would never be compared."""
    assert {state.value for state in LineState} == {
        "waiting",
        "provisioning",
        "delivered",
        "failed",
        "cancelled",
    }
