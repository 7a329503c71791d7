"""What goes out and what comes in, as plain JSON with types.

Written by `make client` from the API's description: change that, not this.
"""

from typing import Any, Literal, NotRequired, TypedDict

from placet_client.words import (
    Became,
    BillingType,
    CardGateway,
    CardMode,
    ChangeKind,
    CheckName,
    CheckResult,
    ContactRole,
    DeliveryStatus,
    EntryKind,
    EventType,
    Exchanged,
    ExchangeFormat,
    ExchangeWay,
    Fulfilment,
    How,
    InvoiceKind,
    InvoiceStatus,
    Kind,
    LineBecame,
    LineState,
    OrderKind,
    OrderStatus,
    OrganizationStatus,
    Outcome,
    PaymentMethod,
    Permission,
    ProductType,
    RefundStatus,
    Role,
    RunStatus,
    ScheduleStatus,
    Scope,
    StepStatus,
    SubOrderStatus,
    SubscriptionStatus,
    Tier,
    Verb,
    Why,
)


class Money(TypedDict):
    """An amount as a decimal string, and its currency."""

    amount: str
    currency: str


class Party(TypedDict):
    """An organization, a product or a vendor, named."""

    id: str
    ref: str | None
    name: str


class Account(TypedDict):
    """A credit account. Nothing is available, or rather anything, where there is no limit: null."""

    id: str
    contract: str
    seller: Party
    buyer: Party
    limit: Money | str
    balance: Money
    reserved: Money
    available: Money | None


class AccountEntry(TypedDict):
    """One movement of a balance: positive is owed more. Who made it only to its own organization."""

    id: str
    kind: EntryKind
    amount: Money
    balance: Money
    order: str | None
    invoice: str | None
    note: str
    at: str
    by: NotRequired[str | None]


class Address(TypedDict):
    """A webhook endpoint, named."""

    id: str
    url: str


class Ageing(TypedDict):
    """What was open, by days past due. What is open of an opening balance counts as due since
    yesterday.
    """

    not_due: Money
    up_to_30: Money
    up_to_60: Money
    up_to_90: Money
    over_90: Money


class ApiKey(TypedDict):
    """A key in force; `hint` is how it ends."""

    id: str
    name: str
    role: Role
    hint: str
    created_at: str


class Reason(TypedDict):
    """Why a step is there."""

    code: Why
    group: NotRequired[str]


class Approval(TypedDict):
    """An approval step: whole to its owner, tier, approver and status to its direct neighbours."""

    id: str
    tier: int
    approver: Party
    status: StepStatus
    reasons: NotRequired[list[Reason]]
    credit_risk_amount: NotRequired[Money]
    decided_by: NotRequired[str | None]
    decided_at: NotRequired[str | None]
    comment: NotRequired[str | None]
    how: NotRequired[How | None]


class Asked(TypedDict):
    """The receiver's own approval step: its credit risk, and where to say yes and no."""

    id: str
    tier: int
    credit_risk_amount: Money
    approve_url: str
    reject_url: str


class Content(TypedDict):
    """An offer and how many of it."""

    product: Party
    quantity: int


class Period(TypedDict):
    """Days that are paid for together; `until` is the first one after."""

    first: str
    until: str


class Change(TypedDict):
    """What the order does to a subscription that is there; `period` are the days that it is paid for."""

    subscription: str
    does: ChangeKind
    before: Content
    after: Content
    period: Period | None


class Link(TypedDict):
    """The two parties of a contract."""

    seller: Party
    buyer: Party


class Check(TypedDict):
    """One check of one validation run."""

    name: CheckName
    run: int
    result: CheckResult
    at: str
    detail: dict[str, Any]
    link: NotRequired[Link]


class Delivered(TypedDict):
    """How many lines of how many."""

    lines: int
    of: int


class Line(TypedDict):
    """One line of an order. Cost is where the caller buys, price and amount where it sells."""

    id: str
    product: Party
    vendor: Party
    quantity: int
    delivery_status: LineState
    subscription: str | None
    unit_price: NotRequired[Money]
    unit_cost: NotRequired[Money]
    discount: NotRequired[Money]
    tax: NotRequired[Money]
    total_cost: NotRequired[Money]
    total_amount: NotRequired[Money]
    service_details: NotRequired[dict[str, Any] | None]
    reason: NotRequired[str | None]


