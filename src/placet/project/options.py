"""What the commands share: where they speak, and which database they work on."""

import os
from typing import Annotated

import typer
from rich.console import Console

out, notices = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

DataDir = Annotated[str | None, typer.Option(help="The folder of the embedded PostgreSQL (PLACET_DATA_DIR).")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="The address of a PostgreSQL of your own (PLACET_DATABASE_URL).")
]


def choose(data_dir: str | None, database_url: str | None) -> None:
    """An option is another way to set a variable, for us and for our child processes."""
    for variable, value in (("PLACET_DATA_DIR", data_dir), ("PLACET_DATABASE_URL", database_url)):
        if value is not None:
            os.environ[variable] = value
