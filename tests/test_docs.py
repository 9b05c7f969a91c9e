"""The docs are true: code runs, output is what is printed, every public name and command appears, versions agree."""

import ast
import re
import shlex
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "data" / "README.md",
]


def blocks(kind: str) -> list:
    return list(_blocks(kind))


def _blocks(kind: str):
    for page in PAGES:
        for n, text in enumerate(re.findall(rf"^```{kind}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S), 1):
            yield pytest.param(text, id=f"{page.name}-{n}")


def heavy(param):
    """The same block in the slow layer where it makes a batch of reports."""
    return pytest.param(*param.values, id=param.id, marks=pytest.mark.notebooks) if "run_batch(" in param.values[0] else param


@pytest.mark.parametrize("code", [heavy(p) for p in blocks("python")])
def test_python_blocks_run_and_their_comments_say_what_a_line_gives(code, tmp_path, capsys):
    """In a folder that has the plans printed in the docs."""
    for kind in ("csv", "yaml"):
        (tmp_path / f"plan.{kind}").write_text(blocks(kind)[0].values[0], encoding="utf-8")
    names, lines = {}, code.splitlines()
    for node in ast.parse(code).body:
        statement = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        said = lines[node.end_lineno - 1].partition("  # ")[2]
        if said.startswith("'"):
            assert eval(statement, names) == eval(said)
            continue
        exec(compile(statement, "docs", "exec"), names)
        if statement.startswith("print(") and said:
            assert capsys.readouterr().out.strip() == said


@pytest.mark.parametrize("session", blocks("console"))
def test_console_blocks_print_what_they_show(run, session):
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        _, out, err = run(*shlex.split(command)[1:])
        got, wanted = (out + err).rstrip().splitlines(), shown.rstrip().splitlines()
        if wanted[-1] == "…":
            got, wanted = got[: len(wanted) - 1], wanted[:-1]
        assert got == wanted


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_plans_of_the_docs_are_plans(kind, tmp_path):
    from vpnpolicy.report.plan import read_plan

    (block,) = blocks(kind)
    (tmp_path / f"plan.{kind}").write_text(block.values[0], encoding="utf-8")
    assert {"first-quarter", "year-end"} <= {j.name for j in read_plan(tmp_path / f"plan.{kind}")}


def shell_lines() -> list[str]:
    return [line for p in blocks("sh") for line in p.values[0].splitlines() if line]


@pytest.mark.parametrize("line", [ln for ln in shell_lines() if ln.startswith("vpnpolicy ")])
def test_shell_lines_are_commands_with_options_and_parameters_there_are(line):
    from vpnpolicy.cli import cli
    from vpnpolicy.notebooks.files import list_notebooks
    from vpnpolicy.report.plan import plan_reports

    _, command, *rest = shlex.split(line, comments=True)
    found = cli.get_command(None, command)
    values = found.make_context(command, list(rest)).params
    if command == "report":
        assert plan_reports(values["notebooks"] or list_notebooks(), values["pairs"])
    if command == "batch" and values["grids"]:
        from vpnpolicy.cli.report import grid_rows
        from vpnpolicy.report.plan import read_plan

        assert read_plan(grid_rows(values["grids"]), notebook=values["notebook"])


def test_other_shell_lines_name_what_there_is():
    """Targets of make, extras of pip, files of git; the lines for certificates and dask are run by the cluster tests."""
    import tomllib

    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line in shell_lines():
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert set(words[1:]) <= set(targets), line
        if words[0] == "pip":
            assert {e for w in words for e in re.findall(r"\[(.*)\]", w)} <= set(extras), line
        assert words[0] in ("vpnpolicy", "make", "pip", "git", "conda", "openssl", "export", "dask", "diff", ".", "eval"), line


def test_every_kind_of_block_has_a_test():
    kinds = {k for page in PAGES for k in re.findall(r"^```(\w+)$", page.read_text(encoding="utf-8"), re.M)}
    assert kinds <= {"python", "console", "csv", "yaml", "sh"}


def test_the_dictionary_is_that_of_the_schema(run):
    assert run("validate", "--dictionary")[1] == (ROOT / "docs" / "dictionary.md").read_text(encoding="utf-8"), (
        "run make dictionary"
    )


def test_every_public_name_is_in_the_reference():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert [n for n in vp.__all__ if n != "__version__" and f"`vp.{n}`" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command):
    assert f"`vpnpolicy {command}" in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_links_between_pages_hold():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), (page.name, target)


def test_versions_agree():
    assert re.search(r"^## (\d\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[1] == vp.__version__
    assert f"version: {vp.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def environment() -> list[str]:
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    return [ln.strip()[2:].strip() for ln in lines if re.match(r"  - (?!pip:|conda-forge)", ln)]


@pytest.mark.parametrize("spec", environment())
def test_conda_specs_are_well_formed(spec):
    from rattler import MatchSpec

    MatchSpec(spec, strict=True)


def test_conda_and_pip_ask_for_the_same():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        d
        for part in (
            project["dependencies"],
            project["optional-dependencies"]["reports"],
            project["optional-dependencies"]["lab"],
        )
        for d in part
    ]
    alias = {"matplotlib": "matplotlib-base", "typst": "typst-py"}
    here = [d for d in wanted if not d.startswith(("vpnpolicy", "fontpkg-"))]  # fonts come by pip
    ours = dict(re.split(r"(?=[><=])", d, maxsplit=1) for d in here)
    theirs = dict(s.split(" ", 1) for s in environment() if " " in s)
    assert {alias.get(n, n): f for n, f in ours.items()} == {n: theirs.get(n) for n in (alias.get(k, k) for k in ours)}


def test_locks_pin_every_dependency_by_hash_and_name_no_host():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-tools.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9._-]+==\S+", text, re.M)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_make_names_its_targets():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (
        "help",
        "report",
        "sample",
        "test",
        "lab",
        "bench",
        "faults",
        "soak",
        "fuzz",
        "lowest",
        "sbom",
        "audit",
        "clean",
    ):
        assert re.search(rf"^{target}:.*##", text, re.M), target


def test_the_reference_of_the_api_has_every_module_with_public_names():
    import vpnpolicy

    listed = set(re.findall(r"^::: vpnpolicy\.(\S+)$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.M))
    assert listed == set(vpnpolicy._MODULES.values())
