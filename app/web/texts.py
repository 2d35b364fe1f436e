"""Texts of the pages in the reader's language: gettext, with the English text as the message id.

A language is one file, `app/locales/<language>/LC_MESSAGES/messages.po`, read as it is when the server starts; English
needs none. `make texts` writes `app/locales/messages.pot`, from which such a file is begun.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from starlette.requests import Request

from app.tracking.machine import Sentence

LOCALES = Path(__file__).resolve().parent.parent / "locales"
ENGLISH = "en"
PREFERENCE = re.compile(r"([A-Za-z0-9-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def read_catalogues(folder: Path) -> dict[str, NullTranslations]:
    """The texts by language tag in small letters (`de`, `pt-br`). Raises `PoFileError` for a file that is none."""
    found = {ENGLISH: NullTranslations()}
    for path in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        language, compiled = path.parent.parent.name, BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
        compiled.seek(0)
        found[language.replace("_", "-").lower()] = GNUTranslations(compiled)
    return found


# Read with the module: a file that cannot be read stops the start, not the first page.
CATALOGUES: Mapping[str, NullTranslations] = read_catalogues(LOCALES)


def language_of(request: Request) -> str:
    """The language that the reader has chosen in the profile, as far as the request is known to be theirs.

    Without one, the available language that the browser prefers most; English where there is none.
    """
    identity = getattr(request.state, "identity", None)
    if identity is not None and identity.user.language in CATALOGUES:
        chosen: str = identity.user.language
        return chosen
    found: list[tuple[str, str]] = PREFERENCE.findall(request.headers.get("accept-language", ""))
    wanted = [(float(quality or 1), tag) for tag, quality in found]
    tags = [tag for quality, tag in sorted(wanted, key=lambda one: -one[0]) if quality > 0]
    return (negotiate_locale(tags, CATALOGUES, sep="-") or ENGLISH).lower()


def own_names() -> dict[str, str]:
    """The available languages by tag, each with the name that its speakers use."""
    locales = {tag: Locale.parse(tag, sep="-") for tag in CATALOGUES}
    return {tag: (locale.get_display_name() or tag).capitalize() for tag, locale in locales.items()}


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block texts, dates and numbers are written in `language`, a key of `CATALOGUES`."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    """The tag of the language that is being written, for `<html lang>`."""
    return _language.get()


def locale() -> str:
    """How that language writes dates and numbers: a locale's name for Babel."""
    return _language.get().replace("-", "_")


def gettext(message: str) -> str:
    """`message` in the language that is being written; itself where that has no such text."""
    return CATALOGUES[_language.get()].gettext(message) if message else ""


def pgettext(context: str, message: str) -> str:
    """The translation of `message` in `context`, which distinguishes equal texts of different meanings."""
    return CATALOGUES[_language.get()].pgettext(context, message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of a text that goes with `number`."""
    return CATALOGUES[_language.get()].ngettext(singular, plural, number)


def sentence(said: Sentence) -> str:
    """What was said, translated, with its values: texts translated as well, numbers as the language writes them."""
    values = {
        name: gettext(value) if isinstance(value, str) else format_decimal(value, locale=locale())
        for name, value in said.values.items()
    }
    return gettext(said.message).format(**values) if values else gettext(said.message)
