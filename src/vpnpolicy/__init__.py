"""Pakistan's VPN licensing regime as data.

>>> import vpnpolicy as vp
>>> vp.check("Kestrel VPN", as_of="2025-12-01").state
'listed'

Names are loaded on first use, so that opening this door costs next to nothing.
"""

__version__ = "0.1.0"

_HOMES = {
    "answers": ["Answer"],
    "data.diff": ["diff"],
    "data.frames": [
        *("date_bounds", "dictionary", "load"),
        *("load_bandwidth_costs", "load_providers", "load_timeline"),
    ],
    "data.sources": ["cite", "stale"],
    "data.validation": ["validate"],
    "events": ["timeline"],
    "guidance": ["Guide", "guide"],
    "regimes": ["compare_regimes", "obligations", "positions"],
    "register": ["check", "register_on"],
    "vendors": ["check_file", "reconcile_counts"],
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
