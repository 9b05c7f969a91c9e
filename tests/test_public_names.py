"""What ``import vpnpolicy as vp`` offers: the names listed here and no others, without loading anything heavy."""

import json

import pytest

import vpnpolicy as vp

NAMES = """
    Answer Batch Bill ClusterError DataError DateError DiskError Distribution Estimate Finding
    Findings Guide LockedError ParameterError PartialDate Problem ProviderNameError Range Report
    ReportError Scenario StaleError SystemLimitError Table ThreeStatesError UnitError UsageError
    VpnPolicyError __version__ audit balance bill bypass_traffic calculator check check_file cite
    compare_interpretations compare_regimes convert date_bounds dictionary diff disruption_cost
    disruption_spread draw explore find_conflicts find_revisions findings guide house_style
    implied_prices interpret_price list_notebooks list_units load load_bandwidth_costs
    load_providers load_timeline monthly_bills obligations plot_balance plot_conflicts plot_costs
    plot_counts plot_distribution plot_interpretations plot_methods plot_positions plot_regimes
    plot_register plot_timeline plot_tornado positions price_cost read_series reconcile_counts
    register_on render_table run_batch run_report scenario search sensitivity simulate split_events stale
    surge_cost timeline tornado validate
""".split()


def test_public_names():
    assert sorted(NAMES) == vp.__all__ == dir(vp)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "__version__"])
def test_each_name_loads_and_is_described(name):
    assert getattr(vp, name).__doc__.strip()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'chek'"):
        vp.chek  # noqa: B018


def test_import_loads_nothing_heavy(shell):
    code = (
        "import sys, json; before = set(sys.modules); import vpnpolicy; new = set(sys.modules) - before;"
        "print(json.dumps(sorted(n for n in new if not n.startswith('vpnpolicy'))))"
    )
    assert json.loads(shell("-c", code).stdout) == []


def test_check_never_imports_pandas(shell):
    code = "import sys; from vpnpolicy.cli import run; run(['check', 'Kestral VPN']); print('pandas' in sys.modules, 'numpy' in sys.modules)"
    assert shell("-c", code).stdout.splitlines()[-1] == "False False"
