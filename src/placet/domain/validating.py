"""The validation of an approved order (R40-R49): available credit → automatic products → active token.

The first that fails decides. Every run is kept whole, so that an order can say why it is where it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.asking import open_step
from placet.domain.credit import Account, Limit
from placet.domain.order import (
    Act,
    Charge,
    Check,
    Link,
    Order,
    Reason,
    Reservation,
    Warned,
    fact,
    moved,
)
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.words import (
    CardGateway,
    ChargeState,
    CheckName,
    CheckResult,
    EventType,
    LineState,
    OrderStatus,
    PaymentMethod,
    ReservationState,
    StepStatus,
    Why,
)

NO_TOKENS: Final = CardGateway.NONE.value
"""The gateway of a payer whose cards cannot be stored: it counts as no token (R49)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A stored card: good to the end of the month `expires` ("2030-12") while `active` (R47). It belongs
    to the gateway, and there to the account, that it was made at: it `counts` while that is what its
    seller has chosen. `merchant` is the seller's account that it would be charged through."""

    gateway: str
    reference: str
    expires: str
    active: bool
    counts: bool = True
    merchant: UUID | None = None

    def good_at(self, today: date) -> bool:
        """Present, active, at the seller's gateway, not past the end of its expiry month."""
        stored = self.counts and self.gateway != NO_TOKENS
        return self.active and stored and self.expires >= f"{today:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Payer:
    """What of one link's buyer validation reads now, not at submission (R22): its account, locked,
    its method and its cards."""

    account: Account
    payment_method: PaymentMethod
    tokens: tuple[Token, ...]

    @property
    def by_card(self) -> bool:
        """Pays its seller by credit card."""
        return self.payment_method is PaymentMethod.CREDIT_CARD

    def token(self, now: datetime) -> Token | None:
        """The card to charge, the longest-lived one."""
        good = (token for token in self.tokens if token.good_at(now.date()))
        return max(good, key=lambda token: token.expires, default=None)


Payers = Mapping[int, Payer]
"""By tier of the link on which they buy."""


def validate(order: Order, payers: Payers, act: Act) -> Order:
    """The order after one validation run (R40): `unexecuted`, `submitted`, or `pending_approval` with
    a payment under way or a card payer's step open again."""
    order = _as_paid_now(order, payers)
    credit = [_credit_check(order, link, payers[link.tier].account, act.at) for link in order.links]
    if any(check.result is CheckResult.FAILED for check in credit):
        return _short_of_credit(with_checks(order, credit), act)
    payers = {} if order.lowers else payers  # nobody's card is charged for less (R25)
    if owners := _without_own_yes(order, payers):
        return back_to(with_checks(order, credit), owners, "", act)
    manual = any(line.manual for line in order.lines)
    automatic = _check(order, CheckName.AUTOMATIC_PRODUCTS, not manual, act.at)
    if manual:
        return _submitted(reserved(with_checks(order, [*credit, automatic])), act)
    tokens = token_checks(order, payers, act.at)
    order = with_checks(order, [*credit, automatic, *tokens])
    if without := failed_tiers(tokens):
        return back_to(order, [tier - 1 for tier in without], NO_ACTIVE_TOKEN, act)
    if any(owed(order, link.tier) > 0 for link, _ in paying_by_card(order, payers)):
        return _charging(reserved(order), payers, act)
    return started(_submitted(reserved(order), act), act)


def _as_paid_now(order: Order, payers: Payers) -> Order:
    """The method is read at validation (R22), and kept with the order from then on."""
    links = tuple(_link_as_paid_now(link, payers[link.tier].payment_method) for link in order.links)
    return replace(order, links=links, warning=None)


def _link_as_paid_now(link: Link, method: PaymentMethod) -> Link:
    return link if link.payment_method is method else replace(link, payment_method=method)


def _credit_check(order: Order, link: Link, account: Account, at: datetime) -> Check:
    """Amount of the link ≤ available credit; equal passes (R41), a release lets it pass (R44), and a
    change that adds nothing there needs none (R25)."""
    adds = link.gross > 0 or order.change is None
    shortfall = account.shortfall(link.gross) if adds else 0
    released = any(release.tier == link.tier for release in order.releases)
    detail: dict[str, Any] = {
        "limit": account.limit.minor if isinstance(account.limit, Limit) else None,
        "balance": account.balance,
        "reserved": account.reserved,
        "available": account.available,
        "required": link.gross,
    }
    if shortfall and released:
        detail["released"] = True
    elif shortfall:
        detail["shortfall"] = shortfall
    passed = not shortfall or released
    return Check(0, 0, CheckName.AVAILABLE_CREDIT, link.tier, _result(passed), detail, at)


def _check(order: Order, name: CheckName, passed: bool, at: datetime) -> Check:  # noqa: FBT001
    manual = [line.position for line in order.lines if line.manual]
    return Check(0, 0, name, None, _result(passed), {"manual_lines": manual}, at)


def token_checks(order: Order, payers: Payers, at: datetime) -> list[Check]:
    """One for each card payer, skipped where nobody pays by card (R46, R47)."""
    checks = [
        Check(
            0,
            0,
            CheckName.ACTIVE_TOKEN,
            link.tier,
            _result(payer.token(at) is not None),
            {"tokens": len(payer.tokens)},
            at,
        )
        for link, payer in paying_by_card(order, payers)
    ]
    return checks or [_skipped(CheckName.ACTIVE_TOKEN, "nobody_pays_by_card", at)]


def paying_by_card(order: Order, payers: Payers) -> list[tuple[Link, Payer]]:
    """Those of these payers who pay their seller by card, the buyer's side first."""
    found = [(link, payers[link.tier]) for link in order.links if link.tier in payers]
    return [(link, payer) for link, payer in found if payer.by_card]


