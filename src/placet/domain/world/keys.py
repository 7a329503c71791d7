"""Typed values out of a world file's tree: what a key may hold, and what is said where it does not.

A reader takes a `Spot` and answers a value, or `BAD` after it noted why. Reading never stops at the first
problem: lists keep what is good, entries with a bad key are left out, and everything found is noted.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from placet.domain import money, validity
from placet.domain.credit import UNLIMITED, Unlimited
from placet.domain.merchants import PUBLISHABLE, STRIPE_KEY
from placet.domain.words import Word
from placet.domain.world import nodes
from placet.domain.world.nodes import Node, Problem, Scalar, is_null


class Bad(Enum):
    """The answer of a reader that noted a problem instead of reading."""

    BAD = "bad"


BAD: Final = Bad.BAD

type Reader[T] = Callable[[Spot], T | Bad]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place of the file where something is referred to by its ref."""

    ref: str
    line: int
    path: str

    def problem(self, reason: str) -> Problem:
        """Something is wrong with what stands here."""
        return Problem(self.line, self.path, reason)


@dataclass(slots=True)
class Notes:
    """What is gathered while a file is read: its problems, which refs it makes, which it mentions.

    Refs are kept by the table they are of: `organizations`, `vendors`, `products`, `price_lists`.
    """

    problems: list[Problem] = field(default_factory=list)
    made: dict[str, dict[str, int]] = field(default_factory=dict)
    mentioned: dict[str, list[Mention]] = field(default_factory=dict)

    def refs(self, table: str) -> list[str]:
        """Every ref of that table that the file has anything to say about."""
        return list({*self.made.get(table, ()), *(mention.ref for mention in self.mentioned.get(table, ()))})


@dataclass(frozen=True, slots=True)
class Spot:
    """A node and where it stands: its line is that of its key."""

    node: Node
    line: int
    path: str
    notes: Notes

    def refuse(self, reason: str) -> Bad:
        """Notes the problem."""
        self.notes.problems.append(Problem(self.line, self.path, reason))
        return BAD

    def inside(self, name: str) -> str:
        """The path of a key in here."""
        return f"{self.path}.{name}" if self.path else name

    def is_empty(self) -> bool:
        """Whether it is a list without anything in it."""
        return isinstance(self.node, nodes.Sequence) and not self.node.items

    def word(self) -> str | None:
        """The text of a scalar, quoted or not."""
        return self.node.text if isinstance(self.node, Scalar) and not is_null(self.node) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry of a world file knows: where it stands, and which of its keys the file states."""

    path: str
    line: int
    lines: Mapping[str, int]

    def problem(self, name: str, reason: str) -> Problem:
        """Something is wrong with this key, or with the lack of it."""
        return Problem(self.lines.get(name, self.line), f"{self.path}.{name}", reason)


# Entries, lists and prices ------------------------------------------------------------------


def read_by(reader: Reader[Any], *, default: Any = MISSING, key: str = "") -> Any:  # noqa: ANN401 - of any type
    """A field of an `Entry` as the file states it: `default` is what its absence, or null, means; `key`
    where the file calls it otherwise."""
    return field(default=default, metadata={"reader": reader, "key": key})


def entry[E: Entry](shape: type[E]) -> Reader[E]:
    """Keys and values, each by the reader of its field. Unknown keys, keys that stand twice and
    missing ones are refused."""
    known = {each.metadata["key"] or each.name: each for each in fields(shape) if "reader" in each.metadata}

    def read(spot: Spot) -> E | Bad:
        if not isinstance(spot.node, nodes.Mapping):
            return spot.refuse("must hold keys and values")
        stated = _stated(spot, spot.node, known)
        values = {each.name: _value(spot, name, each, stated.get(name)) for name, each in known.items()}
        if BAD in values.values():
            return BAD
        lines = {name: there.line for name, there in stated.items()}
        return shape(path=spot.path, line=spot.node.line, lines=lines, **values)

    return read


def _stated(spot: Spot, node: nodes.Mapping, known: Mapping[str, Any]) -> dict[str, Spot]:
    stated: dict[str, Spot] = {}
    for name, value in node.entries:
        there = Spot(value, name.line, spot.inside(name.text), spot.notes)
        if name.text not in known:
            there.refuse(_unknown(name.text, known))
        elif name.text in stated:
            there.refuse(f"stands already on line {stated[name.text].line}")
        else:
            stated[name.text] = there
    return stated


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(known)}"


def _value(spot: Spot, name: str, each: "Field[Any]", there: Spot | None) -> Any:  # noqa: ANN401 - of any type
    if there is not None and not is_null(there.node):
        return each.metadata["reader"](there)
    if each.default is not MISSING:
        return each.default
    line = there.line if there else spot.node.line
    return Spot(spot.node, line, spot.inside(name), spot.notes).refuse("is missing")


def many[T](item: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list. Bad items are noted and left out, so that what others say of the good ones is still read."""

    def read(spot: Spot) -> tuple[T, ...] | Bad:
        if not isinstance(spot.node, nodes.Sequence):
            return spot.refuse("must be a list")
        there = (
            Spot(node, node.line, f"{spot.path}[{place}]", spot.notes)
            for place, node in enumerate(spot.node.items)
        )
        return tuple(value for each in there if not isinstance(value := item(each), Bad))

    return read


