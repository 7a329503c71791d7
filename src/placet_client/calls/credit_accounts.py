"""Calls: Credit accounts.

Written by `make client` from the API's description: change that, not this.
"""

from datetime import date, datetime

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import Account, AccountEntry, Statement
from placet_client.words import EntryKind


class CreditAccountsCalls(Asking):
    """Calls: Credit accounts."""

    def list_credit_accounts(
        self, *, limit: int | Unset = UNSET, partner: str | Unset = UNSET
    ) -> Items[Account]:
        """The accounts of the contracts that the caller's organization sells or buys on, the newest
        first.

        `GET /credit-accounts`
        """
        return self.items(Account, "GET", "/credit-accounts", query=given(limit=limit, partner=partner))

    def list_entries(
        self,
        account: str,
        *,
        limit: int | Unset = UNSET,
        kind: EntryKind | Unset = UNSET,
        since: datetime | str | Unset = UNSET,
        until: datetime | str | Unset = UNSET,
    ) -> Items[AccountEntry]:
        """What moved the balance of an account of the caller's own, the newest first.

        `GET /credit-accounts/{account}/entries`
        """
        return self.items(
            AccountEntry,
            "GET",
            ("/credit-accounts/{account}/entries", account),
            query=given(limit=limit, kind=kind, since=since, until=until),
        )

    def read_statement(
        self, account: str, *, from_: date | str | Unset = UNSET, to: date | str | Unset = UNSET
    ) -> Statement:
        """What an account of the caller's own began with, what moved it from the first day to the
        last, what it ended with, and what was open then, by age. The days are the seller's; this
        month so far, unless said.

        `GET /credit-accounts/{account}/statement`
        """
        return self.ask(
            Statement,
            "GET",
            ("/credit-accounts/{account}/statement", account),
            query=given(from_=from_, to=to),
        )

    def print_statement(
        self, account: str, *, from_: date | str | Unset = UNSET, to: date | str | Unset = UNSET
    ) -> bytes:
        """The same on paper, as a PDF.

        `GET /credit-accounts/{account}/statement/pdf`
        """
        return self.ask(
            bytes,
            "GET",
            ("/credit-accounts/{account}/statement/pdf", account),
            query=given(from_=from_, to=to),
        )
