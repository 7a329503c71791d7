"""What each mail about orders says (R93). Every sentence is made of what the projection shows its reader (R2,
spec §13), as on pages."""

import html
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from placet.domain.charging import refused
from placet.domain.notifying import Message, Notice
from placet.domain.order import Order
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.words import Chosen, EventType, MailKind
from placet.entrypoints.portal.frame.money import money_text, number_text
from placet.entrypoints.portal.frame.times import day_text, moment_text
from placet.entrypoints.portal.mails.sheet import Button, Item, Sheet
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.story import Json, Story, story_of
from placet.entrypoints.portal.orders.words.steps import reasons

TITLES: Final[Mapping[MailKind, Promise]] = {
    MailKind.ORDER_RECEIVED: gettext_lazy("Your order was received"),
    MailKind.ORDER_CONFIRMATION: gettext_lazy("A customer has ordered"),
    MailKind.APPROVAL_REQUESTED: gettext_lazy("An order waits for your approval"),
    MailKind.ORDER_REJECTED: gettext_lazy("An order was rejected"),
    MailKind.INSUFFICIENT_CREDIT: gettext_lazy("An order is short of credit"),
    MailKind.CARD_PROBLEM: gettext_lazy("A card could not be charged"),
    MailKind.ORDER_EXECUTED: gettext_lazy("An order is complete"),
    MailKind.PROVISIONING_FAILED: gettext_lazy("An item could not be delivered"),
    MailKind.ENDPOINT_DISABLED: gettext_lazy("A webhook endpoint was switched off"),
}
"""What each is called where people choose, and where they read what was sent."""

WHY: Final[Mapping[Chosen, Promise]] = {
    Chosen.BILL_TO: gettext_lazy("contact for invoices"),
    Chosen.PRIMARY: gettext_lazy("primary contact"),
    Chosen.OLDEST: gettext_lazy("oldest contact"),
    Chosen.APPROVED: gettext_lazy("approved it"),
    Chosen.MAY_APPROVE: gettext_lazy("may approve orders"),
    Chosen.PLACED: gettext_lazy("placed the order"),
    Chosen.MAY_ORDER: gettext_lazy("may order"),
    Chosen.MAY_ACT: gettext_lazy("can do something about it"),
    Chosen.ADMINISTERS: gettext_lazy("administrator"),
}
"""Why it is this reader, as a mail and the order's why page say it."""


def sheet(notice: Notice, message: Message) -> Sheet:
    """The mail for one reader, in the language and time zone that are active."""
    if notice.order is None:
        return _endpoint_disabled(notice)
    order, actor = notice.order, message.to.actor
    place = order.place_of(actor.organization)
    assert place is not None, "mails about an order go to parties of its chain"
    story = story_of(order, actor, order.parties[place].kind, [])
    match message.kind:
        case MailKind.ORDER_RECEIVED:
            return _received(story, notice, message)
        case MailKind.ORDER_CONFIRMATION:
            return _confirmation(story)
        case MailKind.APPROVAL_REQUESTED:
            return _approval(story)
        case MailKind.ORDER_REJECTED:
            return _rejected(story)
        case MailKind.INSUFFICIENT_CREDIT:
            return _short_of_credit(story)
        case MailKind.CARD_PROBLEM:
            return _card(story, order, notice)
        case MailKind.ORDER_EXECUTED:
            return _executed(story)
        case MailKind.PROVISIONING_FAILED:
            return _failed(story, notice)
        case _:
            raise AssertionError(message.kind)


def _received(story: Story, notice: Notice, message: Message) -> Sheet:
    """No prices: it carries the address that may be passed on (R10)."""
    order, number = story.order, _named(story)
    placer = order.get("placed_by", {}).get("organization")
    own = placer is None or placer["id"] == str(story.viewer)
    lead = (
        _("Thank you. %(seller)s has received your order.") % {"seller": order["seller"]["name"]}
        if own
        else _("%(placer)s has placed an order for you.") % {"placer": placer["name"]}
    )
    followed = [Button(_("Follow the order"), _status_address(notice.link))] if notice.link else []
    opened = [_opened(story)] if message.to.person else []
    passed_on = _("You can pass “Follow the order” on: it shows how the order stands, and no prices.")
    return Sheet(
        subject=_("Your order %(number)s was received") % number,
        heading=_("Your order %(number)s") % number,
        lead=(lead, *_change(story)),
        facts=tuple(_facts(story, money=False)),
        items=tuple(_item(line, money=False) for line in order["lines"]),
        after=(passed_on,) if followed else (),
        buttons=(*followed, *opened),
    )


