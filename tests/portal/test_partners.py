"""Partners: the tree below a seller, and a partner's page (R1, R2, R22, R23, R61, R64, R72)."""

import re

import pytest

from tests.api.callers import load, unique
from tests.api.chains import Chain, chain
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import id_of, led, markup, rows, section, send, text, words
from tests.statements import counted
from tests.stories.worlds import card, customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")


def tree() -> Chain:
    """A distributor; below it two resellers, below one of them another with one more, each with a limit of
    its own that its neighbours alone may know."""
    made = Chain(unique("org"))
    top, upper, lower, last, other = map(made.ref, ("dist", "up", "low", "last", "other"))
    load(
        world(
            distributor(top),
            reseller(upper, top, {"credit_limit": "1111.00"}, external_id="P-1"),
            reseller(lower, upper, {"credit_limit": "2222.00"}, external_id="P-2"),
            reseller(last, lower, {"credit_limit": "3333.00"}),
            reseller(other, top, {"credit_limit": "4444.00"}, status="new"),
            customer(made.ref("cust"), last, {"credit_limit": "5555.00"}),
            customer(made.ref("direct"), top, {"credit_limit": "6666.00"}),
            distributor(made.ref("far")),
            prices={made.ref("bp"): "10.00"},
        )
    )
    return made


LIMITS = {"up": "1 111.00", "low": "2 222.00", "last": "3 333.00", "other": "4 444.00", "direct": "6 666.00"}


@cases("""
viewer  ->  listed             limits
dist        other up low last  up other
up          low last           low
low         last               last
last        -                  -
other       -                  -
far         -                  -
""")
def test_the_tree_below(viewer: str, listed: str, limits: str, signed_in: SignedIn) -> None:
    """R1, R2: everyone who sells below, each after whom it buys from; money of one's own links alone."""
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    page = markup(signed_in(made.ref(viewer)).get("/partners"))
    found = re.findall(rf'href="/partners/[^"]*">Org {made.word}-(\w+)</a>', page)
    assert found == listed.split()
    assert {name for name, limit in LIMITS.items() if limit in words(page)} == set(limits.split())


KNOWN: dict[str, Chain] = {}


@cases("""
viewer  of      ->  status  money
dist    up          200     yes
dist    low         200     -
dist    last        200     -
up      low         200     yes
up      last        200     -
low     up          404     -
up      up          404     -
up      dist        404     -
up      other       404     -
far     up          404     -
cust    last        404     -
""")
def test_who_sees_a_partner(viewer: str, of: str, status: str, money: str, signed_in: SignedIn) -> None:
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    answer = signed_in(made.ref(viewer)).get(f"/partners/{id_of(made.ref(of))}")
    assert answer.status_code == int(status)
    assert (LIMITS.get(of, "?") in words(answer.content.decode())) == bool(money)


def test_customers_stand_among_customers(signed_in: SignedIn) -> None:
    """One that sells on is a partner, one that does not a customer, whatever the address says."""
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    browser = signed_in(made.ref("dist"))
    direct, upper = id_of(made.ref("direct")), id_of(made.ref("up"))
    assert browser.get(f"/partners/{direct}").headers["Location"] == f"/customers/{direct}"
    assert browser.get(f"/customers/{upper}").headers["Location"] == f"/partners/{upper}"
    assert f"Org {made.ref('direct')}" in text(browser.get("/customers"))
    assert browser.get("/partners").status_code == 200
    assert signed_in(made.ref("cust")).get("/partners").status_code == 404


@cases("""
query           ->  listed
sort=-name          up low last other
sort=status         up low last other
status=new          other
q=p-1               up low last
q=p-2               -
columns=status      other up low last
""")
def test_sorted_and_filtered(query: str, listed: str, signed_in: SignedIn) -> None:
    """By what is the caller's own; whoever stands below comes along."""
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    page = markup(signed_in(made.ref("dist")).get(f"/partners?{query}"))
    found = re.findall(rf'href="/partners/[^"]*">Org {made.word}-(\w+)</a>', page)
    assert found == listed.split()


def test_as_a_file(signed_in: SignedIn) -> None:
    """CSV: one's own partners, with their terms."""
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    lines = markup(signed_in(made.ref("dist")).get("/partners?format=csv")).splitlines()
    assert len(lines) == 1 + 2
    assert lines[2] == f"Org {made.ref('up')},reseller,Active,LV,Cash,1111.00 EUR,1111.00 EUR"


