"""The API's description."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.routes import BEFORE_LOGIN, entries_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def test_docs_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "//" not in page.replace("<!doctype html>", "")
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")
    assert client.get("/docs-assets/swagger-ui-bundle.js").status_code == 200
    assert client.get("/docs-assets/swagger-ui.css").status_code == 200
    assert client.get("/static/docs.js").status_code == 200


def test_openapi_describes_every_api_route_and_no_page(client: TestClient, document: dict[str, Any]) -> None:
    served = {
        (method.lower(), entry.path)
        for entry in entries_of(client.app)  # type: ignore[arg-type]
        if not entry.is_page
        for method in entry.methods
    }
    described = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert described == served


def test_openapi_declares_both_credentials(document: dict[str, Any]) -> None:
    schemes = {name: scheme["type"] for name, scheme in document["components"]["securitySchemes"].items()}
    assert schemes == {"HTTPBearer": "http", "APIKeyCookie": "apiKey"}
    assert document["paths"]["/me"]["get"]["security"] == [{"HTTPBearer": []}, {"APIKeyCookie": []}]


def test_openapi_describes_refusals(document: dict[str, Any]) -> None:
    responses = document["paths"]["/events"]["post"]["responses"]
    assert responses.keys() == {"200", "400", "401", "403", "404", "413", "415", "422", "429", "503"}
    schema = {name: response["content"]["application/json"]["schema"] for name, response in responses.items()}
    assert schema["422"] == {"$ref": "#/components/schemas/Invalid"}
    assert schema["401"] == {"$ref": "#/components/schemas/Problem"}


def test_openapi_says_which_routes_need_a_csrf_token(document: dict[str, Any]) -> None:
    demanding = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if any(parameter["name"] == "x-csrf-token" for parameter in operation.get("parameters", []))
    }
    assert demanding == {path for (_, path), is_form in BEFORE_LOGIN.items() if not is_form}


def test_every_operation_has_a_summary_and_a_description(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    match node:
        case dict():
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) - schemas == set()


def test_every_tag_is_described(document: dict[str, Any]) -> None:
    used = {
        tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]
    }
    assert used == {tag["name"] for tag in document["tags"]}
