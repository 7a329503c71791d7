"""What the worker does for invoices by itself: numbers (R62), and short orders tried again (R44)."""

from tests.stories.client import Client, until
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, world

WORLD = world(
    distributor("number-a", retry_when_credit_frees=True),
    customer("number-b", "number-a", {"credit_limit": "25.00"}),
    prices={"number-seat": "10.00"},
)


def test_invoices_get_their_numbers_and_short_orders_their_credit(placet: Server) -> None:
    seller, buyer = placet.client("number-a"), placet.client("number-b")
    orders = [buyer.place("number-seat") for _ in range(2)]
    for order in orders:
        buyer.wait_for(order, "executed")
    short = buyer.place("number-seat")
    assert short["status"] == "unexecuted"
    contract = seller.account("number-a", "number-b")["contract"]
    seller.post("/payments", {"contract": contract, "amount": "5"})
    buyer.wait_for(short, "executed")
    runs = {check["run"] for check in seller.read(short)["checks"]}
    assert runs == {1, 2}
    numbers = until(lambda: numbered(seller, 3), "every invoice has its number")
    assert numbers == ["INV-000001", "INV-000002", "INV-000003"]


def numbered(seller: Client, many: int) -> list[str] | None:
    found = [each["number"] for each in seller.items("/invoices")]
    return sorted(found) if None not in found and len(found) == many else None
