"""Dialogs about an order: a reason before it is rejected, cancelled, released or given up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.orders.parts import Part
from placet.entrypoints.portal.orders.rows import Deed
from placet.entrypoints.portal.orders.story import Story


class Reason(Form):
    """Why something is rejected, cancelled, released or given up."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3, "autofocus": True})
    )
    note = forms.CharField(
        label=_("Note"), max_length=4000, required=False, widget=forms.Textarea({"rows": 2})
    )


@dataclass(frozen=True, slots=True)
class Dialog:
    """A dialog that asks for a reason before something is done; `form` is what came back wrong."""

    id: str
    address: str
    title: str | Promise
    text: str | Promise
    label: str | Promise
    button: str | Promise
    gentle: bool = False
    note: str | Promise = ""
    form: Reason | None = None

    def with_form(self, form: Reason | None) -> "Dialog":
        """With what was typed, where it has to be typed again."""
        return replace(self, form=form)


TOLD: Final = _("Reason, told to everyone in the chain")


def dialogs_of(story: Story, deeds: tuple[Deed, ...], parts: list[Part]) -> Iterator[Dialog]:
    """Those that the viewer may need now."""
    for deed in deeds:
        if deed.verb == "reject":
            yield reject_dialog(story, deed.address)
        elif deed.asks:
            gentle = deed.verb == "release"
            label = _("Why; it is kept with the order") if gentle else TOLD
            yield Dialog(deed.verb, deed.address, deed.title, deed.words, label, deed.title, gentle=gentle)
    for part in parts:
        if part.may_cancel:
            yield Dialog(
                f"part-{part.id}",
                reverse("order-part-cancel", args=[story.order["id"], part.id]),
                _("Give up what is not delivered?"),
                _("Its reserved credit is free again; what a card paid for it is given back."),
                TOLD,
                _("Give up"),
            )


def reject_dialog(story: Story, address: str) -> Dialog:
    """The dialog of a no (R31): a reason that is told, a note that is not."""
    viewer = next(
        (step["approver"]["name"] for step in story.order["approvals"] if step["tier"] == story.place), ""
    )
    return Dialog(
        "reject",
        address,
        translated("Reject %s?") % story.order["number"],
        _("This ends the whole order for good, for every partner of the chain."),
        _("Reason, told to the customer"),
        _("Reject order"),
        note=translated("Note, stays inside %s") % viewer if viewer else _("Note, stays inside"),
    )
