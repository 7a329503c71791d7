"""Every sentence about an order, in one place: what a page says of its chain, its checks, what comes next
and what happened. Each is made of what the projection shows this viewer (R2, spec §13), so that none can say
more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import pgettext as said

from placet.domain.exposure import Exposure
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.words import PaymentMethod
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.times import moment_text, short_moment_text
from placet.entrypoints.portal.orders.story import Story

Json = dict[str, Any]
Text = str | SafeString


@dataclass(frozen=True, slots=True)
class Node:
    """One station of the track: who or what, where it stands in a word, and what else there is to say."""

    tone: str
    icon: str
    name: str
    state: str
    lines: tuple[str, ...] = ()
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One check, step or fact: its name, a sentence, the word for how it went. `sum` are limit, balance,
    reserved and available, where the check looked at credit."""

    tone: str
    icon: str
    name: str
    say: Text
    word: str = ""
    sum: tuple[Json, Json, Json, Json] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    tone: str
    icon: str
    say: Text
    sub: str
    at: str


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


# The track: the chain, buyer first, then validation and execution -----------------------------


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


STEPS: Final = {
    "waiting": ("idle", "dots"),
    "pending": ("wait", "clock"),
    "approved": ("ok", "check"),
    "rejected": ("stop", "x"),
    "moot": ("idle", "minus"),
}


def _step(story: Story, step: Json) -> Node:
    own = step["tier"] == story.place
    tone, icon = STEPS[step["status"]]
    lines = [_tier(step["tier"])]
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


def _tier(tier: int) -> str:
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
                "name": _other(story, check)["name"],
            }
            yield _("%(amount)s short with %(name)s") % amounts


def _other(story: Story, check: Json) -> Json:
    """The other party of the link that a check looked at."""
    link = check["link"]
    other: Json = link["buyer"] if link["seller"]["id"] == str(story.viewer) else link["seller"]
    return other


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


# Who had to say yes -----------------------------------------------------------------------------


def steps(story: Story) -> list[Said]:
    """Each approval with why it was asked for and what was said, as far as the viewer may know."""
    return [_step_said(story, step) for step in story.order["approvals"]]


def _step_said(story: Story, step: Json) -> Said:
    own = step["tier"] == story.place
    tone, icon = STEPS[step["status"]]
    name = "{}, {}".format(step["approver"]["name"], _tier(step["tier"]).lower())
    sentences = [*reasons(step), decision(step)] if own else [_neighbour(step)]
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


def decision(step: Json) -> str:
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


# What was checked -------------------------------------------------------------------------------


def checks(story: Story, run: list[Json]) -> list[Said]:
    """One validation run, check by check."""
    return [_check(story, check) for check in run]


RESULTS: Final = {"passed": ("ok", "check"), "failed": ("stop", "x"), "skipped": ("idle", "minus")}


def _check(story: Story, check: Json) -> Said:
    tone, icon = RESULTS[check["result"]]
    match check["name"], check["result"]:
        case _, "skipped":
            return Said(tone, icon, _check_name(check), _skipped(check), said("check", "Skipped"))
        case "available_credit", _:
            name, figures = _credit_name(story, check), _figures(check["detail"])
            return Said(tone, icon, name, needs(check["detail"]), _result(check), figures)
        case "automatic_products", "failed":
            return Said("wait", "hand-stop", _check_name(check), _manual(check), _("By hand"))
        case "automatic_products", _:
            say = _("All products are delivered automatically")
            return Said(tone, icon, _check_name(check), say, _result(check))
        case _:
            return Said(tone, icon, _card_name(story, check), _card(story, check), _result(check))


def _result(check: Json) -> str:
    return _("Passed") if check["result"] == "passed" else said("check", "Failed")


def _check_name(check: Json) -> str:
    names = {
        "available_credit": _("Available credit"),
        "automatic_products": _("Automatic products"),
        "active_token": _("Active card"),
    }
    return names[check["name"]]


def _skipped(check: Json) -> str:
    if check["detail"].get("why") == "nobody_pays_by_card":
        return _("Not needed: no card is charged for this order")
    return _("Not reached: an earlier check decided")


def _credit_name(story: Story, check: Json) -> str:
    name = {"name": _other(story, check)["name"]}
    if check["link"]["buyer"]["id"] == str(story.viewer):
        return _("Your credit with %(name)s") % name
    return _("Credit of %(name)s with you") % name


