"""The record: its schema, its tables, their validation, and the state of a day."""
