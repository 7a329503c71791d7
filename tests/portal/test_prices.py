"""Price lists on pages (R2, R4, R5, R7): what stands on one's own, one price by hand, and files of them."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from placet.entrypoints.portal.selling.price_file import MOST_BYTES
from tests.api.callers import Json, unique
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.reading import led, markup, rows, send, text
from tests.stories import acts
from tests.stories.worlds import distributor, product, world

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def made(committed: None) -> Chain:  # noqa: ARG001
    """A distributor's list with `bp` for 10.00 and `onsite` for 100.00, and its reseller's of 20 percent."""
    return chain()


def own(made: Chain, who: str = "dist") -> Json:
    return getattr(made, who).get(f"/price-lists/{made.ref(f'{who}-list')}")  # type: ignore[no-any-return]


def path(made: Chain, rest: str = "", who: str = "dist") -> str:
    return f"/prices/{own(made, who)['id']}{rest}"


def bp(made: Chain, name: str = "bp") -> str:
    found: str = made.dist.get(f"/products/{made.ref(name)}")["id"]
    return found


def prices(made: Chain, who: str = "dist") -> set[tuple[str, int, str]]:
    """What stands on the list: product, from which quantity on, unit price."""
    listed = own(made, who)["prices"]
    return {(p["product"]["ref"], p["min_quantity"], p["unit_price"]["amount"]) for p in listed}


# Looking -------------------------------------------------------------------------------------


def test_ones_own_lists_alone(made: Chain, signed_in: SignedIn) -> None:
    """R2: another's list is not there, whatever is done with it; a reseller never sees the markup or the
    prices of the list that it buys from, but by its own cost."""
    res = signed_in(made.ref("res"))
    assert made.ref("dist-list") not in markup(res.get("/prices"))
    for rest in ("", "/edit", "/price", "/import", "/discount", "/prices.csv"):
        assert res.get(path(made, rest)).status_code == 404, rest
    for rest in ("/price/end", "/import", f"/discounts/{bp(made)}/remove", "/edit"):
        assert send(res, path(made, rest)).status_code == 404, rest
    assert "20 % over your cost" in text(res.get("/prices"))
    for page in ("/prices", "/prices?format=csv", path(made), path(made, "/prices.csv")):
        said = text(signed_in(made.ref("dist")).get(page)).replace(made.ref("dist"), "")
        assert not re.search(r"\b20(\.00)? ?%", said)


def test_customers_have_no_such_pages(made: Chain, signed_in: SignedIn) -> None:
    cust = signed_in(made.ref("cust"))
    for page in (
        "/prices",
        "/prices/new",
        "/products",
        "/products/vendors",
        path(made),
        path(made, who="res"),
    ):
        assert cust.get(page).status_code == 404, page


def test_a_list_says_what_stands_on_it(made: Chain, signed_in: SignedIn) -> None:
    made.dist.post(f"/price-lists/{made.ref('dist-list')}/discounts", {"percent": "7.5", "min_quantity": 10})
    page = signed_in(made.ref("dist"), "viewer").get(path(made))
    said = markup(page)
    listed = [row.replace("\N{NO-BREAK SPACE}", "") for row in rows(said) if row.startswith("Product org")]
    assert listed == [
        f"Product {made.ref('bp')} Vendor {made.ref('bp-vendor')} 1 always 10.00 € a month",
        f"Product {made.ref('onsite')} Vendor {made.ref('bp-vendor')} 1 always 100.00 € a month",
    ]
    assert "Everything 10 always 7.5 %" in text(page).replace("\N{NO-BREAK SPACE}", " ")
    assert f"Org {made.ref('res')}" in said
    for act in ("Add price", "Edit list", "Import CSV", "Remove discount"):
        assert act not in said


@cases("""
asked            ->  found
-                ->  bp, onsite
q=BP             ->  bp
q=nothing        ->  -
when=now         ->  bp, onsite
when=later       ->  -
when=over        ->  -
vendor=nonsense  ->  bp, onsite
cursor=nonsense  ->  bp, onsite
""")
def test_filters(made: Chain, signed_in: SignedIn, asked: str, found: str) -> None:
    page = markup(signed_in(made.ref("dist")).get(path(made, f"?{asked.replace('BP', made.ref('bp'))}")))
    for name in ("bp", "onsite"):
        assert (f"Product {made.ref(name)}" in page) == (name in found.split(", ")), name


def many(number: int) -> Chain:
    made = Chain(unique("long"))
    products = [made.ref(f"p{n:02}") for n in range(number)]
    acts.load(
        world(
            distributor(made.ref("dist")),
            prices=dict.fromkeys(products, "1.00"),
            products=[product(ref, vendor=made.ref("v")) for ref in products],
        )
    )
    return made


def test_page_by_page_by_name(signed_in: SignedIn) -> None:
    made = many(30)
    browser, address, seen = signed_in(made.ref("dist")), path(made), []
    start = address
    while address:
        page = markup(browser.get(address))
        seen += re.findall(r'class="lead">Product [^<]*p(\d\d)', page)
        more = re.search(r'href="(\?[^"]*cursor=[^"]*)">Next page', page.replace("&amp;", "&"))
        address = f"{start}{more[1]}" if more else ""
    assert seen == [f"{n:02}" for n in range(30)]


def test_as_many_statements_for_thirty_as_for_three(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in (3, 25):
        made = many(number)
        browser = signed_in(made.ref("dist"))
        for page in ("/prices", path(made), f"/products?q={made.word}"):
            browser.get(page)
            with asked(monkeypatch) as sent:
                assert browser.get(page).status_code == 200
            counts.append(sent.count)
    assert counts[:3] == counts[3:]
    assert max(counts) <= 15


# One price -----------------------------------------------------------------------------------


def test_a_price_is_corrected(made: Chain, signed_in: SignedIn) -> None:
    """With the same first day and quantity; orders placed before keep theirs (R5)."""
    order = made.ordered()
    browser = signed_in(made.ref("dist"))
    where = f"?product={bp(made)}&of=1&start="
    page = markup(browser.get(path(made, f"/price{where}")))
    assert 'value="10.00"' in page
    assert "Change this price" in page
    said: Json = {"product": bp(made), "of": "1", "unit_price": "11.5", "min_quantity": 1}
    assert "was changed" in led(browser, send(browser, path(made, "/price"), **said))
    assert (made.ref("bp"), 1, "11.50") in prices(made)
    assert made.cust.get(f"/orders/{order['id']}")["total_amount"] == order["total_amount"]
    assert "stands so already" in led(browser, send(browser, path(made, "/price"), **said))


def test_a_price_from_another_day_on_ends_the_one_before(made: Chain, signed_in: SignedIn) -> None:
    """R4: one holds at a time; days are the owner's."""
    browser, later = signed_in(made.ref("dist")), date.today() + timedelta(days=40)  # noqa: DTZ011
    said: Json = {"product": bp(made), "unit_price": "12.00", "min_quantity": 1, "first_day": later}
    assert "has its new price" in led(browser, send(browser, path(made, "/price"), **said))
    found = [p for p in own(made)["prices"] if p["product"]["ref"] == made.ref("bp")]
    assert [p["unit_price"]["amount"] for p in found] == ["10.00", "12.00"]
    assert found[0]["valid_to"] == found[1]["valid_from"]
    page = text(browser.get(path(made, "?when=later")))
    assert "not yet valid" in page
    assert f"from {later.day} {later:%b} {later.year}" in page


