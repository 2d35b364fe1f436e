"""docs/security.md names tests; each of them exists."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ROW = re.compile(r"^\| (?!what holds)(?P<promise>[^|]+) \| (?P<held_by>[^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_named_test_exists(file: str, test: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert test in functions


def test_every_promise_is_held_by_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what")]
    matches = list(ROW.finditer(PAGE))
    assert len(matches) == len(rows)
    bare = [row["promise"] for row in matches if not re.search(r"`[\w/]+\.py::test_\w+`", row["held_by"])]
    assert bare == []
