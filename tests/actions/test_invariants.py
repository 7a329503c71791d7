"""What `placet verify` proves: true books hold, and whatever is broken in them is found and named."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from placet.actions.verify import finding_of
from placet.storage.invariants import INVARIANTS, Invariant, examine, telling
from tests.actions.books import keep_books
from tests.actions.breaks import BESIDES, BREAKS, WIDENED
from tests.databases import emptied

IDS = {
    "#": "(SELECT a.id FROM credit_account a JOIN contract c ON c.id = a.contract_id "
    "JOIN organization b ON b.id = c.buyer_id WHERE b.ref = '{}')",
    "@": "(SELECT id FROM organization WHERE ref = '{}')",
    "": "(SELECT id FROM orders WHERE note = '{}')",
}


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The books, kept once for all of these tests."""
    with django_db_blocker.unblock():
        emptied()
        keep_books()
        yield
        emptied()
        connection.close()


@pytest.fixture
def books(kept: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The books, to be broken."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("books")
def test_true_books_are_proven() -> None:
    """And every invariant has something to look at in them: none holds of nothing."""
    found = {invariant: examine(invariant) for invariant in INVARIANTS}
    assert {invariant.holds: what.named for invariant, what in found.items() if what.broken} == {}
    assert [invariant.holds for invariant, what in found.items() if not what.counted] == []


def test_every_sentence_of_every_invariant_can_be_provoked() -> None:
    told = {invariant.holds: len(invariant.broken) for invariant in INVARIANTS}
    assert {invariant.holds: len(breaks) for invariant, breaks in BREAKS.items()} == told


CASES = [
    pytest.param(invariant, place, broken, id=f"{invariant.rule} {invariant.holds} {place} {number}")
    for number, (invariant, place, broken) in enumerate(
        [
            *((i, place, broken) for i, breaks in BREAKS.items() for place, broken in enumerate(breaks)),
            *WIDENED,
        ]
    )
]


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(("invariant", "place", "broken"), CASES)
def test_what_is_broken_is_found_and_named(invariant: Invariant, place: int, broken: str) -> None:
    _run(broken)
    found = {each: examine(each) for each in INVARIANTS}
    assert {each.holds for each, what in found.items() if what.broken} == {
        each.holds for each in {invariant, *BESIDES.get(broken, ())}
    }, [what.named for what in found.values()]
    said = _pattern([*invariant.broken.values()][place])
    for sentence in found[invariant].named:
        assert re.fullmatch(said, sentence)


@pytest.mark.usefixtures("books")
def test_of_many_broken_things_the_first_are_named_and_the_rest_is_counted() -> None:
    _run("UPDATE delivery SET status = 'failed'")
    finding = finding_of(telling.SENT, examine(telling.SENT))
    assert len(finding.broken) == 21
    assert finding.broken[-1] == f"and {finding.counted - 20} more"


def _pattern(words: str) -> str:
    """What a sentence looks like, whatever it is about."""
    return ".+".join(map(re.escape, re.split(r"\{.+?\}", words)))


def _run(statements: str) -> None:
    known = re.sub(r"<([#@]?)([a-z0-9][a-z0-9 -]*)>", _id, statements)
    with connection.cursor() as cursor:
        for statement in known.split(";"):
            cursor.execute(statement)
    assert cursor.rowcount, f"this broke nothing: {statements}"


def _id(place: re.Match[str]) -> str:
    return IDS[place[1]].format(place[2])