class CardRefund(TypedDict):
    """What a card gets back: `pending`, `done`, or `failed` with the gateway's reason until the seller
    has it tried again.
    """

    id: str
    amount: Money
    status: str
    at: str | None
    reason: str | None


class Payment(TypedDict):
    """A card payment, to the payer and its seller. `charge` is the key that the gateway knows it by,
    while it has not answered.
    """

    status: str
    at: str
    charge: NotRequired[str]
    reason: NotRequired[str]
    refunds: NotRequired[list[CardRefund]]


class Rejection(TypedDict):
    """The no that ended the order."""

    reason: str
    at: str
    by: NotRequired[Party]
    note: NotRequired[str | None]


class SubOrder(TypedDict):
    """Lines that are delivered together."""

    id: str
    status: SubOrderStatus
    lines: list[str]
    reason: NotRequired[str | None]


class Who(TypedDict):
    """Who did something, as far as the caller may know."""

    organization: NotRequired[Party]
    name: NotRequired[str]


class Order(TypedDict):
    """An order as the caller may see it."""

    id: str
    number: str
    kind: OrderKind
    version: int
    status: OrderStatus
    status_label: str
    expires_at: str
    customer: Party | None
    seller: Party
    placed_at: str
    placed_by: NotRequired[Who]
    closed_at: str | None
    change: Change | None
    billing: NotRequired[dict[str, Any] | None]
    note: NotRequired[str | None]
    total_cost: NotRequired[Money]
    total_amount: NotRequired[Money]
    lines: list[Line]
    approvals: list[Approval]
    checks: list[Check]
    delivered: Delivered
    sub_orders: list[SubOrder]
    rejection: Rejection | None
    payment: NotRequired[Payment | None]
    warning: NotRequired[str | None]
    actions: list[Verb]


class ApprovalTold(TypedDict):
    """Somebody's yes is needed: the receiver's (R92)."""

    order: Order
    approval: Asked


class Attempt(TypedDict):
    """One try: what came back, and after how long."""

    at: str
    milliseconds: int
    status_code: int | None
    answer: str


class BookedPayment(TypedDict):
    """A payment, and how much of it has settled nothing yet. Who recorded it, its reference and the
    note are the seller's own; `order` is there for a card's.
    """

    id: str
    contract: str
    seller: Party
    buyer: Party
    amount: Money
    left: Money
    invoice: str | None
    order: str | None
    at: str
    reference: NotRequired[str | None]
    note: NotRequired[str | None]
    by: NotRequired[str | None]


class ChangePreview(TypedDict):
    """What a change of a subscription would come to now, as far as the days go that are paid for; what
    is given back is negative. `period_cost` and `period_amount`: what a whole period costs then,
    before tax.
    """

    approval_needed: bool
    own_approval_needed: bool
    total_cost: NotRequired[Money]
    total_amount: NotRequired[Money]
    lines: list[Line]
    seller: Party
    net: Money
    tax: Money
    tax_rate: str
    change: Change
    period_cost: NotRequired[Money]
    period_amount: NotRequired[Money]


class Contact(TypedDict):
    """A person to write to."""

    name: str
    email: str
    roles: list[ContactRole]
    active: bool


class Contract(TypedDict):
    """A contract, to its two parties."""

    id: str
    seller: Party
    buyer: Party
    currency: str
    price_list: Party | None
    payment_method: PaymentMethod
    tax_rate: str
    payment_days: int
    credit_account: Account


class LimitTold(TypedDict):
    """A credit limit as it was and as it is."""

    contract: str
    credit_account: str
    seller: Party
    buyer: Party
    limit: Money | Literal["unlimited"]
    previous_limit: Money | Literal["unlimited"]
    reason: str
    by: Who


class CreditLimitChangedEvent(TypedDict):
    """`credit.limit_changed`: A credit limit as it was and as it is."""

    type: Literal["credit.limit_changed"]
    timestamp: str
    data: LimitTold


