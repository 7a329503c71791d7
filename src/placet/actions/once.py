"""The same request sent twice does its work once (R14)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from placet.domain.refusals import Refusal
from placet.storage import db, idempotency


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same: who, where, which key; and the digest of what was sent."""

    organization: UUID
    path: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it went out: HTTP status and body."""

    status: int
    body: bytes


@db.transaction
def once(*, request: Request, work: Callable[[], Response], at: datetime) -> Response | Refusal:
    """The answer of `work`, which runs in this same transaction; a replay gets the first answer.

    Another body under the same key: `idempotency_conflict`. The first still running:
    `idempotency_in_progress`. An answer of 500 or more, or an exception, is not kept.
    """
    if not idempotency.claim(request.organization, request.path, request.key):
        return Refusal("idempotency_in_progress")
    kept = idempotency.find(request.organization, request.path, request.key)
    if kept is None:
        response = work()
        idempotency.keep(
            (request.organization, request.path, request.key),
            request.digest,
            (response.status, response.body.decode()),
            at,
        )
        return response
    if kept["request_digest"] != request.digest:
        return Refusal("idempotency_conflict")
    return Response(kept["status"], kept["response"].encode())


@db.transaction
def forget_answers(at: datetime) -> int:
    """Drops answers older than seven days; the work is then done, however many there were."""
    idempotency.forget(at)
    return 0
