"""Addresses that we call: of webhooks and of exchanges."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from placet.entrypoints.api.webhooks import callable_url

WORDS = {
    "must be a public https address": _("It must be a public address that begins with https://."),
    "must be an http or https address": _("It must begin with https://."),
}


class AddressField(forms.CharField):
    """An address that the operator allows, as the API wants it."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's
        widget = forms.URLInput({"placeholder": "https://"})
        super().__init__(**{"label": _("Address"), "max_length": 2000, "widget": widget, **options})

    def clean(self, value: Any) -> str:  # noqa: ANN401 - Django's
        """What was typed, if it may be called."""
        try:
            return callable_url(super().clean(value))
        except ValueError as error:
            raise ValidationError(WORDS.get(str(error), str(error))) from None