class CreditedLine(TypedDict):
    """A line of the invoice, by its id: all that is left of it, or so many of it, or so much of its
    net.
    """

    line: str
    quantity: NotRequired[int | None]
    net: NotRequired[str | None]


class EventName(TypedDict):
    """An event by its id and type."""

    id: str
    type: EventType


class Delivery(TypedDict):
    """One event on its way to one endpoint; its id is the `webhook-id`. `next_attempt_at` is null once
    it is delivered or given up.
    """

    id: str
    endpoint: str
    event: EventName
    status: DeliveryStatus
    created_at: str
    next_attempt_at: str | None
    attempts: list[Attempt]


class DisabledTold(TypedDict):
    """Nothing is sent to an endpoint any more: its receiver is gone (410), or failed for a whole day."""

    endpoint: Address
    reason: Literal["gone", "failing"]
    failing_since: str | None


class Discount(TypedDict):
    """A percentage off what a line costs, from a quantity on: of one product, or (`null`) of
    everything that has no discount of its own at that quantity.
    """

    id: str
    product: Party | None
    min_quantity: int
    percent: str
    valid_from: str | None
    valid_to: str | None


class Done(TypedDict):
    """Nothing more to say."""


class Endpoint(TypedDict):
    """An endpoint. `ended`: its receiver answered 410; `disabled`: nothing got through to it for a
    day. `failing_since` is null unless its last answers were failures.
    """

    id: str
    url: str
    events: list[EventType]
    status: Literal["active", "paused", "ended", "disabled"]
    failing_since: str | None
    created_at: str


class Entry(TypedDict):
    """One fact of an order's history."""

    id: str
    type: EventType
    at: str
    status: OrderStatus
    by: NotRequired[Who]
    reason: NotRequired[str]


class Event(TypedDict):
    """One fact: what a webhook's body holds, its id, and the version of what its type looks like."""

    id: str
    type: EventType
    version: int
    timestamp: str
    data: dict[str, Any]


class InvoiceLine(TypedDict):
    """One delivered line, billed; a credit line names the debit line that it takes back."""

    id: str
    product: Party
    type: ProductType
    quantity: int
    net: Money
    tax: Money
    subscription: str | None
    period: Period | None
    description: str
    credits: NotRequired[str]


class ExportedInvoice(TypedDict):
    """An invoice."""

    id: str
    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    seller: Party
    buyer: Party
    contract: str
    order: str | None
    issued_on: str
    due_on: str
    net: Money
    tax: Money
    total: Money
    open: Money
    reason: str | None
    external_number: str | None
    lines: list[InvoiceLine]
    external_id: str | None


class ExportedLimit(TypedDict):
    """A credit account. `credit_limit` is what was set: an amount, `unlimited`, or, to the seller,
    `default` for what its credit risk group grants; `limit` is what is in force.
    """

    id: str
    contract: str
    seller: Party
    buyer: Party
    limit: Money | str
    balance: Money
    reserved: Money
    available: Money | None
    external_id: str | None
    credit_limit: str


class ExportedOrder(TypedDict):
    """An order as the caller may see it; `external_id` is of who buys from the caller in its chain."""

    id: str
    number: str
    kind: OrderKind
    version: int
    status: OrderStatus
    status_label: str
    expires_at: str
    customer: Party | None
    seller: Party
    placed_at: str
    placed_by: NotRequired[Who]
    closed_at: str | None
    change: Change | None
    billing: NotRequired[dict[str, Any] | None]
    note: NotRequired[str | None]
    total_cost: NotRequired[Money]
    total_amount: NotRequired[Money]
    lines: list[Line]
    approvals: list[Approval]
    checks: list[Check]
    delivered: Delivered
    sub_orders: list[SubOrder]
    rejection: Rejection | None
    payment: NotRequired[Payment | None]
    warning: NotRequired[str | None]
    actions: list[Verb]
    external_id: str | None


class ExportedPayment(TypedDict):
    """A payment."""

    id: str
    contract: str
    seller: Party
    buyer: Party
    amount: Money
    left: Money
    invoice: str | None
    order: str | None
    at: str
    reference: NotRequired[str | None]
    note: NotRequired[str | None]
    by: NotRequired[str | None]
    external_id: str | None


