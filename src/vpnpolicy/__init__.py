"""Pakistan's VPN licensing regime as data.

>>> import vpnpolicy as vp
>>> vp.check("Kestrel VPN", as_of="2025-12-01").state
'listed'

Names are loaded on first use, so that opening this door costs next to nothing.
"""

__version__ = "0.1.0"

_HOMES = {
    "record.answer": ["Answer"],
    "record.bulk": ["check_file"],
    "record.dictionary": ["dictionary"],
    "record.diff": ["diff"],
    "record.growing": ["add_row"],
    "record.guide": ["Guide", "guide"],
    "record.reconcile": ["reconcile_counts"],
    "record.regimes": ["compare_regimes", "obligations", "positions"],
    "record.register": ["check", "register_on"],
    "record.rules": ["validate"],
    "record.sources": ["cite"],
    "record.stale": ["stale"],
    "record.tables": [
        "date_bounds", "load_assumptions", "load_claims", "load_counts", "load_events", "load_indicators", "load_licences", "load_methods",
        "load_origins", "load_parameters", "load_positions", "load_prices", "load_properties", "load_published", "load_readings", "load_regimes", "load_rulings", "load_sources", "load_statements",
        "load_table", "load_terms", "load_traffic",
    ],
    "record.timeline": ["timeline"],
    "record.series.reader": ["read_series"],
    "auditing": ["audit", "find_revisions"],
    "study.bills": ["Bill", "bill"],
    "bandwidth": ["bypass_traffic", "compare_interpretations", "monthly_bills", "price_cost", "surge_cost"],
    "blocking": ["balance"],
    "conflicts": ["find_conflicts"],
    "disruption": ["disruption_cost", "disruption_spread"],
    "prices": ["implied_prices", "interpret_price"],
    "summaries": ["Finding", "Findings", "findings"],
    "uncertainty": ["Distribution", "Scenario", "draw", "scenario", "sensitivity", "simulate", "tornado"],
    "plot.conflicts": ["plot_conflicts"],
    "plot.bandwidth": ["plot_costs", "plot_interpretations"],
    "plot.disruption": ["plot_balance", "plot_methods"],
    "plot.uncertainty": ["plot_distribution", "plot_tornado"],
    "plot.regimes": ["plot_positions", "plot_regimes"],
    "plot.register": ["plot_counts", "plot_register"],
    "plot.tables": ["Table", "render_table"],
    "plot.timeline": ["split_events", "plot_timeline"],
    "plot.style": ["house_style"],
    "handout.page": ["calculator"],
    "lab.explore": ["explore"],
    "notebooks.files": ["list_notebooks"],
    "report.batch": ["Batch", "Report"],
    "report.run": ["run_batch", "run_report"],
    "dates": ["PartialDate"],
    "errors": [
        "ClusterError", "DataError", "DateError", "DiskError", "LockedError", "ParameterError", "Problem", "ProviderNameError",
        "ReportError", "StaleError", "SystemLimitError", "ThreeStatesError", "UnitError", "UsageError", "VpnPolicyError",
    ],
    "ranges": ["Estimate", "Range"],
    "units": ["convert", "list_units"],
}  # fmt: skip
_NAMES = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_NAMES, "__version__"])


def __getattr__(name: str):
    if name not in _NAMES:
        raise AttributeError(f"module 'vpnpolicy' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f".{_NAMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell) -> None:
    """Give IPython the commands as ``%vpn``, after ``%load_ext vpnpolicy``."""
    from .cli import cli
    from .lab.magic import register

    register(shell, cli)
