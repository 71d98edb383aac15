"""As much of Markdown as a link checker needs: headings, their anchors, links, code left out."""

import re
from collections import Counter
from dataclasses import dataclass

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_EXPLICIT = re.compile(r"<a id=\"([^\"]+)\">")
_LINK = re.compile(r"\]\(([^()\s]+)(?: \"[^\"]*\")?\)")


@dataclass(frozen=True, slots=True)
class Document:
    """The targets of a page's links, in order, and the anchors that links may name."""

    links: tuple[str, ...]
    anchors: frozenset[str]


def parse(text: str) -> Document:
    """A page. Anchors are made as GitHub makes them: a repeated heading gets -1, -2, …"""
    prose = _FENCE.sub("", text)
    seen: Counter[str] = Counter()
    anchors = set(_EXPLICIT.findall(prose))
    for heading in _HEADING.findall(prose):
        anchor = slug(heading)
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return Document(tuple(_LINK.findall(_CODE.sub("", prose))), frozenset(anchors))


def headings(text: str) -> list[str]:
    """The headings of a page, as written."""
    return _HEADING.findall(_FENCE.sub("", text))


def slug(heading: str) -> str:
    """Lower case, blanks to hyphens, punctuation dropped; a link counts by its words."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")
