"""Charts and tables: a DataFrame in, Axes out; nothing here reads data."""
