"""How the calls are asked for: what all of them stand on."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal

Json = dict[str, Any]
Path = str | tuple[str, ...]
"""An address below `/api/v1`; with placeholders it is followed by what belongs there, in their order."""


class _Unset(Enum):
    """The type of what was not given: `null` means something else."""

    UNSET = "unset"


UNSET: Final = _Unset.UNSET
type Unset = Literal[_Unset.UNSET]


def given(**members: object) -> Json:
    """Those of them that were given. One that is called like a word of Python's ends with `_` there."""
    return {name.removesuffix("_"): value for name, value in members.items() if value is not UNSET}


class Answer(Json):
    """A JSON object as it came, and which state of the thing it shows, for `if_match` of a change."""

    etag: str | None = None


def etag(answer: Mapping[str, Any]) -> str | None:
    """The `ETag` that an answer came with: `if_match=etag(contract)` changes only what was read."""
    return answer.etag if isinstance(answer, Answer) else None


class Items[T](Iterator[T]):
    """A list, page by page as it is gone through. `limit` of the call is how many come at a time."""

    def __init__(self, page: Callable[[str | None], Mapping[str, Any]]) -> None:
        self._page = page
        self._cursor: str | None = None
        self._rest: Iterator[T] = iter(())
        self._more = True

    def __next__(self) -> T:
        for item in self._rest:
            return item
        if not self._more:
            raise StopIteration
        page = self._page(self._cursor)
        self._rest, self._cursor = iter(page["items"]), page["next_cursor"]
        self._more = self._cursor is not None
        return next(self)


class Asking(ABC):
    """Asks, and gives the answer in its type."""

    @abstractmethod
    def ask[T](  # noqa: PLR0913 - what a request has
        self,
        shape: type[T],
        method: str,
        path: Path,
        *,
        query: Json | None = None,
        body: Json | str | None = None,
        idempotency_key: str | None = None,
        if_match: str | int | None = None,
    ) -> T:
        """The answer. Raises `PlacetError`: a `RefusedError` for a no, `NoAnswerError` for none."""

    def items[T](self, shape: type[T], method: str, path: Path, *, query: Json | None = None) -> Items[T]:  # noqa: ARG002 - for the type
        """All of a list."""

        def page(cursor: str | None) -> Json:
            return self.ask(
                Answer, method, path, query=(query or {}) | ({"cursor": cursor} if cursor else {})
            )

        return Items(page)
