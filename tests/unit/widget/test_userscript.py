"""The script as it is sent, and the addresses for which it is not."""

import re

import pytest

from app.services.refusals import BadRequest
from app.services.userscript import WIDGET, parts, plain_part, render_userscript

SERVER = "https://tracker.example"


def metadata(script: str) -> list[tuple[str, str]]:
    """The metadata block's lines as (key, value)."""
    block = script.split("// ==UserScript==\n", 1)[1].split("// ==/UserScript==", 1)[0]
    return [(line.split()[1], " ".join(line.split()[2:])) for line in block.splitlines()]


def values(script: str, key: str) -> list[str]:
    """All values of one metadata key."""
    return [value for name, value in metadata(script) if name == key]


def test_metadata_carries_the_servers_address() -> None:
    script = render_userscript(SERVER)
    assert values(script, "@match") == [
        "https://www.raterhub.com/*",
        "https://raterhub.com/*",
        "https://tracker.example/widget*",
    ]
    assert values(script, "@include") == []
    assert values(script, "@connect") == ["tracker.example"]
    assert values(script, "@downloadURL") == ["https://tracker.example/raterhub-tracker.user.js"]
    assert 'const SERVER = "https://tracker.example";\n' in script


def test_metadata_with_a_port_matches_in_every_manager() -> None:
    script = render_userscript("http://localhost:8000")
    assert values(script, "@match")[-1] == "http://localhost/widget*"
    assert values(script, "@include") == ["http://localhost:8000/widget*"]
    assert values(script, "@connect") == ["localhost"]


def test_metadata_of_an_ipv6_address() -> None:
    script = render_userscript("http://[::1]:8000/")
    assert values(script, "@match")[-1] == "http://[::1]/widget*"
    assert values(script, "@include") == ["http://[::1]:8000/widget*"]


def test_manager_grants_what_the_parts_call_and_no_more() -> None:
    script = render_userscript(SERVER)
    body = script.split("// ==/UserScript==", 1)[1]
    # A function that is not granted is not there, in any manager.
    assert sorted(set(re.findall(r"\bGM[_.]\w+", body))) == sorted(values(script, "@grant"))


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://tracker.example/", "https://tracker.example"),
        ("https://tracker.example:443", "https://tracker.example"),
        ("http://tracker.example:80", "http://tracker.example"),
        ("http://tracker.example:443", "http://tracker.example:443"),
        ("HTTPS://Tracker.Example", "https://tracker.example"),
        ("https://tracker.example:", "https://tracker.example"),
        ("https://trаcker.example", "https://xn--trcker-4nf.example"),  # a Cyrillic letter
    ],
)
def test_server_is_what_the_browser_calls_the_origin(given: str, origin: str) -> None:
    assert f'const SERVER = "{origin}";\n' in render_userscript(given)


def test_metadata_of_a_host_with_an_underscore() -> None:
    script = render_userscript("http://my_nas:8000")
    assert values(script, "@match")[-1] == "http://my_nas/widget*"
    assert values(script, "@include") == ["http://my_nas:8000/widget*"]
    assert values(script, "@connect") == ["my_nas"]
    assert 'const SERVER = "http://my_nas:8000";\n' in script


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "tracker.example",
        "ftp://tracker.example",
        "javascript://tracker.example",
        "https://",
        "https://tracker.example/path",
        "https://tracker.example?x=1",
        "https://tracker.example#x",
        "https://user:secret@tracker.example",
        "https://tracker.example\n// @require https://evil.example/x.js",
        "https://tracker.example\r// @match *://*/*",
        "https://tracker.example\u2028// @match *://*/*",
        'https://tracker.example";alert(1);"',
        "https://tracker.example'",
        "https://tracker.example*/",
        "https://*/",
        "https://*.example",
        "https://tracker .example",
        "https://tracker.example:port",
        "https://tracker.example:99999",
        "https://{server}",
        "https://[::1",
        "https://-tracker.example",
        "https://</script>",
    ],
)
def test_anything_but_a_plain_origin_is_refused(hostile: str) -> None:
    with pytest.raises(BadRequest):
        render_userscript(hostile)


def test_every_part_is_in_it_once() -> None:
    assert sorted(path.stem for path in WIDGET.glob("*.js")) == sorted(parts())


def test_every_part_follows_those_that_it_imports() -> None:
    for number, part in enumerate(parts()):
        source = (WIDGET / f"{part}.js").read_text(encoding="utf-8")
        imported = re.findall(r'^import .* from "\./(\w+)\.js";$', source, re.MULTILINE)
        assert set(imported) - set(parts()[:number]) == set()


def test_nothing_of_the_module_system_is_left() -> None:
    script = "".join(map(plain_part, parts()))
    assert re.findall(r"^\s*(?:import|export)\b.*$", script, re.MULTILINE) == []


def test_top_level_names_are_unique() -> None:
    script = "".join(map(plain_part, parts()))
    declared = re.findall(r"^(?:async )?(?:const|let|class|function\*?) (.)(\w*)", script, re.MULTILINE)
    assert {first for first, _ in declared if not first.isalpha()} == set()  # names alone: no patterns
    assert sorted(declared) == sorted(set(declared))


def test_script_holds_the_source_of_every_part_with_its_comments() -> None:
    script = render_userscript(SERVER)
    for part in parts():
        source = (WIDGET / f"{part}.js").read_text(encoding="utf-8")
        assert source.count("/**") == plain_part(part).count("/**")
        assert f"// {part}.js\n{plain_part(part)}" in script


def test_script_loads_nothing_from_elsewhere() -> None:
    script = render_userscript(SERVER)
    assert values(script, "@require") == []
    assert values(script, "@resource") == []
    addresses = set(re.findall(r"https?://[\w.\[\]:]+", script))
    assert addresses == {
        "https://tracker.example",
        "https://www.raterhub.com",
        "https://raterhub.com",
        "http://www.w3.org",
    }


def test_no_part_turns_text_into_markup_or_code() -> None:
    script = render_userscript(SERVER)
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
        == []
    )
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie", script) == []


def test_every_failure_that_is_hidden_has_its_reason_beside_it() -> None:
    for path in sorted([*WIDGET.glob("*.js"), *(WIDGET.parent / "static").glob("*.js")]):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"\.catch\(\(\) =>|\bcatch \{", line):
                around = [lines[number - 1], lines[number + 1]]
                assert any(each.strip().startswith("//") for each in around), f"{path.name}:{number + 1}"


def test_metadata_names_its_author() -> None:
    assert values(render_userscript(SERVER), "@author") == ["RaterHub Tracker"]
