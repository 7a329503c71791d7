"""Whole lives of orders, recorded: what each request, and the worker, said to PostgreSQL."""

import http.client
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.clients import BODY, ORDER_ID, STEPS
from bench.house import House
from bench.recorder import Recorder, Statement
from bench.replay import Life, Stage
from bench.world import Chain
from placet.project.database import parameters

ONE_CONNECTION: Final = {"PLACET_WEB_THREADS": "1", "PLACET_WORKER_THREADS": "1"}
"""So that every statement is prepared once the first life is over."""

WARM: Final = 6
"""Lives before the first that counts: by then the server has made up its mind about plans."""

AFTERWARDS: Final = 0.3
"""Seconds in which the worker does what follows on an executed order."""


def record(house: House, chains: Sequence[Chain]) -> list[Life]:
    """One life for each of these chains."""
    with tempfile.TemporaryDirectory() as folder:
        wires = [wire(house, Path(folder, part)) for part in ("web", "worker")]
        (web_says, web_address), (worker_says, worker_address) = wires
        with (
            house.web(address=web_address, **ONE_CONNECTION) as web,
            house.worker(address=worker_address, **ONE_CONNECTION),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", web.port)
            lives = [
                _lived(house, connection, chain, web_says, worker_says)
                for chain in [chains[0]] * WARM + [*chains]
            ]
        return lives[WARM:]


def _lived(
    house: House,
    connection: http.client.HTTPConnection,
    chain: Chain,
    web_says: Recorder,
    worker_says: Recorder,
) -> Life:
    """One order from its placing to the end of what the worker has to do for it."""
    order, stages = "", []
    worker_says.taken()
    for step, key in zip(STEPS, chain.as_json(), strict=True):
        web_says.taken()
        path, body = ("orders", BODY) if step == "place" else (f"orders/{order}/approve", "{}")
        connection.request("POST", f"/api/v1/{path}", body, {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse().read()
        order = order or ORDER_ID.findall(answer)[0].decode()
        stages.append(Stage(step, tuple(web_says.taken())))
    house.wait_until_executed()
    time.sleep(AFTERWARDS)
    return [*stages, Stage("execute", tuple(_at_work(worker_says.taken())))]


def _at_work(said: Sequence[Statement]) -> list[Statement]:
    """The worker's transactions that found something to do for this order, without those that only looked,
    and without the numbering of invoices, which comes later and for many at once."""
    open_: dict[int, list[Statement]] = {}
    kept: list[Statement] = []
    for statement in said:
        transaction = open_.setdefault(statement.connection, [])
        transaction.append(statement)
        if statement.text.upper().startswith(("COMMIT", "ROLLBACK")):
            del open_[statement.connection]
            numbers = any("invoice_counter" in one.text for one in transaction)
            kept += transaction if not numbers and any(one.rows for one in transaction) else []
    return kept


def wire(house: House, folder: Path) -> tuple[Recorder, str]:
    """A recorder, and the address of the database by way of it."""
    folder.mkdir()
    real = parameters(house.address)
    recorder = Recorder(folder, Path(real["host"], ".s.PGSQL.5432"))
    return recorder, f"postgresql://{real['user']}@/{real['dbname']}?host={folder}"
