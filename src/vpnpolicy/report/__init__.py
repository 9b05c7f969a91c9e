"""The press: notebooks and parameters in, reports out."""
