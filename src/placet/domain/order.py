"""An order, whole: its chain, lines, steps, checks, reservations, charges, and what it leaves behind.

A value. The verbs (`placing`, `deciding`, `validating`, `charging`, `executing`, `ending`) take one
and give the next one; storage writes down what differs. What happened on the way (`events`) and
what was made (`invoices`, `subscriptions`, `payments`) rides along until it is written.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.moves import CLOSED, may_move
from placet.domain.parties import Actor, Party
from placet.domain.periods import Period
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    ChangeKind,
    ChargeState,
    CheckName,
    CheckResult,
    EventType,
    How,
    InvoiceKind,
    LineState,
    OrderKind,
    OrderStatus,
    PaymentMethod,
    ReservationState,
    StepStatus,
    SubOrderStatus,
    SubscriptionStatus,
    Verdict,
    Why,
)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and where the ids of what it makes come from."""

    by: Actor
    at: datetime
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Named:
    """A product or a vendor as an order shows it."""

    id: UUID
    ref: str | None
    name: str

    def as_json(self) -> dict[str, str | None]:
        """As the API writes it: `{id, ref, name}`."""
        return {"id": str(self.id), "ref": self.ref, "name": self.name}


@dataclass(frozen=True, slots=True)
class Price:
    """What a line costs on one link: minor units of the link's currency. `unit` and `discount` and
    `net` are before tax, `gross` is what is owed (spec §1). What lowers a subscription has negative
    amounts. `discount_percent` is what the discount was made from, and holds for seats added later."""

    unit: int
    discount: int
    net: int
    tax: int
    gross: int
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Link:
    """One contract of the chain as frozen at submission; `tier` 1 is the buyer's own."""

    tier: int
    contract: UUID
    account: UUID
    seller: Party
    buyer: Party
    currency: str
    tax_rate: Decimal
    payment_method: PaymentMethod
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class Line:
    """One product and its quantity; `prices[tier - 1]` is its price on that link."""

    id: UUID
    position: int
    product: Named
    vendor: Named
    sub_order: UUID
    quantity: int
    manual: bool
    trial: bool
    billing_type: BillingType
    state: LineState
    prices: tuple[Price, ...]
    term_months: int | None = None
    service_details: dict[str, Any] | None = None
    reason: str = ""
    unanswered: bool = False
    cancelling: bool = False
    subscription: UUID | None = None


@dataclass(frozen=True, slots=True)
class SubOrder:
    """Lines that are delivered together (R50). `due_at`: when the worker looks at it next."""

    id: UUID
    position: int
    vendor: Named
    asked_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is there (R24); `name` is the credit risk group's whose policy asked (R5)."""

    code: Why
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """`{"code": …}`, and the group's name where a policy asked."""
        return {"code": self.code.value} | ({"group": self.name} if self.name else {})


@dataclass(frozen=True, slots=True)
class Decision:
    """One yes or no: who, for whom, how, when (R24)."""

    id: UUID
    verdict: Verdict
    organization: UUID
    by: dict[str, Any]
    how: How
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One approving organization's yes, no or silence; `tier` is its place, 0 the order's buyer."""

    id: UUID
    tier: int
    status: StepStatus
    reasons: tuple[Reason, ...]
    decision: Decision | None = None

    @property
    def undecided(self) -> bool:
        """Neither yes nor no yet, asked or not."""
        return self.status in (StepStatus.PENDING, StepStatus.WAITING)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one validation run (R40). `tier` is the link it looked at, if it was one;
    `detail` holds its inputs, money in minor units of that link's currency."""

    run: int
    position: int
    name: CheckName
    tier: int | None
    result: CheckResult
    detail: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reservation:
    """Credit set aside for one line on one account."""

    line: UUID
    account: UUID
    tier: int
    amount: int
    state: ReservationState


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt to charge one card payer (R48). Its id is the key that the gateway sees.

    `starts` are the lines that begin once it is captured (none named: all of them). `merchant` is the
    seller's account at the gateway that it was begun at, and is asked at ever after.
    """

    id: UUID
    tier: int
    contract: UUID
    attempt: int
    gateway: str
    token: str
    amount: int
    currency: str
    state: ChargeState
    created_at: datetime
    starts: tuple[UUID, ...] = ()
    asked_at: datetime | None = None
    due_at: datetime | None = None
    reference: str = ""
    reason: str = ""
    merchant: UUID | None = None

    @property
    def open(self) -> bool:
        """The gateway's last word is still to come."""
        return self.state in (ChargeState.PLANNED, ChargeState.UNKNOWN, ChargeState.AUTHORISED)