def test_a_price_from_a_quantity_on(made: Chain, signed_in: SignedIn) -> None:
    browser = signed_in(made.ref("dist"))
    said: Json = {"product": bp(made), "unit_price": "9", "min_quantity": 50}
    led(browser, send(browser, path(made, "/price"), **said))
    assert {(made.ref("bp"), 1, "10.00"), (made.ref("bp"), 50, "9.00")} <= prices(made)


def test_a_price_has_an_end(made: Chain, signed_in: SignedIn) -> None:
    """Its last day; one that would begin later never begins."""
    browser, today = signed_in(made.ref("dist")), date.today()  # noqa: DTZ011
    later = today + timedelta(days=40)
    led(
        browser,
        send(
            browser, path(made, "/price"), product=bp(made), unit_price="12", min_quantity=1, first_day=later
        ),
    )
    (first, second) = [p for p in own(made)["prices"] if p["product"]["ref"] == made.ref("bp")]
    said: Json = {"product": bp(made), "of": 1, "last_day": today}
    assert "has its end" in led(
        browser, send(browser, path(made, "/price/end"), **said, start=second["valid_from"])
    )
    led(browser, send(browser, path(made, "/price/end"), **said))
    (left,) = [p for p in own(made)["prices"] if p["product"]["ref"] == made.ref("bp")]
    assert left["unit_price"]["amount"] == "10.00"
    assert left["valid_to"] < first["valid_to"]
    assert "Please say the last day" in led(
        browser, send(browser, path(made, "/price/end"), product=bp(made), of=1)
    )


