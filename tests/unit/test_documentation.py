"""The documents agree with the product: requests, commands, routes, fields, links.

Examples in documentation.md are fenced `http` blocks: a request, an empty line, its body; then a status line,
headers, an empty line, the body of the answer. The tests send them in order to one server. In a request `$name`
stands for a value of an earlier answer. In an answer `$name` gives a value a name, or compares it with the value that
has the name; `…` stands for any value. Fields and headers that are not shown are not compared.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from app import models
from app.cli import app as tool
from tests.routes import entries_of

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "documentation.md").read_text(encoding="utf-8")
WRITTEN = [
    "README.md",
    "documentation.md",
    "docs/coming-from-the-original.md",
    "docs/real-managers.md",
    *(f"docs/decisions/{p.name}" for p in ROOT.glob("docs/decisions/*.md")),
]

STATUS_LINE = re.compile(r"^HTTP/1\.1 (\d{3}) .+\n", re.MULTILINE)
NAME = re.compile(r"\$([a-z_]+)")
ANYTHING = "…"


@dataclass(frozen=True)
class Example:
    """A request and its answer in the guide."""

    line: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer_headers: dict[str, str]
    answer: str


def parsed_headers(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def examples_of(text: str) -> Iterator[Example]:
    for block in re.finditer(r"^```http\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        request, status, answer = STATUS_LINE.split(block[1])
        head, _, body = request.partition("\n\n")
        first, *headers = head.strip().split("\n")
        method, path = first.split(" ")
        answer_head, _, answer_body = (
            answer.partition("\n") if answer.startswith("\n") else answer.partition("\n\n")
        )
        yield Example(
            line=text.count("\n", 0, block.start()) + 1,
            method=method,
            path=path,
            headers=parsed_headers(headers),
            body=body.strip(),
            status=int(status),
            answer_headers=parsed_headers([line for line in answer_head.split("\n") if line]),
            answer=answer_body.strip(),
        )


EXAMPLES = list(examples_of(GUIDE))


def differences(shown: Any, sent: Any, known: dict[str, str], where: str = "answer") -> list[str]:
    """The differences between an example and an answer. New names are added to `known`."""
    match shown, sent:
        case str(), _ if shown == ANYTHING:
            return []
        case str(), str() if (name := NAME.fullmatch(shown)) is not None:
            first = known.setdefault(name[1], sent)
            return [] if first == sent else [f"{where}: {sent!r} is not {shown}, which is {first!r}"]
        case dict(), dict():
            missing = [f"{where}.{name}: is not in the answer" for name in shown.keys() - sent.keys()]
            common = [name for name in shown if name in sent]
            return missing + [
                found
                for name in common
                for found in differences(shown[name], sent[name], known, f"{where}.{name}")
            ]
        case list(), list():
            items = shown[:-1] if shown[-1:] == [ANYTHING] else shown
            if len(items) > len(sent) or (items is shown and len(items) < len(sent)):
                return [f"{where}: {len(sent)} items, {len(items)} shown"]
            return [
                found
                for number, item in enumerate(items)
                for found in differences(item, sent[number], known, f"{where}[{number}]")
            ]
    same = shown == sent and isinstance(shown, bool) == isinstance(sent, bool)
    return [] if same else [f"{where}: {sent!r}, shown is {shown!r}"]


def text_differences(shown: str, sent: str, known: dict[str, str]) -> list[str]:
    """The differences of an answer that is not JSON."""
    pattern = ".*".join(re.escape(part) for part in filled(shown, known).split(ANYTHING))
    text = sent.replace("\r\n", "\n").strip()
    return [] if re.fullmatch(pattern, text) else [f"answer: {text!r}"]


def filled(text: str, known: dict[str, str]) -> str:
    """The text with `$name` replaced by values of earlier answers."""
    return NAME.sub(lambda name: known[name[1]], text)


def differences_of(example: Example, client: TestClient, known: dict[str, str]) -> list[str]:
    """The differences between an example and the answer of the server."""
    response = client.request(
        example.method,
        filled(example.path, known),
        headers={name: filled(value, known) for name, value in example.headers.items()},
        content=filled(example.body, known).encode() or None,
        follow_redirects=False,
    )
    found = (
        [] if response.status_code == example.status else [f"status {response.status_code}: {response.text}"]
    )
    shown = {name.lower(): value for name, value in example.answer_headers.items()}
    found += differences(
        shown, {name.lower(): value for name, value in response.headers.items()}, known, "headers"
    )
    if found or not example.answer:
        return found
    if response.headers["content-type"] == "application/json":
        return differences(json.loads(example.answer), response.json(), known)
    return text_differences(example.answer, response.content.decode("utf-8-sig"), known)


def test_examples_of_the_api_are_true(client: TestClient) -> None:
    known: dict[str, str] = {}
    for example in EXAMPLES:
        found = differences_of(example, client, known)
        assert found == [], f"documentation.md, line {example.line}: {example.method} {example.path}"


CHANGED = [
    ("HTTP/1.1 200 OK\n\n{}", "HTTP/1.1 201 Created\n\n{}"),
    ('{"status": "ok"}', '{"status": "well"}'),
    ('{"status": "ok"}', '{"status": "ok", "more": 1}'),
    ('{"status": "ok"}', '["…"]'),
    ("HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\nContent-Type: text/html\n"),
]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("right", "wrong"), CHANGED)
def test_a_wrong_example_is_found(client: TestClient, right: str, wrong: str) -> None:
    body = '{"status": "ok"}' if "status" in right else "{}"
    text = f"```http\nGET /health/live\n\nHTTP/1.1 200 OK\n\n{body}\n```\n"
    [correct], [incorrect] = examples_of(text), examples_of(text.replace(right, wrong))
    assert differences_of(correct, client, {}) == []
    assert differences_of(incorrect, client, {}) != []


def route_of(path: str) -> str:
    """The path of an example without its query."""
    return path.partition("?")[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_route_of_the_api_has_an_example(app: FastAPI) -> None:
    entries = entries_of(app)
    described = {(method, entry.path) for entry in entries if not entry.is_page for method in entry.methods}
    shown = {
        (example.method, entry.path)
        for example in EXAMPLES
        for entry in entries
        if example.method in entry.methods
        and entry.pattern.match(route_of(example.path))
        # The router prefers a literal path to one with a parameter.
        and not any(
            other.path == route_of(example.path) and other is not entry and example.method in other.methods
            for other in entries
        )
    }
    assert described - shown == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_document_holds_no_mark_of_a_merge(name: str) -> None:
    assert re.findall(r"^(?:<{7}|={7}|>{7})", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_is_written_about(app: FastAPI) -> None:
    pages = {
        f"{method} {entry.path}" for entry in entries_of(app) if entry.is_page for method in entry.methods
    }
    short = GUIDE.replace("POST …/", "POST /dashboard/sessions/{session_id}/")
    assert {page for page in pages if not re.search(rf"`{re.escape(page)}[`?]", short)} == set()


def rows_of(section: str) -> dict[str, list[str]]:
    """The rows of the table in a section, by the name in their first cell."""
    text = re.split(r"^##+ ", GUIDE.partition(f"# {section}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.split("\n")
        if line.startswith("| `")
    ]
    return {cells[0].strip("`"): cells[1:] for cells in rows}


def test_table_of_commands_has_every_command_and_option() -> None:
    group: Any = typer.main.get_command(tool)
    written = {name: set(re.findall(r"--[a-z-]+", cells[0])) for name, cells in rows_of("Commands").items()}
    options = {
        name: {
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--") and option != "--help"
        }
        for name in group.list_commands(None)
        for command in [group.get_command(None, name)]
    }
    assert written == options


def shapes() -> list[type[BaseModel]]:
    return [value for value in vars(models).values() if isinstance(value, type)]


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.__name__)
def test_every_field_is_written_about(shape: type[BaseModel]) -> None:
    names = {info.serialization_alias or name for name, info in shape.model_fields.items()}
    assert {name for name in names if not re.search(rf'[`"]{name}[`"]', GUIDE)} == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    here = (ROOT / name).parent
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    files = {target for target in targets if not target.startswith(("http://", "https://", "#"))}
    assert {target for target in files if not (here / target.partition("#")[0]).exists()} == set()
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    assert {target for target in targets if target.startswith("#") and target[1:] not in headings} == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_paths_and_targets_of_make_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:app|docs|tests|deploy|bench)/[\w./-]*)`", text))
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z-]+)", text)) | set(
        re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
    )
    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_examples_in_the_description_fit_their_shapes(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    tried = []
    for shape in shapes():
        schema = schemas.get(shape.__name__, {})
        for example in schema.get("examples", []):
            shape.model_validate(example)
            tried.append(shape.__name__)
        for name, field in schema.get("properties", {}).items():
            for example in field.get("examples", []):
                shape.__pydantic_validator__.validate_assignment(shape.model_construct(), name, example)
                tried.append(f"{shape.__name__}.{name}")
    assert {"EventIn", "RegistrationIn.password", "DaySummaryOut.date"} - set(tried) == set()
