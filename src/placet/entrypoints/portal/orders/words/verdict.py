"""Why the order is where it is, what the viewer can do about it, and what has not happened."""

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.words import PaymentMethod
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.times import moment_text
from placet.entrypoints.portal.orders.story import Json, Story
from placet.entrypoints.portal.orders.words.parts import Text


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
    return format_html(words, name=story.other(check)["name"], short=short, at=moment_text(check["at"]))


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
    facts = {"amount": money_text(check["detail"]["shortfall"]), "name": story.other(check)["name"]}
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
