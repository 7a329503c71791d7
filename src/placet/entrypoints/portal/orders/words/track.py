"""The track: the chain, buyer first, then validation and execution."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext as said

from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.times import short_moment_text
from placet.entrypoints.portal.orders.story import Json, Story
from placet.entrypoints.portal.orders.words.parts import Node
from placet.entrypoints.portal.orders.words.steps import STEPS, of_tier, reasons, step_word


def track(story: Story) -> list[Node]:
    """Where the order stands, station by station."""
    return [_ordered(story), *_approvals(story), _validation(story), _execution(story)]


def asking(story: Story) -> list[Node]:
    """The beginning of the track: who ordered, and who has to say yes."""
    return [_ordered(story), *_approvals(story)]


def _ordered(story: Story) -> Node:
    order = story.order
    kind = _("Customer") if order["customer"] else _("Reseller")
    if order["kind"] == "renewal":
        kind = _("By itself, at the period's end")
    return Node(
        "ok",
        "shopping-cart",
        buyer_name(story),
        _("Ordered"),
        (kind, short_moment_text(order["placed_at"])),
    )


def buyer_name(story: Story) -> str:
    """Whose order it is."""
    if story.order["customer"]:
        return str(story.order["customer"]["name"])
    if story.buyer:
        return _("You")
    if story.place == 1 and story.sold_to:
        return story.sold_to.name
    placed_by = story.order.get("placed_by", {}).get("organization")
    return str(placed_by["name"]) if placed_by else _("The buyer")


def _approvals(story: Story) -> Iterator[Node]:
    if story.buyer:
        yield from _asked_of_the_seller(story)
        return
    for step in story.order["approvals"]:
        yield _step(story, step)
    if story.status == "pending_approval" and not story.charging and not _visibly_pending(story):
        yield Node(
            "wait", "clock", _("Another partner"), said("step", "Waits"), (_("Further along the chain"),)
        )


def _visibly_pending(story: Story) -> bool:
    return any(step["status"] in ("pending", "waiting") for step in story.order["approvals"])


def _asked_of_the_seller(story: Story) -> Iterator[Node]:
    """What a buyer is told of approvals: whether one is waited for, and not of whom above its seller."""
    name = _("Approval")
    match story.status:
        case "pending_approval" if not story.charging:
            yield Node("wait", "clock", name, said("step", "Waits"), (story.order["seller"]["name"],))
        case "rejected":
            rejection = story.order["rejection"]
            yield Node("stop", "x", name, _("Rejected"), (short_moment_text(rejection["at"]),))


def _step(story: Story, step: Json) -> Node:
    own = step["tier"] == story.place
    tone, icon = STEPS[step["status"]]
    lines = [of_tier(step["tier"])]
    if step.get("decided_by") and step["status"] == "approved":
        lines = [_("Tier %(tier)s, by %(name)s") % {"tier": step["tier"], "name": step["decided_by"]}]
    if step.get("decided_at"):
        lines.append(short_moment_text(step["decided_at"]))
    elif own and step["status"] == "pending":
        lines.extend(reasons(step))
    elif step["status"] == "moot":
        lines.append(_("Closed with the order"))
    return Node(
        tone, icon, step["approver"]["name"], step_word(step, own=own), tuple(lines), ahead=tone == "idle"
    )


def _validation(story: Story) -> Node:
    name = _("Validation")
    run = story.runs[-1] if story.runs else []
    at = (short_moment_text(run[-1]["at"]),) if run else ()
    match story.status:
        case "pending_approval" if story.charging:
            return Node("live", "credit-card", name, _("Card is being charged"), at)
        case "pending_approval":
            return Node("idle", "dots", name, _("Not started"), (_("After the last yes"),), ahead=True)
        case "unexecuted" if story.label == "In progress":
            return Node("live", "loader", name, _("In progress"), at)
        case "unexecuted":
            return Node("stop", "x", name, _("Short of credit"), (*_short_where(story), *at))
        case "submitted" | "executed":
            return Node("ok", "check", name, _("Passed"), at)
    if _was_submitted(story):
        return Node("ok", "check", name, _("Passed"), at)
    if any(check["result"] == "failed" and check["name"] == "available_credit" for check in run):
        return Node("stop", "x", name, _("Short of credit"), at)
    return Node("idle", "minus", name, _("Will not run"), (_("The order is closed"),), ahead=True)


def _was_submitted(story: Story) -> bool:
    return any(fact["type"] == "order.submitted" for fact in story.history)


def _short_where(story: Story) -> Iterator[str]:
    for check in story.runs[-1]:
        if check["result"] == "failed" and "shortfall" in check["detail"]:
            amounts = {
                "amount": money_text(check["detail"]["shortfall"]),
                "name": story.other(check)["name"],
            }
            yield _("%(amount)s short with %(name)s") % amounts


def _execution(story: Story) -> Node:
    name, states = _("Execution"), [line["delivery_status"] for line in story.order["lines"]]
    counts = {"done": states.count("delivered"), "all": len(states)}
    many = _("%(done)s of %(all)s delivered") % counts
    match story.status:
        case "executed":
            return Node(
                "ok", "circle-check", name, _("Executed"), (many, short_moment_text(story.order["closed_at"]))
            )
        case "submitted" if "failed" in states:
            return Node("stop", "alert-circle", name, _("An item failed"), (many,))
        case "submitted" if "provisioning" in states:
            return Node("live", "loader", name, _("Under way"), (many,))
        case "submitted" if "execute" in story.may:
            return Node("wait", "hand-stop", name, _("Waits for you"), (_("Items are executed by hand"),))
        case "submitted":
            return Node("live", "clock", name, _("Handed over"), (many,))
        case "unexecuted" if story.label != "In progress":
            nothing = _("Nothing reserved, charged or delivered")
            return Node("idle", "dots", name, _("Not started"), (nothing,), ahead=True)
        case "pending_approval" | "unexecuted":
            return Node("idle", "dots", name, _("Not started"), ahead=True)
    return Node("idle", "minus", name, _("Will not run"), (_("The order is closed"),), ahead=True)
