"""The portal's addresses: each page family's own, joined."""

from itertools import chain

from placet.entrypoints.portal import dashboard, home, search, subscriptions
from placet.entrypoints.portal.billing import credit_accounts, invoices
from placet.entrypoints.portal.buying import basket, catalog, checkout, status_page
from placet.entrypoints.portal.orders import acts as order_acts
from placet.entrypoints.portal.orders import approvals
from placet.entrypoints.portal.orders import pages as orders
from placet.entrypoints.portal.partners import buyers, customers, partners
from placet.entrypoints.portal.selling import price_file, prices, products
from placet.entrypoints.portal.settings import (
    api_keys,
    credit_limit,
    credit_risk_group,
    invited,
    users,
    webhooks,
)
from placet.entrypoints.portal.settings import index as settings
from placet.entrypoints.portal.settings import organization as organization_settings
from placet.entrypoints.portal.sign_in import profile as accounts
from placet.entrypoints.portal.sign_in import urls as sign_in

FAMILIES = (
    home,
    catalog,
    basket,
    checkout,
    status_page,
    orders,
    order_acts,
    approvals,
    search,
    dashboard,
    customers,
    partners,
    buyers,
    organization_settings,
    accounts,
    credit_accounts,
    credit_limit,
    credit_risk_group,
    invoices,
    subscriptions,
    prices,
    price_file,
    products,
    settings,
    users,
    api_keys,
    webhooks,
    invited,
    sign_in,
)

urlpatterns = list(chain.from_iterable(family.urls for family in FAMILIES))
