"""Products and vendors on pages (R2, R3, R4): at one's own prices, and what distributors add."""

import csv
from io import StringIO

import pytest

from placet.storage import models
from tests.api.callers import unique
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import led, markup, rows, send, text

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def made(committed: None) -> Chain:  # noqa: ARG001
    return chain()


def own_list(made: Chain, who: str) -> str:
    found: str = getattr(made, who).get(f"/price-lists/{made.ref(f'{who}-list')}")["id"]
    return found


@cases("""
who    by     quantity  ->  cost      price
res    -      -         ->  10.00 €   -
res    res    -         ->  10.00 €   12.00 €
dist   -      -         ->  -         -
dist   dist   -         ->  -         10.00 €
dist   dist   50        ->  -         9.00 €
res    res    50        ->  9.00 €    10.80 €
""")
def test_at_ones_own_prices(  # noqa: PLR0913, PLR0917 - a row's cells
    made: Chain, signed_in: SignedIn, who: str, by: str, quantity: str, cost: str, price: str
) -> None:
    """R2: what one pays itself, and what a list of one's own makes of it; on the page and in its file."""
    dist, file = signed_in(made.ref("dist")), f"product,unit_price,min_quantity\n{made.ref('bp')},9.00,50\n"
    led(dist, send(dist, f"/prices/{own_list(made, 'dist')}/import", write="1", text=file))
    asked = f"/products?q={made.ref('bp')}"
    asked += f"&price_list={own_list(made, by)}" if by else ""
    asked += f"&quantity={quantity}" if quantity else ""
    browser = signed_in(made.ref(who))
    (row,) = [row for row in rows(markup(browser.get(asked))) if row.startswith("Product org")]
    shown = row.replace("\N{NO-BREAK SPACE}", "").partition("Automatic ")[2]
    assert shown.replace(" €", "€") == " ".join(each.replace(" €", "€") for each in (cost, price) if each)
    (exported,) = csv.DictReader(StringIO(markup(browser.get(f"{asked}&format=csv")).removeprefix("\ufeff")))
    found = [exported.get("Your cost"), exported.get("By your list")]
    assert found == [each.replace("€", "EUR") or None for each in (cost, price)]


def test_another_ones_list_makes_nothing(made: Chain, signed_in: SignedIn) -> None:
    """R2: the list that one buys from, or a rival's, is no choice: the filter says so, and shows no price."""
    page = markup(signed_in(made.ref("res")).get(f"/products?price_list={own_list(made, 'dist')}"))
    assert "Select a valid choice" in page
    assert made.ref("dist-list") not in page


def test_a_product_is_added(made: Chain, signed_in: SignedIn) -> None:
    """R3: for sale once it has a price; a taken ref says so beside its field."""
    browser, ref = signed_in(made.ref("dist")), unique("gizmo")
    vendor = str(models.Vendor.objects.get(ref=made.ref("bp-vendor")).id)
    said = {
        "name": "Gizmo",
        "description": "Does it all",
        "vendor": vendor,
        "product_type": "software_subscription",
        "billing_type": "monthly",
        "fulfilment": "manual",
        "term_months": "12",
        "ref": ref,
    }
    assert "Gizmo was added" in led(browser, send(browser, "/products/new", **said))
    added = made.dist.get(f"/products/{ref}")
    assert (added["description"], added["term_months"], added["fulfilment"]) == ("Does it all", 12, "manual")
    assert "Does it all" in text(browser.get("/products?q=Gizmo"))
    page = markup(send(browser, "/products/new", **said), 422)
    assert "This ref is taken" in page
    assert 'value="Gizmo"' in page
    assert "This field is required" in markup(send(browser, "/products/new", **{**said, "vendor": ""}), 422)


def test_a_vendor_is_added(made: Chain, signed_in: SignedIn) -> None:
    browser, ref = signed_in(made.ref("dist")), unique("maker")
    said = {"name": f"Maker {ref}", "connector": "manual", "ref": ref}
    assert "was added" in led(browser, send(browser, "/products/vendors/new", **said))
    assert f"Maker {ref}" in text(browser.get("/products/vendors?format=csv"))
    assert "This ref is taken" in markup(send(browser, "/products/vendors/new", **said), 422)


def test_adding_is_the_distributors(made: Chain, signed_in: SignedIn) -> None:
    """Vendors and products belong to nobody: to resellers the pages are not there, nor the buttons."""
    browser = signed_in(made.ref("res"))
    for page in ("/products/new", "/products/vendors/new"):
        assert browser.get(page).status_code == 404
    for page in ("/products", "/products/vendors"):
        assert "Add " not in text(browser.get(page))
