"""Our own code runs, unpickles and downloads nothing, and no text skips escaping; read from the syntax tree."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from vpnpolicy._rows import _Loader

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "vpnpolicy"
MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "joblib",
    "cloudpickle",
    "socket",
    "urllib",
    "http",
    "requests",
    "httpx",
    "ftplib",
    "smtplib",
    "openpyxl",
}
CALLS = {"eval", "exec", "compile", "__import__", "input"}
METHODS = {
    ("os", "system"), ("os", "popen"), ("os", "execv"), ("os", "execvp"), ("os", "spawnl"), ("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"),
    ("yaml", "load_all"), ("pd", "read_pickle"), ("pd", "read_html"), ("pd", "read_sql"), ("np", "load"), ("tempfile", "mktemp"), ("subprocess", "getoutput"),
    ("subprocess", "check_output"), ("re", "Scanner"), ("markupsafe", "Markup"),
}  # fmt: skip
ANYWHERE = {"to_pickle", "read_pickle", "to_excel", "ExcelWriter", "create_subprocess_shell", "unsafe_load"}
OPTIONS = {("shell", True), ("escape", False), ("allow_pickle", True), ("verify", False), ("autoescape", False)}
REVIEWED = {
    "report/page.py: escape=False": "Markdown may hold HTML; it is sanitised with the rest",
    "_rows.py: yaml.load": "with a loader that makes texts, lists and maps only",
}
STARTS_PROCESSES = {"workers/local.py": ("Popen",), "data/diff.py": ("run",)}


def breaches(tree: ast.AST):
    """Yield each line of a module that does one of these things, and what it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if node.level == 0 else []
            )
            yield from ((node.lineno, f"import {n}") for n in names if n.split(".")[0] in MODULES and n != "urllib.parse")
        elif isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Attribute) and node.attr in ANYWHERE:
            yield node.lineno, node.attr


def _call(node: ast.Call):
    called = node.func
    if isinstance(called, ast.Name) and called.id in CALLS:
        yield node.lineno, called.id
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and (called.value.id, called.attr) in METHODS:
        yield node.lineno, f"{called.value.id}.{called.attr}"
    for option in node.keywords:
        if isinstance(option.value, ast.Constant) and (option.arg, option.value.value) in OPTIONS:
            yield node.lineno, f"{option.arg}={option.value.value}"
    if isinstance(called, ast.Name | ast.Attribute) and (called.id if isinstance(called, ast.Name) else called.attr) == "HTML":
        yield from ((node.lineno, "HTML made of parts") for a in node.args if isinstance(a, ast.JoinedStr | ast.BinOp))


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from urllib.request import urlopen", "eval('1')", "yaml.load(x)", "run(c, shell=True)", "pd.read_pickle(p)", "HTML(f'<b>{x}')",
     "os.system('ls')", "df.to_excel(p)", "Environment(autoescape=False)", "np.load(p, allow_pickle=True)"],
)  # fmt: skip
def test_each_breach_is_found(code):
    assert list(breaches(ast.parse(code)))


def test_our_code_has_none_that_was_not_reviewed():
    found = {
        f"{path.relative_to(SRC).as_posix()}: {what}"
        for path in SRC.rglob("*.py")
        for _, what in breaches(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(REVIEWED)
    assert issubclass(_Loader, yaml.BaseLoader)


def test_the_notebooks_have_none():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                code = "".join(cell["source"])
                assert not re.search(r"^\s*[!]|^\s*%%?|get_ipython", code, re.M), (path.name, code)
                clean = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("%"))
                assert list(breaches(ast.parse(clean))) == [], path.name


def test_processes_are_started_in_two_places_without_a_shell():
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "subprocess":
                allowed = (*STARTS_PROCESSES.get(name, ()), "PIPE", "DEVNULL", "TimeoutExpired")
                assert node.attr in allowed, f"{name}:{node.lineno}: subprocess.{node.attr}"


def test_templates_escape_every_text():
    """Only our own style and script, and HTML that was sanitised before, are put in as they are."""
    for path in sorted((SRC / "report" / "templates").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        unescaped = set(re.findall(r"{{-?\s*([\w.]+) \| safe\s*-?}}", text))
        assert unescaped <= {"css", "index_css", "script", "block.html"}, path.name
        assert len(re.findall(r"\bsafe\b", text)) == len(re.findall(r"[\w.]+ \| safe }}", text)), path.name
        assert "autoescape" not in text, path.name
    assert "environment = jinja2.Environment(loader=loader, autoescape=True" in (SRC / "report" / "html.py").read_text()
