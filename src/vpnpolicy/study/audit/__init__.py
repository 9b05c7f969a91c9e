"""Numbers that others printed, worked out again from the numbers they follow from."""
