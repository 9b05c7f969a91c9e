"""What our own code never does, read from the syntax tree: nothing is run, unpickled or fetched, no text skips escaping."""

import ast
import json
import re
from pathlib import Path

import pytest

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
STARTS_PROCESSES = {"report/press/client.py": "Popen", "record/diff.py": "run"}


def breaches(tree: ast.AST):
    """Lines of a module that do one of these things, and which."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if node.level == 0 else []
            )
            yield from ((node.lineno, f"import {n}") for n in names if n.split(".")[0] in MODULES)
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
        yield from ((node.lineno, "HTML of pieces") for a in node.args if isinstance(a, ast.JoinedStr | ast.BinOp))


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from urllib.request import urlopen", "eval('1')", "yaml.load(x)", "run(c, shell=True)", "pd.read_pickle(p)", "HTML(f'<b>{x}')",
     "os.system('ls')", "df.to_excel(p)", "Environment(autoescape=False)", "np.load(p, allow_pickle=True)"],
)  # fmt: skip
def test_the_reader_of_code_sees_what_it_looks_for(code):
    assert list(breaches(ast.parse(code)))


def test_our_code_does_none_of_it():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted(SRC.rglob("*.py"))
        for line, what in breaches(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_neither_do_the_notebooks():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                code = "".join(cell["source"])
                assert not re.search(r"^\s*[!]|^\s*%%?(?!vpn|load_ext vpnpolicy)|get_ipython", code, re.M), (path.name, code)
                clean = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("%"))
                assert list(breaches(ast.parse(clean))) == [], path.name


def test_processes_are_started_in_two_places_without_a_shell():
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "subprocess":
                assert node.attr in (STARTS_PROCESSES.get(name), "PIPE", "DEVNULL", "TimeoutExpired"), (
                    f"{name}:{node.lineno}: subprocess.{node.attr}"
                )


def test_templates_escape_every_text():
    """What is put in unescaped is made by us: style, addresses of pictures, blocks that were checked or escaped before."""
    ours = re.compile(r'page\.css|block\.(id|kind|number|src|html)|foot\(block\)|"[^"<>]*" if .*|[a-z.]+ \| length( - \d+)?')
    for path in sorted((SRC / "report" / "template").rglob("*.j2")):
        text = path.read_text(encoding="utf-8")
        for expression in re.findall(r"{{-?\s*(.*?)\s*-?}}", text):
            assert re.search(r"\|\s*e(scape)?\b", expression) or ours.fullmatch(expression), f"{path.name}: {expression}"
        assert not re.search(r"\|\s*safe\b|autoescape false|<script", text), path.name
