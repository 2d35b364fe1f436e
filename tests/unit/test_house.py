"""How the code is laid out, held by reading it: who may import whom, and what nobody may do."""

import ast
import functools
import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from app.tracking.records import Task

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

# Part of the application -> the other parts of it that it may import.
MAY_IMPORT: dict[str, set[str]] = {
    "tracking": set(),
    "config": set(),
    "logs": set(),
    "database": {"config", "engines"},
    "engines": set(),
    "auth": {"config"},
    "db_models": {"tracking"},
    "models": {"tracking"},
    "store": {"db_models", "tracking", "database"},
    "services": {"store", "tracking", "auth", "config"},
    "web": {"services", "models", "auth", "config", "tracking"},
    "housekeeping": {"database", "services"},
    "schema": {"config", "database", "db_models", "engines", "sqlite_copy"},
    "sqlite_copy": set(),
    "http_protocol": set(),
    "shutdown": set(),
    "migrations": {"config", "database", "db_models"},
}
ANYTHING = {"main", "cli"}  # and nobody imports these

# Modules of a part that may import one thing more, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("app.web.dependencies", "database"): "binds read() and write() to the request; handlers see only those",
    ("app.services.recording.record", "database"): "`NotQuick` belongs to the contract of write()",
}

# Names under which a part also goes: `models` re-exports `shapes`, `python -m app` is the tool.
PART_OF = {"shapes": "models", "commands": "cli", "__main__": "cli"}

# The quickstart makes its virtual environment inside app/.
FILES = sorted(path for path in APP.rglob("*.py") if ".venv" not in path.parts)


def part_of(module: str) -> str:
    """The part that a dotted name under `app` belongs to."""
    first = module.split(".")[1] if "." in module else ""
    return PART_OF.get(first, first)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Each dotted name that a file imports; `from a import b` gives `a.b`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def our_imports(path: Path) -> set[str]:
    return {part_of(name) for name in imports_of(path) if name.split(".")[0] == "app"}


def files_of(*parts: str) -> list[Path]:
    return [path for path in FILES if part_of(module_of(path)) in parts]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_keep_to_the_table(path: Path) -> None:
    module = module_of(path)
    part = part_of(module)
    if module == "app" or part in ANYTHING:
        return
    excepted = {other for (name, other) in EXCEPTIONS if name == module}
    assert our_imports(path) - MAY_IMPORT[part] - excepted - {part} == set()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_main_and_cli_are_imported_by_no_module(path: Path) -> None:
    allowed = {"cli"} if part_of(module_of(path)) == "cli" else set()
    assert our_imports(path) & ANYTHING - allowed == set()


@pytest.mark.parametrize("path", files_of("web"), ids=named)
def test_handlers_are_imported_by_the_list_of_routers_alone(path: Path) -> None:
    if module_of(path).startswith("app.web.routes.") or module_of(path) == "app.web.routers":
        return
    assert {name for name in imports_of(path) if name.startswith("app.web.routes")} == set()


def test_exceptions_to_the_table_are_still_needed() -> None:
    used = {(module_of(path), name) for path in FILES for name in our_imports(path)}
    assert set(EXCEPTIONS) - used == set()


@pytest.mark.parametrize("path", files_of("tracking"), ids=named)
def test_core_needs_the_standard_library_alone(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports_of(path)} - {"app"}
    assert outside - sys.stdlib_module_names == set()
    assert (
        outside & {"os", "io", "pathlib", "time", "random", "secrets", "socket", "sqlite3", "asyncio"}
        == set()
    )


@pytest.mark.parametrize("path", files_of("tracking", "store", "services"), ids=named)
def test_core_store_and_services_read_no_clock(path: Path) -> None:
    calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    attributes = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    assert attributes & {"now", "utcnow", "today", "time_ns"} == set()
    assert {name for name in imports_of(path) if name in ("time.time", "time.time_ns")} == set()


@pytest.mark.parametrize("path", files_of("services", "web"), ids=named)
def test_services_and_web_speak_no_sql(path: Path) -> None:
    # A connection is passed on, a row is read, an error of a constraint is caught; statements are the store's.
    from_sqlalchemy = {name for name in imports_of(path) if name.split(".")[0] == "sqlalchemy"}
    errors = {name for name in from_sqlalchemy if name.startswith("sqlalchemy.exc.")}
    assert from_sqlalchemy - errors - {"sqlalchemy.Connection", "sqlalchemy.Row"} == set()


COMMITS = ("database.py", "sqlite_writer.py", "postgresql_group.py")  # the others on behalf of the first


@pytest.mark.parametrize("path", [path for path in FILES if path.name not in COMMITS], ids=named)
def test_nothing_but_the_database_commits(path: Path) -> None:
    attributes = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
    assert "commit" not in attributes


@pytest.mark.parametrize("path", files_of("store", "services"), ids=named)
def test_fields_of_a_task_are_named_where_the_page_on_adding_one_says(path: Path) -> None:
    # "target_minutes" is also the name of a user's default and of a session's target.
    names = {field.name for field in fields(Task)} - {"target_minutes"}
    tree = tree_of(path)
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in names}
    used |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    if named(path) not in (ROOT / "docs" / "adding-a-field.md").read_text(encoding="utf-8"):
        assert used & names == set()


def test_modules_shadow_neither_the_standard_library_nor_a_dependency() -> None:
    # Started from inside app/, where a module's name is looked up first.
    ours = {path.stem for path in APP.glob("*.py")} | {path.name for path in APP.iterdir() if path.is_dir()}
    ours -= {"__init__", "__main__", "__pycache__", ".venv"}
    assert ours & set(sys.stdlib_module_names) == set()
    assert ours & set(importlib.metadata.packages_distributions()) == set()


def test_main_is_a_table_of_contents() -> None:
    assert len((APP / "main.py").read_text(encoding="utf-8").splitlines()) < 80


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_hashed_and_name_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#")]
    pinned = [line for line in lines if re.match(r"[\w.\[\]-]+==[\w.+!]+ .*--hash=sha256:[0-9a-f]{64}", line)]
    assert lines == pinned
    assert re.findall(r"://|index-url|find-links|file:| @ |^-", "\n".join(lines), re.MULTILINE) == []


def test_npm_packages_are_pinned_hashed_and_name_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    project = packages.pop("")
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert project["devDependencies"] == asked
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
    hashed = [
        name for name, package in packages.items() if package.get("integrity", "").startswith("sha512-")
    ]
    assert hashed == list(packages)
    for package in packages.values():
        package.pop("funding", None)  # where to thank its authors
    assert re.findall(r'"resolved"|://', json.dumps(packages)) == []
