"""Files of ERPs: read into lines whatever they are, written so that they read the same, and when regular ones
are next."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.delimited import harmless, meant
from placet.domain.exchange import COLUMNS, Entry, about, csv_text, header, laid_flat, rows, text_at
from placet.domain.exchange_files import read
from placet.domain.exchange_lines import made_ref
from placet.domain.refusals import Refusal
from placet.domain.scheduling import Daily, Every, Rhythm, next_after_failure, next_time
from placet.domain.words import Exchanged, ExchangeFormat

ORGANIZATIONS, LIMITS, PAYMENTS = Exchanged.ORGANIZATIONS, Exchanged.LIMITS, Exchanged.PAYMENTS


def lines(text: str, kind: Exchanged = PAYMENTS, form: ExchangeFormat = ExchangeFormat.CSV) -> list[Entry]:
    found = read(text.encode(), kind, form)
    assert not isinstance(found, Refusal), found
    return found


# Reading --------------------------------------------------------------------------------------


def test_cells_are_texts_by_column_and_empty_ones_say_nothing() -> None:
    text = "Reference,AMOUNT,note,balance\r\n P-1 ,5.00,,\r\n\r\n" + 'P-2,"1,5",=1+1,x\r\n'
    with pytest.raises(AssertionError, match="there is no column 'balance'"):
        lines(text)
    one, two = lines(text.replace("balance", "left"))
    assert (one.line, one.cells) == (2, {"reference": "P-1", "amount": "5.00"})
    assert (two.line, two.cells) == (4, {"reference": "P-2", "amount": "1,5", "note": "=1+1"})


def test_json_says_the_same() -> None:
    body = [{"reference": "P-1", "amount": 5.10, "note": None}, {"reference": "P-2", "amount": 1e2}]
    for wrapped in (body, {"lines": body}):
        one, two = lines(json.dumps(wrapped), form=ExchangeFormat.JSON)
        assert one.cells == {"reference": "P-1", "amount": "5.1"}
        assert (two.line, two.cells["amount"]) == (2, "100.0")
    (exact,) = lines('[{"reference": "R", "amount": 0.10000000000000000001}]', form=ExchangeFormat.JSON)
    assert exact.cells["amount"] == "0.10000000000000000001"


WRONG = """
line                                   -> field      words
{"reference": ["a"]}                      reference  Must be text, a number, true, false or null.
{"referense": "a"}                        referense  There is no such column.
{"reference": "a\\u0000b"}                reference  Must be one line of text.
{"reference": "a\\ud800"}                 reference  Must be one line of text.
{"a\\nb": 1}                              'a\\nb'    There is no such column.
"""


@pytest.mark.parametrize("case", WRONG.strip().splitlines()[1:])
def test_a_line_of_json_that_cannot_be_meant(case: str) -> None:
    line, rest = case.split("}", 1)
    field, words = rest.split(maxsplit=1)
    (entry,) = lines(f"[{line}}}]".replace("\\\\", "\\"), form=ExchangeFormat.JSON)
    assert entry.wrong
    assert entry.wrong.facts["errors"] == {field.replace("\\\\", "\\"): words}


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        (("external_id=A", "external_id=B"), []),
        (("external_id=A", "external_id=A"), [1]),
        (("external_id=A ref=x", "ref=x", "ref=y"), [1]),
        (("external_id=A ref=x", "external_id=B ref=x", "external_id=B"), [1, 2]),
        (("name=x", "name=x"), []),
    ],
)
def test_a_file_has_each_thing_once(keys: tuple[str, ...], wrong: list[int]) -> None:
    body = [dict(pair.split("=") for pair in line.split()) for line in keys]
    found = lines(json.dumps(body), ORGANIZATIONS, ExchangeFormat.JSON)
    assert [place for place, entry in enumerate(found) if entry.wrong] == wrong


def test_too_many_lines() -> None:
    text = "reference\n" + "".join(f"r{n}\n" for n in range(5001))
    refused = read(text.encode(), PAYMENTS, ExchangeFormat.CSV)
    assert isinstance(refused, Refusal)
    assert refused.facts["errors"] == {"file": "It has more than 5000 lines."}


@given(st.binary(max_size=200), st.sampled_from(Exchanged), st.sampled_from(ExchangeFormat))
def test_whatever_the_bytes_a_value_comes_of_them(
    content: bytes, kind: Exchanged, form: ExchangeFormat
) -> None:
    found = read(content, kind, form)
    assert isinstance(found, Refusal) or all(isinstance(entry, Entry) for entry in found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.sampled_from(Exchanged), st.sampled_from(["lines", "items"]))
def test_whatever_the_json_a_value_comes_of_it(value: Any, kind: Exchanged, member: str) -> None:  # noqa: ANN401
    for content in (value, [value], {member: value}, {member: [value]}):
        found = read(json.dumps(content).encode(), kind, ExchangeFormat.JSON)
        assert isinstance(found, Refusal) or all(about(kind, entry.cells) is not None for entry in found)


# Writing --------------------------------------------------------------------------------------


@given(st.text())
def test_what_is_made_harmless_is_meant_as_it_was(text: str) -> None:
    """And nothing that a spreadsheet takes for a formula is left, but for plain amounts."""
    written = harmless(text)
    assert meant(written) == text
    if written and written[0] in "=@\t\r":
        raise AssertionError(written)


PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
MONEY = st.builds(lambda minor: {"amount": f"{minor / 100:.2f}", "currency": "EUR"}, st.integers(-999, 999))
PARTY = st.fixed_dictionaries({"id": st.just("an-id"), "ref": st.none() | st.just("res"), "name": PLAIN})


@given(
    st.fixed_dictionaries(
        {"reference": PLAIN, "note": st.none() | PLAIN, "amount": MONEY, "buyer": PARTY, "external_id": PLAIN}
    )
)
def test_an_exported_row_reads_as_it_was_shown(item: dict[str, Any]) -> None:
    """The same by CSV as by JSON, whatever names and notes are."""
    text = csv_text([header(PAYMENTS), *rows(PAYMENTS, item)])
    flat = next(laid_flat(PAYMENTS, item))
    stripped = {name: cell.strip() for name, cell in flat.items() if cell.strip()}
    (one,), (other,) = lines(text), lines(json.dumps({"items": [item]}), form=ExchangeFormat.JSON)
    assert one.cells == other.cells == stripped


CELLS = """
path      -> text
name         Acme
money        12.50
money.currency EUR
party        res
nameless     an-id
yes          true
number       7
nothing      -
absent.too   -
list         -
"""


@pytest.mark.parametrize("case", CELLS.strip().splitlines()[1:])
def test_what_stands_where(case: str) -> None:
    path, text = case.split()
    item = {
        "name": "Acme",
        "money": {"amount": "12.50", "currency": "EUR"},
        "party": {"id": "an-id", "ref": "res"},
        "nameless": {"id": "an-id", "ref": None},
        "yes": True,
        "number": 7,
        "nothing": None,
        "list": [1],
    }
    assert text_at(item, path) == ("" if text == "-" else text)


def test_columns_have_names_of_their_own() -> None:
    for kind in Exchanged:
        names = [column.name for column in COLUMNS[kind]]
        assert len(names) == len(set(names)), kind


@pytest.mark.parametrize(
    ("number", "ref"),
    [("A-1", "dist-A-1"), ("A 1/ü", "dist-A-1--"), ("", "dist-"), ("x" * 200, "dist-" + "x" * 95)],
)
def test_a_ref_for_who_has_none(number: str, ref: str) -> None:
    assert made_ref("dist", number) == ref


# When -----------------------------------------------------------------------------------------

NEXT = """
rhythm    after              zone             -> next
daily 6   2026-11-22T03:59Z  Europe/Riga         2026-11-22T04:00Z
daily 6   2026-11-22T04:00Z  Europe/Riga         2026-11-23T04:00Z
daily 6   2026-11-22T12:00Z  UTC                 2026-11-23T06:00Z
daily 0   2026-11-22T23:30Z  America/New_York    2026-11-23T05:00Z
daily 3   2026-03-28T12:00Z  Europe/Berlin       2026-03-29T01:00Z
daily 2   2026-03-28T12:00Z  Europe/Berlin       2026-03-29T01:00Z
daily 2   2026-10-24T12:00Z  Europe/Berlin       2026-10-25T00:00Z
daily 2   2026-10-25T00:00Z  Europe/Berlin       2026-10-26T01:00Z
every 6   2026-11-22T23:10Z  UTC                 2026-11-23T05:10Z
every 168 2026-11-22T00:00Z  UTC                 2026-11-29T00:00Z
"""
"""Clock changes too: an hour that is left out, and one that comes twice."""


@pytest.mark.parametrize("case", NEXT.strip().splitlines()[1:])
def test_when_it_is_next(case: str) -> None:
    word, count, after, zone, expected = case.split()
    rhythm: Rhythm = Daily(int(count)) if word == "daily" else Every(int(count))
    assert next_time(rhythm, at(after), zone) == at(expected)


@given(st.integers(0, 23), st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1)))  # noqa: DTZ001
def test_it_is_always_next(hour: int, moment: datetime) -> None:
    """Within two days, after the moment, and at that hour wherever that hour is."""
    after = moment.replace(tzinfo=UTC)
    following = next_time(Daily(hour), after, "Europe/Berlin")
    assert after < following <= after + timedelta(hours=49)
    assert following.astimezone(ZoneInfo("Europe/Berlin")).hour in {hour, (hour + 1) % 24}


FAILURES = """
failures -> minutes
1           5
2           10
3           20
4           720
5           5
8           720
"""


@pytest.mark.parametrize("case", FAILURES.strip().splitlines()[1:])
def test_what_fails_is_tried_soon_again_and_not_for_ever(case: str) -> None:
    failures, minutes = map(int, case.split())
    now = at("2026-11-22T12:00Z")
    assert next_after_failure(Every(12), failures, now, "UTC") == now + timedelta(minutes=minutes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
