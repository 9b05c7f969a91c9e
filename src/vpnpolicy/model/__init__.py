"""The shelf beside the record: what follows by arithmetic. Opens no file."""
