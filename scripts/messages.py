"""Keeps the catalogs of texts: `python scripts/messages.py` brings them up to date with the pages.

What is new in a catalog then waits there for its translation; what no page says any more is gone.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE: Final = Path(__file__).parent.parent / "src" / "placet"
LOCALE: Final = SOURCE / "entrypoints" / "portal" / "locale"
LANGUAGES: Final = ("de",)
STILL: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Dates of a catalog: always the same, so that only texts make a difference."""
CONTEXT: Final = ((1, "c"), 2)
KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "translated": None,  # gettext where `_` is its lazy sister
    "sentence": None,  # what a rule says, whatever its language
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": CONTEXT,
    "said": CONTEXT,  # pgettext_lazy, in short
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def template() -> Catalog:
    """Every text that pages, mails and forms say."""
    catalog = Catalog(project="Placet", charset="utf-8")
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.txt")]):
        for line, text, comments, context in _texts(file):
            catalog.add(
                text,
                locations=[(str(file.relative_to(SOURCE)), line)],
                auto_comments=comments,
                context=context,
            )
    return catalog


def _texts(file: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = file.read_text()
    if file.suffix != ".py":
        source = "\n".join(line.lstrip() for line in templatize(source, str(file)).splitlines())
    yield from extract("python", BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})


def catalog_of(language: str) -> Catalog:
    """The catalog as it is kept."""
    file = place_of(language)
    if not file.exists():
        return Catalog(language, project="Placet", charset="utf-8")
    with file.open("rb") as text:
        return read_po(text, language)


def updated(language: str) -> Catalog:
    """The catalog as it would be: with what pages say now, without guesses."""
    catalog = catalog_of(language)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment, catalog.fuzzy = f"# What Placet's pages say, in {catalog.locale}.", False
    catalog.creation_date = catalog.revision_date = STILL
    return catalog


def place_of(language: str) -> Path:
    """Where a catalog is kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Writes all catalogs; says what still has no translation."""
    settings.configure(USE_I18N=True)
    for language in LANGUAGES:
        catalog, file = updated(language), place_of(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as text:
            write_po(text, catalog, width=110, no_location=True, sort_output=True)
        with file.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalog)
        waiting = sum(1 for message in catalog if message.id and not all(said(message)))
        sys.stdout.write(f"{language}: {len(catalog)} texts, {waiting} without a translation\n")
    return 0


def said(message: Message) -> tuple[str, ...]:
    """The translation, in each of its forms."""
    text = message.string or ""
    return (text,) if isinstance(text, str) else tuple(text)


if __name__ == "__main__":
    sys.exit(main())
