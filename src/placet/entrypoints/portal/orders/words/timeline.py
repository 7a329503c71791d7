"""What happened, the latest first."""

from typing import Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from placet.entrypoints.portal.orders.story import Json, Story
from placet.entrypoints.portal.orders.words.parts import Happened, Text

LOOKS: Final = {
    "order.placed": ("ok", "shopping-cart"),
    "order.pending_approval": ("wait", "clock"),
    "order.approved": ("ok", "check"),
    "order.rejected": ("stop", "x"),
    "order.unexecuted": ("stop", "x"),
    "order.released": ("ok", "lock-open"),
    "order.submitted": ("live", "send"),
    "order.cancelled": ("idle", "ban"),
    "order.expired": ("idle", "hourglass-off"),
    "order.executed": ("ok", "circle-check"),
    "offer.provisioned": ("ok", "package"),
    "offer.provisioning_failed": ("stop", "package-off"),
    "payment.declined": ("stop", "credit-card-off"),
    "payment.refund_failed": ("stop", "credit-card-off"),
    "subscription.created": ("ok", "refresh"),
    "subscription.changed": ("ok", "refresh"),
    "subscription.suspended": ("idle", "player-pause"),
    "subscription.cancelled": ("idle", "ban"),
    "invoice.created": ("idle", "file-invoice"),
}


def timeline(story: Story) -> list[Happened]:
    """What happened, the latest first; what happened several times at one moment is said once."""
    told: list[tuple[Json, int]] = []
    for fact in story.history:
        if told and _same(told[-1][0], fact):
            told[-1] = (fact, told[-1][1] + 1)
        else:
            told.append((fact, 1))
    return [_happened(story, fact, many) for fact, many in reversed(told)]


REPEATED: Final = frozenset({"offer.provisioned", "subscription.created", "invoice.created"})


def _same(one: Json, other: Json) -> bool:
    return one["type"] == other["type"] and one["type"] in REPEATED and one["at"] == other["at"]


def _happened(story: Story, fact: Json, many: int) -> Happened:
    tone, icon = LOOKS.get(fact["type"], ("idle", "point"))
    sub = "“{}”".format(fact["reason"]) if fact.get("reason") else ""
    return Happened(tone, icon, _fact(story, fact, many), sub, fact["at"])


def _fact(story: Story, fact: Json, many: int) -> Text:
    kind = fact["type"]
    if kind in BY_SOMEBODY:
        somebody, nobody = BY_SOMEBODY[kind]
        who = _who(story, fact.get("by"))
        return format_html(str(somebody), who=who) if who else str(nobody)
    if kind in REPEATED:
        return _counted(kind, many)
    return str(FACTS.get(kind, kind))


def _counted(kind: str, many: int) -> str:
    match kind:
        case "offer.provisioned":
            words = ngettext("%(many)s item was delivered", "%(many)s items were delivered", many)
        case "subscription.created":
            words = ngettext("%(many)s subscription began", "%(many)s subscriptions began", many)
        case _:
            words = ngettext("%(many)s invoice was made", "%(many)s invoices were made", many)
    return words % {"many": many}


BY_SOMEBODY: Final[dict[str, tuple[Promise, Promise]]] = {
    "order.placed": (gettext_lazy("{who} placed the order"), gettext_lazy("The order was placed")),
    "order.approved": (gettext_lazy("{who} approved"), gettext_lazy("A partner approved")),
    "order.rejected": (gettext_lazy("{who} rejected the order"), gettext_lazy("The order was rejected")),
    "order.released": (
        gettext_lazy("{who} let this order pass beyond the limit"),
        gettext_lazy("The order was let pass beyond the limit"),
    ),
    "order.cancelled": (gettext_lazy("{who} cancelled"), gettext_lazy("The order was cancelled")),
}
FACTS: Final[dict[str, Promise]] = {
    "order.pending_approval": gettext_lazy("Your approval was asked for"),
    "order.unexecuted": gettext_lazy("Validation stopped: short of credit"),
    "order.submitted": gettext_lazy("All checks passed; handed over for execution"),
    "order.expired": gettext_lazy("The offer expired before everybody had decided"),
    "order.executed": gettext_lazy("The order was executed"),
    "offer.provisioning_failed": gettext_lazy("An item could not be delivered"),
    "payment.declined": gettext_lazy("The card payment was declined"),
    "payment.refund_failed": gettext_lazy("The card did not get its money back"),
    "subscription.changed": gettext_lazy("The subscription was changed"),
    "subscription.suspended": gettext_lazy("The subscription was suspended"),
    "subscription.cancelled": gettext_lazy("The subscription was cancelled"),
}


def _who(story: Story, by: Json | None) -> Text:
    """A person of one's own by name, another organization as such."""
    if not by:
        return ""
    organization = by.get("organization")
    if "name" in by and organization and organization["id"] == str(story.viewer):
        return format_html(
            _("<b>{name}</b> of {organization}"), name=by["name"], organization=organization["name"]
        )
    return format_html(
        "<b>{}</b>", by["name"] if "name" in by else organization["name"] if organization else ""
    )