class Gateway(TypedDict):
    """Where a seller takes its buyers' cards. The secret key is never shown: `hint` is how it ends,
    `mode` whether it moves money; `account` is whose it is, as the gateway says.
    """

    gateway: CardGateway
    mode: CardMode | None
    hint: str | None
    publishable_key: str | None
    account: str | None
    changed_by: str | None
    changed_at: str | None


class GivenContact(TypedDict):
    """A person to write to; each role is one contact's at most (R6)."""

    name: str
    email: NotRequired[str]
    roles: NotRequired[list[ContactRole]]
    active: NotRequired[bool]


class GivenToken(TypedDict):
    """A stored card: what its gateway knows it by, good to the end of the month `expires`."""

    gateway: str
    reference: str
    expires: str
    active: NotRequired[bool]


class GivenContract(TypedDict):
    """What the organization buys on; amounts are decimal text in its currency."""

    seller: str
    currency: str
    price_list: NotRequired[str | None]
    payment_method: NotRequired[PaymentMethod]
    credit_limit: NotRequired[str | None]
    opening_balance: NotRequired[str]
    tax_rate: NotRequired[str]
    order_approval: NotRequired[bool | None]
    payment_days: NotRequired[int]
    tokens: NotRequired[list[GivenToken]]


class GivenKey(TypedDict):
    """An API key for trials: real ones are issued by `POST /api-keys`."""

    name: str
    key: str
    role: Role


class GivenPolicy(TypedDict):
    """A policy for all offers, for one vendor's, or for some of one vendor's; vendor and offers by id
    or ref. Without `approve_above` they always need approval.
    """

    scope: Scope
    vendor: NotRequired[str | None]
    offers: NotRequired[list[str] | None]
    approve_above: NotRequired[str | None]


class GivenUser(TypedDict):
    """A person who signs in; one that is known by this address keeps its password."""

    email: str
    name: str
    role: Role
    password: NotRequired[str | None]


class Gone(TypedDict):
    """Nothing is left to show."""


class Policy(TypedDict):
    """Which offers need approval: always, or above an amount."""

    id: str
    scope: Scope
    vendor: Party | None
    offers: list[Party]
    approve_above: str | None
    created_on: str


class Group(TypedDict):
    """A credit risk group with its members."""

    id: str
    name: str
    primary: bool
    default_limit: str | None
    organizations: int
    policies: list[Policy]
    created_on: str
    updated_on: str
    updated_by: str
    members: list[Party]


class GroupName(TypedDict):
    """One of the caller's credit risk groups."""

    id: str
    name: str


class GroupRow(TypedDict):
    """A credit risk group; `organizations` is how many it has."""

    id: str
    name: str
    primary: bool
    default_limit: str | None
    organizations: int
    policies: list[Policy]
    created_on: str
    updated_on: str
    updated_by: str


class Held(TypedDict):
    """A subscription as the event left it; no money."""

    id: str
    product: Party
    customer: Party
    status: SubscriptionStatus
    quantity: int
    trial: bool
    order: str
    started_at: str
    renews_on: str | None


class Imported(TypedDict):
    """What became of one record."""

    key: str
    outcome: Literal["added", "unchanged"]


class Import(TypedDict):
    """What became of each record, in their order."""

    results: list[Imported]


class ReportLine(TypedDict):
    """What became of one line, or would. `code`, `field` and `words` say why it was refused; `words`
    without a `code` what was left as it is.
    """

    line: int
    about: str
    became: LineBecame
    code: str | None
    field: str | None
    words: str | None


class Report(TypedDict):
    """A page of a report, by line."""

    items: list[ReportLine]
    next_cursor: str | None


class ImportRun(TypedDict):
    """An import, with the first lines of its report."""

    id: str
    kind: Exchanged
    format: ExchangeFormat
    dry_run: bool
    status: RunStatus
    source: str
    schedule: str | None
    lines: int
    lines_done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    error: str | None
    by: str
    created_at: str
    finished_at: str | None
    report: Report


class ImportSummary(TypedDict):
    """An import: `waiting` until `lines_done` are all its `lines`. `dry_run`: what would come of it."""

    id: str
    kind: Exchanged
    format: ExchangeFormat
    dry_run: bool
    status: RunStatus
    source: str
    schedule: str | None
    lines: int
    lines_done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    error: str | None
    by: str
    created_at: str
    finished_at: str | None


