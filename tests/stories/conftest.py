"""What every story stands on: one Placet for all stories of a test process, and each story's world in it."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import ADDRESS
from tests.stories.hooks import Hooks, receiving
from tests.stories.server import Server, serving


@pytest.fixture(scope="session")
def hooks() -> Iterator[Hooks]:
    """Everybody's webhook receiver."""
    with receiving() as hooks:
        yield hooks


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, hooks: Hooks) -> Iterator[Server]:
    """A Placet that is up."""
    with serving(os.environ[ADDRESS], tmp_path_factory.mktemp("placet"), hooks) as server:
        yield server


@pytest.fixture(scope="module")
def placet(running: Server, request: pytest.FixtureRequest) -> Server:
    """The Placet that is up, with the story's `WORLD` in it."""
    running.load(request.module.WORLD)
    return running