def test_who_sells_below_stands_on_the_page(signed_in: SignedIn) -> None:
    made = KNOWN.setdefault("made", tree() if not KNOWN else Chain(""))
    page = markup(signed_in(made.ref("dist")).get(f"/partners/{id_of(made.ref('up'))}"))
    below = [row.split()[1] for row in rows(section(page, "c-below"))[1:]]
    assert sorted(below) == sorted([made.ref("low"), made.ref("last")])


def test_more_partners_take_no_more_statements(signed_in: SignedIn) -> None:
    sent = []
    for count in (3, 30):
        made = Chain(unique("org"))
        top = made.ref("dist")
        uppers = [reseller(made.ref(f"r{n}"), top) for n in range(count)]
        lowers = [reseller(made.ref(f"s{n}"), made.ref(f"r{n}")) for n in range(count)]
        load(world(distributor(top), *uppers, *lowers, prices={made.ref("bp"): "10.00"}))
        browser = signed_in(top)
        browser.get("/partners")
        with counted() as statements:
            assert len(rows(markup(browser.get("/partners?limit=50")))) == 1 + 2 * count
        sent.append(len(statements))
    assert sent[0] == sent[1]


# What its seller changes --------------------------------------------------------------------


def test_to_card_and_back(signed_in: SignedIn) -> None:
    """R22: with a card that can be charged; the toggles of its customers are locked from then on."""
    made = chain(res={"tokens": card("tok_ok")["tokens"]})
    browser, address = signed_in(made.ref("dist")), f"/partners/{id_of(made.ref('res'))}"
    lists = [each["id"] for each in made.dist.items("/price-lists")]
    said = {"payment_method": "credit_card", "price_list": lists[0]}
    assert "Credit card, 30 days" in led(browser, send(browser, f"{address}/terms", **said))
    assert made.organization("res", "cust")["order_approval"]["locked"] is True
    send(browser, f"{address}/terms", **said | {"payment_method": "cash"})
    assert made.organization("res", "cust")["order_approval"]["locked"] is False


def test_multi_tier_approval_is_switched_on(signed_in: SignedIn) -> None:
    """R23: per partner, by its seller; a customer has none."""
    made = chain()
    browser, address = signed_in(made.ref("dist")), f"/partners/{id_of(made.ref('res'))}"
    said = {"name": "Res", "country": "LV", "external_id": "", "multi_tier_approval": "on"}
    assert "Multi-tier approval on" in led(browser, send(browser, f"{address}/details", **said))
    page = markup(signed_in(made.ref("res")).get(f"/customers/{id_of(made.ref('cust'))}"))
    assert "multi_tier_approval" not in page


def test_blocking_ends_what_waits(signed_in: SignedIn) -> None:
    """R72: of the whole chain that it is in, and the dialog counts it."""
    made = chain(cust={"order_approval": True})
    order, browser = made.ordered(), signed_in(made.ref("dist"))
    address = f"/partners/{id_of(made.ref('res'))}"
    page = words(markup(browser.get(address)))
    assert "Nobody of it can sign in any more." in page
    assert "(1) are cancelled" in page
    led(browser, send(browser, f"{address}/status", status="blocked"))
    assert made.dist.get(f"/orders/{order['id']}")["status"] == "cancelled"
    assert "Blocked" in words(markup(browser.get(address)))


def test_a_card_payer_without_a_card_is_not_activated(signed_in: SignedIn) -> None:
    """R49: the refusal is told, and nothing changes."""
    made = chain(res={"payment_method": "credit_card"}, status="new")
    browser, address = signed_in(made.ref("dist")), f"/partners/{id_of(made.ref('res'))}"
    said = led(browser, send(browser, f"{address}/status", status="active"))
    assert "It has stored no card that can be charged" in said
    assert made.organization("dist", "res")["status"] == "new"


def test_a_partner_is_added(signed_in: SignedIn) -> None:
    made = chain()
    lists = [each["id"] for each in made.dist.items("/price-lists")]
    said = {
        "name": "Nova Cloud",
        "kind": "reseller",
        "time_zone": "Europe/Riga",
        "price_list": lists[0],
        "payment_method": "cash",
        "limit": "unlimited",
        "tax_rate": "0",
        "payment_days": "30",
        "multi_tier_approval": "on",
    }
    browser = signed_in(made.ref("dist"))
    assert "Nova Cloud" in led(browser, send(browser, "/partners/add", **said))
    (seen,) = [one for one in made.dist.items("/organizations") if one["name"] == "Nova Cloud"]
    assert seen["kind"] == "reseller"
    assert seen["contract"]["credit_account"]["limit"] == "unlimited"
    assert seen["order_approval"]["stored"] is False