class Invoice(TypedDict):
    """An invoice; its number may follow a moment later, and `external_number` is what its seller's own
    books call it. `open` is what is still to be paid of it, or of a credit invoice what is not used
    yet. `reason`: why it was credited or cancelled.
    """

    id: str
    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    seller: Party
    buyer: Party
    contract: str
    order: str | None
    issued_on: str
    due_on: str
    net: Money
    tax: Money
    total: Money
    open: Money
    reason: str | None
    external_number: str | None
    lines: list[InvoiceLine]


class InvoiceTold(TypedDict):
    """An invoice, by its id; and the order that it is of, if of any."""

    invoice: str
    order: NotRequired[Order]


class InvoiceCreatedEvent(TypedDict):
    """`invoice.created`: An invoice, by its id; and the order that it is of, if of any."""

    type: Literal["invoice.created"]
    timestamp: str
    data: InvoiceTold


class Last(TypedDict):
    """The last time that it was done."""

    id: str
    status: RunStatus
    error: str | None
    lines: int
    refused: int
    created_at: str


class Level(TypedDict):
    """The credit risk of one line at the receiver's level: as it was estimated, and as it was billed."""

    estimated: Money
    final: Money


class Limit(TypedDict):
    """A change of a credit limit: money, or `unlimited`. Who made it by name only to its own
    organization.
    """

    id: str
    at: str
    limit: Money | str
    previous_limit: Money | str
    reason: str
    by: Who


class LineRisk(TypedDict):
    """The credit risk of one line at the caller's level."""

    line: str
    estimated: Money
    final: NotRequired[Money]


class Me(TypedDict):
    """The organization behind the key, its role, and what that allows."""

    organization: Party
    role: Role
    permissions: list[Permission]


class Movement(TypedDict):
    """One movement of the balance in a statement; its order's and its invoice's numbers, if it has
    any.
    """

    id: str
    on: str
    at: str
    kind: EntryKind
    invoice_number: str | None
    order_number: str | None
    note: str
    amount: Money
    balance: Money


class NewApiKey(TypedDict):
    """A new key. `key` is itself, in this answer alone: not in a replay of it either."""

    id: str
    name: str
    role: Role
    hint: str
    created_at: str
    key: NotRequired[str]


class NewEndpoint(TypedDict):
    """An endpoint with its new secret, in this answer alone: not in a replay of it either."""

    id: str
    url: str
    events: list[EventType]
    status: Literal["active", "paused", "ended", "disabled"]
    failing_since: str | None
    created_at: str
    secret: NotRequired[str]


class NewLine(TypedDict):
    """A product, by id or ref, and how many."""

    product: str
    quantity: int
    service_details: NotRequired[dict[str, Any] | None]


class NewPrice(TypedDict):
    """A unit price from a quantity on, valid from `valid_from`, and no longer at `valid_to`."""

    product: str
    unit_price: str
    min_quantity: NotRequired[int]
    valid_from: NotRequired[str | None]
    valid_to: NotRequired[str | None]


class ProvisionedTold(TypedDict):
    """One line was delivered (R54)."""

    order: Order
    subscription: Held
    line: Line
    credit_risk: Level


class OfferProvisionedEvent(TypedDict):
    """`offer.provisioned`: One line was delivered (R54)."""

    type: Literal["offer.provisioned"]
    timestamp: str
    data: ProvisionedTold


class OrderTold(TypedDict):
    """An order as the receiver sees it, as it stood when this happened."""

    order: Order


class OfferProvisioningFailedEvent(TypedDict):
    """`offer.provisioning_failed`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["offer.provisioning_failed"]
    timestamp: str
    data: OrderTold


class OpenInvoice(TypedDict):
    """An invoice of which something was open on the last day."""

    id: str
    number: str | None
    issued_on: str
    due_on: str
    days_overdue: int
    total: Money
    open: Money


class OrderApprovedEvent(TypedDict):
    """`order.approved`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.approved"]
    timestamp: str
    data: OrderTold


