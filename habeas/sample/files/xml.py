"""Writes XML the ways it is met: as UTF-8, with character references, as UTF-16; indented or not."""

from collections.abc import Mapping
from random import Random
from xml.sax.saxutils import escape, quoteattr


class Element(list["Element | str"]):
    """An element, given as its name, attributes and content: `Element("ID", "GB1")`."""

    def __init__(
        self, name: str, *content: "Element | str | None", attributes: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(each for each in content if each is not None)
        self.name = name
        self.attributes = attributes or {}


def element(name: str, value: str | None) -> Element | None:
    """An element with text, None if there is no text."""
    return None if value is None else Element(name, value)


def write(root: Element, dice: Random) -> bytes:
    """The document as bytes."""
    lines: list[str] = []
    _write(root, lines, "\n" if dice.random() < 0.8 else "")
    text = "".join(lines).lstrip("\n")
    way = dice.random()
    if way < 0.1:
        return ('<?xml version="1.0" encoding="UTF-16"?>\n' + text).encode("utf-16")
    if way < 0.25:
        return b'<?xml version="1.0" encoding="US-ASCII"?>\n' + text.encode("ascii", "xmlcharrefreplace")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


def _write(node: Element, lines: list[str], indent: str) -> None:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    lines.append(f"{indent}<{node.name}{attributes}>")
    deeper = indent and indent + "  "
    for child in node:
        if isinstance(child, Element):
            _write(child, lines, deeper)
        else:
            lines.append(escape(child))
    lines.append(f"{indent if any(isinstance(child, Element) for child in node) else ''}</{node.name}>")