def _status_address(link: str) -> str:
    return settings.PUBLIC_URL + reverse("status", args=[link])


def _confirmation(story: Story) -> Sheet:
    step = story.own_step
    waits = step and step["status"] in ("pending", "waiting")  # placed, and about to be asked
    lead = _("It waits for your approval.") if waits else _("It needs no approval of yours.")
    if step and step["status"] == "approved":
        lead = _("You approved it by placing it.")
    return _about(
        story,
        subject=_("New order %(number)s of %(customer)s") % _named(story),
        lead=(lead,),
        items=_items(story),
    )


def _approval(story: Story) -> Sheet:
    order, step = story.order, story.own_step
    assert step is not None, "who is asked has a step"
    amount, inbox = money_text(step["credit_risk_amount"]), _address("approval", order["id"])
    return Sheet(
        subject=_("Please approve %(number)s: %(customer)s, %(amount)s")
        % {**_named(story), "amount": amount},
        heading=_("Please approve %(number)s") % _named(story),
        lead=(*_change(story), *reasons(step)),
        facts=(
            *_facts(story, money=False),
            (_("Amount at your level"), amount),
            (_("Holds until"), day_text(order["expires_at"])),
        ),
        items=_items(story),
        after=(_("The links open the order in Placet; nothing is decided before you say so there."),),
        buttons=(
            Button(_("Approve…"), inbox),
            Button(_("Reject…"), f"{inbox}#reject"),
        ),
    )


def _rejected(story: Story) -> Sheet:
    rejection = story.order["rejection"]
    by = rejection.get("by", {}).get("name")
    subject = (
        _("Your order %(number)s was rejected")
        if story.buyer
        else _("Order %(number)s of %(customer)s was rejected")
    )
    return _about(
        story,
        subject=subject % _named(story),
        lead=(_("%(name)s has rejected it:") % {"name": by} if by else _("It was rejected:"),),
        quote=rejection["reason"],
        items=_items(story),
        after=(words.not_done(story),),
    )


def _short_of_credit(story: Story) -> Sheet:
    first, *others = _short(story)
    mine = first["link"]["buyer"]["id"] == str(story.viewer)
    subject = (
        _("%(number)s: your credit with %(name)s is %(amount)s short")
        if mine
        else _("%(number)s: the credit of %(name)s is %(amount)s short")
    )
    amount = money_text(first["detail"]["shortfall"])
    about = {**_named(story), "name": story.other(first)["name"], "amount": amount}
    return _about(
        story,
        subject=subject % about,
        lead=(_plain(words.verdict(story)),),
        more=tuple(fact for check in (first, *others) for fact in _credit(check)),
        after=(" ".join(words.to_go_on(story)),),
    )


def _short(story: Story) -> list[Json]:
    """The checks of the last run that say by how much, of links that the reader is a party of."""
    return [check for check in story.runs[-1] if "shortfall" in check["detail"]]


def _credit(check: Json) -> Iterator[tuple[str, str]]:
    detail = check["detail"]
    yield _("Credit of"), check["link"]["buyer"]["name"]
    yield _("With"), check["link"]["seller"]["name"]
    yield _("Needs"), money_text(detail["required"])
    yield _("Available"), money_text(detail["available"])
    yield _("Short by"), money_text(detail["shortfall"])


def _card(story: Story, order: Order, notice: Notice) -> Sheet:
    """The payer's own words from its gateway; or that there is no card to charge (R47, R48)."""
    declined = notice.facts[-1].type is EventType.PAYMENT_DECLINED
    charge = next((each for each in refused(order) if each.tier == story.place + 1), None)
    paid = story.order.get("total_cost") or story.order["total_amount"]
    waits = story.status == "pending_approval"
    return _about(
        story,
        subject=_("%(number)s: your card was not charged") % _named(story),
        lead=(_("Your card could not be charged for this order:"),),
        quote=charge.reason if declined and charge else _(NO_ACTIVE_TOKEN),
        more=((_("To be charged"), money_text(paid)),),
        after=(
            _("The order waits for you: see to your card, then approve it again.")
            if waits
            else _("See to your card; then the order can be tried again."),
        ),
        buttons=(Button(_("Your cards"), _address("organization-settings")),),
    )


