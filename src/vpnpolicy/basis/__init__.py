"""The ground: units, dates, ranges, numbers, errors and paths. Standard library only."""
