"""The client: every call of the API by name, made as often as it takes and done once."""

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx

from placet_client.asking import Answer, Json, Path
from placet_client.calls import Calls
from placet_client.errors import NoAnswerError, refused

TRIES: Final = 6
LONGEST_PAUSE: Final = 60.0
"""Seconds that it waits at most before it asks once more; who is told to wait longer is refused instead."""

NOT_DONE: Final = frozenset({429, 503})
"""Answers that say that nothing was done: whatever it was, it may be asked again."""
LOST: Final = frozenset({502, 504})
"""Answers of somebody in between, who does not know either."""
REPEATABLE: Final = frozenset({"GET", "POST", "PUT"})
"""What may be asked again although it may have been done: a POST has its key. Between a PATCH and its
repetition somebody else may have changed the same, and a DELETE would find nothing."""


class Placet(Calls):
    """One organization's program, by its key.

    ```python
    with Placet("https://placet.example", key) as placet:
        for order in placet.list_approvals():
            placet.approve_order(order["id"], comment="within limits")
    ```

    Every POST gets an idempotency key of its own, unless one is given, and keeps it when it is sent again:
    after 429 and 503 (as long as `Retry-After` says), a broken connection or a lost answer. What the API
    refuses is a `RefusedError` with its `code`. May be used by several threads.

    Args:
        address: where Placet is, without `/api/v1`.
        key: the organization's API key.
        tries: how often it asks at most.
        timeout: seconds without a sign of life.
        transport: httpx's, for tests and special networks.
        sleep: how it waits.
    """

    def __init__(  # noqa: PLR0913 - what one may want
        self,
        address: str,
        key: str,
        *,
        tries: int = TRIES,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "placet-client"}
        self._http = httpx.Client(
            base_url=f"{address.rstrip('/')}/api/v1", headers=headers, timeout=timeout, transport=transport
        )
        self._tries, self._sleep = tries, sleep

    def ask[T](  # noqa: PLR0913 - what a request has
        self,
        shape: type[T],  # noqa: ARG002 - for whoever reads the types
        method: str,
        path: Path,
        *,
        query: Json | None = None,
        body: Json | str | None = None,
        idempotency_key: str | None = None,
        if_match: str | int | None = None,
    ) -> T:
        """The answer. Raises `PlacetError`: a `RefusedError` for a no, `NoAnswerError` for none."""
        key = idempotency_key or (str(uuid4()) if method == "POST" else None)
        request = self._http.build_request(
            method,
            _address(path),
            params={name: _plain(value) for name, value in (query or {}).items()},
            content=body if isinstance(body, str) else None if body is None else _json(body),
            headers=dict(_headers(body, key, if_match)),
        )
        answer: T = _read(self._sent(request, key))
        return answer

    def close(self) -> None:
        """Hangs up."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _sent(self, request: httpx.Request, key: str | None) -> httpx.Response:
        """The last of as many tries as it takes."""
        for number in range(1, self._tries + 1):
            last = number == self._tries
            try:
                answer = self._http.send(request)
            except httpx.TransportError as error:
                if last or not _may_repeat(request, error):
                    raise NoAnswerError(f"{request.method} {request.url}: {error}", key) from error
                pause: float | None = None
            else:
                pause = _told_to_wait(answer)
                again = _again(request, answer, number) and (pause is None or pause <= LONGEST_PAUSE)
                if last or not again:
                    return answer
            self._sleep(pause if pause is not None else _pause(number))
        raise AssertionError("it tries at least once")


def _may_repeat(request: httpx.Request, error: httpx.TransportError) -> bool:
    """Whether it was never sent, or may be sent twice."""
    never = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    return never or (request.method in REPEATABLE and not isinstance(error, httpx.UnsupportedProtocol))


def _again(request: httpx.Request, answer: httpx.Response, number: int) -> bool:
    if answer.status_code in NOT_DONE:
        return True
    if answer.status_code in LOST:
        return request.method in REPEATABLE
    # Our own first try may still be at work there.
    return number > 1 and _problem(answer).get("code") == "idempotency_in_progress"


def _told_to_wait(answer: httpx.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdecimal() else None


def _pause(number: int) -> float:
    """Longer each time, and never the same for two: not everybody comes back at once."""
    longest = min(0.25 * 2.0**number, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


def _read(answer: httpx.Response) -> Any:  # noqa: ANN401 - whatever was asked for
    if not answer.is_success:
        raise refused(answer.status_code, _problem(answer), _told_to_wait(answer))
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind != "application/json":
        return answer.text if kind.startswith("text/") else answer.content
    found = Answer(answer.json())
    found.etag = answer.headers.get("ETag")
    return found


def _problem(answer: httpx.Response) -> Json:
    """What was said; not everybody in between speaks JSON."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"detail": answer.text[:200]}


def _address(path: Path) -> str:
    if isinstance(path, str):
        return path
    pattern, *values = path
    parts = pattern.split("{")
    rest = [
        f"{quote(value, safe='')}{part.partition('}')[2]}"
        for value, part in zip(values, parts[1:], strict=True)
    ]
    return "".join([parts[0], *rest])


def _headers(
    body: Json | str | None, key: str | None, if_match: str | int | None
) -> Iterator[tuple[str, str]]:
    if body is not None:
        yield "Content-Type", "text/csv" if isinstance(body, str) else "application/json"
    if key is not None:
        yield "Idempotency-Key", key
    if if_match is not None:
        yield "If-Match", f'"{if_match}"' if isinstance(if_match, int) else if_match


def _json(body: Json) -> bytes:
    return json.dumps(body, default=_text).encode()


def _plain(value: object) -> Any:  # noqa: ANN401 - as httpx takes it
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool)) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    raise TypeError(f"{value!r} is nothing that can be sent")
