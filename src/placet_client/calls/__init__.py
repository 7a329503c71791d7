"""Every call of the API.

Written by `make client` from the API's description: change that, not this.
"""

from placet_client.calls.api_keys import ApiKeysCalls
from placet_client.calls.approvals import ApprovalsCalls
from placet_client.calls.billing import BillingCalls
from placet_client.calls.cards import CardsCalls
from placet_client.calls.catalog import CatalogCalls
from placet_client.calls.contracts import ContractsCalls
from placet_client.calls.credit_accounts import CreditAccountsCalls
from placet_client.calls.credit_risk_groups import CreditRiskGroupsCalls
from placet_client.calls.dashboard import DashboardCalls
from placet_client.calls.erp_exchange import ErpExchangeCalls
from placet_client.calls.events import EventsCalls
from placet_client.calls.me import MeCalls
from placet_client.calls.orders import OrdersCalls
from placet_client.calls.organizations import OrganizationsCalls
from placet_client.calls.subscriptions import SubscriptionsCalls
from placet_client.calls.webhooks import WebhooksCalls

__all__ = ["Calls"]


class Calls(
    MeCalls,
    OrdersCalls,
    ApprovalsCalls,
    DashboardCalls,
    OrganizationsCalls,
    ContractsCalls,
    CardsCalls,
    CreditAccountsCalls,
    CreditRiskGroupsCalls,
    CatalogCalls,
    BillingCalls,
    SubscriptionsCalls,
    WebhooksCalls,
    EventsCalls,
    ErpExchangeCalls,
    ApiKeysCalls,
):
    """Every call of the API, by its name there."""
