"""Calls: Organizations.

Written by `make client` from the API's description: change that, not this.
"""

from collections.abc import Sequence

from placet_client.asking import UNSET, Asking, Items, Unset, given
from placet_client.shapes import GivenContact, GivenContract, GivenKey, GivenUser, Organization
from placet_client.words import ApprovalOrder, Kind, OrganizationStatus, Tier


class OrganizationsCalls(Asking):
    """Calls: Organizations."""

    def list_organizations(
        self,
        *,
        limit: int | Unset = UNSET,
        kind: Kind | Unset = UNSET,
        status: OrganizationStatus | Unset = UNSET,
        tier: Tier | Unset = UNSET,
        q: str | Unset = UNSET,
    ) -> Items[Organization]:
        """Everyone below the caller, the newest first.

        `GET /organizations`
        """
        return self.items(
            Organization,
            "GET",
            "/organizations",
            query=given(limit=limit, kind=kind, status=status, tier=tier, q=q),
        )

    def add_organization(
        self,
        *,
        ref: str,
        name: str,
        kind: Kind,
        contract: GivenContract,
        country: str | Unset | None = UNSET,
        external_id: str | Unset | None = UNSET,
        status: OrganizationStatus | Unset = UNSET,
        multi_tier_approval: bool | Unset = UNSET,
        time_zone: str | Unset = UNSET,
        approval_order: ApprovalOrder | Unset = UNSET,
        offer_days: int | Unset = UNSET,
        retry_when_credit_frees: bool | Unset = UNSET,
        contacts: Sequence[GivenContact] | Unset = UNSET,
        users: Sequence[GivenUser] | Unset = UNSET,
        api_keys: Sequence[GivenKey] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Organization:
        """Adds an organization that buys from the caller or from one below it.

        `POST /organizations`
        """
        return self.ask(
            Organization,
            "POST",
            "/organizations",
            body=given(
                ref=ref,
                name=name,
                kind=kind,
                contract=contract,
                country=country,
                external_id=external_id,
                status=status,
                multi_tier_approval=multi_tier_approval,
                time_zone=time_zone,
                approval_order=approval_order,
                offer_days=offer_days,
                retry_when_credit_frees=retry_when_credit_frees,
                contacts=contacts,
                users=users,
                api_keys=api_keys,
            ),
            idempotency_key=idempotency_key,
        )

    def read_organization(self, organization: str) -> Organization:
        """The caller's own organization or one below it, by id or ref.

        `GET /organizations/{organization}`
        """
        return self.ask(Organization, "GET", ("/organizations/{organization}", organization))

    def change_organization(
        self,
        organization: str,
        *,
        status: OrganizationStatus | Unset = UNSET,
        order_approval: bool | Unset = UNSET,
        external_id: str | Unset | None = UNSET,
        credit_risk_group: str | Unset | None = UNSET,
        contacts: Sequence[GivenContact] | Unset = UNSET,
        retry_when_credit_frees: bool | Unset = UNSET,
        if_match: str | int | None = None,
    ) -> Organization:
        """Changes what the caller has a say in: all of what buys from it, the group of all below it.

        `PATCH /organizations/{organization}`
        """
        return self.ask(
            Organization,
            "PATCH",
            ("/organizations/{organization}", organization),
            body=given(
                status=status,
                order_approval=order_approval,
                external_id=external_id,
                credit_risk_group=credit_risk_group,
                contacts=contacts,
                retry_when_credit_frees=retry_when_credit_frees,
            ),
            if_match=if_match,
        )
