"""Mails about orders, written: each in its reader's language, by its customs and clock, as text and as HTML
(R93)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placet.domain.mailing import Letter, next_digest
from placet.domain.notifying import Message, Notice, Recipient
from placet.domain.words import Kind, MailPace
from placet.entrypoints.portal.mails.sheet import Sheet, times
from placet.entrypoints.portal.mails.words import WHY, sheet

MOST_ITEMS: Final = 50
"""Longer mails are cut off by those who show them."""

LANGUAGES: Final = frozenset(code for code, _name in settings.LANGUAGES)


def letters(notice: Notice, at: datetime) -> list[Letter]:
    """The mails that tell of something, to each of its readers."""
    return [letter(notice, message, at) for message in notice.messages]


def letter(notice: Notice, message: Message, at: datetime) -> Letter:
    """One of them. For who wants one mail a day it waits for that."""
    to, seller = message.to, in_the_name_of(notice, message.to)
    daily = to.pace(message.kind) is MailPace.DAILY
    with read_by(to.language, to.time_zone):
        said = sheet(notice, message)
        text, html = written(said, sent_to(to), from_name=seller, chooses=to.person is not None)
    return Letter(
        kind=message.kind,
        to=to.email,
        subject=said.subject,
        text=text,
        html=html,
        organization=to.organization,
        order=notice.order.id if notice.order else None,
        event=notice.facts[0].id,
        person=to.person,
        chosen=to.chosen,
        from_name=seller,
        reply_to=notice.reply_to if seller else "",
        gather_at=next_digest(at, to.time_zone) if daily else None,
    )


def in_the_name_of(notice: Notice, to: Recipient) -> str:
    """To a customer its reseller writes (R93); to everybody else Placet."""
    order = notice.order
    if order is None or order.parties[0].kind is not Kind.CUSTOMER:
        return ""
    return order.parties[1].name if to.organization == order.parties[0].id else ""


@contextmanager
def read_by(language: str, time_zone: str) -> Iterator[None]:
    """In a language that there is, else English, and by that clock."""
    spoken = language if language in LANGUAGES else settings.LANGUAGE_CODE
    with translation.override(spoken), timezone.override(ZoneInfo(time_zone)):
        yield


def sent_to(to: Recipient) -> str:
    """Who gets it, and why."""
    return _("Sent to %(name)s of %(organization)s: %(why)s.") % {
        "name": to.name,
        "organization": to.organization_name,
        "why": WHY[to.chosen],
    }


def written(said: Sheet, foot: str, *, from_name: str, chooses: bool) -> tuple[str, str]:
    """As text and as HTML. Whoever can choose its mails is told where."""
    said = _short(said)
    context = {
        "sheet": said,
        "left_out": _left_out(said),
        "foot": foot,
        "from_name": from_name or "Placet",
        "choices": settings.PUBLIC_URL + reverse("mail-choices") if chooses else "",
        "address": settings.PUBLIC_URL,
    }
    return _text(said, context), render_to_string("portal/mail/sheet.html", context)


def _short(said: Sheet) -> Sheet:
    """With no more items than a mail program shows: the order's page has them all."""
    return replace(said, items=said.items[:MOST_ITEMS], left_out=len(said.items[MOST_ITEMS:]))


def _left_out(said: Sheet) -> str:
    many = said.left_out
    return (
        ngettext("and %(many)s more item", "and %(many)s more items", many) % {"many": many} if many else ""
    )


def _text(said: Sheet, context: dict[str, object]) -> str:
    foot = [str(context["foot"])]
    if context["choices"]:
        foot.append(f"{_('Choose which mails you get')}: {context['choices']}")
    parts = [*_paragraphs(said), "\n".join(["-- ", str(context["from_name"]), *filter(None, foot)])]
    return "\n\n".join(parts) + "\n"


def _paragraphs(said: Sheet) -> Iterator[str]:
    yield said.heading
    yield from said.lead
    if said.quote:
        yield "\n".join(f"> {line}" for line in said.quote.splitlines())
    if said.facts:
        yield "\n".join(f"{label}: {value}" for label, value in said.facts)
    if said.items:
        items = (_line(times(item.quantity, item.name), item.amount, item.note) for item in said.items)
        yield "\n".join(filter(None, [*items, _left_out(said)]))
    yield from ("\n".join(filter(None, (one.at, one.words, one.address))) for one in said.gathered)
    yield from (f"{button.label}\n{button.address}" for button in said.buttons)
    yield from said.after


def _line(*parts: str) -> str:
    return "- " + ", ".join(filter(None, parts))
