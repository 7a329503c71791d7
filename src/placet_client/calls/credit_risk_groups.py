"""Calls: Credit risk groups.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import GivenPolicy, Group, GroupRow, Policy
from placet_client.words import Scope


class CreditRiskGroupsCalls(Asking):
    """Calls: Credit risk groups."""

    def list_groups(self, *, limit: int | Unset = UNSET) -> Items[GroupRow]:
        """The caller's own groups, the newest first.

        `GET /credit-risk-groups`
        """
        return self.items(GroupRow, "GET", "/credit-risk-groups", query=given(limit=limit))

    def add_group(
        self,
        *,
        name: str,
        primary: bool | Unset = UNSET,
        default_limit: str | Unset | None = UNSET,
        policies: Sequence[GivenPolicy] | Unset = UNSET,
        confirm: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Group:
        """Adds a group. Newly added organizations join the primary one, so making one takes `confirm`.

        `POST /credit-risk-groups`
        """
        return self.ask(
            Group,
            "POST",
            "/credit-risk-groups",
            query=given(confirm=confirm),
            body=given(name=name, primary=primary, default_limit=default_limit, policies=policies),
            idempotency_key=idempotency_key,
        )

    def read_group(self, group: str) -> Group:
        """One of the caller's own groups, with its members.

        `GET /credit-risk-groups/{group}`
        """
        return self.ask(Group, "GET", ("/credit-risk-groups/{group}", group))

    def change_group(
        self,
        group: str,
        *,
        name: str | Unset = UNSET,
        primary: bool | Unset = UNSET,
        default_limit: str | Unset | None = UNSET,
        confirm: bool | Unset = UNSET,
        if_match: str | int | None = None,
    ) -> Group:
        """Changes name, default limit, or which group is the primary one (this takes `confirm`).

        `PATCH /credit-risk-groups/{group}`
        """
        return self.ask(
            Group,
            "PATCH",
            ("/credit-risk-groups/{group}", group),
            query=given(confirm=confirm),
            body=given(name=name, primary=primary, default_limit=default_limit),
            if_match=if_match,
        )

    def remove_group(
        self, group: str, *, confirm: bool | Unset = UNSET, if_match: str | int | None = None
    ) -> Group:
        """Removes a group, whose members are in none then (this takes `confirm`); answers what it was.

        `DELETE /credit-risk-groups/{group}`
        """
        return self.ask(
            Group,
            "DELETE",
            ("/credit-risk-groups/{group}", group),
            query=given(confirm=confirm),
            if_match=if_match,
        )

    def add_policy(
        self,
        group: str,
        *,
        scope: Scope,
        vendor: str | Unset | None = UNSET,
        offers: Sequence[str] | Unset | None = UNSET,
        approve_above: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Policy:
        """Adds a policy.

        `POST /credit-risk-groups/{group}/policies`
        """
        return self.ask(
            Policy,
            "POST",
            ("/credit-risk-groups/{group}/policies", group),
            body=given(scope=scope, vendor=vendor, offers=offers, approve_above=approve_above),
            idempotency_key=idempotency_key,
        )

    def remove_policy(self, group: str, policy: str, *, if_match: str | int | None = None) -> Group:
        """Removes a policy; answers the group without it.

        `DELETE /credit-risk-groups/{group}/policies/{policy}`
        """
        return self.ask(
            Group,
            "DELETE",
            ("/credit-risk-groups/{group}/policies/{policy}", group, policy),
            if_match=if_match,
        )

    def add_member(self, group: str, organization: str, *, if_match: str | int | None = None) -> Group:
        """Adds an organization below the caller, by id or ref; one that is there already stays.

        `PUT /credit-risk-groups/{group}/members/{organization}`
        """
        return self.ask(
            Group,
            "PUT",
            ("/credit-risk-groups/{group}/members/{organization}", group, organization),
            if_match=if_match,
        )

    def remove_member(self, group: str, organization: str, *, if_match: str | int | None = None) -> Group:
        """Takes an organization out of the group.

        `DELETE /credit-risk-groups/{group}/members/{organization}`
        """
        return self.ask(
            Group,
            "DELETE",
            ("/credit-risk-groups/{group}/members/{organization}", group, organization),
            if_match=if_match,
        )
