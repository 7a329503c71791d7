"""The portal's addresses: each page family's own, joined."""

from itertools import chain

from placet.entrypoints.portal import dashboard, home, search
from placet.entrypoints.portal.billing import (
    account,
    account_acts,
    account_papers,
    invoice,
    invoice_acts,
    invoices,
    payments,
)
from placet.entrypoints.portal.billing import accounts as credit_accounts
from placet.entrypoints.portal.buying import basket, catalog, checkout, status_page
from placet.entrypoints.portal.mails import choices as mail_choices
from placet.entrypoints.portal.mails import preview as mail_preview
from placet.entrypoints.portal.orders import acts as order_acts
from placet.entrypoints.portal.orders import approvals, why
from placet.entrypoints.portal.orders import lists as order_lists
from placet.entrypoints.portal.orders import pages as orders
from placet.entrypoints.portal.partners import buyer, buyer_acts, buyer_new, customers, partners
from placet.entrypoints.portal.selling import discounts, price_file, price_lists, prices, products
from placet.entrypoints.portal.settings import (
    api_keys,
    credit_limit,
    credit_risk_group,
    exchange,
    exchange_schedules,
    invited,
    users,
    webhooks,
)
from placet.entrypoints.portal.settings import index as settings
from placet.entrypoints.portal.settings import organization as organization_settings
from placet.entrypoints.portal.sign_in import profile as accounts
from placet.entrypoints.portal.sign_in import urls as sign_in
from placet.entrypoints.portal.subscriptions import changes as subscription_changes
from placet.entrypoints.portal.subscriptions import lists as subscriptions
from placet.entrypoints.portal.subscriptions import pages as subscription

FAMILIES = (
    home,
    catalog,
    basket,
    checkout,
    status_page,
    order_lists,
    orders,
    why,
    order_acts,
    approvals,
    search,
    dashboard,
    customers,
    partners,
    buyer_new,
    buyer,
    buyer_acts,
    organization_settings,
    accounts,
    mail_choices,
    mail_preview,
    credit_accounts,
    account,
    account_acts,
    account_papers,
    payments,
    credit_limit,
    credit_risk_group,
    invoices,
    invoice,
    invoice_acts,
    subscriptions,
    subscription,
    subscription_changes,
    price_lists,
    prices,
    discounts,
    price_file,
    products,
    settings,
    users,
    api_keys,
    webhooks,
    exchange,
    exchange_schedules,
    invited,
    sign_in,
)

urlpatterns = list(chain.from_iterable(family.urls for family in FAMILIES))
