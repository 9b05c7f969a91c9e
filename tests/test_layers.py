"""The layers of the package: imports point down without cycles, functions stay short, nothing uses the network."""

import ast
import functools
import re
import statistics
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "vpnpolicy"
BASICS = {"errors", "units", "dates", "formatting", "ranges", "_files"}
QUESTIONS = {"data", "answers", "register", "vendors", "events", "guidance", "regimes", "claims"}
ANALYSIS = {"_exchange", "_quoted", "prices", "bandwidth", "conflicts", "disruption", "blocking", "uncertainty", "summaries"}
LAYERS = {
    "errors": set(),
    "units": {"errors"},
    "dates": {"errors"},
    "formatting": set(),
    "ranges": {"errors", "units", "formatting"},
    "_files": {"errors"},
    "money": {"errors"},
    "data": BASICS,
    "_rows": {"data", *BASICS},
    "_identity": {"data", *BASICS},
    "series": {"data", *BASICS},
    "answers": {"data", *BASICS},
    "register": {"answers", "data", *BASICS},
    "vendors": {"answers", "data", "register", *BASICS},
    "events": {"data", *BASICS},
    "guidance": {"answers", "data", "register", *BASICS},
    "regimes": {"data", "events", "guidance", *BASICS},
    "claims": {"data", *BASICS},
    "_exchange": {*QUESTIONS, *BASICS},
    "_quoted": BASICS,
    "prices": {"_exchange", "_quoted", *QUESTIONS, *BASICS},
    "bandwidth": {"prices", *QUESTIONS, *BASICS},
    "conflicts": {"_exchange", *QUESTIONS, *BASICS},
    "disruption": {"_exchange", *QUESTIONS, *BASICS},
    "blocking": {"prices", "bandwidth", "disruption", *QUESTIONS, *BASICS},
    "uncertainty": {"_exchange", "bandwidth", "disruption", *QUESTIONS, *BASICS},
    "auditing": {"_exchange", *QUESTIONS, *BASICS},
    "summaries": {"auditing", *QUESTIONS, *ANALYSIS, *BASICS},
    "billing": {"money", "series", *QUESTIONS, *ANALYSIS, *BASICS},
    "plot": BASICS,
    "workers": BASICS,
    "notebooks": {*QUESTIONS, "workers", *BASICS},
    "report": {"plot", "_identity", "_rows", *QUESTIONS, "workers", "notebooks", *BASICS},
    "offline": {*QUESTIONS, *ANALYSIS, *BASICS},
    "notebook": {*QUESTIONS, "plot", *ANALYSIS, *BASICS},
    "cli": {
        "_identity",
        "_rows",
        "auditing",
        *QUESTIONS,
        "billing",
        "plot",
        "notebooks",
        "workers",
        "report",
        "offline",
        *ANALYSIS,
        *BASICS,
    },
}
FORBIDDEN = {"requests", "urllib", "socket", "http", "httpx", "pickle", "marshal", "shelve"}


@functools.cache
def modules():
    """Return each module's path, text and tree."""
    texts = {path.relative_to(SRC): path.read_text(encoding="utf-8") for path in sorted(SRC.rglob("*.py"))}
    return [(path, text, ast.parse(text)) for path, text in texts.items()]


def imported(path, tree):
    """Yield the full name of each import of a module, and whether it is made when the module is imported."""
    package = ("vpnpolicy", *path.parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in tree.body) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = [".".join(package[: len(package) - node.level + 1])] if node.level else []
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                yield ".".join([*start, name]), node in tree.body


def layer(path):
    return path.parts[0].removesuffix(".py")


def test_every_module_has_its_layer():
    assert {layer(path) for path, _, _ in modules()} - {"__init__", "__main__"} == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_imports_point_down(name):
    up = {
        f"{path} imports {target}"
        for path, _, tree in modules()
        if layer(path) == name
        for target, _ in imported(path, tree)
        if target.startswith("vpnpolicy.") and (other := target.split(".")[1]) in LAYERS and other not in {name, *LAYERS[name]}
    }
    assert up == set()


def test_imports_form_no_cycle():
    graph = {
        ".".join(("vpnpolicy", *path.with_suffix("").parts)).removesuffix(".__init__"): {
            t for t, at_once in imported(path, tree) if at_once
        }
        for path, _, tree in modules()
    }
    done = set()

    def visit(node, trail):
        assert node not in trail, " -> ".join([*trail, node])
        if node not in done:
            for other in graph.get(node, set()):
                visit(other, [*trail, node])
            done.add(node)

    for node in graph:
        visit(node, [])


def test_basics_need_the_standard_library_only():
    known = {"vpnpolicy", *__import__("sys").stdlib_module_names}
    found = {
        (str(path), t)
        for path, _, tree in modules()
        if layer(path) in {"basis", *BASICS}
        for t, at_once in imported(path, tree)
        if at_once
    }
    assert [pair for pair in found if pair[1].split(".")[0] not in known] == []


def test_model_opens_no_file():
    for path, text, _ in modules():
        assert layer(path) != "model" or not re.search(r"\bopen\(|read_bytes|read_text|read_csv", text), path


def test_nothing_uses_the_network_or_unpickles():
    found = {(str(path), t) for path, _, tree in modules() for t, _ in imported(path, tree)}
    assert [pair for pair in found if pair[1].split(".")[0] in FORBIDDEN and pair[1] != "urllib.parse"] == []


def lengths():
    """Yield each function with its number of lines without the docstring."""
    for path, _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                doc = ast.get_docstring(node)
                yield node.end_lineno - node.lineno + 1 - (doc.count("\n") + 2 if doc else 0), f"{path}: {node.name}"


def test_functions_and_modules_are_short():
    numbers = [n for n, _ in lengths()]
    assert statistics.median(numbers) <= 10
    assert statistics.quantiles(numbers, n=10)[-1] < 40
    assert max(lengths())[0] <= 60, max(lengths())
    assert {str(path): n for path, text, _ in modules() if (n := text.count("\n")) > 500} == {}


def test_public_functions_have_docstrings():
    bare = [
        f"{path}: {node.name}"
        for path, _, tree in modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []
