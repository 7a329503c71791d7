"""What a caller wants other than it is, member by member."""

from enum import Enum
from typing import Final


class Same(Enum):
    """Stands where a member was not named: null may be a wish, nothing said is none."""

    SAME = "same"


SAME: Final = Same.SAME

type Change[T] = T | Same


def changed[T](wish: Change[T], was: T) -> T:
    """What is wished, or what was."""
    return was if isinstance(wish, Same) else wish
