"""The workbench: panels of controls in a notebook, and the commands as ``%vpn``."""
