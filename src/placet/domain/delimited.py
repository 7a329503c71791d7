"""Files of comma-separated values, as a stream: whatever the file is, no more of it is held than a row."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

LONGEST_LINE: Final = 64 * 1024
"""Bytes of the longest line that is read."""
OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs"}
"""What spreadsheets of other countries put between columns; not taken, but told by its name."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a file, and on which line; the first is line 1, the header. `ends`: the rest cannot
    be read."""

    line: int
    reason: str
    ends: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One row by its column; `line` is where it begins."""

    line: int
    cells: Mapping[str, str]


def records(
    file: BinaryIO, *, needed: Sequence[str], known: Collection[str] | None = None
) -> Iterator[Record | Wrong]:
    """The rows of a file with a header, and what is wrong on the way. After what makes the rest unreadable
    (not text, quotes that do not close, a header without what is needed) it ends.

    Args:
        file: text in UTF-8, with or without a byte order mark; lines end with LF or CRLF.
        needed: columns that must be there; they are found in whatever case they are written.
        known: those that may be there besides; none: any.
    """
    try:
        yield from _records(file, needed, known)
    except _UnreadableError as refused:
        yield refused.wrong


def _records(
    file: BinaryIO, needed: Sequence[str], known: Collection[str] | None
) -> Iterator[Record | Wrong]:
    rows = _rows(file)
    header = next(rows, None)
    if header is None:
        raise _UnreadableError(1, "the file is empty")
    columns = _columns(*header, needed, known)
    for line, cells in rows:
        if len(cells) == len(columns):
            yield Record(line, dict(zip(columns, cells, strict=True)))
        else:
            yield Wrong(line, f"has {len(cells)} columns, the header has {len(columns)}")


def _columns(line: int, cells: list[str], needed: Sequence[str], known: Collection[str] | None) -> list[str]:
    """The header's columns, in the case in which they are known."""
    as_known = {name.casefold(): name for name in [*needed, *(known or ())]}
    columns = [as_known.get(cell.strip().casefold(), cell.strip()) for cell in cells]
    if missing := [name for name in needed if name not in columns]:
        found = ", ".join(columns)[:100]
        raise _UnreadableError(line, f"the header lacks {', '.join(missing)}; it has: {found}")
    if len(cells) == 1 and (other := next((each for each in OTHER_SEPARATORS if each in cells[0]), "")):
        raise _UnreadableError(line, f"columns must be separated by commas, not by {OTHER_SEPARATORS[other]}")
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise _UnreadableError(line, f"the header has {twice[0][:100]} twice")
    if known is not None and (strange := [name for name in columns if name not in {*needed, *known}]):
        raise _UnreadableError(line, f"there is no column {strange[0][:100]!r}")
    return columns


class _UnreadableError(Exception):
    """Ends the reading where going on makes no sense; never leaves this module."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.wrong = Wrong(line, reason, ends=True)


def _rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not empty, and the line it begins on: a cell in quotes may hold line breaks."""
    reader = csv.reader(_lines(file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _UnreadableError(line, _in_plain_words(error)) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _in_plain_words(error: csv.Error) -> str:
    if "new-line character" in str(error):
        return "lines must end with LF or CRLF, not with CR alone"
    return f"is not CSV: {error}"


def _lines(file: BinaryIO) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise _UnreadableError(number, f"is longer than {LONGEST_LINE} bytes")
        yield _decoded(line, number)


ARCHIVES: Final = (b"PK\x03\x04", b"\x1f\x8b")


def _decoded(line: bytes, number: int) -> str:
    if number == 1 and line.startswith(ARCHIVES):
        raise _UnreadableError(number, "this is an archive: unpack it first")
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        reason = f"is not text in UTF-8: byte {error.start + 1} of the line"
        raise _UnreadableError(number, reason) from None
    if "\0" in text:
        raise _UnreadableError(number, "holds a NUL character")
    return text


# What spreadsheets take for a formula ---------------------------------------------------------

FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
AMOUNT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?( [A-Z]{3})?")
"""What begins like one and is none: `-5.00 EUR`."""


def harmless(cell: object) -> str:
    """A cell as it is written, so that no spreadsheet takes it for a formula: text that begins like one gets
    an apostrophe in front."""
    text = "" if cell is None else str(cell)
    plain = not isinstance(cell, str) or AMOUNT.fullmatch(text)
    return f"'{text}" if FORMULA.match(text) and not plain else text


def meant(cell: str) -> str:
    """The text that `harmless` wrote so."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
