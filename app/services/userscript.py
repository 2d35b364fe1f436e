"""The userscript: the parts in `app/widget/`, put together for one server."""

import json
import re
from functools import cache, lru_cache
from graphlib import TopologicalSorter
from pathlib import Path

from app.config import origin_of
from app.services.refusals import BadRequest

WIDGET = Path(__file__).resolve().parent.parent / "widget"

# Userscript managers fetch an update only when this has grown.
SCRIPT_VERSION = "1.6.0"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function)\b)", re.MULTILINE)


@lru_cache(maxsize=16)
def render_userscript(server_url: str) -> str:
    """The script as a browser installs it: metadata block, then all parts in one function.

    `server_url` is the server's origin (`https://tracker.example`), with or without a slash at its end. It comes from
    the request where no PUBLIC_URL is set: anything but a plain http(s) origin raises `BadRequest`.
    """
    try:
        origin = origin_of(server_url)
    except ValueError:
        raise BadRequest("The address of this server is not a plain http or https address.") from None
    # Match patterns know no ports (Chrome, Firefox), Violentmonkey insists on one: the script compares the origin.
    without_port = re.sub(r":\d+$", "", origin)
    pages = [f"// @match {without_port}/widget*"]
    if without_port != origin:
        pages.append(f"// @include {origin}/widget*")
    metadata = (WIDGET / "metadata.txt").read_text(encoding="utf-8")
    for name, value in {
        "server": origin,
        "version": SCRIPT_VERSION,
        "pages": "\n".join(pages),
        "host": without_port.partition("://")[2],
    }.items():
        metadata = metadata.replace(f"{{{name}}}", value)
    constants = f"const SERVER = {json.dumps(origin)};\nconst VERSION = {json.dumps(SCRIPT_VERSION)};\n"
    return f'{metadata}\n(() => {{\n"use strict";\n\n{constants}\n{_body()}}})();\n'


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
