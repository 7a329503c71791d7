"""Workers are killed while they write and send mails (R93): each mail is written once, and arrives."""

import os
import random
import signal
from email import message_from_bytes, policy
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.utils.timezone import now

from placet.storage import db
from tests.processes import all_gone
from tests.stories import acts
from tests.stories.client import until
from tests.stories.test_webhook_weather import KILLS, forked, preforked
from tests.stories.worlds import customer, distributor, reseller, world

pytestmark = pytest.mark.usefixtures("alone")

EACH: tuple[tuple[str, str], ...] = (
    ("order_received", "cust@a.example"),
    ("order_confirmation", "res@a.example"),
    ("order_executed", "cust@a.example"),
)
"""What is written of an order that needs no approval."""


def desk(ref: str) -> dict[str, Any]:
    return {"contacts": [{"name": ref, "email": f"{ref}@a.example", "roles": ["primary"]}]}


def test_workers_are_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    """SIGKILL, again and again, at any moment, with another worker beside."""
    chance, at = random.Random(1302), now()  # noqa: S311 - the same moments every time
    people = (reseller("res", "dist", **desk("res")), customer("cust", "res", **desk("cust")))
    acts.load(world(distributor("dist"), *people, prices={"bp": "1.00"}), at)
    placed = []
    with preforked(tmp_path) as forks:
        alive = [forked(forks), forked(forks)]
        for _ in range(KILLS):
            placed += [acts.place(acts.actor("cust"), "1 bp", at=now()).id for _ in range(2)]
            Event().wait(chance.random() * 0.4)
            dead = alive.pop(0)
            os.kill(dead, signal.SIGKILL)
            assert all_gone([dead])
            leases_end()
            alive.append(forked(forks))
        until(is_settled, "all mails are written and sent")
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
        assert all_gone(alive)
    rows = db.fetch('SELECT id, order_id, kind, "to" FROM mail')
    told = sorted((str(row["order_id"]), row["kind"], row["to"]) for row in rows)
    assert told == sorted((str(order), *mail) for order in placed for mail in EACH)
    came = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in tmp_path.glob("mail/*")]
    assert {mail["Message-ID"].partition("@")[0] for mail in came} == {f"<{row['id']}" for row in rows}


def leases_end() -> None:
    """Those of the dead; what a living worker has in hand another one may take as well."""
    for table in ("sub_order", "notice", "mail"):
        db.fetch(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")  # noqa: S608


def is_settled() -> bool:
    leases_end()
    waiting = """SELECT 1 FROM orders WHERE status <> 'executed' UNION ALL SELECT 1 FROM notice
    UNION ALL SELECT 1 FROM mail WHERE sent_at IS NULL"""
    return not db.fetch(waiting)
