"""Forms: Django's, drawn in Tabler's way by `parts/field.html`."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

from placet.domain.validity import YEARS


class Renderer(DjangoTemplates):
    """How a form's own parts look."""

    field_template_name = "portal/parts/field.html"


CLASSES: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.Select: "form-select",
    forms.SelectMultiple: "form-select",
}


class Form(forms.Form):
    """A form whose controls have Tabler's classes and no colon behind their labels. Texts are stripped and
    bounded: give every CharField its `max_length`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            widget = field.widget
            css = next((name for kind, name in CLASSES.items() if isinstance(widget, kind)), "form-control")
            widget.attrs.setdefault("class", css)


class DayField(forms.DateField):
    """A day of this century or the next one, as the API takes them: what is computed from it stays a day."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's
        widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(**{"required": False, "widget": widget, **options})

    def to_python(self, value: Any) -> date | None:  # noqa: ANN401 - Django's
        """What was typed; nothing where nothing was."""
        day = super().to_python(value)
        if day and day.year not in YEARS:
            raise ValidationError(_("Please write a day between 2000 and 2199."))
        return day
