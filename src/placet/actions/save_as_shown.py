"""A form saved only while what it changes is still as its page showed it."""

from collections.abc import Callable

from placet.domain.refusals import Refusal
from placet.storage import db
from placet.storage.standing import hold


@db.transaction
def save_as_shown[R](*, still: Callable[[], bool], save: Callable[[], R]) -> R | Refusal:
    """What `save` answers, where things are `still` as they were shown, else `stale_version` with nothing
    done. Whoever else saves such a form waits between the look and the change."""
    hold()
    return save() if still() else Refusal("stale_version")
