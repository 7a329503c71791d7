"""What answers look like, for the API's description. The answers themselves are made by the domain's
projection; the tests hold the two together."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from placet.domain import words
from placet.domain.verbs import Verb
from placet.entrypoints.api.problems import Problem

Id = Annotated[str, Field(description="Opaque.")]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Shown(Schema):
    """An answer. What the caller may not see is absent."""

    model_config = ConfigDict(extra="forbid")


class MoneyShape(Shown):
    """An amount as a decimal string, and its currency."""

    amount: str
    currency: str


class PartyShape(Shown):
    """An organization, a product or a vendor, named."""

    id: Id
    ref: str | None
    name: str


class WhoShape(Shown):
    """Who did something, as far as the caller may know."""

    organization: PartyShape = None  # type: ignore[assignment]
    name: str = None  # type: ignore[assignment]


class LineShape(Shown):
    """One line of an order. Cost is where the caller buys, price and amount where it sells."""

    id: Id
    product: PartyShape
    vendor: PartyShape
    quantity: int
    delivery_status: words.LineState
    subscription: Id | None
    unit_price: MoneyShape = None  # type: ignore[assignment]
    unit_cost: MoneyShape = None  # type: ignore[assignment]
    discount: MoneyShape = None  # type: ignore[assignment]
    tax: MoneyShape = None  # type: ignore[assignment]
    total_cost: MoneyShape = None  # type: ignore[assignment]
    total_amount: MoneyShape = None  # type: ignore[assignment]
    service_details: dict[str, Any] | None = None
    reason: str | None = None


class ReasonShape(Shown):
    """Why a step is there."""

    code: words.Why
    group: str = None  # type: ignore[assignment]


class ApprovalShape(Shown):
    """An approval step: whole to its owner, tier, approver and status to its direct neighbours."""

    id: Id
    tier: int
    approver: PartyShape
    status: words.StepStatus
    reasons: list[ReasonShape] = None  # type: ignore[assignment]
    credit_risk_amount: MoneyShape = None  # type: ignore[assignment]
    decided_by: str | None = None
    decided_at: Time | None = None
    comment: str | None = None
    how: words.How | None = None


class LinkShape(Shown):
    """The two parties of a contract."""

    seller: PartyShape
    buyer: PartyShape


class CheckShape(Shown):
    """One check of one validation run."""

    name: words.CheckName
    run: int
    result: words.CheckResult
    at: Time
    detail: dict[str, Any]
    link: LinkShape = None  # type: ignore[assignment]


class SubOrderShape(Shown):
    """Lines that are delivered together."""

    id: Id
    status: words.SubOrderStatus
    lines: list[Id]
    reason: str | None = None


class RejectionShape(Shown):
    """The no that ended the order."""

    reason: str
    at: Time
    by: PartyShape = None  # type: ignore[assignment]
    note: str | None = None


class CardRefundShape(Shown):
    """What a card gets back: `pending`, `done`, or `failed` with the gateway's reason until the seller has
    it tried again."""

    id: Id
    amount: MoneyShape
    status: str
    at: Time | None
    reason: str | None


class PaymentShape(Shown):
    """A card payment, to the payer and its seller. `charge` is the key that the gateway knows it by, while
    it has not answered."""

    status: str
    at: Time
    charge: Id = None  # type: ignore[assignment]
    reason: str = None  # type: ignore[assignment]
    refunds: list[CardRefundShape] = None  # type: ignore[assignment]


class DeliveredShape(Shown):
    """How many lines of how many."""

    lines: int
    of: int


class ContentShape(Shown):
    """An offer and how many of it."""

    product: PartyShape
    quantity: int


class PeriodShape(Shown):
    """Days that are paid for together; `until` is the first one after."""

    first: Day
    until: Day


class ChangeShape(Shown):
    """What the order does to a subscription that is there; `period` are the days that it is paid for."""

    subscription: Id
    does: words.ChangeKind
    before: ContentShape
    after: ContentShape
    period: PeriodShape | None


class OrderShape(Shown):
    """An order as the caller may see it."""

    id: Id
    number: str
    kind: words.OrderKind
    version: int
    status: words.OrderStatus
    status_label: str
    expires_at: Time
    customer: PartyShape | None
    seller: PartyShape
    placed_at: Time
    placed_by: WhoShape = None  # type: ignore[assignment]
    closed_at: Time | None
    change: ChangeShape | None
    billing: dict[str, Any] | None = None
    note: str | None = None
    total_cost: MoneyShape = None  # type: ignore[assignment]
    total_amount: MoneyShape = None  # type: ignore[assignment]
    lines: list[LineShape]
    approvals: list[ApprovalShape]
    checks: list[CheckShape]
    delivered: DeliveredShape
    sub_orders: list[SubOrderShape]
    rejection: RejectionShape | None
    payment: PaymentShape | None = None
    warning: str | None = None
    actions: list[Verb]


class PreviewShape(Shown):
    """What would happen."""

    approval_needed: bool
    own_approval_needed: bool
    total_cost: MoneyShape = None  # type: ignore[assignment]
    total_amount: MoneyShape = None  # type: ignore[assignment]
    lines: list[LineShape]


class ChangePreviewShape(PreviewShape):
    """What a change of a subscription would come to now, as far as the days go that are paid for; what is
    given back is negative. `period_cost` and `period_amount`: what a whole period costs then, before tax."""

    seller: PartyShape
    net: MoneyShape
    tax: MoneyShape
    tax_rate: str
    change: ChangeShape
    period_cost: MoneyShape = None  # type: ignore[assignment]
    period_amount: MoneyShape = None  # type: ignore[assignment]


class ResultShape(Shown):
    """One of several: the order, or the problem."""

    status: int
    order: OrderShape = None  # type: ignore[assignment]
    problem: Problem = None  # type: ignore[assignment]


class ResultsShape(Shown):
    """One result per order asked for, in that order."""

    results: list[ResultShape]


class OrdersShape(Shown):
    """A page of orders."""

    items: list[OrderShape]
    next_cursor: str | None


class EntryShape(Shown):
    """One fact of an order's history."""

    id: Id
    type: words.EventType
    at: Time
    status: words.OrderStatus
    by: WhoShape = None  # type: ignore[assignment]
    reason: str = None  # type: ignore[assignment]


class HistoryShape(Shown):
    """Who did what, when and why, oldest first."""

    items: list[EntryShape]
    next_cursor: str | None


class LineRiskShape(Shown):
    """The credit risk of one line at the caller's level."""

    line: Id
    estimated: MoneyShape
    final: MoneyShape = None  # type: ignore[assignment]


class RiskShape(Shown):
    """The credit risk of an order at the caller's level."""

    estimated: MoneyShape
    final: MoneyShape = None  # type: ignore[assignment]
    items: list[LineRiskShape]


READ_PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 422: Problem, 429: Problem}
WRITE_PROBLEMS = {**READ_PROBLEMS, 400: Problem, 409: Problem, 413: Problem}


def reads(shape: Any) -> dict[int, Any]:  # noqa: ANN401
    """Every status that a GET can answer."""
    return {200: shape, **READ_PROBLEMS}


_BYTES: Any = {"schema": {"type": "string", "format": "binary"}}
PDF: Any = {"responses": {200: {"content": {"application/pdf": _BYTES}}}}
"""What a call adds to its description that answers a paper."""


class Done(Shown):
    """Nothing more to say."""


def acts(shape: Any, status: int = 200) -> dict[int, Any]:  # noqa: ANN401
    """Every status that an act can answer."""
    return {status: shape, **WRITE_PROBLEMS}
