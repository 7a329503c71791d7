"""The words that the API uses, each a closed set.

Written by `make client` from the API's description: change that, not this.
"""

from typing import Literal

type ApprovalOrder = Literal["parallel", "buyer_first"]
"""Whether all steps are asked at once, or the buyer's side first (R27)."""

type Became = Literal["added", "changed", "unchanged", "ended", "skipped"]
"""What a row of a file comes to."""

type BillingType = Literal["one_time", "monthly", "annual", "usage"]
"""R3."""

type CardGateway = Literal["sandbox", "stripe", "none"]
"""Where a seller takes its buyers' cards; `none` stores no cards, which counts as no token (R49)."""

type CardMode = Literal["test", "live"]
"""Whether a gateway's key moves money."""

type ChangeKind = Literal["change", "cancel", "cancel_at_end", "suspend", "resume", "renew"]
"""What an order does to a subscription that is there (R70, R71)."""

type CheckName = Literal["available_credit", "automatic_products", "active_token"]
"""The validation's checks, in their order (R40)."""

type CheckResult = Literal["passed", "failed", "skipped"]
"""R40."""

type Connector = Literal["sandbox", "manual"]
"""How a vendor is reached: at once by the built-in sandbox, or by hand."""

type ContactRole = Literal["primary", "bill_to"]
"""R6."""

type DeliveryStatus = Literal["pending", "delivered", "failed"]
"""R91."""

type EntryKind = Literal["opening", "invoice", "credit_invoice", "cancellation", "payment", "refund"]
"""What moves a balance (R60)."""

type EventType = Literal[
    "order.placed",
    "order.pending_approval",
    "order.approved",
    "order.rejected",
    "order.unexecuted",
    "order.released",
    "order.submitted",
    "order.cancelled",
    "order.expired",
    "order.executed",
    "offer.provisioned",
    "offer.provisioning_failed",
    "payment.declined",
    "payment.refund_failed",
    "subscription.created",
    "subscription.changed",
    "subscription.suspended",
    "subscription.cancelled",
    "invoice.created",
    "credit.limit_changed",
    "webhook_endpoint.disabled",
    "ping",
]
"""What can be told (R90)."""

type ExchangeFormat = Literal["csv", "json"]
"""How a file is written."""

type ExchangeWay = Literal["export", "import"]
"""Out of Placet, or into it."""

type Exchanged = Literal["organizations", "limits", "invoices", "payments", "orders"]
"""What is exchanged with an ERP."""

type Fulfilment = Literal["automatic", "manual"]
"""R3."""

type How = Literal["said", "placed"]
"""How a decision was made: said so, or by placing the order itself (R11)."""

type InvoiceKind = Literal["debit", "credit"]
"""R62."""

type InvoiceStatus = Literal["unpaid", "paid", "cancelled"]
"""R62."""

type Kind = Literal["distributor", "reseller", "customer"]
"""What an organization is (R1)."""

type LineBecame = Literal["created", "updated", "unchanged", "refused"]
"""What became of a line of an import, or would."""

type LineState = Literal["waiting", "provisioning", "delivered", "failed", "cancelled"]
"""R50."""

type OrderKind = Literal["new", "change", "renewal", "cancel"]
"""R25, R71."""

type OrderStatus = Literal[
    "draft", "pending_approval", "unexecuted", "submitted", "executed", "rejected", "cancelled", "expired"
]
"""Spec §8; the allowed moves between them stand in `moves`."""

type OrganizationStatus = Literal["new", "active", "suspended", "blocked"]
"""As its seller set it; "inactive" on pages is whatever is not `active`."""

type Outcome = Literal["ok", "fail", "timeout"]
"""What the sandbox does with a product; `timeout` does the work and answers nothing the first time."""

type PaymentMethod = Literal["cash", "deposit", "credit_card"]
"""R64."""

type Permission = Literal["read", "order", "decide", "finance", "administer"]
"""What a role may allow. Contract §3: `admin` everything, the others as `ROLES` says."""

type ProductType = Literal["software_subscription", "reserved_instance", "esd", "usage", "service"]
"""R3."""

type RefundStatus = Literal["pending", "done", "failed"]
"""Money given back; to a card it is `pending` until its gateway has said yes or no."""

type Role = Literal["admin", "approver", "buyer", "finance", "viewer"]
"""What a user or an API key may do in its organization."""

type RunStatus = Literal["waiting", "done", "failed"]
"""An exchange; `failed`: not a line of it was looked at, or nothing was sent."""

type ScheduleStatus = Literal["active", "paused"]
"""A regular exchange."""

type Scope = Literal["all", "vendor", "offers"]
"""What a policy covers (R81), from the least to the most specific."""

type StepStatus = Literal["waiting", "pending", "approved", "rejected", "moot"]
"""One organization's yes, no or silence; `waiting` is not asked yet (R27)."""

type SubOrderStatus = Literal["waiting", "provisioning", "executed", "failed", "cancelled"]
"""Follows from the lines' states (R50)."""

type SubscriptionStatus = Literal["active", "pending_cancellation", "suspended", "cancelled"]
"""R70."""

type Tier = Literal["direct", "indirect"]
"""An organization as an owner above it sees it: buys from me, or from a partner of mine (spec §1)."""

type Verb = Literal["approve", "reject", "retry", "cancel", "execute", "release"]
"""What the caller may do with an order: the words of its `actions`."""

type Why = Literal["customer_toggle", "payment_method", "credit_risk_policy"]
"""Why a step is there (R24)."""