@cases("""
unit_price   min_quantity   first_day    last_day     ->  words
-            1              -            -            ->  This field is required
ten          1              -            -            ->  Please write an amount
-1           1              -            -            ->  Please write an amount
1.234        1              -            -            ->  EUR has 2 decimals
1.00         0              -            -            ->  greater than or equal to 1
1.00         1              2030-02-30   -            ->  valid date
1.00         1              2030-02-02   2030-02-01   ->  must not be before
1.00         1              2029-01-01   2030-01-01   ->  overlaps
""")
def test_a_wrong_price_says_so(  # noqa: PLR0913, PLR0917 - a row's cells
    made: Chain,
    signed_in: SignedIn,
    unit_price: str,
    min_quantity: str,
    first_day: str,
    last_day: str,
    words: str,
) -> None:
    """422; what was typed stays."""
    browser = signed_in(made.ref("dist"))
    said = {
        "unit_price": unit_price,
        "min_quantity": min_quantity,
        "first_day": first_day,
        "last_day": last_day,
    }
    typed = {name: "" if value == "-" else value for name, value in said.items()}
    page = markup(send(browser, path(made, "/price"), product=bp(made), **typed), 422)
    assert words in page
    assert all(f'value="{value}"' in page for value in typed.values() if value)
    assert (made.ref("bp"), 1, "10.00") in prices(made)


def test_a_product_is_found_first(made: Chain, signed_in: SignedIn) -> None:
    browser = signed_in(made.ref("dist"))
    assert "Which product?" in text(browser.get(path(made, "/price")))
    page = markup(browser.get(path(made, f"/price?q={made.ref('onsi')}")))
    assert f"?product={bp(made, 'onsite')}" in page
    assert "No product has" in text(browser.get(path(made, "/price?q=%25")))


# A list --------------------------------------------------------------------------------------


def test_a_list_is_edited(made: Chain, signed_in: SignedIn) -> None:
    """R4: a markup is of one's own cost, so a top seller has none."""
    res = signed_in(made.ref("res"))
    led(
        res,
        send(res, path(made, "/edit", "res"), name="Retail", markup_percent="12.5", last_day="2031-12-31"),
    )
    listed = own(made, "res")
    assert (listed["name"], listed["markup_percent"]) == ("Retail", "12.5")
    assert listed["valid_to"].startswith("2032-01-01")
    assert "until 31 Dec 2031" in text(res.get("/prices"))
    wrong = send(res, path(made, "/edit", "res"), name="", first_day="2031-01-02", last_day="2031-01-01")
    assert "This field is required" in markup(wrong, 422)
    assert "Markup" not in text(signed_in(made.ref("dist")).get(path(made, "/edit")))


def test_a_new_list(made: Chain, signed_in: SignedIn) -> None:
    dist, res = signed_in(made.ref("dist")), signed_in(made.ref("res"))
    said = {"name": "Gold", "currency": "eur", "product": made.ref("bp"), "unit_price": "8.00"}
    assert "Gold is there" in led(dist, send(dist, "/prices/new", **said))
    listed = next(each for each in made.dist.items("/price-lists") if each["name"] == "Gold")
    assert made.dist.get(f"/price-lists/{listed['id']}")["prices"][0]["unit_price"]["amount"] == "8.00"
    led(res, send(res, "/prices/new", name="Friends", currency="EUR", markup_percent="5"))
    assert any(each["markup_percent"] == "5" for each in made.res.items("/price-lists"))


@cases("""
who    field            value     ->  words
dist   -                -         ->  begins with a markup or with a first price
dist   currency         XYZ       ->  no such currency
dist   product          nothing   ->  no such product
dist   product          THIS      ->  What does a unit cost?
res    currency         GBP       ->  You buy in EUR
""")
def test_a_wrong_new_list_says_so(  # noqa: PLR0913, PLR0917 - a row's cells
    made: Chain, signed_in: SignedIn, who: str, field: str, value: str, words: str
) -> None:
    said = {"name": "New", "currency": "EUR"} | ({"markup_percent": "5"} if who == "res" else {})
    said |= {field: value.replace("THIS", made.ref("bp"))} if field else {}
    page = markup(send(signed_in(made.ref(who)), "/prices/new", **said), 422)
    assert words in page
    assert 'value="New"' in page


