"""The same request sent twice does its work once (R14)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from placet.domain.parties import ROLES
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.storage import db, idempotency


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same: who, where, which key; and the digest of what was sent. `role` is
    the caller's."""

    organization: UUID
    path: str
    key: str
    digest: bytes
    role: Role

    def sent_as(self, role: Role) -> bytes:
        """The digest as it is kept: of what was sent, and in which role."""
        return hashlib.sha256(role.encode() + self.digest).digest()


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it went out: HTTP status and body."""

    status: int
    body: bytes


@db.transaction
def once(*, request: Request, work: Callable[[], Response], at: datetime) -> Response | Refusal:
    """The answer of `work`, which runs in this same transaction; a replay gets the first answer.

    Another body under the same key: `idempotency_conflict`. The first still running:
    `idempotency_in_progress`. Answered to a role that may more than the caller's: `forbidden`. An answer of
    500 or more, or an exception, is not kept.
    """
    if not idempotency.claim(request.organization, request.path, request.key):
        return Refusal("idempotency_in_progress")
    kept = idempotency.find(request.organization, request.path, request.key)
    if kept is None:
        response = work()
        idempotency.keep(
            (request.organization, request.path, request.key),
            request.sent_as(request.role),
            (response.status, response.body.decode()),
            at,
        )
        return response
    return _not_to_be_told(request, kept["request_digest"]) or Response(
        kept["status"], kept["response"].encode()
    )


def _not_to_be_told(request: Request, kept: bytes) -> Refusal | None:
    """What was answered to an admin may be nothing for a viewer to read."""
    first = next((role for role in Role if request.sent_as(role) == kept), None)
    if first is None:
        return Refusal("idempotency_conflict")
    return None if ROLES[first] <= ROLES[request.role] else Refusal("forbidden")


@db.transaction
def forget_answers(at: datetime) -> int:
    """Drops answers older than seven days; the work is then done, however many there were."""
    idempotency.forget(at)
    return 0
