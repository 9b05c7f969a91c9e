"""The docs are true: code runs, output is what is printed, every public name and command appears, versions agree."""

import ast
import re
import shlex
from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "data" / "README.md"]


def blocks(kind: str) -> list:
    return list(_blocks(kind))


def _blocks(kind: str):
    for page in PAGES:
        for n, text in enumerate(re.findall(rf"^```{kind}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S), 1):
            yield pytest.param(text, id=f"{page.name}-{n}")


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks_run_and_their_comments_say_what_a_line_gives(code, tmp_path):
    names, lines = {}, code.splitlines()
    for node in ast.parse(code).body:
        statement = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        said = lines[node.end_lineno - 1].partition("  # ")[2]
        if said.startswith("'"):
            assert eval(statement, names) == eval(said)
        else:
            exec(compile(statement, "docs", "exec"), names)


@pytest.mark.parametrize("session", blocks("console"))
def test_console_blocks_print_what_they_show(run, session):
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        _, out, err = run(*shlex.split(command)[1:])
        got, wanted = (out + err).rstrip().splitlines(), shown.rstrip().splitlines()
        if wanted[-1] == "…":
            got, wanted = got[: len(wanted) - 1], wanted[:-1]
        assert got == wanted


@pytest.mark.parametrize("line", [ln for p in blocks("sh") for ln in p.values[0].splitlines() if ln.startswith("vpnpolicy ")])
def test_shell_lines_name_real_commands_and_parameters(line):
    from vpnpolicy.report.plan import plan_reports

    _, command, *rest = shlex.split(line)
    assert command in COMMANDS
    if command == "report":
        pairs = [rest[n + 1] for n, word in enumerate(rest) if word == "-p"]
        names = [
            w for n, w in enumerate(rest) if not w.startswith("-") and rest[n - 1] not in ("-p", "--out", "--as-of", "--format")
        ]
        assert plan_reports(names, pairs, every="--all" in rest)


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
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[1] == vp.__version__
    assert f"version: {vp.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_changelog_counts_the_rows_it_announces():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"{len(vp.load_sources())} sources" in text
    assert f"{len(vp.load_claims())} claims on {len(vp.load_properties())} properties" in text


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
    alias = {"matplotlib": "matplotlib-base"}
    ours = dict(re.split(r"(?=[><=])", d, maxsplit=1) for d in wanted if not d.startswith("vpnpolicy"))
    theirs = dict(s.split(" ", 1) for s in environment() if " " in s)
    assert {alias.get(n, n): f for n, f in ours.items()} == {n: theirs.get(n) for n in (alias.get(k, k) for k in ours)}


def test_locks_pin_every_dependency_by_hash_and_name_no_host():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9._-]+==\S+", text, re.M)
        assert len(pins) > 50
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_make_names_its_targets():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("help", "report", "test", "lab", "bench", "clean"):
        assert re.search(rf"^{target}:.*##", text, re.M), target
