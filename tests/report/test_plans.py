"""Plans: every error of every row at once, safe names, the same answer from CSV, YAML and JSON."""

import json
import re
import shlex

import click
import pandas as pd
import pytest

from vpnpolicy.cli.report import grid_rows
from vpnpolicy.errors import ParameterError, UsageError
from vpnpolicy.formatting import short_name
from vpnpolicy.notebooks import parameters
from vpnpolicy.report.plan import PlanError, plan_reports, read_plan

COST = "04_bandwidth_cost"
CSV = "notebook,name,as_of,extra_tbps\n04_bandwidth_cost,one,2025-02,2\n01_register,,2025-11,\n"
YAML = "notebook: 04_bandwidth_cost\nreports:\n- {name: one, as_of: 2025-02, extra_tbps: 2}\n- {notebook: 01_register, as_of: 2025-11}\n"
JSON = json.dumps(
    [{"notebook": COST, "name": "one", "as_of": "2025-02", "extra_tbps": 2}, {"notebook": "01_register", "as_of": "2025-11"}]
)


def write(folder, text, name="plan.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("name", "text"), [("p.csv", CSV), ("p.yaml", YAML), ("p.json", JSON)])
def test_csv_yaml_and_json_give_the_same_jobs(tmp_path, name, text):
    one, two = read_plan(write(tmp_path, text, name))
    assert (one.name, one.given, one.parameters["minutes"]) == ("one", {"as_of": "2025-02", "extra_tbps": 2.0}, 60.0)
    assert (two.name, two.notebook, two.changed) == ("01-register-2025-11", "01_register.ipynb", ["as_of"])


def test_frames_and_lists_leave_out_empty_cells():
    rows = [{"as_of": "2025-02", "minutes": None}, {"as_of": "2025-11", "minutes": 5}]
    for table in (rows, pd.DataFrame(rows)):
        assert [j.parameters["minutes"] for j in read_plan(table, notebook=COST)] == [60.0, 5.0]


def test_every_error_of_every_row_is_named_with_its_line(tmp_path):
    path = write(tmp_path, "as_of,extra_tpbs\n2025-02,\n2025-13,\n2025-11,3\n")
    with pytest.raises(PlanError) as error:
        read_plan(path, notebook=COST)
    first, second, last = str(error.value).splitlines()
    assert first.startswith("plan.csv:3: row: found -p as_of=2025-13")
    assert second.startswith(
        "plan.csv:4: row: found 04_bandwidth_cost.ipynb has no parameter 'extra_tpbs'. Did you mean 'extra_tbps'?"
    )
    assert (last, error.value.exit_code) == ("2 problems. Nothing was started.", 2)


@pytest.mark.parametrize("names", [("vpn", "VPN"), ("a", "a")])
def test_two_reports_of_one_name(names):
    with pytest.raises(PlanError, match=r"plan:2: duplicate-output: found '\w+', which line 1 makes too"):
        read_plan([{"name": n, "as_of": "2025"} for n in names], notebook=COST)


@pytest.mark.parametrize(
    "name", ["../../ESCAPED", "/etc/x", "a b", "a\nb", "http://x", ".", "x" * 300, "-rf", "{0.__class__}", "a\0b", 7, "failed"]
)
def test_an_unsafe_name_is_refused_with_a_safe_one(name):
    with pytest.raises(PlanError) as error:
        read_plan([{"name": name, "as_of": "2025"}], notebook=COST)
    fix = re.search(r"name: found .*; fix: ([a-z0-9-]+)", str(error.value))[1]
    if name != "failed":
        assert read_plan([{"name": fix}], notebook=COST)[0].name == fix


def test_an_empty_name_and_long_ones_are_replaced():
    assert read_plan([{"name": "", "as_of": "2025"}], notebook=COST)[0].name == "04-bandwidth-cost-2025"
    assert len({short_name("x" * n) for n in (300, 301)}) == 2
    assert len(short_name("x" * 300)) == 80


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.csv", "as_of\n", "no rows"),
        ("p.yaml", "", "a list of reports"),
        ("p.yaml", "# only a comment\n", "a list of reports"),
        ("p.yaml", "as_of: 2025\n", "a list of reports"),
        ("p.yaml", "- 5\n", "p.yaml:1:1: type: found str.* a map"),
        ("p.yaml", "- as_of: &a 2025\n- as_of: *a\n", "an anchor, alias or tag"),
        ("p.yaml", "- as_of: !!python/object/apply:os.system [ls]\n", "p.yaml:1:10: yaml: found an anchor, alias or tag"),
        ("p.yaml", "- as_of: 2025\n  as_of: 2024\n", "p.yaml:1:3: yaml: found a key that occurs twice"),
        ("p.yaml", "-\tas_of: 2025\n\t- x\n", "p.yaml:.*yaml"),
        ("p.yaml", "- minutes: " + "[" * 40 + "]" * 40, "must be float"),
        ("p.yaml", "- minutes: " + "[" * 9000, "p.yaml.*yaml: found"),
        ("p.yaml", "- minutes: 010\n", "must be float"),
        ("p.yaml", "- minutes: 1_000\n", "must be float"),
        ("p.yaml", "- interpretation: NO\n", "-p interpretation=NO: Known: as-stated"),
        ("p.json", '[{"minutes": NaN}]', "json: found NaN"),
        ("p.json", '[{"minutes": 1, "minutes": 2}]', "twice"),
        ("p.json", "[{]", r"p.json:1:3: json"),
        ("p.json", "[" * 100_000, "json"),
        ("p.txt", "x", "expected .csv, .yaml or .json"),
        ("p.csv", "as_of,as_of\n1,2\n", "as_of"),
    ],
)
def test_plans_that_cannot_be_read(tmp_path, name, text, message):
    with pytest.raises((UsageError, PlanError), match=message) as error:
        read_plan(write(tmp_path, text, name), notebook=COST)
    assert error.value.exit_code == 2