def test_discounts_come_and_go(made: Chain, signed_in: SignedIn) -> None:
    """R7: of one product or of everything; a second of the same is refused."""
    browser = signed_in(made.ref("dist"))
    said: Json = {"percent": "7.5", "min_quantity": 10, "product": f"product {made.ref('bp')}"}
    led(browser, send(browser, path(made, "/discount"), **said))
    (there,) = own(made)["discounts"]
    assert (there["percent"], there["product"]["ref"]) == ("7.5", made.ref("bp"))
    assert "Another discount of the same" in markup(send(browser, path(made, "/discount"), **said), 422)
    assert "More than 0" in markup(send(browser, path(made, "/discount"), percent="0", min_quantity=1), 422)
    several = send(browser, path(made, "/discount"), percent="1", min_quantity=1, product="product")
    assert "Which one?" in markup(several, 422)
    led(browser, send(browser, path(made, f"/discounts/{there['id']}/remove")))
    assert own(made)["discounts"] == []


# Files ---------------------------------------------------------------------------------------


def upload(browser: Client, address: str, content: str) -> HttpResponse:
    file = SimpleUploadedFile("prices.csv", content.encode(), "text/csv")
    answer: HttpResponse = browser.post(address, {"file": file})  # type: ignore[assignment]
    return answer


def test_a_file_is_looked_at_and_then_written(made: Chain, signed_in: SignedIn) -> None:
    """What is written is what was looked at, to the letter."""
    browser, where = signed_in(made.ref("dist")), path(made, "/import")
    name = made.ref("bp")
    content = (
        f"product,unit_price,min_quantity\n{name},11.00,\n{name},9.00,50\n{made.ref('onsite')},100.00,\n"
    )
    before = prices(made)
    page = markup(upload(browser, where, content))
    assert prices(made) == before
    assert f"2 {name} changed" in rows(page)
    assert f"3 {name} added" in rows(page)
    kept = re.search(r'name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert kept
    done = led(browser, send(browser, where, write="1", text=kept[1]))
    assert "2 prices were written" in done
    assert {(name, 1, "11.00"), (name, 50, "9.00")} <= prices(made)
    assert "nothing to write" in text(upload(browser, where, content))


@cases("""
content                                    ->  words
product\\nbp                                ->  1 the header lacks unit_price
product,unit_price\\nbp,many                ->  2 unit_price:
product,unit_price\\nbp,1.234               ->  2 unit_price: EUR has 2 decimals
product,unit_price\\nnobody,1.00            ->  2 product: there is no nobody
product,unit_price\\nBP,1.00\\nBP,2.00       ->  3 stands already on line 2
""")
def test_a_bad_file_is_told_line_by_line(made: Chain, signed_in: SignedIn, content: str, words: str) -> None:
    """422, and nothing is changed; what is sent past the look is refused likewise."""
    browser, where = signed_in(made.ref("dist")), path(made, "/import")
    before = prices(made)
    told = content.replace("\\n", "\n").replace("BP", made.ref("bp"))
    page = markup(upload(browser, where, told), 422)
    assert any(row.startswith(words) for row in rows(page)), rows(page)
    assert "Nothing was changed" in page
    assert words in " ".join(rows(markup(send(browser, where, write="1", text=told), 422)))
    assert prices(made) == before


def test_files_that_are_none(made: Chain, signed_in: SignedIn) -> None:
    browser, where = signed_in(made.ref("dist")), path(made, "/import")
    assert "Choose a file first" in markup(browser.post(where), 422)
    assert "The file is empty" in markup(upload(browser, where, ""), 422)
    large = "product,unit_price\n" + "x" * MOST_BYTES
    assert "too large for this page" in markup(upload(browser, where, large), 422)
    binary = SimpleUploadedFile("p.csv", b"\xff\xfe\x00product")
    assert browser.post(where, {"file": binary}).status_code == 422


def test_a_file_out_comes_in_again(made: Chain, signed_in: SignedIn) -> None:
    browser = signed_in(made.ref("dist"))
    answer = browser.get(path(made, "/prices.csv"))
    assert made.ref("dist-list") in answer.headers["Content-Disposition"]
    assert "nothing to write" in text(upload(browser, path(made, "/import"), markup(answer)))


# Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["approver", "buyer", "finance", "viewer"])
def test_who_looks_and_who_changes(made: Chain, signed_in: SignedIn, role: str) -> None:
    """Every role reads; an admin alone changes."""
    browser = signed_in(made.ref("dist"), role)
    for page in ("/prices", "/products", "/products/vendors", path(made), path(made, "/prices.csv")):
        assert browser.get(page).status_code == 200
    for page in ("/prices/new", "/products/new", "/products/vendors/new"):
        assert browser.get(page).status_code == 403
    for rest in ("/edit", "/price", "/discount", "/import"):
        assert browser.get(path(made, rest)).status_code == 403