class OrderCancelledEvent(TypedDict):
    """`order.cancelled`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.cancelled"]
    timestamp: str
    data: OrderTold


class OrderExecutedEvent(TypedDict):
    """`order.executed`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.executed"]
    timestamp: str
    data: OrderTold


class OrderExpiredEvent(TypedDict):
    """`order.expired`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.expired"]
    timestamp: str
    data: OrderTold


class OrderPendingApprovalEvent(TypedDict):
    """`order.pending_approval`: Somebody's yes is needed: the receiver's (R92)."""

    type: Literal["order.pending_approval"]
    timestamp: str
    data: ApprovalTold


class OrderPlacedEvent(TypedDict):
    """`order.placed`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.placed"]
    timestamp: str
    data: OrderTold


class OrderRejectedEvent(TypedDict):
    """`order.rejected`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.rejected"]
    timestamp: str
    data: OrderTold


class OrderReleasedEvent(TypedDict):
    """`order.released`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.released"]
    timestamp: str
    data: OrderTold


class OrderSubmittedEvent(TypedDict):
    """`order.submitted`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.submitted"]
    timestamp: str
    data: OrderTold


class OrderUnexecutedEvent(TypedDict):
    """`order.unexecuted`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["order.unexecuted"]
    timestamp: str
    data: OrderTold


class OwnContract(TypedDict):
    """The contract on which the organization buys."""

    id: str
    seller: Party
    currency: str
    price_list: Party | None
    payment_method: PaymentMethod
    tax_rate: str
    payment_days: int
    credit_account: Account


class Toggle(TypedDict):
    """Whether the seller's approval is required: what is stored, and what counts (R20-R22)."""

    stored: bool
    required: bool
    locked: bool
    reason: str | None


class Organization(TypedDict):
    """An organization as the caller sees it; its contract, toggle and contacts only as a party."""

    id: str
    ref: str | None
    name: str
    kind: Kind
    status: OrganizationStatus
    country: str
    external_id: str | None
    tier: Tier | None
    credit_risk_group: GroupName | None
    contacts: NotRequired[list[Contact]]
    retry_when_credit_frees: NotRequired[bool]
    order_approval: NotRequired[Toggle | None]
    contract: NotRequired[OwnContract | None]


