"""What is logged in this process, as it is written down."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from placet.project.config import LogFormat
from placet.project.logs import formatter


@dataclass
class Lines:
    """All that was logged."""

    _written: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        """Every line."""
        return self._written.getvalue()

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of that event."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == event]

    def request(self) -> dict[str, Any]:
        """The line of the only request."""
        (line,) = self.of("request")
        return line


@contextmanager
def logged(format_: LogFormat = LogFormat.JSON, level: int = logging.INFO) -> Iterator[Lines]:
    """What is logged meanwhile, from that level on."""
    lines, root = Lines(), logging.getLogger()
    handler = logging.StreamHandler(lines._written)  # noqa: SLF001 - ours
    handler.setFormatter(formatter(format_))
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
