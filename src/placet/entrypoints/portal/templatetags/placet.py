"""What templates say in one word: money, times, states, icons, addresses with a change."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import template
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from placet.domain.money import Money
from placet.entrypoints.portal.frame import money as amounts
from placet.entrypoints.portal.frame import times
from placet.entrypoints.portal.frame.countries import country_name
from placet.entrypoints.portal.frame.once import TOKEN
from placet.entrypoints.portal.frame.states import looks_of

register = template.Library()

Amount = Money | Mapping[str, Any] | None
Moment = datetime | str | None
Day = date | datetime | str | None


@register.filter
def money(amount: Amount) -> str:
    """`1 200.00 €` with the sign set back; nothing where there is nothing."""
    return amounts.money_html(amount) if amount else ""


@register.filter
def money_text(amount: Amount) -> str:
    """The same without markup, for sentences and attributes."""
    return amounts.money_text(amount) if amount else ""


@register.filter
def number(value: float | None) -> str:
    """A number by the reader's customs."""
    return "" if value is None else amounts.number_text(value)


@register.filter
def moment(at: Moment) -> str:
    """Day and time in the reader's zone."""
    return times.moment_html(at) if at else ""


@register.filter
def short_moment(at: Moment) -> str:
    """Day and time without the year, where it is this one."""
    return times.short_moment_html(at) if at else ""


@register.filter
def age(at: Moment) -> str:
    """How old it is, in little room."""
    return times.age_text(at) if at else ""


@register.filter
def day(on: Day) -> str:
    """A day."""
    return times.day_html(on) if on else ""


@register.filter
def long_day(on: Day) -> str:
    """A day with its weekday, in words."""
    return times.long_day_text(on) if on else ""


@register.filter
def month(on: Day) -> str:
    """A month and its year, in words."""
    return times.month_text(on) if on else ""


@register.filter
def ago(at: Moment) -> str:
    """How long ago."""
    return times.ago_html(at) if at else ""


@register.filter
def initials(name: str) -> str:
    """Two letters for a name: the first ones of its first and last word."""
    words = [word for word in name.split() if word[0].isalnum()] or [name or "?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One of Tabler's icons; it says nothing by itself."""
    return format_html('<i class="ti ti-{} {}" aria-hidden="true"></i>', name, css)


@register.simple_tag
def state(of: str, word: str, label: str = "", css: str = "quiet") -> SafeString:
    """A state as icon and words. `of` what: `order`, `delivery`, `step`, `check`, `subscription`, `invoice`,
    `organization`; `css`: `quiet` within tables, `state-pill` once a page."""
    look = looks_of(of, word)
    return format_html(
        '<span class="state {} is-{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</span>',
        css,
        look.tone,
        look.icon,
        gettext(label) if label else look.label,
    )


@register.simple_tag
def tone(of: str, word: str) -> str:
    """Only the tone of a state: `ok`, `wait`, `stop`, `live`, `idle`."""
    return looks_of(of, word).tone


@register.simple_tag
def once() -> SafeString:
    """A token by which the form does its work once, however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', TOKEN, uuid4())


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:  # noqa: ANN401 - any value of a parameter
    """This page's address with parameters changed; `None` takes one away."""
    request: HttpRequest = context["request"]
    parameters: QueryDict = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - whatever it holds
    """A value by a key that stands in a variable."""
    return mapping.get(key)


@register.filter
def country(code: str) -> str:
    """A country's name in the reader's language."""
    return country_name(code) if code else ""