@dataclass(frozen=True, slots=True)
class Refund:
    """What a card gets back of a captured charge (R53). Its id is the gateway's key.

    Due while the worker is to ask for it; `failed_at` with the `reason` once the gateway has refused,
    until somebody has it tried again: `attempt` counts those. `asked_at` is the first time of an attempt.
    """

    id: UUID
    charge: UUID
    tier: int
    amount: int
    currency: str
    done_at: datetime | None = None
    due_at: datetime | None = None
    attempt: int = 1
    asked_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The no that ended the order (R31): the reason is public, the note stays inside."""

    tier: int
    reason: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """One order let through beyond the limit of one link, by its seller (R44)."""

    tier: int
    by: dict[str, Any]
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Warned:
    """A sentence for a card payer and its seller (R47, R48)."""

    tier: int  # of the link that the payer buys on
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """A fact (R90), neutral: no price, no rendering. `seen_by` are the organizations that may know;
    `moved` is (from, to) where the fact moved the order; `order` is how the order stood just then."""

    id: UUID
    type: EventType
    at: datetime
    seen_by: tuple[UUID, ...]
    by: dict[str, Any] | None
    detail: dict[str, Any]
    moved: tuple[OrderStatus | None, OrderStatus] | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One delivered line on an invoice, for the time it pays for; a credit line names the debit line
    that it takes back (R62). Amounts are positive in either kind."""

    id: UUID
    line: UUID
    product: UUID
    quantity: int
    net: int
    tax: int
    subscription: UUID | None = None
    period: Period | None = None
    description: str = ""
    credits: UUID | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one link's buyer is billed, or credited, for lines delivered together (R52, R62)."""

    id: UUID
    tier: int
    sub_order: UUID
    lines: tuple[InvoiceLine, ...]
    net: int
    tax: int
    open: int
    kind: InvoiceKind = InvoiceKind.DEBIT

    @property
    def total(self) -> int:
        """Gross, in minor units of the link's currency."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the buyer has from one delivered line (R70), as it stands.

    `priced_line` is the order line whose unit prices are locked for it; `period` what its last bill
    pays for (of usage: what the next bill will pay for), none where nothing is billed again.
    """

    id: UUID
    order: UUID
    line: UUID
    priced_line: UUID
    product: UUID
    quantity: int
    trial: bool
    vendor_reference: str
    started_at: datetime
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    period: Period | None = None
    term_ends_on: date | None = None
    suspended_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What of a subscription a change changes."""

    product: Named
    quantity: int


@dataclass(frozen=True, slots=True)
class Credit:
    """What one link's buyer gets back of one debit invoice line, in minor units, positive (R62, R71)."""

    tier: int
    debit: UUID
    quantity: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Change:
    """What an order does to a subscription that is there (R71), frozen at submission (R5).

    `rest` are the days that it is paid for; `debits[tier - 1]` is (net, tax) of what is added there,
    `credits` what is given back: the line's price is their difference. `billed[tier - 1]` is what it came
    to, gross, once it was delivered: another sum, where a renewal came before (R54).
    """

    subscription: UUID
    does: ChangeKind
    before: Content
    after: Content
    rest: Period | None = None
    debits: tuple[tuple[int, int], ...] = ()
    credits: tuple[Credit, ...] = ()
    billed: tuple[int, ...] = ()


ENDS: Final = (ChangeKind.CANCEL, ChangeKind.CANCEL_AT_END, ChangeKind.SUSPEND)
"""What lowers a subscription as a whole."""


