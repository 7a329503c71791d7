"""The field's standard words, as closed sets: what a column, a rule or an answer may say."""

from enum import StrEnum


class Word(StrEnum):
    """A closed set of words. Each is its own text in tables and in the API."""


class Kind(Word):
    """What an organization is (R1)."""

    DISTRIBUTOR = "distributor"
    RESELLER = "reseller"
    CUSTOMER = "customer"


class OrganizationStatus(Word):
    """As its seller set it; "inactive" on pages is whatever is not `active`."""

    NEW = "new"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


class Tier(Word):
    """An organization as an owner above it sees it: buys from me, or from a partner of mine (spec §1)."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class ApprovalOrder(Word):
    """Whether all steps are asked at once, or the buyer's side first (R27)."""

    PARALLEL = "parallel"
    BUYER_FIRST = "buyer_first"


class Language(Word):
    """What pages and mails speak."""

    EN = "en"
    DE = "de"


class Role(Word):
    """What a user or an API key may do in its organization."""

    ADMIN = "admin"
    APPROVER = "approver"
    BUYER = "buyer"
    FINANCE = "finance"
    VIEWER = "viewer"


class ProductType(Word):
    """R3."""

    SOFTWARE_SUBSCRIPTION = "software_subscription"
    RESERVED_INSTANCE = "reserved_instance"
    ESD = "esd"
    USAGE = "usage"
    SERVICE = "service"


class BillingType(Word):
    """R3."""

    ONE_TIME = "one_time"
    MONTHLY = "monthly"
    ANNUAL = "annual"
    USAGE = "usage"


class Fulfilment(Word):
    """R3."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class PaymentMethod(Word):
    """R64."""

    CASH = "cash"
    DEPOSIT = "deposit"
    CREDIT_CARD = "credit_card"


class CardGateway(Word):
    """Where a seller takes its buyers' cards; `none` stores no cards, which counts as no token (R49)."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"
    NONE = "none"


class CardMode(Word):
    """Whether a gateway's key moves money."""

    TEST = "test"
    LIVE = "live"


class LimitSource(Word):
    """Where the limit in force comes from (R61): the account's own, or the group's default, else 0."""

    OWN = "own"
    DEFAULT = "default"


class EntryKind(Word):
    """What moves a balance (R60)."""

    OPENING = "opening"
    INVOICE = "invoice"
    CREDIT_INVOICE = "credit_invoice"
    CANCELLATION = "cancellation"
    PAYMENT = "payment"
    REFUND = "refund"


class Scope(Word):
    """What a policy covers (R81), from the least to the most specific."""

    ALL = "all"
    VENDOR = "vendor"
    OFFERS = "offers"


class OrderKind(Word):
    """R25, R71."""

    NEW = "new"
    CHANGE = "change"
    RENEWAL = "renewal"
    CANCEL = "cancel"


class ChangeKind(Word):
    """What an order does to a subscription that is there (R70, R71)."""

    CHANGE = "change"
    CANCEL = "cancel"
    CANCEL_AT_END = "cancel_at_end"
    SUSPEND = "suspend"
    RESUME = "resume"
    RENEW = "renew"


class OrderStatus(Word):
    """Spec §8; the allowed moves between them stand in `moves`."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    UNEXECUTED = "unexecuted"
    SUBMITTED = "submitted"
    EXECUTED = "executed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class LineState(Word):
    """R50."""

    WAITING = "waiting"
    PROVISIONING = "provisioning"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SubOrderStatus(Word):
    """Follows from the lines' states (R50)."""

    WAITING = "waiting"
    PROVISIONING = "provisioning"
    EXECUTED = "executed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReservationState(Word):
    """Credit set aside, turned into balance, or given back."""

    OPEN = "open"
    BILLED = "billed"
    RELEASED = "released"


class StepStatus(Word):
    """One organization's yes, no or silence; `waiting` is not asked yet (R27)."""

    WAITING = "waiting"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    MOOT = "moot"


class Verdict(Word):
    """What an approver can say."""

    APPROVE = "approve"
    REJECT = "reject"


class How(Word):
    """How a decision was made: said so, or by placing the order itself (R11)."""

    SAID = "said"
    PLACED = "placed"


class Why(Word):
    """Why a step is there (R24)."""

    CUSTOMER_TOGGLE = "customer_toggle"
    PAYMENT_METHOD = "payment_method"
    CREDIT_RISK_POLICY = "credit_risk_policy"


