"""Forms as a browser has them: what it would send if nothing were typed."""

from html.parser import HTMLParser
from typing import Any

Values = dict[str, list[str]]


def filled(page: str, action: str) -> Values:
    """By field, what the page's form that is sent to that address holds; `action` is empty where it is sent
    to the page's own."""
    reader = _Reader(action)
    reader.feed(page)
    assert reader.found, f"no form for {action!r}"
    return reader.values


class _Reader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.found, self.inside = action, False, False
        self.values: Values = {}
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ANN401 - the parser's
        said = dict(attrs)
        if tag == "form":
            self.inside = said.get("method") == "post" and said.get("action", "") == self.action
            self.found |= self.inside
        elif self.inside:
            self._control(tag, said)

    def _control(self, tag: str, said: dict[str, Any]) -> None:
        name = said.get("name", "")
        match tag:
            case "input" if name and (said.get("type") not in {"checkbox", "radio"} or "checked" in said):
                self.values.setdefault(name, []).append(said.get("value", "on" if "checked" in said else ""))
            case "select":
                self.select = name
            case "option" if self.select and "selected" in said:
                self.values.setdefault(self.select, []).append(said.get("value") or "")
            case "textarea":
                self.area = name
                self.values[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] = [data.removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
