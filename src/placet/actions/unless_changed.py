"""A change that is made only while the thing is still as its caller has read it (`If-Match`)."""

from collections.abc import Callable

from placet.domain.refusals import Refusal
from placet.storage import db


class _ChangedSince(Exception):  # noqa: N818 - it never leaves this module
    """Ends the transaction, and with it what was done in it."""


def unless_changed[R](
    *,
    hold: Callable[[], object],
    as_read: Callable[[], bool],
    work: Callable[[], R],
    done: Callable[[R], bool],
) -> R | Refusal:
    """What `work` answers, in one transaction with the look whether the thing is `as_read`; `hold` makes
    whoever else changes it wait.

    A refusal of the work's own is answered first, as without the condition: what is not there or not allowed
    is said before what has changed. Only what would have been `done` is taken back: `stale_version`.
    """
    try:
        return _worked(hold, as_read, work, done)
    except _ChangedSince:
        return Refusal("stale_version")


@db.transaction
def _worked[R](
    hold: Callable[[], object], as_read: Callable[[], bool], work: Callable[[], R], done: Callable[[R], bool]
) -> R:
    hold()
    same = as_read()
    answer = work()
    if not same and done(answer):
        raise _ChangedSince
    return answer
