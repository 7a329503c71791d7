"""Files of comma-separated values: what is read, and where a bad one is told to be wrong."""

import tracemalloc
from io import BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.delimited import LONGEST_LINE, Record, Wrong, records


def read(content: bytes, known: list[str] | None = None) -> list[Record | Wrong]:
    return list(records(BytesIO(content), needed=["a", "b"], known=known))


GOOD: tuple[tuple[bytes, list[tuple[int, str, str]]], ...] = (
    (b"a,b\n1,2\n", [(2, "1", "2")]),
    (b"a,b\r\n1,2\r\n\r\n3,4", [(2, "1", "2"), (4, "3", "4")]),
    (b"\xef\xbb\xbfA, b \n1,2\n", [(2, "1", "2")]),
    (b"b,a\n1,2\n", [(2, "2", "1")]),
    (b'a,b\n"one\r\ntwo","x ""y"", z"\n3,4\n', [(2, "one\r\ntwo", 'x "y", z'), (4, "3", "4")]),
    ("a,b\nā,€\n".encode(), [(2, "ā", "€")]),
    (b"a,b\n,\n   \n", []),
    (b"a,b\n", []),
)


@pytest.mark.parametrize(("content", "rows"), GOOD)
def test_rows_know_the_line_they_begin_on(content: bytes, rows: list[tuple[int, str, str]]) -> None:
    found = read(content)
    assert [
        (each.line, each.cells["a"], each.cells["b"]) for each in found if isinstance(each, Record)
    ] == rows
    assert len(found) == len(rows)


BAD = (
    (b"", 1, "the file is empty"),
    (b"\n\n", 1, "the file is empty"),
    (b"a;b\n1;2\n", 1, "the header lacks a, b; it has: a;b"),
    (b"a\n1\n", 1, "the header lacks b; it has: a"),
    (b"a,b,a\n", 1, "the header has a twice"),
    (b"a,b,c\n", 1, "there is no column 'c'"),
    (b"a,b\n1\n", 2, "has 1 columns, the header has 2"),
    (b"a,b\n1,2\n1,2,3\n", 3, "has 3 columns, the header has 2"),
    (b"a,b\r1,2\r", 1, "lines must end with LF or CRLF, not with CR alone"),
    (b"a,b\n1,\x00\n", 2, "holds a NUL character"),
    (b"a,b\n1,\xe4\n", 2, "is not text in UTF-8: byte 3 of the line"),
    ("a,b\n1,2\n".encode("utf-16"), 1, "is not text in UTF-8: byte 1 of the line"),
    (b"PK\x03\x04....", 1, "this is an archive: unpack it first"),
    (b"\x1f\x8b....", 1, "this is an archive: unpack it first"),
    (b'a,b\n1,"2\n', 2, "is not CSV: unexpected end of data"),
    (b'a,b\n1,"2"3\n', 2, "is not CSV: ',' expected after '\"'"),
    (b"a,b\n1," + b"2" * LONGEST_LINE + b"\n", 2, "is longer than 65536 bytes"),
)


@pytest.mark.parametrize(("content", "line", "reason"), BAD, ids=[reason for _, _, reason in BAD])
def test_what_is_wrong_is_told_with_its_line(content: bytes, line: int, reason: str) -> None:
    assert [each for each in read(content, known=[]) if isinstance(each, Wrong)] == [Wrong(line, reason)]


def test_a_row_of_the_wrong_length_does_not_end_the_reading() -> None:
    assert [type(each) for each in read(b"a,b\n1\n1,2\n1,2,3\n")] == [Wrong, Record, Wrong]


class Endless(RawIOBase):
    """A hundred million bytes without a line's end."""

    def __init__(self) -> None:
        self.left = 100_000_000

    def readline(self, size: int | None = -1, /) -> bytes:
        """As much as was asked for."""
        assert size is not None
        assert 0 < size <= LONGEST_LINE + 1
        self.left -= size
        return b"x" * size if self.left > 0 else b""


def test_no_line_is_held_that_is_too_long() -> None:
    tracemalloc.start()
    found = list(records(Endless(), needed=["a"]))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [Wrong(1, "is longer than 65536 bytes")]
    assert peak < 10 * LONGEST_LINE


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Nothing breaks, and only what was read is a row."""
    for each in read(content) + read(b"a,b\n" + content):
        assert isinstance(each, Wrong) or set(each.cells) >= {"a", "b"}
        assert each.line >= 1
