"""Measurements side by side in one run: ratios, which hold on any machine, rather than seconds."""
