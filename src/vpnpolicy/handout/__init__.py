"""The handout: the calculator as one page, for readers without Python."""
