"""Calls: API keys.

Written by `make client` from the API's description: change that, not this.
"""

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import ApiKey, Done, NewApiKey
from placet_client.words import Role


class ApiKeysCalls(Asking):
    """Calls: API keys."""

    def list_api_keys(self, *, limit: int | Unset = UNSET) -> Items[ApiKey]:
        """The keys in force of the caller's organization, the oldest first: an admin's to see.

        `GET /api-keys`
        """
        return self.items(ApiKey, "GET", "/api-keys", query=given(limit=limit))

    def issue_api_key(self, *, name: str, role: Role, idempotency_key: str | None = None) -> NewApiKey:
        """Issues a key. It is shown this once: only its hash is kept, under an idempotency key too.

        `POST /api-keys`
        """
        return self.ask(
            NewApiKey, "POST", "/api-keys", body=given(name=name, role=role), idempotency_key=idempotency_key
        )

    def revoke_api_key(self, key: str) -> Done:
        """Revokes a key: it opens nothing from now on.

        `DELETE /api-keys/{key}`
        """
        return self.ask(Done, "DELETE", ("/api-keys/{key}", key))
