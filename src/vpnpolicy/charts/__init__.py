"""The easel: DataFrame in, Axes out."""
