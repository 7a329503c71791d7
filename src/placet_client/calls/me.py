"""Calls: Me.

Written by `make client` from the API's description: change that, not this.
"""

from placet_client.asking import Asking
from placet_client.shapes import Me


class MeCalls(Asking):
    """Calls: Me."""

    def read_me(self) -> Me:
        """The organization, role and permissions of the key.

        `GET /me`
        """
        return self.ask(Me, "GET", "/me")
