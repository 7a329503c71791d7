"""What was measured, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.replay import Replayed


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage in one round: `done` of them in `seconds`, how long each `took` in µs, what of the two
    cores the product's processes, the database and the load generator had, in µs for each."""

    done: int
    seconds: float
    took: list[int]
    python_us: float
    database_us: float
    clients_us: float

    @property
    def per_second(self) -> float:
        """How many a second."""
        return self.done / self.seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A stage: all rounds of ours and of pgbench, in the order they were measured."""

    stage: str
    stored: int
    ours: Sequence[Measured]
    pgbench: Sequence[Replayed]
    queries: int
    trips: int

    @property
    def per_second(self) -> float:
        """The median round's."""
        return median(one.per_second for one in self.ours)

    @property
    def pgbench_per_second(self) -> float:
        """The median round's."""
        return median(one.per_second for one in self.pgbench)

    @property
    def ratio(self) -> float:
        """Ours as a part of pgbench's: the median of the rounds, each of which had both."""
        return median(
            ours.per_second / theirs.per_second for ours, theirs in zip(self.ours, self.pgbench, strict=True)
        )


COLUMNS: Final = (
    "stored orders",
    "/s",
    "p50 ms",
    "p99 ms",
    "pgbench /s",
    "p50 ms",
    "p99 ms",
    "ratio",
    "queries",
    "round trips",
    "CPU µs: Python",
    "database",
    "clients",
    "pgbench's database",
)


def table(rows: Sequence[Row]) -> str:
    """All of it, as Markdown."""
    return "\n".join([_cells("", *COLUMNS), _cells("---", *["---:"] * len(COLUMNS)), *map(_line, rows)])


def _line(row: Row) -> str:
    ours = [us for one in row.ours for us in one.took]
    theirs = [us for one in row.pgbench for us in one.took]
    cpu = [
        median(getattr(one, name) for one in row.ours) for name in ("python_us", "database_us", "clients_us")
    ]
    cells = [
        row.stage,
        f"{row.stored:,}".replace(",", " "),
        f"{row.per_second:.0f}",
        *_percentiles(ours),
        f"{row.pgbench_per_second:.0f}",
        *_percentiles(theirs),
        f"{row.ratio:.2f}",
        str(row.queries),
        str(row.trips),
        *(f"{us:.0f}" for us in cpu),
        f"{median(one.database_us for one in row.pgbench):.0f}",
    ]
    return _cells(*cells)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _percentiles(took: Sequence[int]) -> list[str]:
    """p50 and p99 in ms."""
    if not took:
        return ["", ""]
    ordered = sorted(took)
    return [f"{ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1000:.1f}" for part in (0.5, 0.99)]