class CheckName(Word):
    """The validation's checks, in their order (R40)."""

    AVAILABLE_CREDIT = "available_credit"
    AUTOMATIC_PRODUCTS = "automatic_products"
    ACTIVE_TOKEN = "active_token"  # noqa: S105 - the name of a check


class CheckResult(Word):
    """R40."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ChargeState(Word):
    """Where a charge attempt is (R48). `unknown` was asked and not answered: look it up first."""

    PLANNED = "planned"
    UNKNOWN = "unknown"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"


class SubscriptionStatus(Word):
    """R70."""

    ACTIVE = "active"
    PENDING_CANCELLATION = "pending_cancellation"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class InvoiceKind(Word):
    """R62."""

    DEBIT = "debit"
    CREDIT = "credit"


class InvoiceStatus(Word):
    """R62."""

    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"


class RefundStatus(Word):
    """Money given back; to a card it is `pending` until its gateway has said yes or no."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class EndpointStatus(Word):
    """A webhook endpoint; `ended` by a 410, `disabled` after a day of nothing but failures (R91); `removed`
    by its owner, kept for what was sent to it."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    DISABLED = "disabled"
    REMOVED = "removed"


class DeliveryStatus(Word):
    """R91."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class MailKind(Word):
    """What a mail is about (R93)."""

    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    ORDER_RECEIVED = "order_received"
    ORDER_CONFIRMATION = "order_confirmation"
    APPROVAL_REQUESTED = "approval_requested"
    ORDER_REJECTED = "order_rejected"
    INSUFFICIENT_CREDIT = "insufficient_credit"
    CARD_PROBLEM = "card_problem"
    ORDER_EXECUTED = "order_executed"
    PROVISIONING_FAILED = "provisioning_failed"
    ENDPOINT_DISABLED = "endpoint_disabled"
    DIGEST = "digest"


class MailPace(Word):
    """How a person wants mails of one kind: each by itself, gathered into one a day, or not."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NONE = "none"


class Chosen(Word):
    """Why a mail goes to this one (R13, R93)."""

    BILL_TO = "bill_to"
    PRIMARY = "primary"
    OLDEST = "oldest"
    APPROVED = "approved"
    MAY_APPROVE = "may_approve"
    PLACED = "placed"
    MAY_ORDER = "may_order"
    MAY_ACT = "may_act"
    ADMINISTERS = "administers"


class EventType(Word):
    """What can be told (R90)."""

    ORDER_PLACED = "order.placed"
    ORDER_PENDING_APPROVAL = "order.pending_approval"
    ORDER_APPROVED = "order.approved"
    ORDER_REJECTED = "order.rejected"
    ORDER_UNEXECUTED = "order.unexecuted"
    ORDER_RELEASED = "order.released"
    ORDER_SUBMITTED = "order.submitted"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_EXECUTED = "order.executed"
    OFFER_PROVISIONED = "offer.provisioned"
    OFFER_PROVISIONING_FAILED = "offer.provisioning_failed"
    PAYMENT_DECLINED = "payment.declined"
    REFUND_FAILED = "payment.refund_failed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_SUSPENDED = "subscription.suspended"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"
    INVOICE_CREATED = "invoice.created"
    CREDIT_LIMIT_CHANGED = "credit.limit_changed"
    ENDPOINT_DISABLED = "webhook_endpoint.disabled"
    PING = "ping"


SUBSCRIBABLE = tuple(kind for kind in EventType if kind is not EventType.PING)
"""What an endpoint may ask to be told; a ping is a test, sent when somebody wants one."""


class Exchanged(Word):
    """What is exchanged with an ERP."""

    ORGANIZATIONS = "organizations"
    LIMITS = "limits"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    ORDERS = "orders"


class ExchangeWay(Word):
    """Out of Placet, or into it."""

    EXPORT = "export"
    IMPORT = "import"


class ExchangeFormat(Word):
    """How a file is written."""

    CSV = "csv"
    JSON = "json"


class RunStatus(Word):
    """An exchange; `failed`: not a line of it was looked at, or nothing was sent."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ScheduleStatus(Word):
    """A regular exchange."""

    ACTIVE = "active"
    PAUSED = "paused"


class LineBecame(Word):
    """What became of a line of an import, or would."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
