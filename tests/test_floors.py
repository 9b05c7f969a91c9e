"""The building holds: imports look down, functions stay short, nothing reaches for the network."""

import ast
import functools
import re
import statistics
from pathlib import Path

SRC = Path(__file__).resolve().parents[1] / "src" / "vpnpolicy"
FLOORS = {
    "basis": set(),
    "record": {"basis"},
    "model": {"basis"},
    "study": {"basis", "record", "model"},
    "charts": {"basis"},
    "report": {"basis", "record"},
    "handout": {"basis", "record", "model", "study"},
    "lab": {"basis", "record", "model", "study", "charts"},
    "cli": {"basis", "record", "model", "study", "charts", "report", "handout"},
}
FORBIDDEN = {"requests", "urllib", "socket", "http", "httpx", "pickle", "marshal", "shelve"}


@functools.cache
def modules():
    """Every module: text, place in the package, statements, imports and functions at any depth; each parsed once."""
    found = [(path.read_text(encoding="utf-8"), path.relative_to(SRC)) for path in sorted(SRC.rglob("*.py"))]
    trees = [ast.parse(text) for text, _ in found]
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [[n for n in ast.walk(tree) if isinstance(n, kinds)] for tree in trees]
    return [(text, name, tree.body, kept) for (text, name), tree, kept in zip(found, trees, nodes, strict=True)]


def imports(path, nodes):
    """Rooms that a module imports from, relative or absolute; a room inside a room looks out one level more."""
    outside = len(path.parts)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level == outside > 1:
            yield node.lineno, *((node.module or "").split(".")[:1] if node.module else [a.name for a in node.names])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vpnpolicy."):
            yield node.lineno, node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("vpnpolicy."):
                    yield node.lineno, alias.name.split(".")[1]


def test_imports_look_down():
    up = [
        f"{path}:{line}: {path.parts[0]} looks up to {room}"
        for _, path, _, nodes in modules()
        if path.parts[0] in FLOORS
        for line, room in imports(path, nodes)
        if room in FLOORS and room != path.parts[0] and room not in FLOORS[path.parts[0]]
    ]
    assert not up, up


def test_no_rings():
    """Module-level imports inside a room never go round in a circle."""
    graph = {}
    for _, path, body, _ in modules():
        names = [n.module.split(".")[0] for n in body if isinstance(n, ast.ImportFrom) and n.level == 1 and n.module]
        graph[path.parent / path.stem] = [path.parent / n for n in names]
    done = set()

    def visit(node, trail):
        assert node not in trail, " -> ".join(map(str, [*trail, node]))
        if node not in done:
            for other in graph.get(node, []):
                visit(other, [*trail, node])
            done.add(node)

    for node in graph:
        visit(node, [])


def test_ground_is_standard_library_only():
    known = {"__future__", *__import__("sys").stdlib_module_names}
    for _, path, _, nodes in modules():
        if path.parts[0] == "basis":
            for node in nodes:
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
                assert all(n.split(".")[0] in known for n in names), (path, names)


def test_model_opens_no_file():
    for text, name, *_ in modules():
        if name.parts[0] == "model":
            assert not re.search(r"\bopen\(|read_bytes|read_text|read_csv", text), name


def test_nothing_reaches_for_the_network_or_unpickles():
    for _, path, _, nodes in modules():
        for node in nodes:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module else []
            assert not {n.split(".")[0] for n in names} & FORBIDDEN, (path, names)


def bodies():
    for _, path, _, nodes in modules():
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                doc = ast.get_docstring(node)
                yield path, node.name, node.end_lineno - node.lineno + 1 - (doc.count("\n") + 2 if doc else 0)


def test_functions_are_short():
    lengths = [n for _, _, n in bodies()]
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[-1] < 40
    longest = max(bodies(), key=lambda b: b[2])
    assert longest[2] <= 60, longest


def test_files_are_not_long():
    long = {str(name): n for text, name, *_ in modules() if (n := text.count("\n")) > 300}
    assert not long, long


def test_public_functions_have_docstrings():
    bare = [
        f"{path}: {node.name}"
        for _, path, body, _ in modules()
        for node in body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not bare, bare
