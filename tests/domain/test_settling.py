"""What settles what (R62, R65): tables of cases, and what holds of any."""

from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from placet.domain.settling import Allocation, Debit, Source, allocate, drawn, undone
from tests.domain.tables import cases

MOST = 10**15


def id_of(name: str) -> UUID:
    return UUID(int=sum(ord(letter) * 256**place for place, letter in enumerate(name)))


def sources_of(text: str) -> list[Source]:
    """`P1 30 > I2` is a payment of 30 that names an invoice."""
    made = []
    for each in filter(None, text.split(", ")):
        source, _, names = each.partition(" > ")
        name, left = source.split()
        made.append(Source(id_of(name), int(left), tuple(map(id_of, names.split()))))
    return made


def debits_of(text: str) -> list[Debit]:
    return [Debit(id_of(name), int(open_)) for name, open_ in map(str.split, filter(None, text.split(", ")))]


def allocations_of(text: str) -> list[Allocation]:
    """`P1 I1 10`."""
    found = map(str.split, filter(None, text.split(", ")))
    return [Allocation(id_of(source), id_of(target), int(amount)) for source, target, amount in found]


@cases("""
why                            sources            debits            settled
nothing to settle with         -                  I1 10             -
nothing is owed                P1 10              -                 -
a part of the oldest           P1 4               I1 10, I2 10      P1 I1 4
the oldest, then the next      P1 14              I1 10, I2 10      P1 I1 10, P1 I2 4
what is over stays             P1 30              I1 10, I2 10      P1 I1 10, P1 I2 10
the oldest credit first        P1 4, P2 20        I1 10             P1 I1 4, P2 I1 6
the one that it names          P1 10 > I2         I1 10, I2 10      P1 I2 10
the rest of it the oldest      P1 13 > I2         I1 10, I2 10      P1 I2 10, P1 I1 3
who names is asked first       P1 10, P2 10 > I1  I1 10, I2 10      P2 I1 10, P1 I2 10
several named, in their order  C1 15 > I2 I3      I1 9, I2 9, I3 9  C1 I2 9, C1 I3 6
a named one that is not open   P1 10 > I9         I1 10             P1 I1 10
""")
def test_what_settles_what(why: str, sources: str, debits: str, settled: str) -> None:
    del why
    wanted = allocations_of(settled)
    assert sorted(allocate(sources_of(sources), debits_of(debits)), key=str) == sorted(wanted, key=str)


@cases("""
why                            amount  sources     settled           drawn_
what is left, the first first  5       P1 3, P2 9  P3 I1 9           P1 R 3, P2 R 2
then the newest settlement     5       P1 3        P3 I2 9, P3 I1 9  P1 R 3, P3 I2 -2, P3 R 2
and the one before it          12      -           P3 I2 9, P2 I1 9  P3 I2 -9, P3 R 9, P2 I1 -3, P2 R 3
all of it                      9       -           P3 I2 9           P3 I2 -9, P3 R 9
""")
def test_what_a_refund_is_drawn_on(why: str, amount: str, sources: str, settled: str, drawn_: str) -> None:
    del why
    found = drawn(int(amount), id_of("R"), sources_of(sources), allocations_of(settled))
    assert list(found) == allocations_of(drawn_)


AMOUNTS = st.integers(1, MOST)


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Source], list[Debit]]:
    """Any open items of one account, named ones among them."""
    ids = count(1)
    debits = [Debit(UUID(int=next(ids)), amount) for amount in draw(st.lists(AMOUNTS, max_size=6))]
    known = [debit.id for debit in debits] + [UUID(int=999)]
    names = st.lists(st.sampled_from(known), max_size=3, unique=True).map(tuple)
    sources = [
        Source(UUID(int=next(ids)), amount, named)
        for amount, named in draw(st.lists(st.tuples(AMOUNTS, names), max_size=6))
    ]
    return sources, debits


@given(books())
def test_whatever_is_open(book: tuple[list[Source], list[Debit]]) -> None:
    """R62, R65: nothing is settled twice, nothing is used twice, and no credit is left beside a debit; who
    names something that is still open has nothing left."""
    sources, debits = book
    made = allocate(sources, debits)
    used = {source.id: sum(a.amount for a in made if a.source == source.id) for source in sources}
    settled = {debit.id: sum(a.amount for a in made if a.target == debit.id) for debit in debits}
    assert all(each.amount > 0 for each in made)
    assert len({(each.source, each.target) for each in made}) == len(made)
    assert all(0 <= used[source.id] <= source.left for source in sources)
    assert all(0 <= settled[debit.id] <= debit.open for debit in debits)
    left = sum(source.left - used[source.id] for source in sources)
    open_ = sum(debit.open - settled[debit.id] for debit in debits)
    assert not (left and open_)
    for place, debit in enumerate(debits):
        later = [a for a in made if a.target in {d.id for d in debits[place + 1 :]}]
        by_name = {source.id: source.names for source in sources}
        if settled[debit.id] < debit.open:  # the oldest first: what is younger was settled by name alone
            assert all(a.target in by_name[a.source] for a in later)


@given(books())
def test_what_is_taken_back_is_as_before(book: tuple[list[Source], list[Debit]]) -> None:
    made = allocate(*book)
    assert sum(a.amount for a in made) + sum(a.amount for a in undone(made)) == 0
    assert {(a.source, a.target, -a.amount) for a in undone(made)} == {
        (a.source, a.target, a.amount) for a in made
    }


@given(books(), st.data())
def test_whatever_is_given_back(book: tuple[list[Source], list[Debit]], data: st.DataObject) -> None:
    """R65: exactly the amount goes into the refund, of what was left or what is open again."""
    sources, debits = book
    made = allocate(sources, debits)
    used = {source.id: sum(a.amount for a in made if a.source == source.id) for source in sources}
    left = [Source(s.id, s.left - used[s.id]) for s in sources]
    most = sum(source.left for source in sources)
    amount = data.draw(st.integers(0, most))
    into = UUID(int=777)
    given_ = drawn(amount, into, left, list(reversed(made)))
    assert sum(a.amount for a in given_ if a.target == into) == amount
    opened = -sum(a.amount for a in given_ if a.target != into)
    assert opened == max(0, amount - sum(source.left for source in left))
    assert all(a.amount < 0 for a in given_ if a.target != into)
