"""The desk: the record put through the model."""
