"""Plans: every fault of every row at once, names that are slugs, the same answer in CSV, YAML and JSON."""

import json

import pandas as pd
import pytest

from vpnpolicy.basis.errors import UsageError
from vpnpolicy.report import parameters
from vpnpolicy.report.batch.plans import PlanError, read_grid, read_plan, short_name

COST = "04_bandwidth_cost"


def plan(folder, text, name="plan.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


CSV = "notebook,name,as_of,extra_tbps\n04_bandwidth_cost,one,2025-02,2\n01_register,,2025-11,\n"
YAML = "notebook: 04_bandwidth_cost\nreports:\n- {name: one, as_of: 2025-02, extra_tbps: 2}\n- {notebook: 01_register, as_of: 2025-11}\n"
JSON = json.dumps(
    [{"notebook": COST, "name": "one", "as_of": "2025-02", "extra_tbps": 2}, {"notebook": "01_register", "as_of": "2025-11"}]
)


@pytest.mark.parametrize(("name", "text"), [("p.csv", CSV), ("p.yaml", YAML), ("p.json", JSON)])
def test_csv_yaml_and_json_give_the_same_jobs(tmp_path, name, text):
    one, two = read_plan(plan(tmp_path, text, name))
    assert (one.name, one.parameters["as_of"], one.parameters["extra_tbps"], one.parameters["minutes"]) == (
        "one",
        "2025-02",
        2.0,
        60.0,
    )
    assert (two.name, two.notebook.stem, two.changed) == ("01-register-2025-11", "01_register", ("as_of",))


def test_a_frame_and_a_list_of_maps(tmp_path):
    rows = [{"as_of": "2025-02", "minutes": None}, {"as_of": "2025-11", "minutes": 5}]
    for table in (rows, pd.DataFrame(rows)):
        assert [j.parameters["minutes"] for j in read_plan(table, notebook=COST)] == [60.0, 5.0]


def test_every_fault_of_every_row_is_told_with_its_line(tmp_path):
    path = plan(tmp_path, "as_of,extra_tpbs\n2025-02,\n2025-13,\n2025-11,3\n")
    with pytest.raises(PlanError) as error:
        read_plan(path, notebook=COST)
    lines = str(error.value).splitlines()
    assert lines[0].startswith("plan.csv:3: row: found -p as_of=2025-13")
    assert lines[1].startswith(
        "plan.csv:4: row: found 04_bandwidth_cost.ipynb has no parameter 'extra_tpbs'. Did you mean 'extra_tbps'?"
    )
    assert lines[2] == "2 problems. Nothing was started."
    assert error.value.exit_code == 2


@pytest.mark.parametrize("names", [("vpn", "VPN"), ("a", "a")])
def test_two_reports_of_one_name(names):
    with pytest.raises(PlanError, match=r"plan:2: duplicate-output: found '\w+', which line 1 makes too"):
        read_plan([{"name": n, "as_of": "2025"} for n in names], notebook=COST)


@pytest.mark.parametrize(
    "name", ["../../ESCAPED", "/etc/x", "a b", "a\nb", "http://x", ".", "", "x" * 300, "-rf", "{0.__class__}", "a\0b", 7]
)
def test_names_are_slugs_or_refused(name):
    rows = [{"name": name, "as_of": "2025"}]
    if name == "":
        assert read_plan(rows, notebook=COST)[0].name == "04-bandwidth-cost-2025"
        return
    with pytest.raises(PlanError, match="name: found .*; fix: [a-z0-9-]+$|name: found"):
        read_plan(rows, notebook=COST)


def test_made_names_stay_short_and_apart():
    assert len(short_name("x" * 300)) == 80
    assert short_name("x" * 300) != short_name("x" * 301)


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("p.csv", "as_of\n", "no-rows"),
        ("p.yaml", "", "wanted a list of reports"),
        ("p.yaml", "# only a comment\n", "wanted a list of reports"),
        ("p.yaml", "as_of: 2025\n", "wanted a list of reports"),
        ("p.yaml", "- 5\n", "p.yaml:1:1: type: found text; wanted a map"),
        ("p.yaml", "- as_of: &a 2025\n- as_of: *a\n", "yaml-alias"),
        ("p.yaml", "- as_of: !!python/object/apply:os.system [ls]\n", "p.yaml:1:10: yaml-tag"),
        ("p.yaml", "- as_of: 2025\n  as_of: 2024\n", "p.yaml:2:3: duplicate-key"),
        ("p.yaml", "-\tas_of: 2025\n\t- x\n", "p.yaml:.*yaml"),
        ("p.yaml", "- minutes: " + "[" * 40 + "]" * 40, "yaml-depth"),
        ("p.yaml", "- minutes: 010\n", "must be float"),
        ("p.yaml", "- minutes: 1e3\n", "must be float"),
        ("p.yaml", "- minutes: 1_000\n", "must be float"),
        ("p.yaml", "- reading: NO\n", "there is no reading 'NO'"),
        ("p.json", '[{"minutes": NaN}]', "json: found NaN"),
        ("p.json", '[{"minutes": 1, "minutes": 2}]', "twice"),
        ("p.json", "[{]", r"p.json:1:3: json"),
        ("p.json", "[" * 100_000, "json"),
        ("p.txt", "x", "wanted .csv, .yaml or .json"),
        ("p.csv", "as_of,as_of\n1,2\n", "as_of"),
    ],
)
def test_plans_that_cannot_be_read(tmp_path, name, text, word):
    with pytest.raises(UsageError if "rows" in word or "wanted .csv" in word else PlanError, match=word):
        read_plan(plan(tmp_path, text, name), notebook=COST)


def test_a_row_without_a_notebook():
    with pytest.raises(PlanError, match="names no notebook"):
        read_plan([{"as_of": "2025"}])
    with pytest.raises(PlanError, match="there is no notebook '04_bandwith_cost'"):
        read_plan([{"notebook": "04_bandwith_cost"}])


def test_grids_make_every_combination():
    jobs = read_grid(COST, ["as_of=2025-02,2025-11 reading=as-stated,mbps-month"])
    assert [j.name for j in jobs][:2] == ["04-bandwidth-cost-2025-02-as-stated", "04-bandwidth-cost-2025-02-mbps-month"]
    assert len({j.name for j in jobs}) == 4


@pytest.mark.parametrize("grid", ["as_of", "as_of=", "=1", "as_of=2025,,2024", "as_of=2025 as_of=2024"])
def test_grids_that_make_no_sense(grid):
    with pytest.raises(UsageError, match="--grid"):
        read_grid(COST, [grid])


def test_too_many():
    hundred = ",".join(str(n) for n in range(400))
    with pytest.raises(UsageError, match="too-many: found 160,000 reports"):
        read_grid(COST, [f"minutes={hundred} extra_tbps={hundred}"])


def test_a_long_plan_looks_at_each_value_once(monkeypatch):
    looked = []
    real = parameters._check_meaning
    monkeypatch.setattr(parameters, "_check_meaning", lambda p, value, data: looked.append(value) or real(p, value, data))
    read_plan([{"name": f"r{n}", "minutes": n % 50} for n in range(2000)], notebook=COST)
    assert looked.count(7.0) == 1
    assert len(looked) == 50 + 3  # and the three defaults
