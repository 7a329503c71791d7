"""Times as people read them: in their own zone, in few words, exact to machines."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import available_timezones

from babel.dates import format_date, format_datetime, format_timedelta
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from placet.entrypoints.portal.frame.money import locale

AWHILE: Final = timedelta(days=7)


def as_moment(moment: datetime | str) -> datetime:
    """A point in time, in the reader's zone, from a value or from RFC 3339 text."""
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return timezone.localtime(value)


def as_day(day: date | datetime | str) -> date:
    """A day; that of a point in time is the reader's."""
    if isinstance(day, str) and "T" not in day:
        return date.fromisoformat(day)
    return as_moment(day).date() if isinstance(day, datetime | str) else day


def moment_text(moment: datetime | str) -> str:
    """`18 Nov 2026, 13:48`."""
    pattern = "d. MMM y, HH:mm" if _german() else "d MMM y, HH:mm"
    return format_datetime(as_moment(moment), pattern, locale=locale())


def moment_html(moment: datetime | str) -> SafeString:
    """The same, with the exact time for machines and on hovering."""
    value = as_moment(moment)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), moment_text(value)
    )


def short_moment_text(moment: datetime | str) -> str:
    """`18 Nov, 13:48`; with the year, where that is another one."""
    value = as_moment(moment)
    if value.year != timezone.localtime().year:
        return moment_text(value)
    return format_datetime(value, "d. MMM, HH:mm" if _german() else "d MMM, HH:mm", locale=locale())


def short_moment_html(moment: datetime | str) -> SafeString:
    """The same, with the exact time for machines."""
    value = as_moment(moment)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), short_moment_text(value)
    )


def age_text(moment: datetime | str) -> str:
    """`3h`: how old something is, where there is little room."""
    return format_timedelta(timezone.now() - as_moment(moment), format="narrow", locale=locale())


def ago_text(moment: datetime | str) -> str:
    """`3 hours ago`."""
    return format_timedelta(as_moment(moment) - timezone.now(), add_direction=True, locale=locale())


def day_text(day: date | datetime | str) -> str:
    """`18 Nov 2026`."""
    pattern = "d. MMM y" if _german() else "d MMM y"
    return format_date(as_day(day), pattern, locale=locale())


def day_html(day: date | datetime | str) -> SafeString:
    """The same, for machines too."""
    return format_html('<time datetime="{}">{}</time>', as_day(day).isoformat(), day_text(day))


def long_day_text(day: date | datetime | str) -> str:
    """`Friday 20 November 2026`."""
    pattern = "EEEE, d. MMMM y" if _german() else "EEEE d MMMM y"
    return format_date(as_day(day), pattern, locale=locale())


def month_text(day: date | datetime | str) -> str:
    """`November 2026`."""
    return format_date(as_day(day), "MMMM y", locale=locale())


def ago_html(moment: datetime | str) -> SafeString:
    """`3 hours ago`; after a week the day."""
    value = as_moment(moment)
    passed = timezone.now() - value
    text = (
        day_text(value)
        if abs(passed) > AWHILE
        else format_timedelta(-passed, add_direction=True, locale=locale())
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        moment_text(value),
        text,
    )


def time_zones() -> list[str]:
    """Those named after places, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [*sorted(places), "UTC"]


def _german() -> bool:
    return locale().language == "de"
