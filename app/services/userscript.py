"""The userscript: the parts in `app/widget/`, put together for one server."""

import json
import re
from functools import cache, lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from urllib.parse import urlsplit

from app.services.refusals import BadRequest

WIDGET = Path(__file__).resolve().parent.parent / "widget"

# Userscript managers fetch an update only when this has grown.
SCRIPT_VERSION = "1.4.0"

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function)\b)", re.MULTILINE)


@lru_cache(maxsize=16)
def render_userscript(server_url: str) -> str:
    """The script as a browser installs it: metadata block, then all parts in one function.

    `server_url` is the server's origin (`https://tracker.example`), with or without a slash at its end. It comes from
    the request where no PUBLIC_URL is set: anything but a plain http(s) origin raises `BadRequest`.
    """
    origin, host, port = _plain_origin(server_url)
    # Match patterns know no ports (Chrome, Firefox), Violentmonkey insists on one: the script compares the origin.
    pages = [f"// @match {origin.removesuffix(f':{port}') if port else origin}/widget*"]
    if port:
        pages.append(f"// @include {origin}/widget*")
    metadata = (WIDGET / "metadata.txt").read_text(encoding="utf-8")
    for name, value in {
        "server": origin,
        "version": SCRIPT_VERSION,
        "pages": "\n".join(pages),
        "host": host,
    }.items():
        metadata = metadata.replace(f"{{{name}}}", value)
    constants = f"const SERVER = {json.dumps(origin)};\nconst VERSION = {json.dumps(SCRIPT_VERSION)};\n"
    return f'{metadata}\n(() => {{\n"use strict";\n\n{constants}\n{_body()}}})();\n'


def _plain_origin(url: str) -> tuple[str, str, int | None]:
    """Origin, host and explicit port of `url`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise BadRequest("The address of this server is not a plain http or https address.") from None
    if ":" in host:
        host = f"[{host}]"
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if (
        parts.scheme not in {"http", "https"}
        or not _HOST.fullmatch(host)
        or url.lower() not in {origin, f"{origin}/"}
    ):
        raise BadRequest("The address of this server is not a plain http or https address.")
    # A browser's `location.origin` never names the usual port.
    if port == {"http": 80, "https": 443}[parts.scheme]:
        return origin.removesuffix(f":{port}"), host, None
    return origin, host, port


@cache
def parts() -> list[str]:
    """The names of the parts, in the order in which modules are loaded: each follows those that it imports."""
    names = sorted(path.stem for path in WIDGET.glob("*.js"))
    return [*TopologicalSorter({name: _IMPORT.findall(_source(name)) for name in names}).static_order()]


@cache
def _body() -> str:
    return "\n".join(f"// {part}.js\n{plain_part(part)}" for part in parts())


def plain_part(part: str) -> str:
    """The source of a module as a section of one common scope: without its `import` lines and `export` keywords."""
    return _EXPORT.sub("", _IMPORT.sub("", _source(part)))


def _source(part: str) -> str:
    return (WIDGET / f"{part}.js").read_text(encoding="utf-8")
