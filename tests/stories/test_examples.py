"""The programs of `examples/`, run as their docs say against a Placet that is up: a receiver that approves,
and the two round trips of the vendors' documents."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from placet_client import Placet
from placet_client.shapes import Delivery, Order
from placet_client.words import EventType
from tests.stories.client import until
from tests.stories.server import Server
from tests.stories.worlds import customer, distributor, group, key, reseller, world

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs" / "webhooks.md"

WORLD = world(
    # The receiver of the docs: a reseller that approves what is cheap.
    distributor("hi-a"),
    reseller("hi-b", "hi-a"),
    customer("hi-c", "hi-b", {"order_approval": True}),
    # AppXite: Distributor A watches Second-Tier Reseller B, whose Customer B orders.
    distributor("ax-a", multi_tier_approval=True),
    reseller("ax-b", "ax-a"),
    customer("ax-c", "ax-b"),
    # interworks: a reseller approves, and has little credit.
    distributor("iw-a"),
    reseller("iw-b", "iw-a", {"credit_limit": "15.00"}),
    customer("iw-c", "iw-b", {"order_approval": True}),
    prices={"ex-seat": "10.00", "ex-disk": "7.50"},
    groups=[group("ax-a", "ax-b")],
)


@dataclass
class Program:
    """An example that runs, what it printed, and the delivery log of its endpoint."""

    owner: Placet
    output: Path
    endpoint: str

    def says(self, words: str) -> str:
        """The line in which it says so, once it does."""

        def line() -> str | None:
            return next((each for each in self.output.read_text().splitlines() if words in each), None)

        return until(line, f"it says {words!r}")

    def heard(self, kind: str, count: int = 1) -> list[Delivery]:
        """So many messages of that kind, that it has received."""

        def found() -> list[Delivery] | None:
            all_ = self.owner.list_webhook_deliveries(status="delivered")
            same = [each for each in all_ if each["event"]["type"] == kind]
            return same if len(same) >= count else None

        return until(found, f"it has heard of {kind}")


@contextmanager
def running(placet: Server, folder: Path, name: str, owner: str, **variables: str) -> Iterator[Program]:
    """`examples/NAME.py` with an endpoint of its own for the events that its docs name."""
    port, output = free_port(), folder / "output"
    script = ROOT / "examples" / f"{name}.py"
    said = re.findall(r"`((?:order|offer)\.\w+)`", script.read_text().split('"""')[1])
    with Placet(placet.address, key(owner)) as program:
        made = program.add_webhook_endpoint(
            url=f"http://127.0.0.1:{port}/", events=said or ["order.pending_approval"]
        )
        known = {
            "PLACET_URL": placet.address,
            "PLACET_KEY": key(owner),
            "PLACET_WEBHOOK_SECRET": made["secret"],
            "PORT": str(port),
        }
        with (
            output.open("w") as written,
            subprocess.Popen(  # noqa: S603
                [sys.executable, script],
                env=os.environ | known | variables,
                stdout=written,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            try:
                until(lambda: listens(port), "it listens")
                yield Program(program, output, made["id"])
            finally:
                process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(program: Placet, order: Order, status: str) -> Order:
    """The order, once it has this status."""

    def there() -> Order | None:
        now = program.read_order(order["id"])
        return now if now["status"] == status else None

    return until(there, f"{order['number']} is {status}")


@pytest.fixture
def placing(placet: Server, request: pytest.FixtureRequest) -> Iterator[Placet]:
    """The customer's own program."""
    with Placet(placet.address, key(request.param)) as program:
        yield program


def seats(program: Placet, quantity: int) -> Order:
    return program.place_order(lines=[{"product": "ex-seat", "quantity": quantity}])


# A receiver that approves -------------------------------------------------------------------


def test_the_docs_show_the_very_file() -> None:
    """In 42 lines at most."""
    code = (ROOT / "examples" / "approving_receiver.py").read_text()
    [shown] = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert shown == code
    assert len(code.splitlines()) <= 42
    for name in ("approving_receiver", "multi_tier_approval", "reseller_accepts"):
        assert f"examples/{name}.py" in DOCS.read_text()


@pytest.mark.parametrize("placing", ["hi-c"], indirect=True)
def test_a_receiver_that_approves(placet: Server, placing: Placet, tmp_path: Path) -> None:
    """It verifies, says yes to what is cheap, and leaves the rest to people; what is not signed, or was
    signed long ago, moves nothing."""
    with running(placet, tmp_path, "approving_receiver", "hi-b") as program:
        cheap, dear = seats(placing, 2), seats(placing, 50)
        wait_for(placing, cheap, "executed")
        program.heard("order.pending_approval", 2)
        wanted: list[EventType] = ["order.pending_approval"]
        [asked] = until(lambda: list(program.owner.list_events(order=dear["id"], type=wanted)), "it is told")
        port = program.owner.read_webhook_endpoint(program.endpoint)["url"]
        for at in (int(time.time()), 1):
            forged = {"webhook-id": "1", "webhook-timestamp": str(at), "webhook-signature": "v1,bm8="}
            lie = {**asked, "data": {**asked["data"], "approval": {"credit_risk_amount": {"amount": "1"}}}}
            assert httpx.post(port, headers=forged, json=lie, trust_env=False).status_code == 401
        test = program.owner.test_webhook_endpoint(program.endpoint)

        def sent() -> Delivery | None:
            found = program.owner.read_webhook_delivery(test["id"])
            return found if found["attempts"] else None

        answered = until(sent, "the test is sent")
        assert (answered["status"], answered["attempts"][0]["status_code"]) == ("delivered", 204)
        read = program.owner.read_order(cheap["id"])
        assert [each.get("comment") for each in read["approvals"]] == ["by the ERP"]
        assert program.owner.read_order(dear["id"])["status"] == "pending_approval"


def test_the_tour_of_the_docs(placet: Server) -> None:
    """As it stands there, with this world's names; again it finds nothing left to approve."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    for theirs, ours in {
        '"http://127.0.0.1:8000"': repr(placet.address),
        '"cust-b"': '"hi-c"',
        '"office"': '"ex-seat"',
    }.items():
        assert theirs in code
        code = code.replace(theirs, ours)
    for _ in range(2):
        run = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env=os.environ | {"PLACET_KEY": key("hi-b")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert "24.00" in run.stdout
    with Placet(placet.address, key("hi-b")) as program:
        [account] = program.list_credit_accounts(partner="hi-c")
        assert account["limit"] == {"amount": "5000.00", "currency": "EUR"}


# AppXite: multi-tier approval, 2-tier distribution ------------------------------------------


@pytest.mark.parametrize("placing", ["ax-c"], indirect=True)
def test_a_distributor_decides_by_webhook_and_api(placet: Server, placing: Placet, tmp_path: Path) -> None:
    """Pending Approval webhook with the amount of its own level, approval by API, OfferProvisioned webhook,
    then the final credit risk of each item (R36, R54, R92)."""
    with running(placet, tmp_path, "multi_tier_approval", "ax-a", INSURED="100.00") as program:
        order = placing.place_order(
            lines=[{"product": "ex-seat", "quantity": 2}, {"product": "ex-disk", "quantity": 4}]
        )
        assert order["status"] == "pending_approval"
        wait_for(placing, order, "executed")
        program.heard("offer.provisioned", 2)
        program.says("20.00 expected, 20.00 owed")  # 2 at 10.00, not what the customer pays
        program.says("30.00 expected, 30.00 owed")
        [step] = program.owner.read_order(order["id"])["approvals"]
        assert (step["status"], step.get("comment")) == ("approved", "50.00 is covered.")
        assert step.get("credit_risk_amount") == {"amount": "50.00", "currency": "EUR"}

        refused = wait_for(placing, seats(placing, 11), "rejected")
        assert refused["rejection"]
        assert refused["rejection"]["reason"] == "Not within our terms."
        assert "note" not in refused["rejection"]
        program.heard("order.rejected")
        [own] = program.owner.list_orders(status="rejected")
        assert own["rejection"]
        assert own["rejection"].get("note") == "110.00 is above 100.00, the cover of one order."


# interworks: the reseller accepts, pays, and accepts again ----------------------------------


@pytest.mark.parametrize("placing", ["iw-c"], indirect=True)
def test_a_reseller_accepts_and_pays_and_accepts_again(
    placet: Server, placing: Placet, tmp_path: Path
) -> None:
    """Within its credit the order goes through; beyond it stays unexecuted, until the distributor has booked
    the reseller's payment (R40-R44, R104)."""
    with (
        running(placet, tmp_path, "reseller_accepts", "iw-b", SECONDS="0.2") as program,
        Placet(placet.address, key("iw-a")) as distributor_,
    ):
        first = wait_for(placing, seats(placing, 1), "executed")
        program.says(f"{first['number']} is executed")
        second = wait_for(placing, seats(placing, 2), "unexecuted")
        assert second["status_label"] == "In progress"  # whose credit is short is not the customer's to know
        program.says(f"{second['number']} needs money: 15.00 EUR")
        [account] = distributor_.list_credit_accounts(partner="iw-b")
        assert [each["id"] for each in distributor_.list_unexecuted_orders()] == [second["id"]]
        distributor_.record_payment(contract=account["contract"], amount="15.00", note="by wire")
        wait_for(placing, second, "executed")
        program.says(f"{second['number']} is executed")
        assert list(program.owner.list_unexecuted_orders()) == []
