"""`python -m bench`: the performance figures, explained in docs/benchmarks.md."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from bench.figures import table
from bench.house import House
from bench.measuring import CLIENTS, Bench

CACHE: Final = Path(__file__).parent.parent / ".cache"
"""The clone's own disk: a /tmp in memory would flatter fsync."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(highlight=False, soft_wrap=True)
notes = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def main(
    stored: Annotated[int, typer.Option(help="Stored orders of the large case.")] = 100_000,
    orders: Annotated[int, typer.Option(min=CLIENTS, help="Orders for each stage and round.")] = 800,
    rounds: Annotated[int, typer.Option(min=1, help="How often each stage is measured.")] = 2,
    folder: Annotated[Path | None, typer.Option(help="Work in this folder, and leave it there.")] = None,
) -> None:
    """Place, approve and whole lives over HTTP, beside pgbench with the same statements."""
    with fresh(folder) as place, House(place) as house:
        rows = Bench(house, orders // CLIENTS * CLIENTS, rounds, notes.print).run(stored)
        out.print(circumstances(house), markup=False)
        out.print(table(rows), markup=False)


@contextmanager
def fresh(kept: Path | None) -> Iterator[Path]:
    """An empty folder for the database, gone afterwards unless it is to be kept."""
    CACHE.mkdir(exist_ok=True)
    folder = kept or Path(tempfile.mkdtemp(prefix="bench-", dir=CACHE))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield folder.absolute()
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def circumstances(house: House) -> str:
    """The machine and the versions, in one paragraph."""
    parts = [f"{name} {version(name)}" for name in ("django", "django-ninja", "psycopg", "granian")]
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}; "
        f"Python {platform.python_version()}, PostgreSQL {house.value('SHOW server_version')}, "
        f"{', '.join(parts)}; load averages at the end {load}.\n"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor"
    )


if __name__ == "__main__":
    app()
