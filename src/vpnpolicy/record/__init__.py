"""The shelf: what sources say. Reads, checks and asks; never computes a cost."""