def some[T](item: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list of at least one."""
    read = many(item)
    return lambda spot: spot.refuse("must not be empty") if spot.is_empty() else read(spot)


def by_ref[T](table: str, value: Reader[T]) -> Reader[tuple[tuple[Mention, T], ...]]:
    """A value for each of several things named by their refs, each once."""

    def read(spot: Spot) -> tuple[tuple[Mention, T], ...] | Bad:
        if not isinstance(spot.node, nodes.Mapping):
            return spot.refuse("must hold keys and values")
        return tuple(_pairs(spot, spot.node, mention(table), value))

    return read


def _pairs[T](
    spot: Spot, node: nodes.Mapping, name: Reader[Mention], value: Reader[T]
) -> Iterator[tuple[Mention, T]]:
    seen: dict[str, int] = {}
    for ref, held in node.entries:
        path = spot.inside(ref.text)
        named = name(Spot(ref, ref.line, path, spot.notes))
        there = Spot(held, ref.line, path, spot.notes)
        read = there.refuse("is missing") if is_null(held) else value(there)
        if ref.text in seen:
            there.refuse(f"stands already on line {seen[ref.text]}")
        elif not isinstance(named, Bad) and not isinstance(read, Bad):
            yield named, read
        seen.setdefault(ref.text, ref.line)


# Words and texts ----------------------------------------------------------------------------

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_TEXT: Final = re.compile(r"true|false|[-+]?[0-9][0-9_]*(\.[0-9]*)?", re.IGNORECASE)
_REF: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_ATOM: Final = r"[!#-+\--:=?A-~]+"  # visible ASCII, but for what separates addresses
_EMAIL: Final = re.compile(f"{_ATOM}@{_ATOM}")
_KEY: Final = re.compile(r"[!-~]{1,200}")
_LONGEST_URL: Final = 2000
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def text(longest: int) -> Reader[str]:
    """One line of text. What reads as a number or a truth value must be quoted to be one."""

    def read(spot: Spot) -> str | Bad:
        plain = isinstance(spot.node, Scalar) and spot.node.plain
        if plain and _NO_TEXT.fullmatch(spot.word() or ""):
            return spot.refuse("must be text: put it in quotes")
        return _line_of_text(spot, longest)

    return read


def code(longest: int) -> Reader[str]:
    """Somebody else's number or code, as it is written: `0017` keeps its zeros, quoted or not."""
    return lambda spot: _line_of_text(spot, longest)


def _line_of_text(spot: Spot, longest: int) -> str | Bad:
    word = spot.word()
    if word is None:
        return spot.refuse("must be text")
    if not word.strip():
        return spot.refuse("must not be empty")
    if _CONTROL.search(word):
        return spot.refuse("must be one line, without control characters")
    return word if len(word) <= longest else spot.refuse(f"must have at most {longest} characters")


def matching(pattern: re.Pattern[str], what: str, longest: int = 254) -> Reader[str]:
    """A text of a certain form."""

    def read(spot: Spot) -> str | Bad:
        word = spot.word()
        fits = word is not None and len(word) <= longest and pattern.fullmatch(word)
        return word if word is not None and fits else spot.refuse(f"must be {what}")

    return read


country = matching(re.compile(r"[A-Z]{2}"), "a country of ISO 3166: two capital letters")
email = matching(_EMAIL, "an e-mail address")
email_if_any = matching(re.compile(f"({_EMAIL.pattern})?"), "an e-mail address")
api_key = matching(_KEY, "1 to 200 visible ASCII characters without spaces")
gateway = matching(re.compile(r"[a-z][a-z0-9_-]{0,23}"), "the name of a gateway, such as sandbox")
stripe_key = matching(STRIPE_KEY, "a secret key of Stripe, sk_test_… or sk_live_…")
publishable_key = matching(PUBLISHABLE, "a publishable key of Stripe, pk_test_… or pk_live_…")
key_variable = matching(
    re.compile(r"PLACET_CARD_KEY_[A-Z0-9_]{1,80}"), "the name of a variable, PLACET_CARD_KEY_… in capitals"
)
month = matching(_MONTH, "a month, written YYYY-MM")


def one_of[W: Word](words: Iterable[W]) -> Reader[W]:
    """One of the field's standard words."""
    every = {word.value: word for word in words}
    reason = f"must be {'one of ' if len(every) > 1 else ''}{', '.join(every)}"

    def read(spot: Spot) -> W | Bad:
        return every.get(spot.word() or "") or spot.refuse(reason)

    return read


def flag(spot: Spot) -> bool | Bad:
    """True or false, nothing else: not yes, not 1, not a quoted word."""
    node = spot.node
    word = node.text.lower() if isinstance(node, Scalar) and node.plain else ""
    return word == "true" if word in {"true", "false"} else spot.refuse("must be true or false")


def password(spot: Spot) -> str | Bad:
    """Any text up to 4 096 characters, spaces and all."""
    word = spot.word()
    if not word or len(word) > 4096 or "\0" in word:  # noqa: PLR2004 - as the docstring says
        return spot.refuse("must be text of 1 to 4096 characters")
    return word


def currency(spot: Spot) -> str | Bad:
    """A currency of ISO 4217 that prices can be in."""
    word = spot.word()
    return word if word and money.is_currency(word) else spot.refuse("must be a currency of ISO 4217")


def time_zone(spot: Spot) -> str | Bad:
    """A zone of the time zone database."""
    word = spot.word()
    try:
        return ZoneInfo(word or "").key
    except (ValueError, OSError, KeyError):  # a bad name, a folder's name, no such zone
        return spot.refuse("must be a time zone such as Europe/Riga")


def url(spot: Spot) -> str | Bad:
    """An http or https address. Whether it may be called is for the sender to know (R91)."""
    word = spot.word() or ""
    good = len(word) <= _LONGEST_URL and _is_address(word)
    return word if good else spot.refuse("must be an http or https address")


def _is_address(word: str) -> bool:
    if not word.isprintable() or " " in word:
        return False
    try:
        parts = urlsplit(word)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def webhook_secret(spot: Spot) -> str | Bad:
    """As Standard Webhooks writes one: `whsec_` and base64."""
    word = spot.word() or ""
    try:
        secret = base64.b64decode(word.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    good = word.startswith("whsec_") and secret and len(word) <= 200  # noqa: PLR2004 - as the column
    return word if good else spot.refuse("must be whsec_ and the secret in base64")


# Numbers and times --------------------------------------------------------------------------

_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
LARGEST: Final = Decimal(10) ** 14
"""The largest decimal that is not money of a known currency (a group's default, a policy's amount)."""


def decimal(spot: Spot) -> Decimal | Bad:
    """An exact decimal. Written without quotes it is its own text too, never a float."""
    word = spot.word() or ""
    return Decimal(word) if _DECIMAL.fullmatch(word) else spot.refuse("must be a decimal number")


def amount(spot: Spot) -> Decimal | Bad:
    """A decimal from 0."""
    return within(Decimal(0), LARGEST * 10, 12)(spot)


def within(least: Decimal, most: Decimal, places: int = 4) -> Reader[Decimal]:
    """A decimal between two others, with so many decimals at most."""

    def read(spot: Spot) -> Decimal | Bad:
        number = decimal(spot)
        if isinstance(number, Bad):
            return BAD
        if number < least:
            return spot.refuse("must not be negative" if not least else f"must not be below {least}")
        if number > most:
            return spot.refuse(f"must not be above {most:f}")
        return (
            number if number == round(number, places) else spot.refuse(f"must have at most {places} decimals")
        )

    return read


def credit_limit(spot: Spot) -> Decimal | Unlimited | Bad:
    """A decimal from 0, or `unlimited` (R61)."""
    word = spot.word() or ""
    if word == "unlimited":
        return UNLIMITED
    good = _DECIMAL.fullmatch(word) and not word.startswith("-")
    return Decimal(word) if good else spot.refuse("must be a decimal from 0, unlimited, or null")


def whole(least: int, most: int) -> Reader[int]:
    """A whole number between two others."""

    def read(spot: Spot) -> int | Bad:
        node = spot.node
        word = node.text if isinstance(node, Scalar) and node.plain else ""
        number = int(word) if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", word) else None
        fits = number is not None and least <= number <= most
        return (
            number
            if number is not None and fits
            else spot.refuse(f"must be a whole number from {least} to {most}")
        )

    return read


def moment(spot: Spot) -> datetime | date | Bad:
    """A day, or a time with its offset from UTC, of this century or the next."""
    word = spot.word() or ""
    try:
        return validity.stated(word)
    except ValueError:
        return spot.refuse(f"must be {validity.FORM}")


def day(spot: Spot) -> date | Bad:
    """A day of this century or the next."""
    word = spot.word() or ""
    try:
        return validity.day(word)
    except ValueError:
        return spot.refuse("must be a day, written 2030-12-31")


# Refs ---------------------------------------------------------------------------------------


def own_ref(table: str) -> Reader[str]:
    """The ref that others refer to this entry by: once in a table, and never what could be an id."""

    def read(spot: Spot) -> str | Bad:
        word = spot.word() or ""
        if not _REF.fullmatch(word) or _is_id(word):
            return spot.refuse("must be 1 to 100 letters, digits, dots, dashes or underscores, and no UUID")
        made = spot.notes.made.setdefault(table, {})
        if word in made:
            return spot.refuse(f"{word} stands already on line {made[word]}")
        made[word] = spot.line
        return word

    return read


def _is_id(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True


def mention(table: str) -> Reader[Mention]:
    """A ref of something of that table, in this file or in the database. Whether it is there shows when
    the whole file is read."""

    def read(spot: Spot) -> Mention | Bad:
        word = spot.word()
        if word is None:
            return spot.refuse("must be a ref")
        named = Mention(word, spot.line, spot.path)
        spot.notes.mentioned.setdefault(table, []).append(named)
        return named

    return read


def to(table: str) -> Reader[str]:
    """The same, for a key whose line is known to its entry."""
    named = mention(table)

    def read(spot: Spot) -> str | Bad:
        answer = named(spot)
        return answer if isinstance(answer, Bad) else answer.ref

    return read
