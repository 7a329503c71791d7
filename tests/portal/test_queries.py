"""No page makes more statements for more rows: each is read with three of everything, and with thirty."""

from typing import Final

import pytest
from django.test import Client

from tests.api.callers import Caller, load, unique
from tests.portal.conftest import SignedIn
from tests.portal.pages import addresses, name_of
from tests.portal.people import reader
from tests.portal.walking import walk
from tests.statements import counted
from tests.stories.worlds import Json, customer, distributor, group, product, reseller, world

FEW: Final = 3
MANY: Final = 30

READERS: Final = ("cust", "res", "dist")


@pytest.fixture
def markets(signed_in: SignedIn) -> list[dict[str, Client]]:
    """Two worlds, with few and with many of everything; who is signed in there."""
    words = [market(FEW), market(MANY)]
    return [{name: signed_in(f"{word}-{name}") for name in READERS} for word in words]


def test_more_rows_take_no_more_statements(markets: list[dict[str, Client]]) -> None:
    """Every page that has no id in its address, as every kind of organization that has it."""
    few, many = ({name: statements(browser) for name, browser in each.items()} for each in markets)
    more = {
        (name, path): (few[name][path], many[name][path])
        for name in READERS
        for path in few[name]
        if many[name][path] > few[name][path]
    }
    assert more == {}
    assert sum(map(len, few.values())) > 40


def test_things_take_no_more_statements(markets: list[dict[str, Client]]) -> None:
    """The same for pages of one thing: the largest of its kind, by what it took."""
    for name in READERS:
        few, many = (things(each[name]) for each in markets)
        more = {page: (few[page], many[page]) for page in few.keys() & many.keys() if many[page] > few[page]}
        assert more == {}, name


def statements(browser: Client) -> dict[str, int]:
    """How many each page takes, once it has been there before."""
    taken = {}
    for address in addresses():
        if address.door and not address.door.acts and "<" not in address.route:
            browser.get(address.path)
            with counted() as sent:
                answer = browser.get(address.path)
            if answer.status_code == 200:
                taken[address.path] = len(sent)
    return taken


def things(browser: Client) -> dict[str, int]:
    """The most that a page of each kind of thing takes."""
    varying = {address.name for address in addresses() if "<" in address.route and address.door}
    taken: dict[str, int] = {}
    for path in walk(reader(browser), enough=4):
        if "?" not in path and name_of(path) in varying:
            with counted() as sent:
                browser.get(path)
            taken[name_of(path)] = max(len(sent), taken.get(name_of(path), 0))
    return taken


def market(many: int) -> str:
    """A chain of three whose everything is there so many times; what its refs begin with."""
    word = unique("rows")
    top, res, cust = (f"{word}-{name}" for name in READERS[::-1])
    offers = [f"{word}-p{n}" for n in range(many)]
    others = [customer(f"{word}-c{n}", res) for n in range(many)]
    partners = [reseller(f"{word}-r{n}", top, {"credit_limit": "10.00"}) for n in range(many)]
    load(
        world(
            distributor(top, multi_tier_approval=True, **staff(top, many)),
            reseller(res, top, {"credit_limit": "900.00"}, **staff(res, many)),
            customer(cust, res, {"order_approval": True}, **staff(cust, many)),
            *others,
            *partners,
            prices=dict.fromkeys(offers, "10.00"),
            products=[product(ref, vendor=f"{word}-v{n % 3}") for n, ref in enumerate(offers)],
            groups=[
                group(top, *members, name=f"G{n}") for n, members in enumerate([[res]] + [[]] * (many - 1))
            ],
            subscriptions=[held(f"{word}-s{n}", cust, ref) for n, ref in enumerate(offers)],
        )
    )
    for _ in range(many):
        Caller(cust).post("/orders", {"lines": [{"product": ref, "quantity": 1} for ref in offers[:3]]})
        Caller(res).post("/orders", {"lines": [{"product": offers[0], "quantity": 50}]})
    return word


def staff(ref: str, many: int) -> Json:
    """So many users, contacts and keys."""
    users = [{"email": f"u{n}@{ref}.test", "name": f"User {n}", "role": "viewer"} for n in range(many)]
    contacts = [{"name": f"Contact {n}", "email": f"c{n}@{ref}.test"} for n in range(many)]
    return {"users": users, "contacts": contacts}


def held(ref: str, customer_: str, product_: str) -> Json:
    """A subscription that was there before."""
    return {"ref": ref, "customer": customer_, "product": product_, "quantity": 2, "started_at": "2026-06-01"}
