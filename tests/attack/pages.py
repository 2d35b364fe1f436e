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
