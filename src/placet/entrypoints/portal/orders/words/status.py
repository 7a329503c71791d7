"""The words for an order's status, as its viewer may know it."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from placet.entrypoints.portal.orders.story import Json

LABELS: Final[dict[str, Promise]] = {
    "Draft": gettext_lazy("Draft"),
    "Pending Approval": gettext_lazy("Pending Approval"),
    "Pending Reseller Approval": gettext_lazy("Pending Reseller Approval"),
    "Unexecuted due to Insufficient Credit": gettext_lazy("Unexecuted due to Insufficient Credit"),
    "In progress": gettext_lazy("In progress"),
    "Submitted": gettext_lazy("Submitted"),
    "Executed": gettext_lazy("Executed"),
    "Rejected": gettext_lazy("Rejected"),
    "Cancelled": gettext_lazy("Cancelled"),
    "Expired": gettext_lazy("Expired"),
}


def label(order: Json) -> str:
    """The words for an order's status, as its viewer may know it; how much of it is done, where some is."""
    words = str(LABELS.get(order["status_label"], order["status_label"]))
    done = order["delivered"]
    if order["status"] == "submitted" and done["lines"]:
        counts = {"status": words, "done": done["lines"], "all": done["of"]}
        return _("%(status)s, %(done)s of %(all)s delivered") % counts
    return words


def look(order: Json) -> str:
    """Which state it looks like: who is not told that credit is short sees an order under way."""
    hidden = order["status"] == "unexecuted" and order["status_label"] == "In progress"
    return "submitted" if hidden else str(order["status"])
