"""Reading pages for what must not be in them."""

from html.parser import HTMLParser


class Inline(HTMLParser):
    """Collects what a policy of 'self' would forbid, and addresses that lead elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag in {"style", "base", "iframe", "object", "embed"} or (tag == "script" and "src" not in names):
            self.found.append(tag)
        for name, value in names.items():
            text = (value or "").lower()
            elsewhere = name in {"src", "action", "formaction", "srcset", "data"} and not text.startswith("/")
            script = name == "href" and text.startswith(("javascript:", "data:", "vbscript:"))
            if name.startswith("on") or name == "style" or elsewhere or script:
                self.found.append(f"{tag} {name}={value}")


class Forms(HTMLParser):
    """Collects the forms of a page that are sent with POST."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[set[str], dict[str, str]]] = []  # where each can be sent to, and its fields
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = names.get("method") == "post"
            if self._inside:
                self.found.append(({names.get("action", "").partition("#")[0]}, {}))
        if not self._inside:
            return
        addresses, fields = self.found[-1]
        if "formaction" in names:
            addresses.add(names["formaction"].partition("?")[0])
        # A box that is not ticked is not sent.
        if tag == "input" and (names.get("type") != "checkbox" or "checked" in names):
            fields[names["name"]] = names.get("value", "")
        if tag == "select":
            self._select = names["name"]
        # The first choice is sent where none is marked.
        if tag == "option" and self._select and ("selected" in names or self._select not in fields):
            fields[self._select] = names["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select":
            self._select = ""


def form_to(address: str, page: str) -> dict[str, str]:
    """The fields, as they are filled in, of the page's first form that is sent to `address`."""
    reader = Forms()
    reader.feed(page)
    return next(fields for addresses, fields in reader.found if address in addresses)