def owed(order: Order, tier: int) -> int:
    """Gross of one link without what was cancelled before anything was charged (R48, R49)."""
    wanted = (line for line in order.lines if line.state is not LineState.CANCELLED)
    return sum(line.prices[tier - 1].gross for line in wanted)


def failed_tiers(checks: Iterable[Check]) -> list[int]:
    """The links on which these checks failed."""
    return [c.tier for c in checks if c.result is CheckResult.FAILED and c.tier is not None]


def _result(passed: bool) -> CheckResult:  # noqa: FBT001
    return CheckResult.PASSED if passed else CheckResult.FAILED


def _skipped(name: CheckName, why: str, at: datetime) -> Check:
    return Check(0, 0, name, None, CheckResult.SKIPPED, {"why": why}, at)


def with_checks(order: Order, run: list[Check]) -> Order:
    """The order with one more run: what was not reached is said to be skipped (R40)."""
    reached = {check.name for check in run}
    at = run[-1].at
    missing = [_skipped(name, "not_reached", at) for name in CheckName if name not in reached]
    number = order.checks[-1].run + 1 if order.checks else 1
    kept = tuple(
        replace(check, run=number, position=position) for position, check in enumerate([*run, *missing])
    )
    return replace(order, checks=order.checks + kept)


def _short_of_credit(order: Order, act: Act) -> Order:
    """Status `unexecuted`: nothing is reserved, charged, invoiced or provisioned (R43). Still short
    after a retry: unchanged but for the run that says so (R44)."""
    if order.status is OrderStatus.UNEXECUTED:
        return order
    short = failed_tiers(order.last_run)
    parties = {place for tier in short for place in (tier - 1, tier)}
    told = fact(order, EventType.ORDER_UNEXECUTED, act, seen_by=tuple(parties), tiers=short)
    return moved(order, OrderStatus.UNEXECUTED, told)


def _without_own_yes(order: Order, payers: Payers) -> list[int]:
    """Card payers who have not said yes to this order themselves, by place (R22): no card is
    charged without its owner's own approval."""
    owners = [link.tier - 1 for link, _ in paying_by_card(order, payers)]
    return [place for place in owners if not said_yes(order, place)]


def said_yes(order: Order, place: int) -> bool:
    """Whether that party approved, or is the buyer that placed the order for itself (R11)."""
    step = order.step_at(place)
    if step is not None:
        return step.status is StepStatus.APPROVED
    return place == 0 and order.placer.id == order.parties[0].id


def back_to(order: Order, places: list[int], words: str, act: Act) -> Order:
    """The order waits for these card payers again, nothing is reserved, other approvals stay (R47)."""
    if words:
        order = replace(order, warning=Warned(places[0] + 1, words))
    if order.status is OrderStatus.UNEXECUTED:
        told = fact(order, EventType.ORDER_PENDING_APPROVAL, act, seen_by=())
        order = moved(order, OrderStatus.PENDING_APPROVAL, told)
    for place in places:
        order = open_step(order, place, Reason(Why.PAYMENT_METHOD), act)
    return order


def reserved(order: Order) -> Order:
    """The order with every line's amount set aside on every link, unlimited ones too (R42); of what
    gives back, nothing."""
    return replace(
        order,
        reservations=tuple(
            Reservation(
                line=line.id,
                account=link.account,
                tier=link.tier,
                amount=max(0, line.prices[link.tier - 1].gross),
                state=ReservationState.OPEN,
            )
            for line in order.lines
            for link in order.links
        ),
    )


def _submitted(order: Order, act: Act) -> Order:
    return moved(order, OrderStatus.SUBMITTED, fact(order, EventType.ORDER_SUBMITTED, act))


def _charging(order: Order, payers: Payers, act: Act) -> Order:
    """Each card payer is to be charged the gross amount of its own link (R48)."""
    if order.status is OrderStatus.UNEXECUTED:
        told = fact(order, EventType.ORDER_PENDING_APPROVAL, act, seen_by=())
        order = moved(order, OrderStatus.PENDING_APPROVAL, told)
    return with_charges(order, payers, (), act)


def with_charges(order: Order, payers: Payers, starts: tuple[Any, ...], act: Act) -> Order:
    """The order with a new charge attempt for each of these card payers who owes anything; the first
    carries the errand. Attempts are counted by round, so that those of one round share their number."""
    attempt = max((charge.attempt for charge in order.charges), default=0) + 1
    planned: list[Charge] = []
    for link, payer in paying_by_card(order, payers):
        token, amount = payer.token(act.at), owed(order, link.tier)
        if token is None or amount <= 0:
            continue
        planned.append(
            Charge(
                id=act.new_id(),
                tier=link.tier,
                contract=link.contract,
                attempt=attempt,
                gateway=token.gateway,
                token=token.reference,
                amount=amount,
                currency=link.currency,
                state=ChargeState.PLANNED,
                created_at=act.at,
                starts=starts,
                due_at=None if planned else act.at,
                merchant=token.merchant,
            )
        )
    return replace(order, charges=order.charges + tuple(planned))


def started(order: Order, act: Act, lines: frozenset[Any] | None = None) -> Order:
    """The order with these lines (all that wait, where none are named) handed to their vendors."""
    chosen = {
        line.id
        for line in order.lines
        if line.state is LineState.WAITING and (lines is None or line.id in lines)
    }
    going = {line.sub_order for line in order.lines if line.id in chosen}
    return replace(
        order,
        lines=tuple(
            replace(line, state=LineState.PROVISIONING) if line.id in chosen else line for line in order.lines
        ),
        sub_orders=tuple(
            replace(sub, due_at=act.at, asked_at=None) if sub.id in going else sub for sub in order.sub_orders
        ),
    )
