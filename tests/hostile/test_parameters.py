"""Any name and any value for a parameter is refused before anything starts, or reaches the notebook as it is. Nothing runs."""

import json
import math
import re
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vpnpolicy.errors import ParameterError, UsageError
from vpnpolicy.notebooks.files import find_notebook
from vpnpolicy.notebooks.parameters import check_parameters, parse_assignments
from vpnpolicy.report.plan import read_plan

from .conftest import write_notebook

PARAMETERS = "what: str = ''  # text\nn: int = 1  # whole\nx: float = 1.5  # number\nyes: bool = False  # truth\nmany: list = []  # list\nmap: dict = {}  # map"
CANARY = "CANARY"
CODE = [f"open('{CANARY}','w')", f"');open('{CANARY}','w')#", f'");open("{CANARY}","w")#', f"\n    open('{CANARY}','w')\n", f"{{open('{CANARY}','w')}}",
        f"\\';open('{CANARY}','w')#", f"\\\\\";open('{CANARY}','w')#", f"$(touch {CANARY})", f"`touch {CANARY}`", f"!touch {CANARY}", f"%%bash\ntouch {CANARY}",
        f"\u2028open('{CANARY}','w')", f"x = 1; open('{CANARY}','w'); y", f"__import__('os').system('touch {CANARY}')", f"\x00open('{CANARY}','w')",
        f"\\u0022;open('{CANARY}','w')#", f"\\N{{QUOTATION MARK}};open('{CANARY}','w')#", "\\", '"""', "'''", "\\x22", "#", "a\rb"]  # fmt: skip
texts = st.one_of(st.sampled_from(CODE), st.text(max_size=40), st.tuples(st.text(max_size=8), st.sampled_from(CODE)).map("".join))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4),
    max_leaves=8,
)
few = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("stranger") / "stranger.ipynb", "what", parameters=PARAMETERS)


@pytest.fixture(scope="module")
def stored(stranger):
    from papermill.iorw import load_notebook_node

    return load_notebook_node(str(stranger))


def given_to_the_notebook(stored, parameters) -> dict:
    """Return the names that the cell of papermill defines."""
    from papermill.parameterize import parameterize_notebook

    made = parameterize_notebook(stored, parameters, kernel_name="python3", language="python")
    added = next(c for c in made.cells if "injected-parameters" in c.metadata.get("tags", []))
    names: dict = {}
    exec(compile(added.source, "cell", "exec"), {}, names)
    return names


def try_value(stranger, stored, name, value):
    try:
        checked = check_parameters(stranger, {name: value})
    except ParameterError as error:
        assert (error.exit_code, len(str(error)) < 3000) == (2, True)
        return
    found = given_to_the_notebook(stored, checked)
    assert found == checked
    assert json.loads(json.dumps(checked, allow_nan=False)) == checked
    if isinstance(value, str) and name == "what":
        assert found["what"] == value
    assert not Path(CANARY).exists()


def try_name(stranger, name, value):
    known = {"what", "n", "x", "yes", "many", "map"}
    if name in known:
        return
    for use in (
        lambda: check_parameters(stranger, {name: value}),
        lambda: read_plan([{name: value, "notebook": str(stranger)}], trust=True),
    ):
        try:
            use()
        except UsageError as error:
            assert error.exit_code == 2
        except ValueError as error:  # a plan with errors
            assert error.exit_code == 2
        else:
            assert name in ("notebook", "name") or value is None or value == "" or value != value
    assert not Path(CANARY).exists()


def try_report_name(name, folder):
    try:
        job = read_plan([{"name": name, "as_of": "2025"}], notebook="01_register")[0]
    except ValueError as error:
        assert error.exit_code == 2
        return
    assert re.fullmatch(r"[A-Za-z0-9][\w-]{0,79}", job.name, re.ASCII)
    assert (folder / job.name).resolve().parent == folder.resolve()


@pytest.mark.parametrize("name", ["what", "n", "x", "yes", "many", "map"])
@pytest.mark.parametrize("code", CODE)
def test_code_in_a_value_stays_text(stranger, stored, name, code):
    for value in (code, json.dumps([code]), json.dumps({code: code}), [code], {code: [code]}):
        try_value(stranger, stored, name, value)


@pytest.mark.slow
@many
@given(st.sampled_from(["what", "n", "x", "yes", "many", "map"]), values)
def test_any_value_is_refused_or_arrives(stranger, stored, name, value):
    try_value(stranger, stored, name, value)


@pytest.mark.slow
@many
@given(texts, values)
def test_any_other_name_is_refused(stranger, name, value):
    try_name(stranger, name, value)


odd = st.text(
    st.one_of(st.sampled_from("./\\:~{}%$ \0\n-_"), st.characters(), st.sampled_from(string.ascii_letters)), max_size=100
)


@few
@given(odd)
def test_any_name_of_a_report_stays_in_the_folder(empty_folder, name):
    try_report_name(name, empty_folder)


@few
@given(st.text(max_size=60))
def test_any_assignment_is_cut_at_the_first_equals_sign(pair):
    try:
        found = parse_assignments([pair])
    except ParameterError:
        assert not pair.partition("=")[0].strip() or "=" not in pair
        return
    assert list(found.items()) == [(pair.partition("=")[0].strip(), pair.partition("=")[2])]


@pytest.mark.parametrize(
    "value",
    ["[" * 100_000, "{" * 100_000, "[" * 900 + "]" * 900, "9" * 5000, "x" * 200_000, "[NaN]", "[1e999]", "\ud800", '["\\ud800"]'],
)
@pytest.mark.parametrize("name", ["what", "n", "x", "many", "map"])
def test_endless_and_odd_values(stranger, stored, name, value):
    try_value(stranger, stored, name, value)


@pytest.mark.parametrize("value", ["\ud800", "a" * 100_001])
def test_what_no_file_can_hold_is_refused(stranger, value):
    with pytest.raises(ParameterError, match="what must be str"):
        check_parameters(stranger, {"what": value})


def test_a_number_is_what_it_says():
    path = find_notebook("04")
    for text, number in (("2", 2.0), ("-0", 0.0), ("0.1", 0.1), ("10000", 10_000.0)):
        assert math.isclose(check_parameters(path, {"extra_tbps": text})["extra_tbps"], number)
