"""A page as a program reads it: its tags and its text, every element closed."""

import re
from html.parser import HTMLParser

from typing_extensions import override

VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})
INLINE = frozenset({"a", "b", "span", "strong", "time"})


class Outline(HTMLParser):
    """Tags in order, with their attributes; refuses what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        """What is to be read, with single spaces."""
        return re.sub(r"\s+", " ", self._text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, self.getpos()
        if tag not in INLINE:
            self._text += " "

    @override
    def handle_data(self, data: str) -> None:
        self._text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def ids(self) -> list[str]:
        """Every id, in order."""
        return [attributes["id"] or "" for _, attributes in self.tags if "id" in attributes]
