"""Subscriptions: lists, one with its story, what changes it."""
