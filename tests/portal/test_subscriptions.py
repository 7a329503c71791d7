"""Subscriptions on pages (R2, R70, R71): lists, one with its story, and what changes it."""

import csv
import re
from datetime import date, timedelta
from io import StringIO

import pytest
from django.http import HttpResponse

from tests.api.callers import Json, unique
from tests.api.chains import Chain
from tests.api.test_subscriptions import bought, market
from tests.api.worker import provision
from tests.databases import kept
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.counting import asked
from tests.portal.reading import led, markup, rows, send, text
from tests.stories import acts
from tests.stories.worlds import customer, distributor, product, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


@kept
def still() -> tuple[Chain, Json, Json]:
    """A market that no test changes: ten seats at 10.00 and, with 20 percent, 12.00; a meter."""
    made = market()
    return made, bought(made), bought(made, "meter", 1)


@pytest.fixture
def had(committed: None) -> tuple[Chain, Json]:  # noqa: ARG001
    """A market of the test's own, with ten seats."""
    made = market()
    return made, bought(made)


def path(held: Json, verb: str = "") -> str:
    return f"/subscriptions/{held['id']}" + (f"/{verb}" if verb else "")


# Looking -------------------------------------------------------------------------------------


@cases("""
who    ->  shows                never
cust   ->  120.00 €             100.00
res    ->  100.00 €, 120.00 €   144.00
dist   ->  100.00 €             120.00
""")
def test_everybody_reads_its_own_links_alone(signed_in: SignedIn, who: str, shows: str, never: str) -> None:
    """R2: on the list, in its file, on the page, on what a change or an end would come to."""
    made, held, _ = still()
    browser = signed_in(made.ref(who))
    pages = ["/subscriptions?columns=product&columns=cost&columns=price", path(held)]
    wider = ["/subscriptions?format=csv", path(held, "change?quantity=11&product=" + held["product"]["id"])]
    for page in pages:
        said = text(browser.get(page))
        assert all(amount in said for amount in shows.split(", ")), page
    for page in (*pages, *wider, path(held, "cancel")):
        assert never not in markup(browser.get(page)), page


def test_strangers_and_others_find_nothing(signed_in: SignedIn) -> None:
    """R1: a rival beside it, another distributor: not on the list, 404 for each of its pages."""
    made, held, _ = still()
    for who in ("rival", "far"):
        browser = signed_in(made.ref(who))
        assert "No subscriptions yet" in text(browser.get("/subscriptions"))
        for verb in ("", "change", "cancel", "suspend"):
            assert browser.get(path(held, verb)).status_code == 404
        assert send(browser, path(held, "resume")).status_code == 404


def test_the_page_tells_its_story(signed_in: SignedIn) -> None:
    """R70: the order that sold it, what was billed on one's own links, and its days."""
    made, held, meter = still()
    page = text(signed_in(made.ref("res")).get(path(held)))
    renews = date.fromisoformat(held["renews_on"])
    for words in ("Active", "Sold", "Executed", f"{renews.day} {renews:%b} {renews.year}", "Unit cost"):
        assert words in page
    bills = [row for row in rows(markup(signed_in(made.ref("res")).get(path(held)))) if "Unpaid" in row]
    assert len(bills) == 2
    assert (
        len([row for row in rows(markup(signed_in(made.ref("cust")).get(path(held)))) if "Unpaid" in row])
        == 1
    )
    assert "by usage" in text(signed_in(made.ref("cust")).get(path(meter)))


@cases("""
asked                          ->  found
-                              ->  e3, meter
product=E3                     ->  e3
product=meter                  ->  meter
status=active                  ->  e3, meter
status=suspended               ->  -
status=nonsense                ->  e3, meter
trial=only                     ->  -
trial=none                     ->  e3, meter
customer=CUST                  ->  e3, meter
customer=nobody                ->  -
sort=started                   ->  e3, meter
cursor=nonsense                ->  e3, meter
""")
def test_filters(signed_in: SignedIn, asked: str, found: str) -> None:
    """An address that nobody understands shows the whole list."""
    made, *_ = still()
    page = markup(signed_in(made.ref("res")).get(f"/subscriptions?{asked}"))
    for name in ("e3", "meter"):
        assert (f"Product {made.ref(name)}<" in page) == (name in found.split(", ")), name


