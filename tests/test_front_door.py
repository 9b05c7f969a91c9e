"""What ``import vpnpolicy as vp`` gives: every name listed here, none by accident, none at a price."""

import json

import pytest

import vpnpolicy as vp

NAMES = [
    "Answer",
    "DataError",
    "DateError",
    "Estimate",
    "Guide",
    "PartialDate",
    "Range",
    "Report",
    "UnitError",
    "UsageError",
    "VpnPolicyError",
    "__version__",
    "add_row",
    "check",
    "check_file",
    "cite",
    "compare_readings",
    "compare_regimes",
    "convert",
    "date_bounds",
    "diff",
    "find_conflicts",
    "findings",
    "guide",
    "house_style",
    "implied_prices",
    "in_parts",
    "list_notebooks",
    "list_units",
    "load_assumptions",
    "load_claims",
    "load_counts",
    "load_events",
    "load_indicators",
    "load_licences",
    "load_origins",
    "load_positions",
    "load_prices",
    "load_properties",
    "load_readings",
    "load_regimes",
    "load_rulings",
    "load_sources",
    "load_statements",
    "load_table",
    "load_terms",
    "load_traffic",
    "obligations",
    "plot_conflicts",
    "plot_counts",
    "plot_positions",
    "plot_readings",
    "plot_regimes",
    "plot_register",
    "plot_timeline",
    "positions",
    "reconcile_counts",
    "register_on",
    "render_table",
    "run_report",
    "stale",
    "surge_cost",
    "timeline",
    "validate",
]


def test_public_names():
    assert sorted(NAMES) == vp.__all__ == dir(vp)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "__version__"])
def test_each_name_loads_and_says_what_it_is(name):
    assert getattr(vp, name).__doc__.strip()


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'chek'"):
        vp.chek  # noqa: B018


def test_import_loads_nothing_heavy_and_changes_nothing(shell):
    code = (
        "import sys, json; before = set(sys.modules); import vpnpolicy; new = set(sys.modules) - before;"
        "print(json.dumps(sorted(n for n in new if not n.startswith('vpnpolicy'))))"
    )
    assert json.loads(shell("-c", code).stdout) == []


def test_check_never_imports_pandas(shell):
    code = "import sys; from vpnpolicy.cli import run; run(['check', 'Kestral VPN']); print('pandas' in sys.modules, 'numpy' in sys.modules)"
    assert shell("-c", code).stdout.splitlines()[-1] == "False False"


def test_the_whole_record_loads():
    assert len(vp.load_sources()) >= 211
    assert len(vp.load_events()) == 64
    assert len(vp.load_claims()) >= 100
