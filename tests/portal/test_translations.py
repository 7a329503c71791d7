"""German is complete: every text that pages say, with the same places for names and figures."""

import re
from typing import Final

import pytest
from babel.messages.catalog import Catalog, Message
from scripts import messages

PLACES: Final = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


@pytest.fixture(scope="module", params=messages.LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    """A catalog, brought up to date with what pages say now."""
    return messages.updated(request.param)


def texts(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def test_every_text_is_translated(catalog: Catalog) -> None:
    assert len(texts(catalog)) > 200
    assert [message.id for message in texts(catalog) if not all(messages.said(message))] == []


def test_the_catalog_holds_nothing_that_no_page_says(catalog: Catalog) -> None:
    kept = messages.catalog_of(str(catalog.locale))
    assert {m.id for m in texts(kept)} - {m.id for m in texts(catalog)} == set()


def test_names_and_figures_have_the_same_places(catalog: Catalog) -> None:
    wrong = [m.id for m in texts(catalog) for text in messages.said(m) if places(text) not in sources(m)]
    assert wrong == []


def sources(message: Message) -> list[set[str]]:
    """What the text has places for: of one, and of many."""
    return [places(text) for text in ([message.id] if isinstance(message.id, str) else message.id)]


def places(text: str) -> set[str]:
    return set(PLACES.findall(text))