def test_a_customer_is_named_by_its_id_too(signed_in: SignedIn) -> None:
    """As other pages link to it; somebody else's id says nothing of who it is."""
    made, held, _ = still()
    browser = signed_in(made.ref("res"))
    page = markup(browser.get(f"/subscriptions?customer={held['customer']['id']}"))
    assert f'value="Org {made.ref("cust")}"' in page
    assert made.ref("e3") in page
    far = made.far.get("/me")["organization"]["id"]
    assert f"Org {made.ref('far')}" not in markup(browser.get(f"/subscriptions?customer={far}"))


def listing(number: int) -> Chain:
    """A seller with so many subscriptions, begun on different days."""
    made = Chain(unique("many"))
    top, seller, bp = made.ref("dist"), made.ref("res"), made.ref("bp")
    acts.load(
        world(
            distributor(top),
            reseller(seller, top),
            *(customer(made.ref(f"c{n}"), seller) for n in range(number)),
            prices={bp: "10.00"},
            products=[product(bp)],
            subscriptions=[
                {
                    "ref": made.ref(f"s{n}"),
                    "customer": made.ref(f"c{n}"),
                    "product": bp,
                    "quantity": n + 1,
                    "started_at": str(date(2026, 1, 1) + timedelta(days=(n * 7) % number)),
                }
                for n in range(number)
            ],
        )
    )
    return made


def test_page_by_page_in_order(signed_in: SignedIn) -> None:
    """Each once, by the day since when, whichever end comes first; the file has them all."""
    made = listing(30)
    browser = signed_in(made.ref("res"))
    for sort, order in (("-started", reversed), ("started", list)):
        address, seen = f"/subscriptions?sort={sort}", []
        while address:
            page = markup(browser.get(address))
            seen += [int(n) for n in re.findall(r'data-label="Quantity">(\d+)<', page)]
            more = re.search(r'href="(\?[^"]*cursor=[^"]*)">Next page', page.replace("&amp;", "&"))
            address = f"/subscriptions{more[1]}" if more else ""
        days = [(quantity - 1) * 7 % 30 for quantity in seen]
        assert days == list(order(range(30)))
    exported = csv.DictReader(
        StringIO(markup(browser.get("/subscriptions?format=csv")).removeprefix("\ufeff"))
    )
    assert sorted(int(row["Quantity"]) for row in exported) == list(range(1, 31))


