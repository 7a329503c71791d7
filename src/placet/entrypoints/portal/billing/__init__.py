"""Invoices, payments, refunds and credit accounts."""
