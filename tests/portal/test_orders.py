"""The list of orders: what each kind of viewer has of one, filters, sorting, paging, the file (R2, §13)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from django.test import Client

from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import OrderStatus
from placet.storage.order_lists import number_of
from tests.api.callers import load, unique
from tests.domain.tables import cases
from tests.portal.conftest import SignedIn
from tests.portal.reading import id_of, markup, rows, text
from tests.statements import counted
from tests.stories import acts
from tests.stories.acts import actor
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("committed")

MONDAY: Final = datetime(2026, 11, 16, 9, tzinfo=UTC)


def chain() -> str:
    """The chain dist < res < cust, other; low is short of credit. The word that all refs begin with."""
    word = unique("list")
    load(
        world(
            distributor(f"{word}-dist"),
            reseller(f"{word}-res", f"{word}-dist"),
            customer(f"{word}-cust", f"{word}-res", {"order_approval": True}, name=f"{word} Bakery"),
            customer(f"{word}-other", f"{word}-res", name=f"{word} Books"),
            customer(f"{word}-poor", f"{word}-res", {"credit_limit": "1.00"}, name=f"{word} Poorhouse"),
            reseller(f"{word}-low", f"{word}-dist", {"credit_limit": "1.00"}),
            customer(f"{word}-low-c", f"{word}-low"),
            distributor(f"{word}-far"),
            prices={f"{word}-bp": "10.00"},
        )
    )
    return word


def place(word: str, who: str, day: int = 0, quantity: int = 1) -> Order:
    """An order of that customer's, so many days after Monday."""
    at = MONDAY + timedelta(days=day)
    return acts.place(actor(f"{word}-{who}"), f"{quantity} {word}-bp", at=at)


def numbers(client: Client, query: str = "") -> list[str]:
    """The orders that are listed, in the list's order."""
    return re.findall(r"(PL-\d{6})</a></td>", markup(client.get(f"/orders{query}")))


def test_what_each_kind_of_viewer_has_of_an_order(signed_in: SignedIn) -> None:
    """R2: a customer no cost, a distributor no markup; a stranger nothing."""
    word = chain()
    number = place(word, "cust").number
    (row,) = rows(markup(signed_in(f"{word}-res").get("/orders")))[1:]
    assert row == f"{number} {word} Bakery Pending Reseller Approval 16 Nov 2026, 09:00 10.00 € 12.00 €"
    (row,) = rows(markup(signed_in(f"{word}-cust").get("/orders")))[1:]
    assert row == f"{number} Pending Reseller Approval 16 Nov 2026, 09:00 12.00 €"
    (row,) = rows(markup(signed_in(f"{word}-dist").get("/orders")))[1:]
    assert row == f"{number} {word} Bakery Org {word}-res Pending Approval 16 Nov 2026, 09:00 10.00 €"
    assert "No orders yet" in text(signed_in(f"{word}-far").get("/orders"))


def test_who_may_not_know_reads_that_it_is_in_progress(signed_in: SignedIn) -> None:
    """Spec §13: short of credit further up, to the customer the order is under way."""
    word = chain()
    place(word, "low-c")
    page = text(signed_in(f"{word}-low-c").get("/orders"))
    assert "In progress" in rows(markup(signed_in(f"{word}-low-c").get("/orders")))[1]
    assert "Unexecuted" not in page
    assert "Unexecuted due to Insufficient Credit" in text(signed_in(f"{word}-low").get("/orders"))


