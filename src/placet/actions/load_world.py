"""Loading a world file (contract §2): organizations, contracts, catalog, prices, groups, people, keys."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from placet.actions.import_subscriptions import import_subscriptions
from placet.domain.world.checks import problems
from placet.domain.world.ground import Ground
from placet.domain.world.keys import Notes
from placet.domain.world.matching import arrivals
from placet.domain.world.nodes import Problem
from placet.domain.world.shape import World, read
from placet.storage import db
from placet.storage.populating import populate
from placet.storage.standing import hold, standing

__all__ = ["Problem", "WorldErrors", "WorldReport", "load_world"]

LONGEST_SOURCE: Final = 200
"""Characters of a source that are kept: its end, where the file's name stands."""


@dataclass(frozen=True, slots=True)
class WorldReport:
    """A loaded file: how many things it made, how many stood already and were left as they are, and
    where those are otherwise than the file says, a sentence each."""

    created: int
    unchanged: int
    differences: list[str]


@dataclass(frozen=True, slots=True)
class WorldErrors:
    """A bad file, which changed nothing: all that is wrong with it, in its own order."""

    problems: list[Problem]


def load_world(
    text: str, *, source: str, now: datetime, progress: Callable[[str, int, int], None]
) -> WorldReport | WorldErrors:
    """Loads a world file, YAML or JSON, as a whole or not at all.

    What stands, by its ref or what comes closest to one, is left as it is; what is new is added, also to
    what stands. A world states facts, so it may hold what no act would allow (R49).

    Args:
        text: the file.
        source: what it is called, for whoever asks who set up a group or an opening balance.
        now: when everything new begins.
        progress: told a stage, how much of it is done, and how much there is.
    """
    progress("reading", 0, 1)
    world, notes = read(text)
    progress("reading", 1, 1)
    try:
        return _loaded(world, notes, source=source[-LONGEST_SOURCE:], now=now, progress=progress)
    except _UndoneError as undone:
        return WorldErrors(undone.problems)


class _UndoneError(Exception):
    """Takes back what was written of a file that turned out to be bad; never leaves this module."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("a bad file")
        self.problems = problems


@db.transaction
def _loaded(
    world: World, notes: Notes, *, source: str, now: datetime, progress: Callable[[str, int, int], None]
) -> WorldReport | WorldErrors:
    hold()
    ground = Ground(world, standing(world, notes))
    if wrong := problems(ground, notes):
        return WorldErrors(wrong)
    come = arrivals(ground)
    populate(come.new, ground, source=source, now=now, progress=progress)
    if wrong := import_subscriptions(come.new.subscriptions, source=source, now=now, progress=progress):
        raise _UndoneError(wrong)
    return WorldReport(come.created, come.unchanged, come.differences)
