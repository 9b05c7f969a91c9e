"""Exact amounts of money."""