class PaymentDeclinedEvent(TypedDict):
    """`payment.declined`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["payment.declined"]
    timestamp: str
    data: OrderTold


class PaymentRefundFailedEvent(TypedDict):
    """`payment.refund_failed`: An order as the receiver sees it, as it stood when this happened."""

    type: Literal["payment.refund_failed"]
    timestamp: str
    data: OrderTold


class PingTold(TypedDict):
    """A test that somebody asked for."""

    endpoint: Address


class PingEvent(TypedDict):
    """`ping`: A test that somebody asked for."""

    type: Literal["ping"]
    timestamp: str
    data: PingTold


class Preview(TypedDict):
    """What would happen."""

    approval_needed: bool
    own_approval_needed: bool
    total_cost: NotRequired[Money]
    total_amount: NotRequired[Money]
    lines: list[Line]


class Price(TypedDict):
    """The fixed price of one product from a quantity on, valid from its first moment until, and
    without, its last.
    """

    product: Party
    min_quantity: int
    unit_price: Money
    valid_from: str | None
    valid_to: str | None


class PriceFileRow(TypedDict):
    """What one row of a file came to; `reason` says why it was left out."""

    line: int
    product: str
    became: Became
    reason: str | None


class PriceFile(TypedDict):
    """What a file came to, or with `dry_run` would come to: how many rows, and the first 1000 of those
    that change something.
    """

    dry_run: bool
    added: int
    changed: int
    ended: int
    unchanged: int
    lines: list[PriceFileRow]


class PriceList(TypedDict):
    """A list of the caller's own. One list's answer holds its first 200 `prices` and `discounts`, and
    a cursor for the rest, `null` where that is all; the list of lists has neither.
    """

    id: str
    ref: str | None
    name: str
    owner: Party
    currency: str
    markup_percent: str | None
    valid_from: str | None
    valid_to: str | None
    prices: NotRequired[list[Price]]
    prices_cursor: NotRequired[str | None]
    discounts: NotRequired[list[Discount]]
    discounts_cursor: NotRequired[str | None]


class Problem(TypedDict):
    """What went wrong: `code` is stable, `detail` is for people, `errors` says it by field."""

    title: str
    status: int
    detail: str
    code: Literal[
        "already_decided",
        "approval_locked",
        "change_pending",
        "confirmation_required",
        "forbidden",
        "gateway_not_answering",
        "idempotency_conflict",
        "idempotency_in_progress",
        "in_another_group",
        "insufficient_credit",
        "invalid",
        "malformed",
        "method_not_allowed",
        "no_active_token",
        "not_for_sale",
        "not_found",
        "order_closed",
        "organization_not_active",
        "payment_declined",
        "payment_in_progress",
        "reference_taken",
        "stale_version",
        "too_large",
        "too_many_requests",
        "unauthenticated",
        "unknown_organization",
        "unknown_product",
        "wrong_status",
    ]


class Product(TypedDict):
    """A product. `unit_cost` is where a reseller buys it; `unit_price` what a customer pays for it, or
    what a seller takes for it by the list that it asked for.
    """

    id: str
    ref: str | None
    name: str
    description: str
    sku: str
    vendor: Party
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    trial: bool
    term_months: int | None
    unit_cost: NotRequired[Money]
    unit_price: NotRequired[Money]


class Slice(TypedDict):
    """One product of the mix; `share` in percent, with two decimals at most."""

    product: Party
    amount: Money
    share: float


ProductMix = TypedDict("ProductMix", {"from": "str", "to": "str", "total": "Money", "slices": "list[Slice]"})
"""What was bought from one day to another, both included, the most first. Shares sum to 100."""


class Refund(TypedDict):
    """Money that was given back; to a card it is `pending` until the gateway has done it. Who gave it
    is the seller's own to know; `order` is there for a card's.
    """

    id: str
    contract: str
    seller: Party
    buyer: Party
    amount: Money
    payment: str | None
    order: str | None
    status: RefundStatus
    reason: str
    at: str
    done_at: str | None
    by: NotRequired[str | None]


class Replayed(TypedDict):
    """How many deliveries are due again."""

    deliveries: int


class Result(TypedDict):
    """One of several: the order, or the problem."""

    status: int
    order: NotRequired[Order]
    problem: NotRequired[Problem]


class Results(TypedDict):
    """One result per order asked for, in that order."""

    results: list[Result]


class Risk(TypedDict):
    """The credit risk of an order at the caller's level."""

    estimated: Money
    final: NotRequired[Money]
    items: list[LineRisk]


class Rotated(TypedDict):
    """An endpoint with its new secret, and until when those before it sign beside it."""

    id: str
    url: str
    events: list[EventType]
    status: Literal["active", "paused", "ended", "disabled"]
    failing_since: str | None
    created_at: str
    secret: NotRequired[str]
    former_secrets_end_at: str


class SandboxOptions(TypedDict):
    """How the sandbox treats a product, to try things out: `succeed_after` fails so often first."""

    outcome: NotRequired[Outcome | None]
    latency_ms: NotRequired[int | None]
    succeed_after: NotRequired[int | None]


class Schedule(TypedDict):
    """A regular exchange: each day at `hour`, by the organization's time zone, or `every_hours`. What
    it signs in with is never shown.
    """

    id: str
    way: ExchangeWay
    kind: Exchanged
    format: ExchangeFormat
    url: str
    signs_in: bool
    hour: int | None
    every_hours: int | None
    status: ScheduleStatus
    failures: int
    due_at: str | None
    created_at: str
    last: Last | None


class Schema(TypedDict):
    """What webhooks of a type hold, as JSON schema (draft 2020-12)."""

    type: EventType
    version: int
    schema: dict[str, Any]


class Setup(TypedDict):
    """A setup that the buyer's browser goes on with, by the gateway's own script: `client_secret` and
    `publishable_key` are what that one needs.
    """

    id: str
    gateway: CardGateway
    client_secret: str
    publishable_key: str | None


