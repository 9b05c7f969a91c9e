"""Notebooks: found and checked, run in kernels of their own, their outputs made safe to show."""
