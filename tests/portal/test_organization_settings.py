"""An organization's own settings: who it is, whom to write to, how it pays, what it decides as a seller."""

import pytest

from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.storage import models
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import led, markup, section, send, text, words
from tests.stories.worlds import card

pytestmark = pytest.mark.usefixtures("committed")

HERE = "/settings/organization"


def row(made: Chain, name: str) -> models.Organization:
    return models.Organization.objects.get(ref=made.ref(name))


@pytest.mark.parametrize("who", ["cust", "res", "dist"])
def test_every_kind_has_them(who: str, signed_in: SignedIn) -> None:
    made = chain()
    for role in ("admin", "finance", "viewer"):
        said = text(signed_in(made.ref(who), role).get(HERE))
        assert ("How you pay" in said) == (who != "dist")
        assert ("As a seller" in said) == (who != "cust")
        assert ("An administrator of your organization can change this." in said) == (role != "admin")


def test_who_it_is(signed_in: SignedIn) -> None:
    """The seller reads the new name; days are dated by the new zone from now on."""
    made = chain()
    browser = signed_in(made.ref("res"))
    said = {"name": "Renamed IT", "country": "EE", "time_zone": "Europe/Tallinn"}
    assert "Saved." in led(browser, send(browser, f"{HERE}/details", **said))
    assert made.organization("dist", "res")["name"] == "Renamed IT"
    page = markup(
        send(browser, f"{HERE}/details", **said | {"time_zone": "Europe/Atlantis", "name": ""}), 422
    )
    assert "This field is required." in words(page)
    assert row(made, "res").time_zone == "Europe/Tallinn"


@cases("""
who   ->  may
dist      offer_days approval_order multi_tier_approval retry_when_credit_frees
res       retry_when_credit_frees
""")
def test_what_it_decides_as_a_seller(who: str, may: str, signed_in: SignedIn) -> None:
    """R5, R23, R27, R44: a top seller all of it; who buys says what is decided above, and where."""
    made = chain()
    browser = signed_in(made.ref(who))
    part = section(markup(browser.get(HERE)), "o-sell")
    fields = ("offer_days", "approval_order", "multi_tier_approval", "retry_when_credit_frees")
    assert [name for name in fields if f'name="{name}"' in part] == may.split()
    said = {
        "offer_days": "7",
        "approval_order": "buyer_first",
        "multi_tier_approval": "on",
        "retry_when_credit_frees": "on",
    }
    led(browser, send(browser, f"{HERE}/selling", **said))
    now = row(made, who)
    assert now.retry_when_credit_frees
    assert now.multi_tier_approval is (who == "dist")
    assert (now.offer_days, now.approval_order) == ((7, "buyer_first") if who == "dist" else (30, "parallel"))
    if who == "res":
        assert f"Multi-tier approval is switched on by Org {made.ref('dist')}" in words(part)


def test_offer_days_stay_as_typed(signed_in: SignedIn) -> None:
    made = chain()
    page = markup(
        send(signed_in(made.ref("dist")), f"{HERE}/selling", offer_days="9999", approval_order="parallel"),
        422,
    )
    assert 'value="9999"' in page
    assert row(made, "dist").offer_days == 30


@cases("""
path       refused
details    approver buyer finance viewer
selling    approver buyer finance viewer
contacts   approver buyer finance viewer
cards      approver buyer viewer
""")
def test_whose_role_does_not_allow_it(path: str, refused: str, signed_in: SignedIn) -> None:
    made = chain()
    for role in refused.split():
        assert send(signed_in(made.ref("res"), role), f"{HERE}/{path}").status_code == 403


def test_contacts_are_ones_own_to_change(signed_in: SignedIn) -> None:
    """R6: by the organization itself too."""
    made = chain()
    browser = signed_in(made.ref("cust"))
    said = led(browser, send(browser, f"{HERE}/contacts", name="Ann", email="ann@a.example", active="on"))
    assert "Ann ann@a.example" in said
    known = models.Contact.objects.get(organization__ref=made.ref("cust"))
    led(browser, send(browser, f"{HERE}/contacts/{known.id}", name="Anna", roles=["primary"], active="on"))
    (seen,) = made.organization("res", "cust")["contacts"]
    assert (seen["name"], seen["email"], seen["roles"]) == ("Anna", "", ["primary"])


# Cards --------------------------------------------------------------------------------------


def test_cards_come_and_go(signed_in: SignedIn) -> None:
    """R47: whether a card would be charged is said; without one, R47's words to the letter."""
    made = chain(res={"payment_method": "credit_card"})
    browser = signed_in(made.ref("res"))
    assert NO_ACTIVE_TOKEN in text(browser.get(HERE))
    said = led(browser, send(browser, f"{HERE}/cards", reference="tok_ok", expires="2099-12"))
    assert "tok_ok sandbox, good to the end of 2099-12 Would be charged" in said
    assert NO_ACTIVE_TOKEN not in said
    contract = made.contract("res")
    (token,) = made.res.items(f"{contract}/tokens")
    assert token["usable"]
    led(browser, send(browser, f"{HERE}/cards/{token['id']}/remove"))
    assert made.res.items(f"{contract}/tokens") == []
    assert send(browser, f"{HERE}/cards/{token['id']}/remove").status_code == 404


def test_an_expired_card_cannot_be_charged(signed_in: SignedIn) -> None:
    made = chain(res=card("tok_ok", expires="2020-01"))
    said = text(signed_in(made.ref("res")).get(HERE))
    assert "Cannot be charged" in said
    assert NO_ACTIVE_TOKEN in said


def test_who_only_reads_along_sees_no_reference(signed_in: SignedIn) -> None:
    made = chain(res=card("tok_secret"))
    assert "tok_secret" in text(signed_in(made.ref("res"), "finance").get(HERE))
    said = text(signed_in(made.ref("res"), "viewer").get(HERE))
    assert "tok_secret" not in said
    assert "…et" in said


def test_a_month_is_a_month(signed_in: SignedIn) -> None:
    made = chain()
    page = markup(
        send(signed_in(made.ref("res")), f"{HERE}/cards", reference="tok_ok", expires="13/2030"), 422
    )
    assert "A month, like 2030-12." in words(page)
    assert 'value="tok_ok"' in page


@cases("""
gateway  said
none     takes no cards.
stripe   takes cards at Stripe.
""")
def test_cards_of_other_gateways_are_not_typed_in(gateway: str, said: str, signed_in: SignedIn) -> None:
    """Their numbers never come through a form of ours."""
    made = chain()
    seller = row(made, "dist")
    models.Merchant.objects.create(
        id=seller.id,
        organization=seller,
        gateway=gateway,
        chosen=True,
        changed_by={"name": "Ann"},
        changed_at="2026-01-01T00:00:00Z",
    )
    browser = signed_in(made.ref("res"))
    assert said in text(browser.get(HERE))
    answer = send(browser, f"{HERE}/cards", reference="tok_ok", expires="2099-12")
    assert answer.status_code == 404


def test_a_top_seller_pays_nobody(signed_in: SignedIn) -> None:
    made = chain()
    browser = signed_in(made.ref("dist"))
    assert "Stored cards" not in text(browser.get(HERE))
    assert send(browser, f"{HERE}/cards", reference="tok_ok", expires="2099-12").status_code == 404
