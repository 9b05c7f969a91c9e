"""Notebooks, their contract and their parameters, as they are checked before anything starts."""

import json

import numpy as np
import pytest

import vpnpolicy as vp
from vpnpolicy.errors import ParameterError, UsageError
from vpnpolicy.notebooks.files import check_contract, find_notebook, list_notebooks, read_parameters
from vpnpolicy.notebooks.parameters import check_parameters, parse_assignments
from vpnpolicy.report import run
from vpnpolicy.report.plan import PlanError

COST = find_notebook("04")


@pytest.mark.parametrize("name", list_notebooks())
def test_every_notebook_keeps_the_contract_and_is_read_as_papermill_reads_it(name):
    import papermill

    path = find_notebook(name)
    assert [str(p) for p in check_contract(path)] == []
    theirs = papermill.inspect_notebook(str(path))
    found = {p.name: (p.type, p.help) for p in read_parameters(path)}
    assert found == {k: (v["inferred_type_name"], v["help"]) for k, v in theirs.items()}


def test_a_breach_of_the_contract_is_named_by_cell(tmp_path):
    notebook = json.loads(COST.read_text(encoding="utf-8"))
    notebook["cells"][3] |= {"id": "9f8e7d6c-1", "source": "def f():\n    return input()", "outputs": [{"output_type": "stream"}]}
    (tmp_path / "x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    rules = {(p.line, p.rule) for p in check_contract(tmp_path / "x.ipynb")}
    assert rules == {(4, "cell-id"), (4, "definition"), (4, "input"), (4, "outputs")}


@pytest.mark.parametrize(
    ("pairs", "text"),
    [(["extra_tpbs=2"], "Did you mean 'extra_tbps'"), (["minutes"], "is not NAME=VALUE"), (["minutes=1", "minutes=2"], "given twice"),
     (["x = 1; open('P','w'); y=5"], "has no parameter"), (["extra_tbps=nan"], "must be float"), (["as_of=2025-02-30"], "no day 30")],
)  # fmt: skip
def test_parameters_are_refused_before_anything_starts(pairs, text):
    with pytest.raises(ParameterError, match=text):
        check_parameters(COST, parse_assignments(pairs))


@pytest.mark.parametrize("value", [np.float64(2), np.int64(2), "2", 2, object(), b"2", (1,), {1}, None, True])
def test_numpy_and_text_become_plain_values_and_other_kinds_are_refused(value):
    if isinstance(value, np.number | str) or value == 2:
        found = check_parameters(COST, {"extra_tbps": value})["extra_tbps"]
        assert (type(found), found) == (float, 2.0)
    else:
        with pytest.raises(ParameterError, match="must be float"):
            check_parameters(COST, {"extra_tbps": value})


def test_notebooks_are_found_by_name_and_number_and_those_of_users_need_trust(tmp_path):
    for name, stem in (("04", "04_bandwidth_cost"), ("bandwidth_cost", "04_bandwidth_cost"), ("00_brief.ipynb", "00_brief")):
        assert find_notebook(name).stem == stem
    with pytest.raises(UsageError, match="Did you mean '04_bandwidth_cost'"):
        find_notebook("04_bandwith_cost")
    path = tmp_path / "mine.ipynb"
    path.write_text(COST.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(UsageError, match="--trust"):
        find_notebook(str(path))
    assert find_notebook(str(path), trust=True) == path
    path.write_text("nonsense")
    with pytest.raises(UsageError, match="is not a notebook"):
        read_parameters(path)


@pytest.mark.parametrize("limits", [(0, 1), (1, -1), (float("nan"), 1), (1, 1e9), (1, float("inf"))])
def test_limits_that_make_no_sense(limits):
    with pytest.raises(UsageError, match="-limit: found"):
        run.Settings(cell_limit=limits[0], report_limit=limits[1])


def test_one_bad_row_of_many_is_refused_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "executor", lambda *a: pytest.fail("something started"))
    rows = [{"name": f"r{n}", "extra_tbps": n} for n in range(99)] + [{"name": "bad", "extra_tpbs": 1}]
    with pytest.raises(PlanError, match="Did you mean 'extra_tbps'"):
        vp.run_batch(rows, notebook="04", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
