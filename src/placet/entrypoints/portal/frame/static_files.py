"""Addresses of styles, scripts and fonts, each with a mark of its content, so that browsers may keep it."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class Dated(StaticFilesStorage):
    """`/static/portal/placet.css?v=1f2e3d4c`."""

    def url(self, name: str | None, force: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002 - Django's own
        """The file's address; a change of the file changes it."""
        assert name is not None, "a template names its file"
        return f"{super().url(name)}?v={_mark(name)}"


@cache
def _mark(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str), f"there is no static file {name}: was the build run?"
    return sha256(Path(found).read_bytes()).hexdigest()[:8]