@dataclass(frozen=True, slots=True)
class CardMovement:
    """Money that a card moved on one link's account: negative paid, positive given back (R48, R53)."""

    tier: int
    amount: int
    charge: UUID
    at: datetime
    refund: UUID | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `time_zone` is its top seller's: its days are those there. `imported_as` is what a world
    file calls the subscription that it stands for, where it was never placed here. `events` …
    `card_movements` are new since it was read."""

    id: UUID
    number: str
    kind: OrderKind
    status: OrderStatus
    version: int
    approval_order: ApprovalOrder
    placer: Party
    placed_by: dict[str, Any]
    placed_at: datetime
    expires_at: datetime
    billing: dict[str, Any] | None
    note: str
    time_zone: str
    links: tuple[Link, ...]
    lines: tuple[Line, ...]
    sub_orders: tuple[SubOrder, ...]
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Refund, ...] = ()
    releases: tuple[Release, ...] = ()
    warning: Warned | None = None
    rejection: Rejection | None = None
    closed_at: datetime | None = None
    change: Change | None = None
    imported_as: str | None = None
    events: tuple[Event, ...] = field(default=(), compare=False)
    invoices: tuple[Invoice, ...] = field(default=(), compare=False)
    subscriptions: tuple[Subscription, ...] = field(default=(), compare=False)
    card_movements: tuple[CardMovement, ...] = field(default=(), compare=False)

    # Places in the chain: 0 is the buyer, 1 its seller, … the last the top seller.

    @property
    def parties(self) -> tuple[Party, ...]:
        """Everyone in the chain, the buyer first."""
        return (self.links[0].buyer, *(link.seller for link in self.links))

    @property
    def top(self) -> int:
        """The top seller's place."""
        return len(self.links)

    def place_of(self, organization: UUID) -> int | None:
        """An organization's place in the chain, `None` for a stranger."""
        for place, party in enumerate(self.parties):
            if party.id == organization:
                return place
        return None

    def step_at(self, place: int) -> Step | None:
        """The approval step of whoever stands there."""
        return next((step for step in self.steps if step.tier == place), None)

    def sub_order_lines(self, sub_order: UUID) -> tuple[Line, ...]:
        """The lines that are delivered together."""
        return tuple(line for line in self.lines if line.sub_order == sub_order)

    @property
    def closed(self) -> bool:
        """No verb moves it any more."""
        return self.status in CLOSED

    @property
    def all_approved(self) -> bool:
        """Every approving partner said yes (R30)."""
        return all(step.status is StepStatus.APPROVED for step in self.steps)

    @property
    def lowers(self) -> bool:
        """It adds nothing to what anybody owes: it needs no approval, no credit and no card (R25)."""
        if self.change is None:
            return False
        adds = self.change.does in (ChangeKind.CHANGE, ChangeKind.RENEW)
        more = any(link.gross > 0 for link in self.links)
        same = self.change.after.quantity >= self.change.before.quantity
        return not adds or not (more or (same and all(link.gross == 0 for link in self.links)))

    @property
    def ends(self) -> bool:
        """It ends or pauses a subscription, which is open to who may not order, too (R72)."""
        return self.change is not None and self.change.does in ENDS

    @property
    def charging(self) -> bool:
        """A card payment is under way (R48)."""
        return any(charge.open for charge in self.charges)

    @property
    def last_run(self) -> tuple[Check, ...]:
        """The checks of the last validation run."""
        if not self.checks:
            return ()
        run = self.checks[-1].run
        return tuple(check for check in self.checks if check.run == run)

    @property
    def short_tiers(self) -> tuple[int, ...]:
        """The links that were short of credit in the last run, while that holds the order up (R43)."""
        if self.status is not OrderStatus.UNEXECUTED:
            return ()
        return tuple(
            check.tier
            for check in self.last_run
            if check.name is CheckName.AVAILABLE_CREDIT
            and check.result is CheckResult.FAILED
            and check.tier is not None
        )


def touched(order: Order) -> Order:
    """The order at its next version, to be changed: every verb that changes one starts here."""
    return replace(order, version=order.version + 1)


def moved(order: Order, to: OrderStatus, told: Event) -> Order:
    """The order in another status, with the fact that says why. The only place that moves one."""
    assert may_move(order.status, to), f"{order.status} → {to}"
    after = replace(order, status=to, closed_at=told.at if to in CLOSED else None)
    return recorded(after, replace(told, moved=(order.status, to)))


def recorded(order: Order, *told: Event) -> Order:
    """The order with more facts, each of which remembers how the order stood just then."""
    then = {"order": moment(order)}
    return replace(
        order,
        events=(*order.events, *(replace(fact, detail=fact.detail | then) for fact in told)),
    )


def moment(order: Order) -> dict[str, Any]:
    """What of an order changes in its life, as it is now: a fact is told with the order as of then."""
    return {
        "version": order.version,
        "status": order.status.value,
        "steps": {str(step.tier): step.status.value for step in order.steps},
        "lines": [line.state.value for line in order.lines],
        "run": order.checks[-1].run if order.checks else 0,
    }


def fact(
    order: Order,
    kind: EventType,
    act: Act,
    seen_by: tuple[int, ...] | None = None,
    **detail: Any,  # noqa: ANN401 - whatever the fact needs to be told, as JSON
) -> Event:
    """A fact about this order, for those places in the chain (all of them where none is named)."""
    parties = order.parties
    places = range(len(parties)) if seen_by is None else sorted(set(seen_by))
    return Event(
        id=act.new_id(),
        type=kind,
        at=act.at,
        seen_by=tuple(parties[place].id for place in places if 0 <= place < len(parties)),
        by=act.by.as_json(),
        detail=detail,
    )


def status_of_lines(lines: tuple[Line, ...]) -> SubOrderStatus:
    """A sub-order's status follows from its lines (R50)."""
    states = {line.state for line in lines}
    if LineState.PROVISIONING in states:
        return SubOrderStatus.PROVISIONING
    if LineState.FAILED in states:
        return SubOrderStatus.FAILED
    if LineState.WAITING in states:
        return SubOrderStatus.WAITING
    return SubOrderStatus.EXECUTED if LineState.DELIVERED in states else SubOrderStatus.CANCELLED
