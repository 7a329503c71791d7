"""What was checked, one validation run at a time."""

from decimal import Decimal
from typing import Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext as said

from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.orders.story import Json, Story
from placet.entrypoints.portal.orders.words.parts import Said, Text


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
            return Said(tone, icon, name, _needs(check["detail"]), _result(check), figures)
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
    name = {"name": story.other(check)["name"]}
    if check["link"]["buyer"]["id"] == str(story.viewer):
        return _("Your credit with %(name)s") % name
    return _("Credit of %(name)s with you") % name


def _needs(detail: Json) -> Text:
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
