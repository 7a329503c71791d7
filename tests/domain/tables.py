"""Tests as tables of cases: what goes in, what comes out, a row each."""

import re

import pytest


def cases(table: str) -> pytest.MarkDecorator:
    """One run of the test a row. The first line names the test's arguments; cells stand at least two
    spaces apart, `-` is an empty one, `->` is for the eye."""
    header, *rows = (_cells(line) for line in table.strip().splitlines() if line.strip())
    for row in rows:
        assert len(row) == len(header), f"{row} does not fit {header}"
    return pytest.mark.parametrize(header, [pytest.param(*row, id=" | ".join(row)) for row in rows])


def _cells(line: str) -> list[str]:
    cells = [cell for cell in re.split(r"\s{2,}", line.strip()) if cell != "->"]
    return ["" if cell == "-" else cell for cell in cells]
