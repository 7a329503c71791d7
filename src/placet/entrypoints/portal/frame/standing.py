"""Forms that change what stands. Each says in a hidden field what it showed, so that nobody undoes unseen
what somebody else saved meanwhile: the second one is told what changed, and keeps what it typed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django import forms
from django.forms import Field
from django.forms.widgets import Input
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from pydantic_core import from_json, to_json

from placet.actions.save_as_shown import save_as_shown
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.forms import Form

SHOWN: Final = "shown"
"""The hidden field's name."""

Values = Mapping[str, str]
"""By field: what its control says, as a browser sends it; several choices in lines, a tick as `on`."""


class StandingForm(Form):
    """A form whose `initial` is what stands. Draw it with `{{ form.shown }}` inside (`parts/form_fields.html`
    does); a form sent without it changes what stands whatever that is by now."""

    _told: Values | None = None

    @property
    def shown(self) -> SafeString:
        """The hidden field: what stood when the page was made. A form that comes back with errors says the
        same again, one that told what changed meanwhile says what stands now."""
        said = self._told or self._said() or self.stands
        if not said:
            return SafeString("")
        return format_html('<input type="hidden" name="{}" value="{}">', SHOWN, to_json(said).decode())

    @property
    def stands(self) -> Values:
        """What stands, by the fields that show it."""
        known = ((name, self.fields[name]) for name in self.initial if name in self.fields)
        return {name: _text(field, self.get_initial_for_field(field, name)) for name, field in known}

    def _said(self) -> Values:
        """What the page that sent the form had shown."""
        try:
            said = from_json(self.data.get(SHOWN, ""))
        except ValueError:
            return {}
        return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}

    def meanwhile(self, fresh: "StandingForm") -> list[str]:
        """The fields that somebody else changed since they were shown, to something other than is wanted."""
        if SHOWN not in self.data:
            return []
        was, now = self._said(), fresh.stands
        return [
            name
            for name in self.fields
            if was.get(name, "") != now.get(name, "") != self._typed(name) and name in was.keys() | now.keys()
        ]

    @property
    def told(self) -> bool:
        """Whether it says what changed meanwhile."""
        return self._told is not None

    def tell(self, fresh: "StandingForm") -> bool:
        """Says beside each field what it became. What was typed stays; where nothing was, what stands now
        does."""
        was, now, changed = self._said(), fresh.stands, self.meanwhile(fresh)
        sent: Any = self.data
        data = sent.copy()
        for name in changed:
            value, words = now.get(name, ""), {"now": _in_words(self.fields[name], now.get(name, ""))}
            if self._typed(name) == was.get(name, ""):
                _put(data, self.add_prefix(name), self.fields[name], value)
                self.add_error(name, _("Changed meanwhile: %(now)s. It stays so if you save.") % words)
            else:
                self.add_error(
                    name, _("Changed meanwhile: %(now)s. It becomes what you typed if you save.") % words
                )
        self.data, self._told = data, now
        return True

    def _typed(self, name: str) -> str:
        field = self.fields[name]
        return _text(field, field.widget.value_from_datadict(self.data, {}, self.add_prefix(name)))


def saved[R](
    form: StandingForm, *, stands: Callable[[], StandingForm], save: Callable[[], R | Refusal]
) -> R | Refusal:
    """What `save` answers, if what the form changes is as it was shown; `stands` makes the form anew. Else
    `stale_version`: nothing was done, and the form says what changed."""

    def still() -> bool:
        fresh = stands()
        return not (form.meanwhile(fresh) and form.tell(fresh))

    answer = save_as_shown(still=still, save=save)
    if not form.told:
        return answer
    words = _("Somebody else changed this while you had it open. What you typed is still here.")
    return Refusal("stale_version", words)


def _text(field: Field, value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if isinstance(field.widget, forms.CheckboxInput):
        return "on" if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(sorted(str(each) for each in value))
    if isinstance(field.widget, Input | forms.Textarea):
        value = field.widget.format_value(field.prepare_value(value))
    return "" if value is None else str(value).strip().replace("\r\n", "\n")


def _put(data: Any, name: str, field: Field, value: str) -> None:  # noqa: ANN401 - a QueryDict or a dict
    if isinstance(field, forms.MultipleChoiceField):
        data.setlist(name, value.split("\n") if value else [])
    elif isinstance(field.widget, forms.CheckboxInput) and not value:
        data.pop(name, None)
    else:
        data[name] = value


def _in_words(field: Field, value: str) -> str:
    if isinstance(field.widget, forms.CheckboxInput):
        return _("on") if value else _("off")
    words = dict(_choices(field))
    return ", ".join(words.get(each, each) for each in value.split("\n")) or _("nothing")


def _choices(field: Field) -> Iterator[tuple[str, str]]:
    for value, words in getattr(field, "choices", ()):
        yield str(value), str(words)
