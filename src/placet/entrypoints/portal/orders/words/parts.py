"""What the sentences of a page hang on: a station of the track, a check or step, a line of the timeline."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from placet.entrypoints.portal.orders.story import Json

Text = str | SafeString


@dataclass(frozen=True, slots=True)
class Node:
    """One station of the track: who or what, where it stands in a word, and what else there is to say."""

    tone: str
    icon: str
    name: str
    state: str
    lines: tuple[str, ...] = ()
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One check, step or fact: its name, a sentence, the word for how it went. `sum` are limit, balance,
    reserved and available, where the check looked at credit."""

    tone: str
    icon: str
    name: str
    say: Text
    word: str = ""
    sum: tuple[Json, Json, Json, Json] | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    tone: str
    icon: str
    say: Text
    sub: str
    at: str
