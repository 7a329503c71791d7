"""Who had to say yes: why each approval was asked for, what was said."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext as said

from placet.entrypoints.portal.frame.times import short_moment_text
from placet.entrypoints.portal.orders.story import Json, Story
from placet.entrypoints.portal.orders.words.parts import Said


def steps(story: Story) -> list[Said]:
    """Each approval with why it was asked for and what was said, as far as the viewer may know."""
    return [_step_said(story, step) for step in story.order["approvals"]]


def _step_said(story: Story, step: Json) -> Said:
    own = step["tier"] == story.place
    tone, icon = STEPS[step["status"]]
    name = "{}, {}".format(step["approver"]["name"], of_tier(step["tier"]).lower())
    sentences = [*reasons(step), _decision(step)] if own else [_neighbour(step)]
    return Said(tone, icon, name, " ".join(filter(None, sentences)), step_word(step, own=own))


def reasons(step: Json) -> list[str]:
    """Why a step is there (R24), for its owner: the names of groups are its own."""
    return [_reason(reason) for reason in step.get("reasons", ())]


def _reason(reason: Json) -> str:
    match reason["code"]:
        case "customer_toggle":
            return _("Order approval is on for this customer.")
        case "payment_method":
            return _("You pay by credit card, so each order needs your own yes.")
        case _:
            return _("A policy of your group %(group)s asks for it.") % {"group": reason.get("group", "")}


def _decision(step: Json) -> str:
    """What its owner said, when, and with which words."""
    if not step.get("decided_at"):
        return ""
    facts = {
        "name": step["decided_by"],
        "at": short_moment_text(step["decided_at"]),
        "comment": step["comment"] or "",
    }
    if step.get("how") == "placed":
        return _("%(name)s approved by placing the order, %(at)s.") % facts
    if step["status"] == "rejected":
        return _("%(name)s rejected on %(at)s.") % facts
    if step["comment"]:
        return _("%(name)s approved on %(at)s: “%(comment)s”") % facts
    return _("%(name)s approved on %(at)s.") % facts


def _neighbour(step: Json) -> str:
    match step["status"]:
        case "pending":
            return _("Its yes is waited for.")
        case "waiting":
            return _("It is asked once those before it have said yes.")
        case "approved":
            return _("It said yes. Why it was asked is its own matter.")
        case "rejected":
            return _("It said no.")
        case _:
            return _("The order was closed before it decided.")


def of_tier(tier: int) -> str:
    """Where in the chain somebody stands."""
    return _("Tier %(tier)s") % {"tier": tier} if tier else _("The buyer")


def step_word(step: Json, *, own: bool) -> str:
    """How an approval stands, in a word or two."""
    match step["status"]:
        case "pending":
            return _("Waits for you") if own else said("step", "Waits")
        case "waiting":
            return _("Not yet asked")
        case "approved":
            return _("Approved")
        case "rejected":
            return _("Rejected")
        case _:
            return _("Not needed any more")


STEPS: Final = {
    "waiting": ("idle", "dots"),
    "pending": ("wait", "clock"),
    "approved": ("ok", "check"),
    "rejected": ("stop", "x"),
    "moot": ("idle", "minus"),
}
