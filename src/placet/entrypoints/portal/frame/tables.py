"""Tables that survive a reload: how one is sorted, filtered, paged and which columns it has stands in its
address, so that it can be linked, kept and exported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from placet.entrypoints.portal.frame.answers import csv_answer

LIMITS: Final = (25, 50, 100)
MOST_EXPORTED: Final = 10_000
"""Rows of a CSV file: more is a matter for the API."""
LONGEST_CURSOR: Final = 300
OWN_PARAMETERS: Final = frozenset({"sort", "cursor", "columns", "limit", "format", "choose"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `sort` where rows can come in its order, `fixed` where it cannot be hidden, `hidden` where
    it is shown only on request."""

    name: str
    title: str | Promise
    css: str = ""
    sort: bool = False
    fixed: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head as it is drawn: `sorted` is `ascending`, `descending` or nothing; `sort` is what a
    click sorts by."""

    column: Column
    sorted: str
    sort: str


@dataclass(frozen=True, slots=True)
class Sorting:
    """One order that rows can come in: `sort` is what the address says for it."""

    title: str | Promise
    sort: str
    descending: bool
    here: bool


@dataclass
class Table:
    """What the address asks of a table. Words that nobody knows are passed over: an old link still works.

    `filters` is a form of the address's parameters; what of it cannot be read says so beside its field and
    filters nothing.
    """

    request: HttpRequest
    columns_known: Sequence[Column]
    default_sort: str = ""
    filters: Form | None = None
    name: str = "table"
    rows: list[Any] = field(default_factory=list)
    next_cursor: str | None = None
    total: int | None = None

    @cached_property
    def _sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        known = {column.name for column in self.columns_known if column.sort}
        return asked if asked.removeprefix("-") in known else self.default_sort

    @property
    def sort(self) -> str:
        """The column by which rows come; empty where the table has no say."""
        return self._sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self._sort.startswith("-")

    @property
    def cursor(self) -> str:
        """After what the page starts; empty for the first one."""
        return self.request.GET.get("cursor", "")[:LONGEST_CURSOR]

    @cached_property
    def limit(self) -> int:
        """How many rows at most."""
        asked = self.request.GET.get("limit", "")
        return int(asked) if asked in map(str, LIMITS) else LIMITS[0]

    @property
    def limits(self) -> tuple[int, ...]:
        """What can be chosen of that."""
        return LIMITS

    @property
    def csv(self) -> bool:
        """Whether it is asked for as a file."""
        return self.request.GET.get("format") == "csv"

    @cached_property
    def columns(self) -> list[Column]:
        """Those shown, in order."""
        asked = set(self.request.GET.getlist("columns"))
        if not asked & {column.name for column in self.columns_known}:
            return [column for column in self.columns_known if not column.hidden]
        return [column for column in self.columns_known if column.fixed or column.name in asked]

    @cached_property
    def shows(self) -> Mapping[str, bool]:
        """By name, for `{% if table.shows.total %}`."""
        shown = {column.name for column in self.columns}
        return {column.name: column.name in shown for column in self.columns_known}

    @property
    def choosable(self) -> list[Column]:
        """Those that can be hidden."""
        return [column for column in self.columns_known if not column.fixed]

    @property
    def heads(self) -> list[Head]:
        """The columns' heads."""
        return [self._head(column) for column in self.columns]

    @property
    def sortings(self) -> list[Sorting]:
        """All orders to choose from, where heads are not seen: a phone's tables are folded."""
        return [
            Sorting(column.title, sort, sort.startswith("-"), here=sort == self._sort)
            for column in self.columns_known
            if column.sort
            for sort in (column.name, f"-{column.name}")
        ]

    def _head(self, column: Column) -> Head:
        if column.name != self.sort:
            return Head(column, "", column.name)
        turned = column.name if self.descending else f"-{column.name}"
        return Head(column, "descending" if self.descending else "ascending", turned)

    @cached_property
    def filter_values(self) -> dict[str, Any]:
        """What the filters say; those that cannot be read say nothing."""
        if self.filters is None:
            return {}
        self.filters.is_valid()
        return {
            name: value for name, value in self.filters.cleaned_data.items() if value not in (None, "", [])
        }

    @property
    def filtered(self) -> bool:
        """Whether anything is filtered: an empty table then says so, with a way back."""
        return bool(self.filter_values)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Of the address, what the filter form keeps: the order of rows and the columns."""
        names = ("sort", "columns", "limit")
        return [(name, value) for name in names for value in self.request.GET.getlist(name)]

    @property
    def kept_filters(self) -> list[tuple[str, str]]:
        """Of the address, what the chooser of columns keeps: everything but columns and place."""
        names = (name for name in self.request.GET if name not in {"columns", "cursor", "format"})
        return [(name, value) for name in names for value in self.request.GET.getlist(name)]

    def page(self, rows: Sequence[Any], next_cursor: str | None, total: int | None = None) -> "Table":
        """With the rows of this page, and where the next one starts."""
        self.rows, self.next_cursor, self.total = list(rows), next_cursor, total
        return self

    def of_one_more(self, rows: Sequence[Any], cursor_of: Callable[[Any], str]) -> "Table":
        """With the rows of this page, of which one more was fetched than fits, where there is more."""
        fits = rows[: self.limit]
        return self.page(fits, cursor_of(fits[-1]) if len(rows) > self.limit else None)

    def as_csv(self, filename: str, rows: Sequence[Mapping[str, object]]) -> HttpResponse:
        """Rows, by names of columns, as a file: the columns that are shown."""
        header = [str(column.title) for column in self.columns]
        return csv_answer(filename, header, ([row.get(c.name) for c in self.columns] for row in rows))
