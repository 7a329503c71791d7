"""What this thread has asked of the database and saved, for whoever logs and counts it: nobody's decision
hangs on it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import local
from typing import Any
from uuid import UUID

from placet.domain.words import EventType


@dataclass(slots=True)
class Work:
    """Statements sent (`BEGIN` and `COMMIT` are none), orders written down, and the facts that were recorded.
    What was rolled back afterwards counts too."""

    statements: int = 0
    orders: set[UUID] = field(default_factory=set)
    facts: list[EventType] = field(default_factory=list)


class _Threads(local):
    work: Work


_threads = _Threads()


def begin() -> Work:
    """This thread begins anew: the tally of all that it does from now on."""
    work = _threads.work = Work()
    return work


def so_far() -> Work:
    """What this thread has done since it began."""
    try:
        return _threads.work
    except AttributeError:
        return begin()


def recorded(facts: Iterable[EventType], order: UUID | None) -> None:
    """Facts were written, of that order, if of any."""
    work = so_far()
    work.facts += facts
    if order:
        work.orders.add(order)


def counted(
    execute: Callable[..., Any],
    statement: Any,  # noqa: ANN401 - as Django and psycopg take them
    parameters: Any,  # noqa: ANN401
    many: bool,  # noqa: FBT001 - Django's own
    context: dict[str, Any],
) -> Any:  # noqa: ANN401
    """Counts a statement, as one of a connection's `execute_wrappers`."""
    so_far().statements += 1
    return execute(statement, parameters, many, context)
