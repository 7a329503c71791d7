"""Which part of a debit line is credited (R62): never more than is left of it."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from placet.domain.crediting import BilledLine, Credited, CreditWish, credited
from placet.domain.refusals import Refusal
from tests.domain.tables import cases

LINE, OTHER = UUID(int=1), UUID(int=2)


def billed(quantity: int, net: int, tax: int, *done: int, id_: UUID = LINE) -> BilledLine:
    return BilledLine(id_, None, None, UUID(int=9), quantity, net, tax, *done)


def wish(text: str) -> CreditWish:
    how, _, much = text.partition(" ")
    quantity = int(much) if how == "quantity" else None
    return CreditWish(str(LINE), quantity, much if how == "net" else None)


@cases("""
why                      billed_      done   wish_        made
all of it                5 1000 210  0 0 0      all         5 1000 210
what is left             5 1000 210  2 400 84   all         3 600 126
some seats               5 1000 210  0 0 0      quantity 2  2 400 84
rounded half-up          3 100 21    0 0 0      quantity 1  1 33 7
half of a cent is up     2 101 21    0 0 0      quantity 1  1 51 11
the last takes the rest  3 100 21    2 67 14    quantity 1  1 33 7
never more than is left  4 100 21    1 90 20    quantity 1  1 10 1
money alone              5 1000 210  0 0 0      net 1.00    0 100 21
all of the money         5 1000 210  0 900 189  net 1.00    0 100 21
all, after money alone   5 1000 210  0 100 21   all         5 900 189
""")
def test_how_much_is_credited(why: str, billed_: str, done: str, wish_: str, made: str) -> None:
    del why
    line = billed(*map(int, billed_.split()), *map(int, done.split()))
    quantity, net, tax = map(int, made.split())
    assert credited([line], [wish(wish_)], "EUR") == (Credited(line, quantity, net, tax),)


@cases("""
why                       billed_      done    wish_         said
more seats than are left  5 1000 210  2 400 84    quantity 4   A quantity from 1 to 3.
no seat                   5 1000 210  0 0 0       quantity 0   A quantity from 1 to 5.
seats below 0             5 1000 210  0 0 0       quantity -1  A quantity from 1 to 5.
more money than is left   5 1000 210  0 900 189   net 1.01     An amount above 0 and at most 1.00.
no money                  5 1000 210  0 0 0       net 0        An amount above 0 and at most 10.00.
money below 0             5 1000 210  0 0 0       net -1       An amount above 0 and at most 10.00.
too many decimals         5 1000 210  0 0 0       net 0.001    EUR has 2 decimals
nothing left              5 1000 210  5 1000 210  all          Nothing of this line is left to credit.
nothing of nothing        5 0 0       0 0 0       all          Nothing of this line is left to credit.
""")
def test_what_cannot_be_credited(why: str, billed_: str, done: str, wish_: str, said: str) -> None:
    del why
    line = billed(*map(int, billed_.split()), *map(int, done.split()))
    no = credited([line], [wish(wish_)], "EUR")
    assert isinstance(no, Refusal)
    assert no.facts == {"errors": {"lines.0": said}}


def test_without_wishes_all_that_is_left_is_credited() -> None:
    lines = [billed(5, 1000, 210), billed(1, 50, 0, 1, 50, 0, id_=OTHER)]
    assert credited(lines, None, "EUR") == (Credited(lines[0], 5, 1000, 210),)
    assert isinstance(credited(lines[1:], None, "EUR"), Refusal)


def test_lines_that_cannot_be_meant() -> None:
    line, both = billed(5, 1000, 210), CreditWish(str(LINE), 1, "1.00")
    for wishes, said in {
        (): {"lines": "Name at least one line."},
        (CreditWish("x"),): {"lines.0": "Not a line of this invoice."},
        (both,): {"lines.0": "Say a quantity or a net amount, not both."},
        (wish("all"), wish("all")): {"lines.1": "This line was named already."},
    }.items():
        no = credited([line], wishes, "EUR")
        assert isinstance(no, Refusal)
        assert no.facts == {"errors": said}


@given(st.integers(1, 50), st.integers(0, 10**9), st.integers(0, 10**9), st.data())
def test_credits_of_a_line_never_exceed_it_and_end_at_it(
    quantity: int, net: int, tax: int, data: st.DataObject
) -> None:
    """R62: whatever is credited bit by bit, in the end exactly the line is."""
    line = billed(quantity, net, tax)
    while line.left:
        much = data.draw(st.integers(1, line.quantity_left) if line.quantity_left else st.none())
        made = credited([line], [CreditWish(str(LINE), much)], "EUR")
        assert not isinstance(made, Refusal)
        (one,) = made
        line = billed(
            quantity,
            net,
            tax,
            line.credited_quantity + one.quantity,
            line.credited_net + one.net,
            line.credited_tax + one.tax,
        )
        assert 0 <= line.credited_net <= net
        assert 0 <= line.credited_tax <= tax
    assert (line.credited_net, line.credited_tax) == (net, tax)
