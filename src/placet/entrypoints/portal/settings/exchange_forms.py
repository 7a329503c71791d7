"""The forms of ERP exchange: a file to look at, what to leave out, a regular exchange."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.utils.translation import pgettext_lazy as said

from placet.actions.exchange_schedules import Plan
from placet.domain.scheduling import Daily, Every
from placet.domain.words import Exchanged, ExchangeFormat, ExchangeWay, LineBecame
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.settings.addresses import AddressField

MOST_BYTES: Final = 800_000
"""Of a file that pages take; the whole request may have a megabyte."""

KINDS: Final[Mapping[Exchanged, tuple[str | Promise, Promise]]] = {
    Exchanged.ORGANIZATIONS: (
        said("exchange", "Organizations"),
        _("Everyone who buys from you or from a partner of yours, with their numbers and terms."),
    ),
    Exchanged.LIMITS: (
        _("Credit limits"),
        _("Limit, balance, reserved and available credit of your contracts."),
    ),
    Exchanged.INVOICES: (_("Invoices"), _("What you billed and what you were billed.")),
    Exchanged.PAYMENTS: (_("Payments"), _("What you were paid and what you paid.")),
    Exchanged.ORDERS: (_("Orders"), _("Orders that you are a party of, a row for each line.")),
}
"""Each kind's name, and what an export of it holds."""

TAKES: Final[Mapping[Exchanged, Promise]] = {
    Exchanged.ORGANIZATIONS: _(
        "New ones are made, known ones changed, by their number in your ERP or their ref."
    ),
    Exchanged.LIMITS: _("An amount, “unlimited”, or “default” for what your credit risk group grants."),
    Exchanged.INVOICES: _("The numbers that your own books have the invoices under."),
    Exchanged.PAYMENTS: _("Each reference is booked once, however often the file comes."),
    Exchanged.ORDERS: _("What you delivered of orders that you execute by hand."),
}
"""What a file of each kind does."""

BECAME: Final = (
    ("", _("All lines")),
    (LineBecame.REFUSED.value, said("line of an import", "Refused")),
    (LineBecame.CREATED.value, said("line of an import", "New")),
    (LineBecame.UPDATED.value, said("line of an import", "Changed")),
    (LineBecame.UNCHANGED.value, said("line of an import", "Unchanged")),
)


class FileForm(Form):
    """A file to look at: chosen, or pasted."""

    kind = forms.ChoiceField(
        label=_("What it is about"), choices=[(k.value, name) for k, (name, _w) in KINDS.items()]
    )
    file = forms.FileField(
        label=_("CSV or JSON file"),
        required=False,
        widget=forms.FileInput({"accept": ".csv,.json,text/csv,application/json", "class": "form-control"}),
        help_text=_("UTF-8, up to 800 kB and 5 000 lines."),
        error_messages={"empty": _("The file is empty.")},
    )
    text = forms.CharField(
        label=_("Or paste its lines here"),
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, as bytes: `content`, `source`, `form`."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file: UploadedFile[Any] | None = cleaned.get("file")
        text: str = cleaned.get("text") or ""
        if self.errors:
            return cleaned
        if not file and not text.strip():
            raise ValidationError(_("Choose a file first, or paste its lines."))
        if file and (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is too large for this page. Use the command line for it."))
        content = file.read() if file else text.encode()
        source = (file.name or "") if file else translated("pasted")
        return cleaned | {"content": content, "source": source, "form": _form_of(source, content)}


def _form_of(name: str, content: bytes) -> ExchangeFormat:
    """By its name, else by how it begins."""
    begins = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}
    return ExchangeFormat.JSON if name.lower().endswith(".json") or begins else ExchangeFormat.CSV


class SinceForm(Form):
    """From which day on."""

    since = DayField(label=_("Only what changed since"))


class LineFilter(Form):
    """Which lines of a report."""

    became = forms.ChoiceField(label=said("line of an import", "Became"), choices=BECAME, required=False)


WAYS: Final = (
    (ExchangeWay.EXPORT.value, _("Take what changed there, by PUT")),
    (ExchangeWay.IMPORT.value, _("Fetch a file there, by GET")),
)
OFTEN: Final = (1, 2, 4, 6, 12)


def rhythms() -> list[tuple[str, str]]:
    """How often there is to choose from."""
    every = [
        (f"every {hours}", pgettext("exchange", "every %(hours)s h") % {"hours": hours}) for hours in OFTEN
    ]
    at = pgettext("exchange", "daily at %(hour)s:00")
    return every + [(f"daily {hour}", at % {"hour": f"{hour:02}"}) for hour in range(24)]


class ScheduleForm(Form):
    """What is exchanged with which address, and when."""

    way = forms.ChoiceField(label=said("exchange", "What to do"), choices=WAYS)
    kind = forms.ChoiceField(
        label=_("What it is about"), choices=[(k.value, name) for k, (name, _w) in KINDS.items()]
    )
    format = forms.ChoiceField(
        label=_("Format"), choices=[(each.value, each.value.upper()) for each in ExchangeFormat]
    )
    url = AddressField(help_text=_("“{time}” in it becomes the moment of the exchange."))
    when = forms.ChoiceField(
        label=said("exchange", "How often"),
        choices=rhythms,
        initial="daily 6",
    )
    authorization = forms.CharField(
        label=_("Authorization"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("The header that signs in there, such as “Bearer …”. It is kept sealed and never shown."),
    )

    def clean_authorization(self) -> str:
        """What a header can hold."""
        text: str = self.cleaned_data["authorization"]
        if not (text.isascii() and (not text or text.isprintable())):
            raise ValidationError(_("It must be one line of plain characters."))
        return text

    def plan(self) -> Plan:
        """As the action takes it."""
        said_: dict[str, Any] = self.cleaned_data
        rhythm, _space, count = said_["when"].partition(" ")
        return Plan(
            ExchangeWay(said_["way"]),
            Exchanged(said_["kind"]),
            ExchangeFormat(said_["format"]),
            said_["url"],
            Every(int(count)) if rhythm == "every" else Daily(int(count)),
            said_["authorization"],
        )