Statement = TypedDict(
    "Statement",
    {
        "account": "Account",
        "from": "str",
        "to": "str",
        "opening_balance": "Money",
        "entries": "list[Movement]",
        "closing_balance": "Money",
        "open": "Money",
        "unused": "Money",
        "ageing": "Ageing",
        "open_invoices": "list[OpenInvoice]",
    },
)
"""A statement of account. `open` without `unused` is the closing balance: `unused` are payments and
credit invoices that had settled nothing yet.
"""


class Statistics(TypedDict):
    """General statistics. Nothing is available, or rather anything, where there is no limit: null."""

    monthly_costs: Money
    account_balance: Money
    subscriptions_sold: int
    licenses_sold: int
    active_subscriptions: int
    suspended_subscriptions: int
    overdue_payments: Money
    credit_limit: Money | Literal["unlimited"]
    available_credit: Money | None
    as_of: str


class Subscription(TypedDict):
    """A subscription; `order` is the one that sold it. It is paid until the day before `renews_on`."""

    id: str
    product: Party
    customer: Party
    status: SubscriptionStatus
    quantity: int
    trial: bool
    billing_type: BillingType
    order: str
    started_at: str
    period_from: str | None
    renews_on: str | None
    term_ends_on: str | None
    suspended_at: str | None
    ended_at: str | None


class SubscriptionTold(TypedDict):
    """What became of a subscription, and the order that did it."""

    order: Order
    subscription: Held


class SubscriptionCancelledEvent(TypedDict):
    """`subscription.cancelled`: What became of a subscription, and the order that did it."""

    type: Literal["subscription.cancelled"]
    timestamp: str
    data: SubscriptionTold


class SubscriptionChangedEvent(TypedDict):
    """`subscription.changed`: What became of a subscription, and the order that did it."""

    type: Literal["subscription.changed"]
    timestamp: str
    data: SubscriptionTold


class SubscriptionCreatedEvent(TypedDict):
    """`subscription.created`: What became of a subscription, and the order that did it."""

    type: Literal["subscription.created"]
    timestamp: str
    data: SubscriptionTold


class SubscriptionSuspendedEvent(TypedDict):
    """`subscription.suspended`: What became of a subscription, and the order that did it."""

    type: Literal["subscription.suspended"]
    timestamp: str
    data: SubscriptionTold


class Token(TypedDict):
    """A stored card; to the seller its reference is masked. `usable`: it would be charged today. One
    that was stored at another gateway than the seller takes cards at now is not.
    """

    id: str
    gateway: str
    reference: str
    expires: str
    active: bool
    usable: bool


class Usage(TypedDict):
    """What was used on a day, in units; `billed` once it is on an invoice. `key` is the importer's
    own.
    """

    id: str
    key: NotRequired[str]
    subscription: str
    used_on: str
    quantity: str
    billed: bool


class UsageRecord(TypedDict):
    """What a subscription used on a day; `key` is the sender's own, and makes it count once."""

    key: str
    subscription: str
    used_on: str
    quantity: str


class Vendor(TypedDict):
    """Who makes products."""

    id: str
    ref: str | None
    name: str


class WebhookEndpointDisabledEvent(TypedDict):
    """`webhook_endpoint.disabled`: Nothing is sent to an endpoint any more: its receiver is gone
    (410), or failed for a whole day.
    """

    type: Literal["webhook_endpoint.disabled"]
    timestamp: str
    data: DisabledTold


type Told = (
    CreditLimitChangedEvent
    | InvoiceCreatedEvent
    | OfferProvisionedEvent
    | OfferProvisioningFailedEvent
    | OrderApprovedEvent
    | OrderCancelledEvent
    | OrderExecutedEvent
    | OrderExpiredEvent
    | OrderPendingApprovalEvent
    | OrderPlacedEvent
    | OrderRejectedEvent
    | OrderReleasedEvent
    | OrderSubmittedEvent
    | OrderUnexecutedEvent
    | PaymentDeclinedEvent
    | PaymentRefundFailedEvent
    | PingEvent
    | SubscriptionCancelledEvent
    | SubscriptionChangedEvent
    | SubscriptionCreatedEvent
    | SubscriptionSuspendedEvent
    | WebhookEndpointDisabledEvent
)
"""The body of a webhook: its `type` says which."""
