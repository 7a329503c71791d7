"""Placet: decides which orders of a cloud-marketplace contract chain go through."""
