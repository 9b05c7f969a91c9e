"""Pakistan's VPN licensing regime as data.

>>> import vpnpolicy as vp
>>> vp.check("Kestrel VPN", as_of="2025-12-01").state
'listed'

Names are imported on first use. Which there are, and where each lives, is written once, in
``__init__.pyi``, which type checkers read too.
"""

__version__ = "0.1.0"


def _modules() -> dict[str, str]:
    """Return the module of each public name."""
    found = {}
    with open(f"{__file__}i", encoding="utf-8") as stub:  # noqa: PTH123 - pathlib is slow to import
        for line in stub:
            if line.startswith("from ."):
                module, _, names = line[6:].strip().partition(" import ")
                found |= {name.partition(" as ")[0]: module for name in names.split(", ")}
    return found


_MODULES = _modules()

__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'vpnpolicy' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
