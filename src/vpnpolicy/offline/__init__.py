"""The calculator as one page, for readers without Python."""
