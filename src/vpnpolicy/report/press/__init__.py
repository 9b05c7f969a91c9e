"""Processes that make reports: a warm parent that forks one child a report, or a fresh process a report."""
