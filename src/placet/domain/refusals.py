"""The expected kind of no: a value with a stable code, never an exception."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

NO_ACTIVE_TOKEN: Final = "Your payment method does not support this action. Please contact your distributor."  # noqa: S105 - a sentence
"""What a card payer without an active token reads, to the letter (R47)."""

DETAILS: Final[Mapping[str, str]] = {
    "forbidden": "Your role or your place in the chain does not allow this.",
    "not_found": "There is no such thing here.",
    "already_decided": "Your organization has already decided otherwise on this order.",
    "order_closed": "This order is closed.",
    "wrong_status": "This order's status does not allow this.",
    "insufficient_credit": "The available credit does not cover this order.",
    "no_active_token": NO_ACTIVE_TOKEN,
    "payment_in_progress": "A card payment for this order is under way.",
    "payment_declined": "The card payment was declined.",
    "gateway_not_answering": "The card gateway does not answer just now. Try it again.",
    "organization_not_active": "An organization of this chain may not order now.",
    "in_another_group": "This organization is in another of your credit risk groups.",
    "reference_taken": "Another payment has this reference.",
    "confirmation_required": "This needs a confirmation: repeat it with confirm=true.",
    "approval_locked": "Order approval is locked because this reseller pays by credit card.",
    "change_pending": "Another change of this subscription is still open.",
    "idempotency_conflict": "This Idempotency-Key was used for another request.",
    "idempotency_in_progress": "The first request with this Idempotency-Key is still running.",
    "stale_version": "It has changed since you read it.",
    "not_for_sale": "A product of this order is not for sale to this buyer.",
    "unknown_product": "There is no such product.",
    "unknown_organization": "There is no such organization.",
    "invalid": "The request is not valid.",
}


class Sentence(str):
    """A sentence with its values set in, which can be said again in another language: its pattern,
    translated, with the same values."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]


def sentence(pattern: str, **values: object) -> Sentence:
    """`sentence("At most {amount} are left.", amount=…)`: the pattern is marked for translation."""
    said = Sentence(pattern.format(**values))
    said.pattern, said.values = pattern, values
    return said


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no that was foreseen: `code` is one of the contract's, `facts` what helps (`shortfall`,
    `errors` by field)."""

    code: str
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The sentence for people."""
        return self.detail or DETAILS[self.code]


def invalid(**errors: str) -> Refusal:
    """Wrong input, by field."""
    return Refusal("invalid", facts={"errors": errors})