def needs(detail: Json) -> Text:
    """`Needs 1 200.00 €, 950.00 € available, 250.00 € short`."""
    if Decimal(detail["required"]["amount"]) < 0:
        return _("Gives back more than it adds: no credit is needed")
    amounts = {"needs": money_text(detail["required"])}
    if detail["limit"] == "unlimited":
        return _("Needs %(needs)s, there is no limit") % amounts
    amounts["available"] = money_text(detail["available"])
    if "shortfall" in detail:
        short = _("%(amount)s short") % {"amount": money_text(detail["shortfall"])}
        start = _("Needs %(needs)s, %(available)s available") % amounts
        return format_html("{}, <strong>{}</strong>", start, short)
    if detail.get("released"):
        return (
            _("Needs %(needs)s, %(available)s available: let pass beyond the limit by its seller") % amounts
        )
    return _("Needs %(needs)s, %(available)s available") % amounts


def _figures(detail: Json) -> tuple[Json, Json, Json, Json] | None:
    if detail["limit"] == "unlimited":
        return None
    return (detail["limit"], detail["balance"], detail["reserved"], detail["available"])


def _manual(check: Json) -> str:
    many = len(check["detail"].get("manual_lines", ())) or 1
    return ngettext("%(many)s item is executed by hand", "%(many)s items are executed by hand", many) % {
        "many": many
    }


def _card_name(story: Story, check: Json) -> str:
    if check["link"]["buyer"]["id"] == str(story.viewer):
        return _("Your card with %(name)s") % {"name": check["link"]["seller"]["name"]}
    return _("Card of %(name)s") % {"name": check["link"]["buyer"]["name"]}


def _card(story: Story, check: Json) -> str:
    own = check["link"]["buyer"]["id"] == str(story.viewer)
    if check["result"] == "passed":
        return _("There is an active card")
    return _(NO_ACTIVE_TOKEN) if own else _("There is no active card")


# The verdict ------------------------------------------------------------------------------------


def verdict(story: Story) -> Text:
    """Why the order is where it is, in one sentence."""
    match story.status:
        case "pending_approval":
            return _pending(story)
        case "unexecuted":
            return _unexecuted(story)
        case "submitted":
            return _submitted(story)
        case "executed":
            return _executed(story)
        case "rejected":
            return _rejected(story)
        case "cancelled":
            return _closed_with_reason(
                story, "order.cancelled", _("It was cancelled: “%(reason)s”"), _("It was cancelled.")
            )
        case "expired":
            at = {"at": moment_text(story.order["expires_at"])}
            return _("Nobody decided in time: its offer held until %(at)s.") % at
    return _("It is not submitted yet.")


def _pending(story: Story) -> str:
    if warned := warning(story):
        return warned
    if story.charging:
        return _("Everyone said yes. The card is being charged; it goes on as soon as the bank has answered.")
    if "approve" in story.may:
        return _("It waits for your yes.")
    own = story.own_step
    if own and own["status"] == "pending":
        return _("It waits for the yes of somebody of your organization who may approve.")
    if own and own["status"] == "approved":
        return _("You said yes. It waits for another partner.")
    if story.buyer:
        return _("It waits for its approval. You are told as soon as it goes on.")
    return _("It waits for the approval of a partner.")


def warning(story: Story) -> str:
    """R47's words or the gateway's to who pays by card; to its seller, what that one was told."""
    told = story.order.get("warning")
    if not told:
        return ""
    words = _(NO_ACTIVE_TOKEN) if told == NO_ACTIVE_TOKEN else str(told)
    if story.pays is PaymentMethod.CREDIT_CARD or story.sold_to is None:
        return words
    return _("%(name)s was told: “%(words)s”") % {"name": story.sold_to.name, "words": words}


def _unexecuted(story: Story) -> Text:
    if story.label == "In progress":
        return _("It is being worked on.")
    short = [
        check for check in story.runs[-1] if "shortfall" in check["detail"] and check["result"] == "failed"
    ]
    sentences = [_short_sentence(story, check) for check in short]
    start = _("It could not go on:")
    if not story.buyer:
        asked = bool(story.order["approvals"])
        start = _("Everyone said yes, but") if asked else _("Nobody next to you had to approve it, but")
    return format_html(
        "{} {}.", start, format_html_join(f" {_('and')} ", "{}", ((each,) for each in sentences))
    )


