"""Files and functions that fit on a screen, with their types and docstrings."""

import ast
from statistics import median

from tests.architecture.house import ROOT, sources

FILE_LINES = 400
FUNCTION_LINES = 50
DOCUMENTED = ("services", "selectors", "rules", "tasks", "handlers")


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def functions():
    for path in sources("apps", "config"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, FUNCTION):
                yield path.relative_to(ROOT), node


def public_functions():
    """Functions of modules and methods of classes; a function inside another is its owner's business."""
    for path in sources("apps", "config"):
        tree = ast.parse(path.read_text())
        owners = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
        for node in (each for owner in owners for each in owner.body if isinstance(each, FUNCTION)):
            if not node.name.startswith("_"):
                yield path.relative_to(ROOT), node


def test_no_file_is_longer_than_the_cap():
    files = sources("apps", "config", "tests")
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in files}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}
    assert median(lengths.values()) <= 150


def test_no_function_is_longer_than_the_cap():
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in functions()
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_every_function_says_what_it_returns():
    assert [f"{path}:{node.lineno} {node.name}" for path, node in functions() if node.returns is None] == []


def test_services_selectors_and_rules_are_documented():
    bare = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in public_functions()
        if set(path.with_suffix("").parts[2:3]) & set(DOCUMENTED) and not ast.get_docstring(node)
    ]
    assert bare == []


def test_no_file_is_named_for_nothing_in_it():
    nameless = {"utils", "helpers", "common", "misc"}
    assert [path for path in sources("apps", "config", "tests", "locustfiles") if path.stem in nameless] == []
