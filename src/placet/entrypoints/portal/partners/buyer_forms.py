"""What a seller fills in about one of its buyers: limit, terms, status, details, people, and a new one."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.partners import Contact
from placet.domain.words import Kind, OrganizationStatus, PaymentMethod
from placet.domain.world.shape import ContactRole
from placet.entrypoints.portal.frame import countries
from placet.entrypoints.portal.frame.amounts import AmountField
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.standing import StandingForm
from placet.entrypoints.portal.frame.states import METHODS
from placet.entrypoints.portal.frame.times import time_zones

UNLIMITED: Final = "unlimited"


class TermsForm(StandingForm):
    """R4, R22: how the buyer pays, and which prices it has."""

    payment_method = forms.ChoiceField(
        label=_("Payment method"), choices=[(method.value, words) for method, words in METHODS.items()]
    )
    price_list = forms.ChoiceField(label=_("Price list"), required=False)

    def __init__(self, *args: Any, lists: Sequence[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["price_list"].choices = [("", _("None: nothing is for sale")), *lists]  # type: ignore[attr-defined]


class DetailsForm(StandingForm):
    """What the organization is called, and its number in the seller's ERP."""

    name = forms.CharField(label=_("Name"), max_length=200)
    country = forms.ChoiceField(label=_("Country"), required=False, choices=countries.one)
    external_id = forms.CharField(
        label=_("External ID"), required=False, max_length=100, help_text=_("Its number in your ERP.")
    )
    multi_tier_approval = forms.BooleanField(
        label=_("Multi-tier approval"),
        required=False,
        help_text=_(
            "It may set up credit risk groups, and approve orders of everyone below it by their policies."
        ),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        if kind is Kind.CUSTOMER:
            del self.fields["multi_tier_approval"]


class StatusForm(Form):
    """R72."""

    status = forms.ChoiceField(choices=[(each.value, each.value) for each in OrganizationStatus])


class ContactForm(StandingForm):
    """A person to write to (R6)."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(ContactRole.BILL_TO.value, _("Bill to")), (ContactRole.PRIMARY.value, _("Primary"))],
        help_text=_("Each role is one contact's: whoever had it gives it up."),
    )
    active = forms.BooleanField(
        label=_("Active"), required=False, initial=True, help_text=_("Only active contacts are written to.")
    )

    @property
    def contact(self) -> Contact:
        """As the action takes it."""
        said = self.cleaned_data
        roles = tuple(ContactRole(role) for role in said["roles"])
        return Contact(said["name"], said["email"], roles, said["active"])


class NewBuyerForm(Form):
    """A new organization with its contract, below the caller."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[(Kind.RESELLER.value, _("Reseller")), (Kind.DISTRIBUTOR.value, _("Distributor"))],
    )
    country = forms.ChoiceField(label=_("Country"), required=False, choices=countries.one)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(each, each) for each in time_zones()]
    )
    external_id = forms.CharField(
        label=_("External ID"), required=False, max_length=100, help_text=_("Its number in your ERP.")
    )
    price_list = forms.ChoiceField(
        label=_("Price list"), help_text=_("The contract is in the currency of the list.")
    )
    payment_method = forms.ChoiceField(
        label=_("Payment method"),
        choices=[(m.value, words) for m, words in METHODS.items() if m is not PaymentMethod.CREDIT_CARD],
        help_text=_("To credit card once it has stored a card."),
    )
    limit = forms.ChoiceField(
        label=_("Credit limit"),
        widget=forms.RadioSelect,
        initial="default",
        choices=[
            ("default", _("What your credit risk group grants, else 0")),
            ("amount", _("This amount")),
            (UNLIMITED, _("Unlimited")),
        ],
    )
    credit_limit = AmountField(label=_("Amount"), required=False)
    tax_rate = AmountField(label=_("Tax, percent"), initial="0")
    payment_days = forms.IntegerField(label=_("Payment days"), min_value=0, max_value=365, initial=30)
    order_approval = forms.BooleanField(
        label=_("Its orders need your approval"), required=False, initial=True
    )
    multi_tier_approval = forms.BooleanField(
        label=_("Multi-tier approval"),
        required=False,
        help_text=_(
            "It may set up credit risk groups, and approve orders of everyone below it by their policies."
        ),
    )
    contact_name = forms.CharField(label=_("Contact"), required=False, max_length=200)
    contact_email = forms.EmailField(label=_("E-mail of the contact"), required=False, max_length=254)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's
        customer: bool,
        lists: Sequence[tuple[str, str]],
        **kwargs: Any,  # noqa: ANN401 - likewise
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price_list"].choices = list(lists)  # type: ignore[attr-defined]
        if customer:
            del self.fields["kind"], self.fields["multi_tier_approval"], self.fields["time_zone"]
        else:
            self.fields["order_approval"].initial = False

    def clean(self) -> dict[str, Any]:
        """An amount is needed where one is meant; a contact has a name."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("limit") == "amount" and not said.get("credit_limit"):
            self.add_error("credit_limit", translated("Say how much."))
        if said.get("contact_email") and not said.get("contact_name"):
            self.add_error("contact_name", translated("Say whose address it is."))
        return said
