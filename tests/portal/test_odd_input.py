"""What nobody means to send is answered as what it is, never by a mistake of ours, and nothing is stored that
breaks a page later."""

from typing import Final

import pytest
from django.test import Client
from django.utils import translation

from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import csv_answer
from placet.storage import models
from tests.api.chains import Chain, chain
from tests.portal.conftest import SignedIn
from tests.portal.reading import markup, send, text

pytestmark = pytest.mark.usefixtures("committed")

LAST, FIRST = "9999-12-31", "0001-01-01"
"""The days after and before which there is none."""


@pytest.fixture
def made(committed: None) -> Chain:  # noqa: ARG001
    """A distributor, its reseller with a customer."""
    return chain()


LOOKS: Final = {
    "the evening of the last day": (f"/orders?placed_to={LAST}", 200),
    "the first midnight": (f"/orders?placed_from={FIRST}", 200),
    "invoices until then": (f"/invoices?issued_to={LAST}", 200),
    "the catalog for nobody": ("/catalog?customer=%00", 404),
    "an order for nobody": ("/orders/new?customer=%00", 404),
    "a basket for nobody": ("/basket?customer=%00", 404),
    "a provider of no name": ("/account/sso/%00/login", 404),
}


@pytest.mark.parametrize(("address", "status"), LOOKS.values(), ids=LOOKS)
def test_looks(made: Chain, signed_in: SignedIn, address: str, status: int) -> None:
    assert signed_in(made.ref("res")).get(address).status_code == status


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "\0"])
def test_a_month_that_no_statement_has(made: Chain, signed_in: SignedIn, month: str) -> None:
    """This month's is shown instead, as for any address that cannot be read."""
    account = made.organization("res", "res")["contract"]["credit_account"]["id"]
    answer = signed_in(made.ref("res")).get(f"/accounts/{account}/statement", {"month": month})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")


@pytest.mark.parametrize("day", [LAST, FIRST])
@pytest.mark.parametrize("field", ["first_day", "last_day"])
@pytest.mark.parametrize("form", ["edit", "discount", "price"])
def test_no_price_list_is_valid_on_a_day_beyond(
    made: Chain, signed_in: SignedIn, form: str, field: str, day: str
) -> None:
    """R4: such a day beside a price made the whole list unreadable."""
    dist = signed_in(made.ref("dist"))
    here = f"/prices/{models.PriceList.objects.get(ref=made.ref('dist-list')).id}"
    product = str(models.Product.objects.get(ref=made.ref("bp")).id)
    of_price = {"product": product, "unit_price": "9.00"} if form == "price" else {"name": "List"}
    said = {"min_quantity": "7", "percent": "3", **of_price, field: day}
    assert "Please write a day between 2000 and 2199." in text(send(dist, f"{here}/{form}", **said), 422)
    assert text(dist.get(here))


def test_a_price_ends_on_no_day_beyond(made: Chain, signed_in: SignedIn) -> None:
    dist = signed_in(made.ref("dist"))
    here = f"/prices/{models.PriceList.objects.get(ref=made.ref('dist-list')).id}"
    product = str(models.Product.objects.get(ref=made.ref("bp")).id)
    answer = send(dist, f"{here}/price/end", product=product, of="1", last_day=LAST)
    assert answer.status_code == 303
    assert "Please say the last day." in text(dist.get(here))


def test_a_token_that_no_page_makes(made: Chain, signed_in: SignedIn) -> None:
    """R14: it is none, so the form is done as one without."""
    browser: Client = signed_in(made.ref("res"))
    answer = browser.post(
        "/account/profile", {"name": "Odd", "language": "", "time_zone": "", "once": "a\0b"}
    )
    assert answer.status_code == 303


# Amounts --------------------------------------------------------------------------------------

TYPED: Final = {
    "German": ("de", "1.234,50", "1234.50"),
    "German, thousands": ("de", "1.250", "1250"),
    "German, an English point": ("de", "12.50", None),
    "German, English thousands": ("de", "1,250", None),
    "English": ("en", "1,234.50", "1234.50"),
    "English, as it is shown": ("en", "1\N{NO-BREAK SPACE}234.50", "1234.50"),
    "English, a German comma": ("en", "1234,50", None),
    "English, German thousands": ("en", "1.250", None),
    "English, both signs": ("en", "1.234,50", None),
    "less than one": ("en", "0.250", "0.250"),
    "three decimals that count": ("en", "1.255", "1.255"),
    "groups said": ("en", "1,234.500", "1234.500"),
}


@pytest.mark.parametrize(("language", "said", "read"), TYPED.values(), ids=TYPED)
def test_an_amount_is_never_read_as_another(language: str, said: str, read: str | None) -> None:
    """What could be thousands to one reader and a little over one to another is asked again."""
    with translation.override(language):
        field = AmountField()
        if read is None:
            with pytest.raises(Exception, match=r"1250"):
                field.clean(said)
        else:
            assert field.clean(said) == read


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("minor", [1250, 5000, 1255, 999, 1_250_000])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_what_a_field_shows_can_be_sent_back(language: str, currency: str, minor: int) -> None:
    with translation.override(language):
        shown = typed(minor, currency)
        assert typed(int(float(AmountField().clean(shown)) * _units(currency) + 0.5), currency) == shown


def _units(currency: str) -> int:
    return {"EUR": 100, "JPY": 1, "KWD": 1000}[currency]


# Files ----------------------------------------------------------------------------------------

CELLS: Final = {
    "a debt of ours": ("-1234.50 EUR", "-1234.50 EUR"),
    "a plain number": ("-5", "-5"),
    "a formula": ("-1+1", "'-1+1"),
    "a formula of a name": ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
    "an amount and more": ("-1.00 EUR+A1", "'-1.00 EUR+A1"),
}


@pytest.mark.parametrize(("cell", "written"), CELLS.values(), ids=CELLS)
def test_what_a_spreadsheet_takes_for_a_formula(cell: str, written: str) -> None:
    """An amount is none, also where it is less than nothing."""
    assert markup(csv_answer("x", ["h"], [[cell]])).splitlines()[1] == written


def test_a_form_that_is_too_large(made: Chain, signed_in: SignedIn) -> None:
    """Limits on everything: it is said on a page of ours, and nothing of it is read."""
    answer = signed_in(made.ref("res")).post("/settings/organization", {"name": "x" * 1_200_000})
    assert answer.status_code == 400
    assert "That could not be read" in answer.content.decode()