def _executed(story: Story) -> Sheet:
    subject = (
        _("Your order %(number)s is complete")
        if story.buyer
        else _("Order %(number)s of %(customer)s is complete")
    )
    items = tuple(_item(line, money=True, note=_given_up(line)) for line in story.order["lines"])
    return _about(story, subject=subject % _named(story), lead=(_plain(words.verdict(story)),), items=items)


def _given_up(line: Json) -> str:
    return _("Given up") if line["delivery_status"] == "cancelled" else ""


def _failed(story: Story, notice: Notice) -> Sheet:
    """The vendors' reasons, for the top seller alone (spec §13)."""
    why = {fact.detail["line"]: fact.detail["reason"] for fact in notice.facts}
    lines = (line for line in story.order["lines"] if line["id"] in why)
    return _about(
        story,
        subject=_("%(number)s: an item could not be delivered") % _named(story),
        lead=(_("A vendor could not deliver an item. Try it again, or give up what was not delivered."),),
        items=tuple(_item(line, money=True, note=why[line["id"]]) for line in lines),
    )


def _endpoint_disabled(notice: Notice) -> Sheet:
    detail = notice.facts[-1].detail
    since = detail.get("failing_since")
    happened = (
        _("It answered that it is gone (410), so nothing is sent there any more.")
        if detail["reason"] == "gone"
        else _("Nothing has got through to it since %(at)s, so nothing is sent there any more.")
        % {"at": moment_text(datetime.fromisoformat(str(since)))}
    )
    return Sheet(
        subject=_("A webhook endpoint was switched off"),
        heading=_("A webhook endpoint was switched off"),
        lead=(happened,),
        facts=((_("Address"), detail["endpoint"]["url"]),),
        after=(_("Nothing is lost: once it answers again, switch it on and have what it missed sent."),),
        buttons=(Button(_("Webhooks"), _address("webhooks")),),
    )


# What several of them say -------------------------------------------------------------------


def _about(  # noqa: PLR0913 - the parts of a sheet
    story: Story,
    *,
    subject: str,
    lead: tuple[str, ...],
    quote: str = "",
    more: tuple[tuple[str, str], ...] = (),
    items: tuple[Item, ...] = (),
    after: tuple[str, ...] = (),
    buttons: tuple[Button, ...] = (),
) -> Sheet:
    """A mail that leads to the order's page."""
    return Sheet(
        subject=subject,
        heading=subject,
        lead=(*lead, *_change(story)) if not quote else (*_change(story), *lead),
        quote=quote,
        facts=(*_facts(story, money=True), *more),
        items=items,
        after=after,
        buttons=(_opened(story), *buttons),
    )


def _facts(story: Story, *, money: bool) -> Iterator[tuple[str, str]]:
    order = story.order
    if story.buyer:
        yield _("Seller"), order["seller"]["name"]
    else:
        yield _("Ordered for"), words.buyer_name(story)
    yield _("Ordered on"), moment_text(order["placed_at"])
    if money:
        amounts = ((_("Total cost"), "total_cost"), (_("Total amount"), "total_amount"))
        yield from ((label, money_text(order[name])) for label, name in amounts if name in order)


def _change(story: Story) -> tuple[str, ...]:
    """What becomes of a subscription, in a sentence or two; of a new order nothing."""
    change = story.order["change"]
    if not change:
        return ()
    return (_plain(render_to_string("portal/parts/order_change.html", {"change": change})).strip(),)


def _items(story: Story) -> tuple[Item, ...]:
    return tuple(_item(line, money=True) for line in story.order["lines"])


def _item(line: Json, *, money: bool, note: str = "") -> Item:
    """What it comes to where the reader sells, or buys for itself."""
    amount = money_text(line["total_amount"]) if money and "total_amount" in line else ""
    return Item(line["product"]["name"], number_text(line["quantity"]), amount, note)


def _named(story: Story) -> dict[str, Any]:
    return {"number": story.order["number"], "customer": words.buyer_name(story)}


def _opened(story: Story) -> Button:
    return Button(_("Open the order"), _order_address(story))


def _order_address(story: Story) -> str:
    return _address("order", story.order["id"])


def _address(name: str, *of: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=of)


def _plain(sentence: str) -> str:
    """Without the markup that pages set figures off by."""
    return html.unescape(strip_tags(sentence))
