"""`placet verify`: a proof of one moment, told a line for each invariant (contract §1)."""

from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker
from rich.console import Console

from placet.actions.verify import verify
from placet.entrypoints.cli.verify import prove
from placet.storage import db
from placet.storage.invariants import INVARIANTS, credit
from tests.databases import emptied
from tests.stories import acts
from tests.stories.worlds import customer, distributor, world


@pytest.fixture
def small(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """A small world that is really there."""
    with django_db_blocker.unblock():
        emptied()
        acts.load(world(distributor("dist"), customer("cust", "dist"), prices={"bp": "10.00"}))
        yield
        emptied()
        connection.close()


@pytest.mark.usefixtures("small")
def test_a_proof_is_of_one_moment_whatever_goes_on_beside_it() -> None:
    proof = verify()
    first = next(proof)
    assert first.invariant == credit.ONE_EACH.holds
    with psycopg.connect(**connection.get_connection_params()) as beside:
        beside.execute("UPDATE credit_account SET balance_minor = 1, reserved_minor = 1")
    assert [finding.broken for finding in proof if finding.broken] == []
    assert [finding.rule for finding in verify() if finding.broken] == ["R60", "R42", "R42", "R62"]


@pytest.mark.usefixtures("small")
def test_a_proof_writes_nothing() -> None:
    for _ in verify():
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            db.raw().execute("UPDATE credit_account SET balance_minor = 1")
        break


TOLD = """\
ok      R60  every contract has its credit account, in its currency (1 looked at)
BROKEN  R60  an account's balance is the sum of its entries: the account of Org cust at Org dist \
"""


@pytest.mark.usefixtures("small")
def test_people_are_told_a_line_for_each_invariant() -> None:
    _run("UPDATE credit_account SET balance_minor = -1")
    told = StringIO()
    assert not prove(Console(file=told, width=500))
    lines = told.getvalue().splitlines()
    assert len(lines) == len(INVARIANTS)
    assert told.getvalue().startswith(TOLD)
    assert lines[1].endswith("has a balance of -1, its entries make 0")
    also = [line for line in lines[2:] if not line.startswith("ok")]
    assert [line.split()[:2] for line in also] == [["BROKEN", "R62"]]  # what is open does not make it either
    _run("UPDATE credit_account SET balance_minor = 0")
    assert prove(Console(file=told))


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
