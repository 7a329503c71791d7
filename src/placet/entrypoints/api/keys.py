"""Who calls: `Authorization: Bearer KEY` (contract §3)."""

import hashlib
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from structlog.contextvars import bind_contextvars

from placet.domain.parties import Actor
from placet.storage import actors


class Key(HttpBearer):
    """Resolves an API key to the actor it stands for; a blocked organization's keys open nothing."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor, kept on the request as `actor`, beside the `key`."""
        digest = digest_of(token)
        actor = actors.by_key(digest)
        if actor is not None:
            with_actor: Any = request
            with_actor.actor, with_actor.key = actor, digest
            bind_contextvars(organization=str(actor.organization), key=str(actor.id))
        return actor


def digest_of(key: str) -> bytes:
    """What a key is kept as. Keys are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).digest()


def actor_of(request: HttpRequest) -> Actor:
    """Who makes this request."""
    with_actor: Any = request
    found: Actor = with_actor.actor
    return found


def key_of(request: HttpRequest) -> bytes:
    """Whose allowance this request uses: the digest of its key."""
    with_key: Any = request
    digest: bytes = with_key.key
    return digest