def _short_sentence(story: Story, check: Json) -> SafeString:
    short = format_html(
        '<strong class="fw-semibold">{}</strong>',
        _("%(amount)s short") % {"amount": money_text(check["detail"]["shortfall"])},
    )
    mine = check["link"]["buyer"]["id"] == str(story.viewer)
    words = (
        _("your credit with {name} was {short} on {at}")
        if mine
        else _("the credit of {name} with you was {short} on {at}")
    )
    return format_html(words, name=_other(story, check)["name"], short=short, at=moment_text(check["at"]))


def _submitted(story: Story) -> str:
    states = [line["delivery_status"] for line in story.order["lines"]]
    if story.charging:
        return _("The card is being charged; the items go on as soon as the bank has answered.")
    if warned := warning(story):
        return warned
    if "failed" in states:
        return _failed_words(story)
    if "execute" in story.may:
        return _("It passed all checks. Items of it wait for you to execute them.")
    if "provisioning" in states:
        return _("It passed all checks. The vendors are delivering now.")
    return _(
        "It passed all checks, and items of it are executed by hand. Its credit stays reserved meanwhile."
    )


def _failed_words(story: Story) -> str:
    if story.top:
        return _("A vendor could not deliver an item. Try it again, or give up what was not delivered.")
    return _("An item could not be delivered. The seller at the top of the chain takes care of it.")


def _executed(story: Story) -> str:
    done = story.order["delivered"]
    if done["lines"] == done["of"]:
        return _("Everything is delivered.")
    return _("%(done)s of %(all)s items are delivered; the others were given up.") % {
        "done": done["lines"],
        "all": done["of"],
    }


def _rejected(story: Story) -> str:
    rejection = story.order["rejection"]
    facts = {"reason": rejection["reason"], "name": rejection.get("by", {}).get("name", "")}
    if facts["name"]:
        return _("%(name)s rejected it: “%(reason)s”") % facts
    return _("It was rejected: “%(reason)s”") % facts


def _closed_with_reason(story: Story, kind: str, with_reason: str, without: str) -> str:
    fact = next((each for each in reversed(story.history) if each["type"] == kind), None)
    reason = (fact or {}).get("reason")
    return with_reason % {"reason": reason} if reason else without


def to_go_on(story: Story) -> list[str]:
    """What the viewer can do to get it on, a sentence each; nothing where it can do nothing."""
    found = list(_ways(story))
    if not found and not story.closed and story.status != "submitted":
        return [_("There is nothing for you to do.")]
    return found


def _ways(story: Story) -> Iterator[str]:
    may = story.may
    if "approve" in may:
        yield _("To go on: approve it, or reject it with a reason.")
    if story.short and "retry" in may:
        yield _short_way(story)
    elif "retry" in may:
        yield _("You can have it checked again.")
    if "release" in may:
        yield _("You can also release this one order beyond the limit, with a reason that is kept.")
    if "execute" in may:
        yield _("To go on: execute all of its items, or those that you choose.")
    if "cancel" in may:
        yield _cancel_way(story)


def _cancel_way(story: Story) -> str:
    if story.status == "submitted":
        return _("What has not begun can still be cancelled.")
    alone = story.may == {"cancel"}
    return _("You can still cancel it.") if alone else _("Or cancel it.")


def _short_way(story: Story) -> str:
    assert story.short is not None, "asked only where something is short"
    check = next(each for each in story.runs[-1] if "shortfall" in each["detail"])
    facts = {"amount": money_text(check["detail"]["shortfall"]), "name": _other(story, check)["name"]}
    if check["link"]["buyer"]["id"] == str(story.viewer):
        again = _("To go on: pay %(name)s at least %(amount)s, then try it again.")
        return (
            again
            if story.buyer
            else _("To go on: pay %(name)s at least %(amount)s, then accept the order again.")
        ) % facts
    return (
        _("To go on: record a payment of %(name)s, or raise its limit by %(amount)s; then accept the order.")
        % facts
    )


# What it did not do -----------------------------------------------------------------------------


def not_done(story: Story) -> str:
    """What has not happened, so that nobody has to wonder."""
    match story.status:
        case "pending_approval" if story.charging:
            return _("Nothing is delivered or invoiced before the bank has said yes.")
        case "pending_approval":
            return _("Nothing is reserved, charged, invoiced or delivered.")
        case "unexecuted" if story.label == "In progress":
            return _("Nothing is charged, invoiced or delivered.")
        case "unexecuted":
            kept = _("Approvals that were given stay valid: nobody is asked twice.")
            nothing = _("Nothing was reserved, charged, invoiced or delivered.")
            return f"{nothing} {kept}" if story.order["approvals"] else nothing
        case "submitted":
            return _("What is not delivered yet is not invoiced.")
        case "executed":
            done = story.order["delivered"]
            whole = done["lines"] == done["of"]
            return (
                _("Nothing is left over.")
                if whole
                else _("What was given up is not invoiced, and its credit is free again.")
            )
        case _:
            return (
                _("Nothing of it is reserved any more, and nothing was invoiced.")
                if not story.order["delivered"]["lines"]
                else _("What was not delivered is not invoiced.")
            )


