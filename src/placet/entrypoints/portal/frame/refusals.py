"""A refusal in kind words: what did not happen, why, and what one can do."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.refusals import Refusal, Sentence
from placet.entrypoints.portal.frame.money import money_text

WORDS: Final[Mapping[str, Promise]] = {
    "forbidden": _("Your role or your place in the chain does not allow this. Nothing was changed."),
    "already_decided": _("Already decided. Nothing was changed by your click."),
    "order_closed": _("This order is closed by now. Nothing was changed by your click."),
    "wrong_status": _("The order has moved on, so this is not possible any more. Nothing was changed."),
    "insufficient_credit": _("The available credit does not cover this order."),
    "no_active_token": _(
        "Your payment method does not support this action. Please contact your distributor."
    ),
    "payment_in_progress": _("A card payment for this order is under way. Please wait for its outcome."),
    "payment_declined": _("The card payment was declined."),
    "gateway_not_answering": _("The card gateway does not answer just now. Please try it again."),
    "organization_not_active": _("An organization of this chain may not order now."),
    "in_another_group": _("This organization is in another of your credit risk groups."),
    "reference_taken": _("Another payment has this reference."),
    "confirmation_required": _("This needs to be confirmed first."),
    "approval_locked": _("Order approval is locked because you pay by credit card."),
    "change_pending": _("Another change of this subscription is still open."),
    "idempotency_conflict": _("This form was sent before with other content. Please look at it again."),
    "idempotency_in_progress": _("This is being done already. Please look again in a moment."),
    "stale_version": _("This has changed since you opened it. Please look at it again."),
    "not_for_sale": _("A product is not for sale to this buyer."),
    "unknown_product": _("There is no such product."),
    "unknown_organization": _("There is no such organization."),
    "invalid": _("Something in the form is not right."),
}


def kindly(refusal: Refusal) -> str:
    """The sentence for people, in their language."""
    known = WORDS.get(refusal.code)
    if refusal.detail or known is None:
        return in_language(refusal.words)
    shortfall = refusal.facts.get("shortfall")
    if shortfall:
        return translated("Still %(amount)s short of credit. Nothing was changed.") % {
            "amount": money_text(shortfall)
        }
    return str(known)


def in_language(words: str) -> str:
    """What a rule says, in the reader's language."""
    if isinstance(words, Sentence):
        return translated(words.pattern).format(**words.values)
    return translated(words) if words else words