def test_as_many_statements_for_thirty_as_for_three(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in (3, 25):
        browser = signed_in(listing(number).ref("res"))
        browser.get("/subscriptions")
        with asked(monkeypatch) as sent:
            assert browser.get("/subscriptions").status_code == 200
        counts.append(sent.count)
    assert counts[0] == counts[1] <= 10


# Changing ------------------------------------------------------------------------------------


def test_a_change_says_what_it_costs_and_nothing_is_ordered(
    had: tuple[Chain, Json], signed_in: SignedIn
) -> None:
    """R71: a preview by the same rules; its figures are those that the order then has."""
    made, held = had
    browser = signed_in(made.ref("cust"))
    before = len(made.cust.items("/orders"))
    page = markup(browser.get(path(held, "change"), {"quantity": 12, "product": held["product"]["id"]}))
    assert "10 → 12" in page
    assert len(made.cust.items("/orders")) == before
    form = page[page.index('<form method="post" action="/subscriptions') :]
    said = dict(re.findall(r'name="(quantity|product)" value="([^"]*)"', form))
    led(browser, send(browser, path(held, "change"), **said))  # as the page itself sends it
    order = made.cust.items("/orders")[0]
    assert (order["kind"], order["change"]["after"]["quantity"]) == ("change", 12)
    amount = order["total_amount"]["amount"]
    assert f"{amount}\N{NO-BREAK SPACE}<" in page


def test_one_change_at_a_time(had: tuple[Chain, Json], signed_in: SignedIn) -> None:
    """R71: while one waits, the page says which, offers no other, and a stale form is told so kindly."""
    made, held = had
    browser = signed_in(made.ref("cust"))
    said: Json = {"quantity": 12, "product": held["product"]["id"]}
    led(browser, send(browser, path(held, "change"), **said))
    page = markup(browser.get(path(held)))
    assert "A change of it is still open" in page
    assert "Change quantity or offer" not in page
    again = led(browser, send(browser, path(held, "change"), **said))
    assert "Another change of this subscription is still open" in again
    assert "Another change" in text(browser.get(path(held, "change"), said))
    assert "Another change" in text(browser.get(path(held, "cancel"), follow=True))


def test_pressing_twice_orders_once(had: tuple[Chain, Json], signed_in: SignedIn) -> None:
    made, held = had
    browser = signed_in(made.ref("res"))
    said: Json = {"quantity": 11, "product": held["product"]["id"], "once": "the same"}
    first, second = (send(browser, path(held, "change"), **said) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    changes = [order for order in made.res.items("/orders") if order["kind"] == "change"]
    assert len(changes) == 1


@cases("""
quantity   offer   ->  words
10         e3      ->  Nothing would change.
0          e3      ->  greater than or equal to 1
1000001    e3      ->  less than or equal to 1000000
many       e3      ->  whole number
12         other   ->  Select a valid choice
""")
def test_a_wrong_change_says_so_beside_its_field(
    signed_in: SignedIn, quantity: str, offer: str, words: str
) -> None:
    """422, and what was typed stays; looked at before, it says the same."""
    made, held, _ = still()
    browser = signed_in(made.ref("cust"))
    said: Json = {"quantity": quantity, "product": made.dist.get(f"/products/{made.ref(offer)}")["id"]}
    page = markup(send(browser, path(held, "change"), **said), 422)
    assert words in page
    assert f'value="{quantity}"' in page
    assert words in markup(browser.get(path(held, "change"), said))


def test_another_offer_takes_its_place(had: tuple[Chain, Json], signed_in: SignedIn) -> None:
    """Of the same vendor, billed the same way: nothing else is offered."""
    made, held = had
    browser = signed_in(made.ref("res"))
    page = markup(browser.get(path(held, "change")))
    offered = re.findall(r"<option[^>]*>Product ([^<]*)<", page)
    assert offered == [made.ref("e3"), made.ref("e5")]
    other = made.res.get(f"/products/{made.ref('e5')}")["id"]
    led(browser, send(browser, path(held, "change"), quantity=10, product=other))
    provision()
    assert made.res.get(path(held))["product"]["ref"] == made.ref("e5")


def test_an_end_says_what_is_given_back(had: tuple[Chain, Json], signed_in: SignedIn) -> None:
    """Now with what was prepaid; or to the end of its period, with nothing."""
    made, held = had
    browser = signed_in(made.ref("cust"))
    page = text(browser.get(path(held, "cancel")))
    assert "145.20" in page  # ten seats at 12.00 and 21 percent, on the first of all days
    assert "when it is to end" in markup(send(browser, path(held, "cancel")), 422)
    led(browser, send(browser, path(held, "cancel"), when="period_end", reason="Moving."))
    provision()
    page = text(browser.get(path(held)))
    assert "Pending cancellation" in page
    assert "Ends on" in page
    assert "Suspend" not in page


def test_a_pause_is_the_sellers(had: tuple[Chain, Json], signed_in: SignedIn) -> None:
    """Suspended with a reason, resumed; the customer's page has neither, and its address is nobody's."""
    made, held = had
    seller, buyer = signed_in(made.ref("res")), signed_in(made.ref("cust"))
    assert "Suspend" not in text(buyer.get(path(held)))
    assert buyer.get(path(held, "suspend")).status_code == 404
    assert "This field is required" in markup(send(seller, path(held, "suspend"), reason=" "), 422)
    led(seller, send(seller, path(held, "suspend"), reason="Not paid."))
    provision()
    assert "It is paused" in text(buyer.get(path(held)))
    led(seller, send(seller, path(held, "resume")))
    provision()
    assert made.cust.get(path(held))["status"] == "active"


@cases("""
role      ->  status
admin     ->  200
buyer     ->  200
approver  ->  403
finance   ->  403
viewer    ->  403
""")
def test_who_may_change(signed_in: SignedIn, role: str, status: str) -> None:
    made, held, _ = still()
    browser = signed_in(made.ref("cust"), role)
    page = text(browser.get(path(held)))
    assert ("Change quantity" in page) == (status == "200")
    for verb in ("change", "cancel"):
        answer: HttpResponse = browser.get(path(held, verb))  # type: ignore[assignment]
        assert answer.status_code == int(status)
