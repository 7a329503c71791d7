"""What an approver weighs: what an order does to somebody's credit."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from placet.domain.exposure import Exposure
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.orders.story import Story


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