# What happened ----------------------------------------------------------------------------------


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


def decided_meanwhile(story: Story, ago: str) -> str:
    """What somebody reads whose click came too late: who decided, as far as it may know."""
    start, end = _("Already decided."), _("Nothing was changed by your click.")
    facts = {"number": story.order["number"], "ago": ago}
    step = story.own_step
    if step and step.get("decided_at"):
        facts["name"] = step["decided_by"]
        approved = step["status"] == "approved"
        middle = (
            _("%(name)s approved %(number)s %(ago)s.")
            if approved
            else _("%(name)s rejected %(number)s %(ago)s.")
        )
    else:
        facts["status"] = label(story.order)
        middle = _("%(number)s is “%(status)s” by now.")
    return f"{start} {middle % facts} {end}"


def webhook_answer(row: Json) -> str:
    """What came of a webhook: `200, second attempt`, `503, gave up after 8 attempts`."""
    code = (row["last"] or {}).get("status_code")
    answer = str(code) if code else _("no answer")
    facts = {"answer": answer, "many": row["tries"]}
    match row["status"]:
        case "delivered" if row["tries"] > 1:
            return _("%(answer)s, attempt %(many)s") % facts
        case "delivered":
            return answer
        case "failed":
            words = ngettext(
                "%(answer)s, gave up after %(many)s attempt",
                "%(answer)s, gave up after %(many)s attempts",
                row["tries"],
            )
            return words % facts
        case _ if row["last"]:
            return _("%(answer)s, tried again soon") % facts
        case _:
            return _("on its way")


# What an approver weighs --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an order does to somebody's credit: one word for it, and the sentence."""

    tone: str
    icon: str
    word: str
    say: str


def weighed(exposure: Exposure) -> Weighed:
    """Whether it fits, and what is left (R41); what is overdue."""
    return Weighed(*_fits(exposure), " ".join([_what_is_left(exposure), _overdue(exposure)]))


def _fits(exposure: Exposure) -> tuple[str, str, str]:
    if exposure.unlimited:
        return "ok", "infinity", _("Unlimited.")
    if exposure.short_minor:
        return "stop", "alert-circle", _("Over the limit.")
    return "ok", "circle-check", _("Fits.")


def _what_is_left(exposure: Exposure) -> str:
    def text(minor: int) -> str:
        return money_text(exposure.money(minor))

    if exposure.unlimited:
        amounts = {"before": text(exposure.before_minor), "after": text(exposure.after_minor)}
        return _("Owes %(before)s before, %(after)s after this order.") % amounts
    if exposure.short_minor:
        return _(
            "After the last yes it stays unexecuted, %(amount)s short. An approval never overrides the limit."
        ) % {"amount": text(exposure.short_minor)}
    if not exposure.free_minor:
        return _("Uses all that is left. Equal passes.")
    facts = {"free": text(exposure.free_minor), "percent": exposure.used_percent}
    return _("%(free)s stay free, %(percent)s\N{NO-BREAK SPACE}%% of the limit is used.") % facts


def _overdue(exposure: Exposure) -> str:
    if not exposure.overdue_minor:
        return _("Nothing is overdue.")
    return _("%(amount)s is overdue.") % {"amount": money_text(exposure.money(exposure.overdue_minor))}


def waits_beside(story: Story) -> str:
    """What follows on the viewer's yes, as far as it may know."""
    names = [
        step["approver"]["name"]
        for step in story.order["approvals"]
        if step["tier"] != story.place and step["status"] in ("pending", "waiting")
    ]
    if names:
        return _("%(name)s has not decided yet, either.") % {"name": ", ".join(names)}
    return _("After the last yes the checks run.")


def available_now(exposure: Exposure) -> str:
    """What accepting an order again would come to, by the credit as it is now."""
    if not exposure.short_minor:
        return _("By now there is enough credit there: accepting it again would pass that check.")
    facts = {"amount": money_text(exposure.money(exposure.account.available or 0))}
    return _("The available credit is %(amount)s now, so accepting again would change nothing yet.") % facts
