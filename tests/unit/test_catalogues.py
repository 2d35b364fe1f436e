"""Every language's file is complete, keeps the placeholders and markup of the texts, and is kept by `make texts`."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from sqlalchemy import String

from app.db_models import users
from app.web.texts import CATALOGUES
from tests import catalogue

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
TAG = re.compile(r"<[^>]*>")
LANGUAGES = pytest.mark.parametrize("path", catalogue.languages(), ids=lambda path: path.parent.parent.name)


def messages_of(path: Path) -> list[Message]:
    return [message for message in catalogue.translations_of(path) if message.id]


def originals(message: Message) -> list[str]:
    """The English forms of a text."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def placeholders(text: str) -> set[str]:
    return {"".join(names) for names in PLACEHOLDER.findall(text)}


def test_german_is_there() -> None:
    assert [path.parent.parent.name for path in catalogue.languages()] == ["de"]


@LANGUAGES
def test_file_has_the_texts_of_the_pages_and_no_others(path: Path) -> None:
    assert path.read_bytes() == catalogue.updated(path), "run `make texts`"


@LANGUAGES
def test_every_text_has_a_translation(path: Path) -> None:
    count = catalogue.translations_of(path).num_plurals
    expected = {len(originals(message)): 1 for message in messages_of(path)} | {2: count}
    for message in messages_of(path):
        forms = catalogue.forms_of(message)
        assert len(forms) == expected[len(originals(message))], message.id
        assert all(form.strip() for form in forms), message.id
        assert not message.fuzzy, message.id


@LANGUAGES
def test_translation_has_the_placeholders_of_its_text(path: Path) -> None:
    for message in messages_of(path):
        expected = [placeholders(text) for text in originals(message)]
        for index, form in enumerate(catalogue.forms_of(message)):
            assert placeholders(form) == expected[min(index, len(expected) - 1)], form
            assert form.count("%%") == originals(message)[0].count("%%"), form


@LANGUAGES
def test_translation_has_the_markup_of_its_text(path: Path) -> None:
    """Also because markup of a translation is not escaped."""
    for message in messages_of(path):
        expected = Counter(tag for tag in TAG.findall(originals(message)[0]))
        for form in catalogue.forms_of(message):
            assert Counter(TAG.findall(form)) == expected, form
            # It would end an attribute.
            assert form.count('"') == originals(message)[0].count('"'), form


def test_tag_of_each_language_fits_its_column() -> None:
    column = users.c.language.type
    assert isinstance(column, String)
    assert all(len(tag) <= (column.length or 0) for tag in CATALOGUES)


def test_file_is_brought_up_to_date(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now = Catalog(charset="utf-8")
    now.add("Kept", locations=[("app/a.py", 0)])
    now.add("Log in now", locations=[("app/a.py", 0)])
    monkeypatch.setattr(catalogue, "catalogue", lambda: now)
    before = Catalog(locale="de")
    before.add("Kept", "Geblieben")
    before.add("Log in", "Anmelden")
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, before)
    head = path.read_bytes().partition(b"\n\n")[0]
    path.write_bytes(catalogue.updated(path))
    assert path.read_bytes().startswith(head)
    with path.open("rb") as file:
        after = read_po(file, locale="de")
    assert {message.id: message.string for message in after if message.id} == {
        "Kept": "Geblieben",
        "Log in now": "",
    }
    assert after.obsolete == {}
