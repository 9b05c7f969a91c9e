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
    "model.sampling": ["Distribution", "draw", "sensitivity", "simulate", "tornado"],
    "study.audit.judging": ["audit"],
    "study.audit.vintages": ["find_vintages"],
    "study.balance": ["balance"],
    "study.bills": ["Bill", "bill"],
    "study.claim_readings": ["read_claim"],
    "study.conflicts": ["find_conflicts"],
    "study.disruption": ["disruption_cost"],
    "study.flows": ["bypass_traffic", "monthly_bills"],
    "study.scenarios": ["Scenario", "scenario"],
    "study.spread": ["disruption_spread"],
    "study.estimate": ["Estimate"],
    "study.findings": ["findings"],
    "study.readings": ["compare_readings", "implied_prices", "surge_cost"],
    "charts.conflicts": ["plot_conflicts"],
    "charts.cost": ["plot_readings"],
    "charts.disruption": ["plot_balance", "plot_methods"],
    "charts.uncertainty": ["plot_distribution", "plot_tornado"],
    "charts.regimes": ["plot_positions", "plot_regimes"],
    "charts.register": ["plot_counts", "plot_register"],
    "charts.table": ["render_table"],
    "charts.timeline": ["in_parts", "plot_timeline"],
    "charts.style": ["house_style"],
    "handout.page": ["calculator"],
    "charts.surge": ["plot_costs"],
    "lab.explore": ["explore"],
    "notebooks.files": ["list_notebooks"],
    "report.batch": ["Batch", "Report"],
    "report.run": ["run_batch", "run_report"],
    "dates": ["PartialDate"],
    "errors": ["DataError", "DateError", "UnitError", "UsageError", "VpnPolicyError"],
    "ranges": ["Range"],
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
