"""`make texts`: every text of the pages, written to `app/locales/messages.pot` for translators.

The `messages.po` of each language is brought up to date: its translations stay, new texts are empty in it, and texts
that are gone leave it.

Templates and `gettext` in Python are read by Babel. A refusal needs no mark: each sentence with which something is
refused, in any part of the application that a page may speak for, is found where the refusal is made.
"""

import ast
import importlib
import inspect
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app import auth
from app.services import refusals
from app.tracking import pacing
from app.web import cookies, errors, flash

ROOT = Path(__file__).resolve().parent.parent
POT = ROOT / "app" / "locales" / "messages.pot"
METHODS = [("app/templates/**.html", "jinja2"), ("app/web/**.py", "python")]
OPTIONS = {"app/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
REFUSING = {name for name, _ in inspect.getmembers(refusals, inspect.isclass)} | {
    "Refused",
    "WeakPassword",
    "NoSuchDay",
    "HTTPException",
    "Reply",
}
SPEAKING = ("app/auth.py", "app/services", "app/tracking", "app/web")


class Untranslatable(Exception):
    """A sentence that is put together when it is raised: its values belong into `values`."""


def catalogue() -> Catalog:
    """All texts, with the files that they stand in."""
    found = Catalog(charset="utf-8")
    for folder in ("app/templates", "app/web"):
        for name, _, message, comments, context in extract_from_dir(
            ROOT / folder, _below(folder), _options(folder)
        ):
            found.add(message, locations=[(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    for path in speaking_files():
        for sentence in refusals_of(path):
            found.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    for module, texts in constants():
        for text in texts:
            found.add(text, locations=[(module.__name__.replace(".", "/") + ".py", 0)])
    return found


def _below(folder: str) -> list[tuple[str, str]]:
    return [
        (pattern.removeprefix(folder + "/"), how) for pattern, how in METHODS if pattern.startswith(folder)
    ]


def _options(folder: str) -> dict[str, dict[str, str]]:
    return {
        pattern.removeprefix(folder + "/"): options
        for pattern, options in OPTIONS.items()
        if pattern.startswith(folder)
    }


def constants() -> Iterator[tuple[ModuleType, list[str]]]:
    """Texts that tables of the application hold."""
    labels = [label for _, label, _ in pacing.LABELS]
    yield pacing, [*labels, pacing.SLOWEST[0], pacing.NO_PACE.label]
    classes = list(auth.CHARACTER_CLASSES)
    yield (
        auth,
        [auth.listed(some) for count in range(1, len(classes) + 1) for some in combinations(classes, count)],
    )
    yield errors, list(errors.TITLES.values())
    yield flash, list(flash.SENTENCES.values())
    yield cookies, [cookies.INSECURE]


def speaking_files() -> list[Path]:
    """The Python files whose refusals pages may show."""
    roots = [ROOT / name for name in SPEAKING]
    return sorted(path for root in roots for path in ([root] if root.is_file() else root.rglob("*.py")))


def refusals_of(path: Path) -> Iterator[str]:
    """The sentences with which a file refuses. Raises `Untranslatable`."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name.removesuffix(".__init__"))
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assigned: dict[str, list[ast.expr]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned[node.targets[0].id].append(node.value)
    for node in nodes:
        if isinstance(node, ast.Call) and _name_of(node.func) in REFUSING:
            for argument in node.args:
                is_local = isinstance(argument, ast.Name) and not hasattr(module, argument.id)
                for said in assigned[_name_of(argument)] if is_local else [argument]:
                    text = _text(said, module)
                    if text and " " in text:
                        yield text


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(argument: ast.expr, module: ModuleType) -> str | None:
    """What an argument says, as far as constants of its module tell; None for what is no text."""
    if not isinstance(argument, ast.Constant | ast.Name | ast.Attribute | ast.JoinedStr):
        return None
    try:
        value = eval(compile(ast.Expression(argument), module.__name__, "eval"), dict(vars(module)))
    except Exception as error:
        if isinstance(argument, ast.JoinedStr):
            raise Untranslatable(f"{module.__name__}, line {argument.lineno}") from error
        return None
    return value if isinstance(value, str) else None


def pot() -> bytes:
    """The catalogue as a file without translations."""
    return _entries(catalogue())


def languages() -> list[Path]:
    """The files with translations."""
    return sorted(POT.parent.glob("*/LC_MESSAGES/messages.po"))


def translations_of(path: Path) -> Catalog:
    """What a language's file holds."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def updated(path: Path) -> bytes:
    """A language's file with all texts of the pages and no others; its head stays as it is."""
    translated = translations_of(path)
    # A translation of a similar text would be shown as if it were one of this text.
    translated.update(catalogue(), no_fuzzy_matching=True, update_header_comment=False)
    head = path.read_bytes().partition(b"\n\n")[0]
    return head + b"\n\n" + _entries(translated)


def _entries(texts: Catalog) -> bytes:
    file = BytesIO()
    write_po(
        file,
        texts,
        omit_header=True,
        sort_by_file=True,
        include_lineno=False,
        ignore_obsolete=True,
        width=110,
    )
    return file.getvalue()


def main() -> None:
    """Write the files."""
    POT.parent.mkdir(exist_ok=True)
    POT.write_bytes(pot())
    print(f"{POT.relative_to(ROOT)}: {len(catalogue())} texts")
    for path in languages():
        path.write_bytes(updated(path))
        missing = sum(not all(forms_of(message)) for message in translations_of(path) if message.id)
        print(f"{path.relative_to(ROOT)}: {missing} texts without a translation")


def forms_of(message: Message) -> list[str]:
    """The translations of a text: one, or one for each plural form of the language."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


if __name__ == "__main__":
    main()
