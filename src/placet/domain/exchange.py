"""What an ERP and Placet tell each other, line by line: the columns of each kind, and a file read into lines.

The same names stand in CSV and in JSON. A line of an import is flat: texts by column; what an export wrote
as JSON is read too, and laid flat by the same table.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any, Final

from placet.domain.delimited import harmless
from placet.domain.refusals import Refusal, Sentence, sentence
from placet.domain.words import Exchanged, ExchangeFormat, LineBecame

MOST_LINES: Final = 5000
"""Lines of one import: as many as a megabyte holds, near enough."""
LONGEST_CELL: Final = 1000
"""Characters of one cell."""

FORMATS: Final[Mapping[ExchangeFormat, str]] = {
    ExchangeFormat.CSV: "text/csv; charset=utf-8",
    ExchangeFormat.JSON: "application/json",
}
"""What a file of it is called in a header."""

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name; `path` is where the API's shape has it, empty where an export does not. What an
    import does not take it passes over, so that an exported file can be imported."""

    name: str
    path: str = ""
    taken: bool = False


def taken(name: str, path: str = "") -> Column:
    """A column that an import takes."""
    return Column(name, path, taken=True)


COLUMNS: Final[Mapping[Exchanged, Sequence[Column]]] = {
    Exchanged.ORGANIZATIONS: (
        taken("external_id", "external_id"),
        taken("ref", "ref"),
        taken("name", "name"),
        taken("kind", "kind"),
        taken("status", "status"),
        taken("country", "country"),
        taken("time_zone"),
        taken("currency", "contract.currency"),
        taken("price_list", "contract.price_list"),
        taken("payment_method", "contract.payment_method"),
        taken("payment_days", "contract.payment_days"),
        taken("tax_rate", "contract.tax_rate"),
        taken("order_approval", "order_approval.stored"),
        Column("tier", "tier"),
        Column("id", "id"),
    ),
    Exchanged.LIMITS: (
        taken("external_id", "external_id"),
        taken("organization", "buyer"),
        taken("credit_limit", "credit_limit"),
        taken("currency", "balance.currency"),
        taken("reason"),
        Column("name", "buyer.name"),
        Column("seller", "seller"),
        Column("limit", "limit"),
        Column("balance", "balance"),
        Column("reserved", "reserved"),
        Column("available", "available"),
        Column("contract", "contract"),
    ),
    Exchanged.PAYMENTS: (
        taken("reference", "reference"),
        taken("external_id", "external_id"),
        taken("organization", "buyer"),
        taken("amount", "amount"),
        taken("currency", "amount.currency"),
        taken("invoice", "invoice"),
        taken("note", "note"),
        taken("id", "id"),
        Column("seller", "seller"),
        Column("left", "left"),
        Column("order", "order"),
        Column("at", "at"),
    ),
    Exchanged.INVOICES: (
        taken("number", "number"),
        taken("external_number", "external_number"),
        taken("id", "id"),
        Column("kind", "kind"),
        Column("status", "status"),
        Column("external_id", "external_id"),
        Column("buyer", "buyer"),
        Column("seller", "seller"),
        Column("order", "order"),
        Column("issued_on", "issued_on"),
        Column("due_on", "due_on"),
        Column("currency", "total.currency"),
        Column("net", "net"),
        Column("tax", "tax"),
        Column("total", "total"),
        Column("open", "open"),
    ),
    Exchanged.ORDERS: (
        taken("order", "order.id"),
        taken("number", "order.number"),
        taken("line", "line.id"),
        taken("delivery_status", "line.delivery_status"),
        taken("vendor_reference"),
        Column("status", "order.status"),
        Column("kind", "order.kind"),
        Column("placed_at", "order.placed_at"),
        Column("external_id", "order.external_id"),
        Column("customer", "order.customer"),
        Column("seller", "order.seller"),
        Column("product", "line.product"),
        Column("vendor", "line.vendor"),
        Column("quantity", "line.quantity"),
        Column("subscription", "line.subscription"),
        Column("unit_cost", "line.unit_cost"),
        Column("total_cost", "line.total_cost"),
        Column("cost_currency", "line.total_cost.currency"),
        Column("unit_price", "line.unit_price"),
        Column("total_amount", "line.total_amount"),
        Column("currency", "line.total_amount.currency"),
    ),
}