def test_filters(signed_in: SignedIn) -> None:
    """Each by itself and together; an empty answer says the way back."""
    word = chain()
    first, second, third = place(word, "cust", 0), place(word, "other", 1), place(word, "poor", 2)
    seller = signed_in(f"{word}-res")
    for query, found in {
        "": [third, second, first],
        "?status=pending_approval": [first],
        "?status=unexecuted": [third],
        "?status=rejected": [],
        f"?q={first.number}": [first],
        f"?q={second.number[3:]}": [second],
        f"?q={word}+book": [second],
        f"?q={word.upper()}": [third, second, first],
        "?q=%25": [],
        f"?customer={word}-other": [second],
        f"?customer={id_of(f'{word}-poor')}&status=unexecuted": [third],
        f"?customer={word}-far": [],
        "?placed_from=2026-11-17": [third, second],
        "?placed_to=2026-11-17": [second, first],
        "?placed_from=2026-11-17&placed_to=2026-11-17": [second],
        f"?q={word}&placed_to=2026-11-16": [first],
        "?sort=placed_at": [first, second, third],
        "?status=nonsense&placed_from=yesterday": [third, second, first],
    }.items():
        assert numbers(seller, query) == [order.number for order in found], query
    assert "Clear the filter" in text(seller.get("/orders?status=rejected"))
    assert "No order matches “PL-0009”" in text(seller.get("/orders?q=PL-0009"))


@cases("""
sort        columns
-placed_at  number
placed_at   number
""")
def test_pages_follow_each_other_without_gap(signed_in: SignedIn, sort: str, columns: str) -> None:
    """Keyset paging both ways, at the same moment too."""
    word = chain()
    placed = [place(word, "other", day // 2).number for day in range(30)]
    seller = signed_in(f"{word}-res")
    wanted = placed if sort == "placed_at" else placed[::-1]
    first = markup(seller.get(f"/orders?sort={sort}&columns={columns}&limit=25"))
    (cursor,) = re.findall(r"cursor=([\w%-]+)", first)
    assert re.findall(r"(PL-\d{6})</a></td>", first) == wanted[:25]
    assert numbers(seller, f"?sort={sort}&limit=25&cursor={cursor}") == wanted[25:]
    assert numbers(seller, "?cursor=made-up") == placed[::-1][:25]


def test_the_file(signed_in: SignedIn) -> None:
    """The filtered list, only what the viewer may see, amounts and currencies apart."""
    word = chain()
    first = place(word, "cust", 0)
    place(word, "other", 1)
    file = markup(signed_in(f"{word}-res").get("/orders?format=csv&status=pending_approval"))
    assert file.removeprefix("\ufeff").splitlines() == [
        "Order,Customer,Status,Order date,Total cost,Currency of the cost,Total amount,Currency",
        f"{first.number},{word} Bakery,Pending Reseller Approval,2026-11-16 09:00,10.00,EUR,12.00,EUR",
    ]
    file = markup(signed_in(f"{word}-dist").get("/orders?format=csv&columns=total_amount"))
    assert file.splitlines()[1:] == [f"{each},10.00,EUR" for each in numbers(signed_in(f"{word}-dist"))]
    assert "12.00" not in file


def test_more_rows_make_no_more_statements(signed_in: SignedIn) -> None:
    """One statement for the ids, one for the orders."""
    word = chain()
    taken = []
    client = signed_in(f"{word}-res")
    for more in (3, 20):
        for _ in range(more):
            place(word, "other")
        client.get("/orders")
        with counted() as sent:
            client.get("/orders")
        taken.append(len(sent))
    assert taken[0] == taken[1]


@cases("""
text        ->  number
318         ->  PL-000318
PL-000318   ->  PL-000318
pl-318      ->  PL-000318
pl 318      ->  PL-000318
1234567     ->  PL-1234567
Bakery      ->  -
PL-         ->  -
31x         ->  -
""")
def test_which_number_is_meant(text: str, number: str) -> None:
    assert (number_of(text) or "") == number


def test_the_same_through_the_action(signed_in: SignedIn) -> None:
    """A customer that is nobody's here is not found, and says nothing of whether it exists (R1)."""
    from placet.actions.list_orders import OrderFilter, find_orders

    word = chain()
    by = actor(f"{word}-res")
    wanted = OrderFilter(status=OrderStatus.UNEXECUTED, customer=f"{word}-far")
    assert isinstance(find_orders(by=by, wanted=wanted, before=None, most=5), Refusal)
    assert signed_in(f"{word}-res", "viewer").get("/orders").status_code == 200
