"""The controls of ``notebooks/explore.ipynb``: panels that answer as a value changes."""
