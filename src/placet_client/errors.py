"""What can go wrong, each its own exception; a no of the API's is told with its code (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, Final


class PlacetError(Exception):
    """Whatever went wrong."""


class NoAnswerError(PlacetError):
    """Placet could not be reached, or its answer was lost, however often it was asked. What was asked may
    have been done all the same: a POST may be sent again under its `idempotency_key`."""

    def __init__(self, words: str, idempotency_key: str | None) -> None:
        super().__init__(words)
        self.idempotency_key = idempotency_key


class RefusedError(PlacetError):
    """A no: `status` is HTTP's, `code` is stable and for programs, `detail` for people, `errors` says what is
    wrong by field, and `problem` is all of it (`shortfall`, …)."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: dict[str, str] = dict(problem.get("errors") or {})
        self.retry_after = retry_after
        wrong = "".join(f"; {field}: {words}" for field, words in self.errors.items())
        super().__init__(f"{status} {self.code}: {self.detail}{wrong}")


class UnauthenticatedError(RefusedError):
    """401: no valid key."""


class ForbiddenError(RefusedError):
    """403: not for this role, or not for this party."""


class NotFoundError(RefusedError):
    """404: there is no such thing, or it is a stranger's."""


class ConflictError(RefusedError):
    """409: the request was fine, the state of things was not; `code` says what."""


class InvalidError(RefusedError):
    """422: something is wrong with what was sent; `errors` or the `code` says what."""


class TooManyRequestsError(RefusedError):
    """429: the key has used up its minute, and `retry_after` seconds were too long to wait here."""


class ServerError(RefusedError):
    """5xx: it went wrong there, or there is nobody now."""


BY_STATUS: Final[Mapping[int, type[RefusedError]]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: InvalidError,
    429: TooManyRequestsError,
}


def refused(status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> RefusedError:
    """The exception for a no."""
    kind = BY_STATUS.get(status, ServerError if status >= 500 else RefusedError)  # noqa: PLR2004
    return kind(status, problem, retry_after)
