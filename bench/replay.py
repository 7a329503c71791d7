"""pgbench, replaying what the product said to PostgreSQL.

One life of an order is recorded for each client, each on a chain of its own. A script replays one
stage of it: the same statements with the same parameters, in the same transactions, one round trip
each. Only the ids that the product made differ from one run of a script to the next; they hold a
number that pgbench counts up, put in by `replace` around the parameter. So the server does the same
work as for the product, and that `replace`.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import cpu
from bench.house import House
from bench.recorder import BYTEA, INTEGERS, UUID_TYPE, Statement
from placet.project.postgres.binaries import program

MARK: Final = "########"
FIRST_NUMBER: Final = 10_000_000
"""Eight digits, as long as the mark."""

UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PARAMETER: Final = re.compile(r"\$(\d+)")
TYPES: Final = {
    BYTEA: "bytea",
    UUID_TYPE: "uuid",
    16: "bool",
    20: "int8",
    21: "int2",
    23: "int4",
    25: "text",
    1184: "timestamptz",
    2951: "uuid[]",
    3802: "jsonb",
}
FETCHES: Final = "SKIP LOCKED"
TRANSACTION: Final = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of an order's life as it was recorded: one request, or the worker's part."""

    name: str
    statements: tuple[Statement, ...]

    @property
    def queries(self) -> int:
        """Statements without those that only begin and end transactions."""
        return sum(said.text.rstrip("; ").upper() not in TRANSACTION for said in self.statements)

    @property
    def trips(self) -> int:
        """Round trips."""
        return len({(said.connection, said.trip) for said in self.statements})


Life = Sequence[Stage]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What pgbench measured: runs of the script in a second, and how long each took, in µs.
    `database_us` is what each cost the server's processors."""

    per_second: float
    took: list[int]
    database_us: float


class Replay:
    """Scripts out of recorded lives, one for each client. `world` holds the ids that stay as they are:
    all others were made by the product on the way."""

    def __init__(self, house: House, lives: Sequence[Life], world: Iterable[str]) -> None:
        self._house, self._lives = house, [_varied(life, frozenset(world)) for life in lives]

    def run(self, stages: Sequence[str], runs: int, first: int) -> Replayed:
        """Each client replays these stages `runs` times, for the orders numbered from `first` on."""
        with tempfile.TemporaryDirectory() as folder:
            script, values = self._script(stages)
            path = Path(folder, "script.sql")
            path.write_text(script)
            spent = cpu.seconds(self._house.postmaster)
            done = subprocess.run(  # noqa: S603 - the database's own program
                [
                    program("pgbench"), "-n", "-M", "prepared", "-c", str(len(self._lives)), "-j", "1",
                    "-t", str(runs), "-f", path, "-D", "n=0", "-D", f"first={FIRST_NUMBER + first}",
                    *(f"-D{name}={value}" for name, value in values.items()),
                    "-l", f"--log-prefix={folder}/log", self._house.address,
                ],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-2000:]
            spent = cpu.seconds(self._house.postmaster) - spent
            took = [_microseconds(line) for log in Path(folder).glob("log.*") for line in log.open()]
        return Replayed(_per_second(done.stdout), took, 1e6 * spent / len(took))

    def _script(self, stages: Sequence[str]) -> tuple[str, dict[str, str]]:
        """The script, and the values of its variables."""
        count = len(self._lives)
        lines = [f"\\set i :first + :n * {count} + :client_id", "\\set n :n + 1"]
        values: dict[str, str] = {}
        for client, life in enumerate(self._lives):
            lines.append(f"\\{'el' if client else ''}if :client_id = {client}")
            said = [statement for stage in life if stage.name in stages for statement in stage.statements]
            for number, statement in enumerate(said):
                lines.append(_statement(statement, f"v{client}_{number}_", values))
        return "\n".join([*lines, "\\endif", ""]), values


def _statement(said: Statement, prefix: str, values: dict[str, str]) -> str:
    """The statement as pgbench takes it; its parameters' values are added to `values`."""

    def expression(match: re.Match[str]) -> str:
        n = int(match[1])
        value, type_ = said.parameters[n - 1], TYPES.get(said.types[n - 1], "")
        cast = f"::{type_}" if type_ else ""
        if value is None:
            return f"NULL{cast}"
        values[f"{prefix}{n}"] = value
        if MARK in value:
            return f"replace(:{prefix}{n}, '{MARK}', :i){cast}"
        return f":{prefix}{n}{cast}"

    text = said.text.rstrip("; \n")
    assert not re.search(r"(?<!:):\w", text), "pgbench would take this for a variable"
    return PARAMETER.sub(expression, text) + ";"


def _varied(life: Life, world: frozenset[str]) -> list[Stage]:
    """The life with a mark in every id that the product made."""
    made: dict[str, str] = {}

    def vary(match: re.Match[str]) -> str:
        if match[0] in world:
            return match[0]
        return made.setdefault(match[0], f"{MARK}-0000-7000-8000-{len(made):012x}")

    return [
        Stage(
            stage.name,
            tuple(
                Statement(
                    s.connection,
                    s.text,
                    s.types,
                    tuple(value and UUID.sub(vary, value) for value in _fetching_one(s)),
                    s.trip,
                )
                for s in stage.statements
            ),
        )
        for stage in life
    ]


def _fetching_one(said: Statement) -> tuple[str | None, ...]:
    """Its parameters; what fetches work fetches one piece, not as many as the worker's batch may hold: a
    script is about one order, and would fetch everybody else's each time."""
    if FETCHES not in said.text:
        return said.parameters
    pairs = zip(said.types, said.parameters, strict=True)
    return tuple("1" if type_ in INTEGERS else value for type_, value in pairs)


def _microseconds(line: str) -> int:
    return int(line.split()[2])


def _per_second(told: str) -> float:
    found = re.search(r"^tps = ([\d.]+)", told, re.MULTILINE)
    assert found, told
    return float(found[1])