def test_a_plan_may_write_a_number_as_people_do(tmp_path):
    jobs = read_plan(write(tmp_path, "- minutes: 1e3\n- minutes: 0.5\n- minutes: -0\n", "p.yaml"), notebook=COST)
    assert [j.parameters["minutes"] for j in jobs] == [1000, 0.5, 0]


def test_a_row_needs_a_notebook_that_exists():
    with pytest.raises(PlanError, match="notebook: found none; expected a column 'notebook' or --notebook"):
        read_plan([{"as_of": "2025"}])
    with pytest.raises(PlanError, match="there is no notebook '04_bandwith_cost'"):
        read_plan([{"notebook": "04_bandwith_cost"}])


@pytest.mark.parametrize(
    ("names", "pairs", "message"),
    [
        ([], [], "name a notebook, or add --all"),
        ([""], [], "there is no notebook ''"),
        (["01", "01_register"], [], "duplicate-output"),
        (["02_timeline"], ["as_of=2024"], "02_timeline.ipynb has no parameter 'as_of'"),
        (["02_timeline", "01"], ["as_off=2024"], "none of the notebooks has a parameter 'as_off'. Did you mean 'as_of'"),
        (["01"], ["as_of"], "is not NAME=VALUE"),
        (["01"], ["as_of=1", "as_of=2"], "given twice"),
    ],
)
def test_reports_that_cannot_be_planned(names, pairs, message):
    with pytest.raises(UsageError, match=message) as error:
        plan_reports(names, pairs)
    assert error.value.exit_code == 2


def test_a_parameter_goes_to_the_notebooks_that_take_it():
    one, two = plan_reports(["01", "02"], as_of="2024")
    assert (one.given, two.given) == ({"as_of": "2024"}, {})


def test_the_command_of_a_report_makes_the_same_job():
    (job,) = plan_reports(["02"], ["actor=PTA's own & co", "start=2024"])
    _, _, name, *rest = shlex.split(job.command)
    assert plan_reports([name], rest[1::2]) == [job]


def test_grids_make_every_combination():
    jobs = read_plan(grid_rows(["as_of=2025-02,2025-11 interpretation=as-stated,mbps-month"]), notebook=COST)
    assert [j.name for j in jobs][:2] == ["04-bandwidth-cost-2025-02-as-stated", "04-bandwidth-cost-2025-02-mbps-month"]
    assert len({j.name for j in jobs}) == 4


@pytest.mark.parametrize("grid", ["as_of", "as_of=", "=1", "as_of=2025,,2024", "as_of=2025 as_of=2024"])
def test_grids_that_make_no_sense(grid):
    with pytest.raises(click.UsageError, match="--grid"):
        grid_rows([grid])


def test_a_grid_of_too_many_reports():
    many = ",".join(map(str, range(400)))
    with pytest.raises(UsageError, match="rows: found more than 100,000 rows; expected 1 to 100,000"):
        read_plan(grid_rows([f"minutes={many} extra_tbps={many}"]), notebook=COST)


def test_each_value_of_a_long_plan_is_checked_once(monkeypatch):
    checked = []
    monkeypatch.setitem(parameters._MEANINGS, "minutes", lambda value, data: checked.append(value))
    read_plan([{"name": f"r{n}", "minutes": n % 50} for n in range(2000)], notebook=COST)
    assert sorted(checked) == [float(n) for n in range(50)]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["extra_tbps=x"], "-p extra_tbps=x: extra_tbps must be float"),
        (["extra_tbps=-1"], "expected 0 to 10,000"),
        (["interpretation=mbps-moth"], "Did you mean 'mbps-month'"),
        (["as_of=2025-13"], "-p as_of=2025-13"),
    ],
)
def test_parameters_that_mean_nothing(pairs, message):
    with pytest.raises(ParameterError, match=message):
        plan_reports([COST], pairs)