KEYS: Final[Mapping[Exchanged, Sequence[tuple[str, ...]]]] = {
    Exchanged.ORGANIZATIONS: (("external_id",), ("ref",)),
    Exchanged.LIMITS: (("external_id",), ("organization",)),
    Exchanged.PAYMENTS: (("reference",), ("id",)),
    Exchanged.INVOICES: (("id",), ("number",)),
    Exchanged.ORDERS: (("order", "line"), ("number", "line")),
}
"""What a line is known by, each enough by itself; a file has each thing once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an import. `line` is where it begins in a CSV file, in JSON the how manieth it is; `cells`
    those that say something. `wrong`: why it cannot be meant."""

    line: int
    cells: Cells
    wrong: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line, or would. `about` is what the line calls the thing; `note` what was left as it
    is, in words."""

    became: LineBecame
    about: str = ""
    refusal: Refusal | None = None
    note: str = ""

    @property
    def code(self) -> str:
        """Of the no, if it is one."""
        return self.refusal.code if self.refusal else ""

    @property
    def field(self) -> str:
        """The column that the no is about, if it is about one."""
        errors = self._errors()
        return next(iter(errors)).rpartition(".")[2] if errors else ""

    @property
    def words(self) -> str:
        """For people."""
        if self.refusal is None:
            return self.note
        errors = self._errors()
        return "; ".join(map(str, errors.values())) if errors else self.refusal.words

    @property
    def said(self) -> dict[str, Any] | None:
        """The same, to be said in another language: its pattern and values, where it has any."""
        errors = list(self._errors().values())
        words = errors[0] if len(errors) == 1 else self.words
        if not isinstance(words, Sentence):
            return None
        return {"pattern": words.pattern, "values": {name: str(each) for name, each in words.values.items()}}

    def _errors(self) -> Mapping[str, str]:
        return self.refusal.facts.get("errors", {}) if self.refusal else {}


def refused(about: str, refusal: Refusal) -> Outcome:
    """A line that nothing came of."""
    return Outcome(LineBecame.REFUSED, about, refusal)


def about(kind: Exchanged, cells: Cells) -> str:
    """What a line calls the thing that it is about: its first key that says something."""
    found = (" ".join(filter(None, map(cells.get, key))) for key in KEYS[kind])
    return next(filter(None, found), "")[:200]


# An export's rows -----------------------------------------------------------------------------


def header(kind: Exchanged) -> list[str]:
    """The columns of an exported file."""
    return [column.name for column in COLUMNS[kind] if column.path]


def rows(kind: Exchanged, item: Mapping[str, Any]) -> Iterator[list[str]]:
    """One thing as the API writes it, as rows of a file: of an order one for each of its lines."""
    for part in _parts(kind, item):
        yield [harmless(text_at(part, column.path)) for column in COLUMNS[kind] if column.path]


def laid_flat(kind: Exchanged, item: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The same for an import, by column: what it takes."""
    for part in _parts(kind, item):
        yield {each.name: text_at(part, each.path) for each in COLUMNS[kind] if each.path and each.taken}


def _parts(kind: Exchanged, item: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if kind is not Exchanged.ORDERS:
        return [item]
    lines = item.get("lines")
    return [{"order": item, "line": line} for line in (lines if isinstance(lines, list) else [])]


def text_at(item: object, path: str) -> str:
    """What stands there, as a cell: of money its amount, of a party its ref, else its id."""
    for name in path.split("."):
        item = item.get(name) if isinstance(item, Mapping) else None
    if isinstance(item, Mapping):
        item = item.get("amount") or item.get("ref") or item.get("id")
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item) if isinstance(item, str | int) else "" if item is None else _written(item)


def _written(item: object) -> str:
    """Days, ids and words as text; what is no single value is no cell."""
    return "" if isinstance(item, list | Mapping) else str(item)


def csv_text(lines: Iterable[Sequence[str]]) -> str:
    """Rows as a file has them (RFC 4180)."""
    file = StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()


# An import's lines ----------------------------------------------------------------------------


def once_each(kind: Exchanged, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The lines; one that is about the same as an earlier one is wrong: which of them should hold?"""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for entry in entries:
        keys = [(key, tuple(entry.cells.get(part, "") for part in key)) for key in KEYS[kind]]
        keys = [(names, values) for names, values in keys if values[0]]
        first = min((seen[key] for key in keys if key in seen), default=None)
        for key in keys:
            seen.setdefault(key, entry.line)
        if first is None or entry.wrong:
            yield entry
        else:
            yield replace(
                entry, wrong=Refusal("invalid", sentence("Line {first} is about the same.", first=first))
            )
