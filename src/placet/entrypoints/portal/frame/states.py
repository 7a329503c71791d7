"""How states look: an icon, a tone and words, always together, so that no meaning hangs on a colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.domain.words import PaymentMethod


@dataclass(frozen=True, slots=True)
class Look:
    """`tone` is one of `ok`, `wait`, `stop`, `live`, `idle`; `icon` the name of one of Tabler's."""

    tone: str
    icon: str
    label: str | Promise


METHODS: Final[Mapping[PaymentMethod, Promise]] = {
    PaymentMethod.CASH: _("Cash"),
    PaymentMethod.DEPOSIT: _("Deposit"),
    PaymentMethod.CREDIT_CARD: _("Credit card"),
}
"""How a buyer pays its seller (R64)."""

UNKNOWN: Final = Look("idle", "point", "")

LABELS: Final = (_("Pending Reseller Approval"), _("In progress"))
"""What an order's status is called besides, by who may know what (spec §13)."""

LOOKS: Final[Mapping[str, Mapping[str, Look]]] = {
    "order": {
        "draft": Look("idle", "pencil", _("Draft")),
        "pending_approval": Look("wait", "clock", _("Pending Approval")),
        "unexecuted": Look("stop", "alert-circle", _("Unexecuted due to Insufficient Credit")),
        "submitted": Look("live", "loader", _("Submitted")),
        "executed": Look("ok", "circle-check", _("Executed")),
        "rejected": Look("stop", "x", _("Rejected")),
        "cancelled": Look("idle", "ban", said("order", "Cancelled")),
        "expired": Look("idle", "hourglass-off", _("Expired")),
    },
    "delivery": {
        "waiting": Look("idle", "clock", said("delivery", "Waiting")),
        "provisioning": Look("live", "loader", _("Provisioning")),
        "delivered": Look("ok", "circle-check", _("Delivered")),
        "executed": Look("ok", "circle-check", _("Executed")),
        "failed": Look("stop", "alert-circle", said("delivery", "Failed")),
        "cancelled": Look("idle", "ban", said("delivery", "Cancelled")),
    },
    "step": {
        "waiting": Look("idle", "dots", said("step", "Not yet asked")),
        "pending": Look("wait", "clock", said("step", "Waits")),
        "approved": Look("ok", "check", _("Approved")),
        "rejected": Look("stop", "x", _("Rejected")),
        "moot": Look("idle", "minus", said("step", "Moot")),
    },
    "check": {
        "passed": Look("ok", "check", _("Passed")),
        "failed": Look("stop", "x", said("check", "Failed")),
        "skipped": Look("idle", "minus", said("check", "Skipped")),
    },
    "subscription": {
        "active": Look("ok", "circle-check", said("subscription", "Active")),
        "pending_cancellation": Look("wait", "clock-x", _("Pending cancellation")),
        "suspended": Look("stop", "player-pause", said("subscription", "Suspended")),
        "cancelled": Look("idle", "ban", said("subscription", "Cancelled")),
    },
    "invoice": {
        "unpaid": Look("wait", "clock", _("Unpaid")),
        "overdue": Look("stop", "alert-circle", _("Overdue")),
        "paid": Look("ok", "circle-check", _("Paid")),
        "cancelled": Look("idle", "ban", said("invoice", "Cancelled")),
    },
    "organization": {
        "new": Look("wait", "circle-dotted", said("organization", "New")),
        "active": Look("ok", "circle-check", said("organization", "Active")),
        "suspended": Look("idle", "circle-minus", said("organization", "Suspended")),
        "blocked": Look("stop", "ban", said("organization", "Blocked")),
    },
    "exchange": {
        "waiting": Look("live", "loader", said("exchange", "Under way")),
        "done": Look("ok", "check", said("exchange", "Done")),
        "failed": Look("stop", "x", said("exchange", "Failed")),
        "active": Look("ok", "circle-check", said("exchange", "Active")),
        "paused": Look("wait", "player-pause", said("exchange", "Paused")),
    },
    "line": {
        "created": Look("ok", "plus", said("line of an import", "New")),
        "updated": Look("live", "pencil", said("line of an import", "Changed")),
        "unchanged": Look("idle", "equal", said("line of an import", "Unchanged")),
        "refused": Look("stop", "x", said("line of an import", "Refused")),
    },
    "webhook": {
        "pending": Look("wait", "clock", said("delivery of a webhook", "Waiting")),
        "delivered": Look("ok", "check", _("Delivered")),
        "failed": Look("stop", "x", said("delivery of a webhook", "Given up")),
    },
}


def looks_of(of: str, word: str) -> Look:
    """How this state looks; a word that nobody knows looks like nothing in particular."""
    return LOOKS[of].get(word, UNKNOWN)
