"""A file of an import, CSV or JSON, read into lines (see `exchange`): whatever its bytes are, a value comes
of it. JSON is a list of lines, or `{"lines": […]}`, or what an export wrote: `{"items": […]}`."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final
from unicodedata import category

from placet.domain.delimited import Record, Wrong, meant, records
from placet.domain.exchange import COLUMNS, KEYS, LONGEST_CELL, MOST_LINES, Cells, Entry, laid_flat, once_each
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import Exchanged, ExchangeFormat

CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class _UnreadableError(Exception):
    """The file makes no sense as a whole; never leaves this module."""


def read(content: bytes, kind: Exchanged, form: ExchangeFormat) -> list[Entry] | Refusal:
    """The lines of a file, each with what is wrong with it, if anything is; or why not one of them can be
    trusted: `invalid`, about the `file`."""
    try:
        entries = list(_csv(content, kind) if form is ExchangeFormat.CSV else _json(content, kind))
    except _UnreadableError as error:
        return invalid(file=str(error))
    if not entries:
        return invalid(file="There is no line in it.")
    return list(once_each(kind, entries))


def _some(entries: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries, start=1):
        if number > MOST_LINES:
            raise _UnreadableError(f"It has more than {MOST_LINES} lines.")
        yield entry


# CSV ------------------------------------------------------------------------------------------


def _csv(content: bytes, kind: Exchanged) -> Iterator[Entry]:
    return _some(_rows(content, kind))


def _rows(content: bytes, kind: Exchanged) -> Iterator[Entry]:
    names = [column.name for column in COLUMNS[kind]]
    for record in records(BytesIO(content), needed=(), known=names):
        if isinstance(record, Wrong) and record.ends:
            raise _UnreadableError(f"Line {record.line}: {record.reason}.")
        if isinstance(record, Wrong):
            yield Entry(record.line, {}, Refusal("invalid", f"The line {record.reason}."))
        else:
            yield _row(record, kind)


def _row(record: Record, kind: Exchanged) -> Entry:
    if not any(name in record.cells for key in KEYS[kind] for name in key[:1]):
        ways = " or ".join(key[0] for key in KEYS[kind])
        raise _UnreadableError(
            f"Line 1: the header names none of the columns that say what a line is about: {ways}."
        )
    return _entry(record.line, {name: meant(cell.strip()) for name, cell in record.cells.items()}, kind)


def _entry(line: int, texts: Cells, kind: Exchanged) -> Entry:
    own = {column.name for column in COLUMNS[kind] if column.taken}
    cells = {name: text.strip() for name, text in texts.items() if name in own and text.strip()}
    errors = {name: words for name, text in cells.items() if (words := _wrong(text))}
    return Entry(line, cells if not errors else {}, invalid(**errors) if errors else None)


def _wrong(text: str) -> str:
    if len(text) > LONGEST_CELL:
        return sentence("Has more than {most} characters.", most=LONGEST_CELL)
    return (
        sentence("Must be one line of text.") if any(category(letter) in CONTROLS for letter in text) else ""
    )


# JSON -----------------------------------------------------------------------------------------


def _json(content: bytes, kind: Exchanged) -> Iterator[Entry]:
    return _some(_members(content, kind))


def _members(content: bytes, kind: Exchanged) -> Iterator[Entry]:
    for number, each in enumerate(_texts(_parsed(content), kind), start=1):
        yield _entry(number, each, kind) if isinstance(each, Mapping) else Entry(number, {}, each)


def _texts(found: object, kind: Exchanged) -> Iterator[Cells | Refusal]:
    """Each line as texts by column, or why it is none."""
    exported = isinstance(found, dict) and "items" in found
    lines = found.get("items" if exported else "lines") if isinstance(found, dict) else found
    if not isinstance(lines, list):
        raise _UnreadableError('It is neither a list of lines nor {"lines": […]}.')
    for line in lines:
        if not isinstance(line, dict):
            yield Refusal("invalid", sentence("A line must be an object."))
        elif exported:
            yield from laid_flat(kind, line)
        else:
            yield _flat(line, kind)


def _parsed(content: bytes) -> object:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise _UnreadableError("It is not text in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _UnreadableError(f"Line {error.lineno}: is not JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise _UnreadableError("It is not JSON.") from None


def _no_number(word: str) -> None:
    raise ValueError(word)


def _flat(line: Mapping[str, object], kind: Exchanged) -> Cells | Refusal:
    known = {column.name for column in COLUMNS[kind]}
    errors = {_plain(name): sentence("There is no such column.") for name in line if name not in known}
    errors |= {
        name: sentence("Must be text, a number, true, false or null.")
        for name, value in line.items()
        if name in known and isinstance(value, dict | list)
    }
    return invalid(**errors) if errors else {name: _text(value) for name, value in line.items()}


def _plain(name: str) -> str:
    return (name if name.isprintable() else ascii(name))[:100]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
