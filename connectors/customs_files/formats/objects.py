"""JSON, and one JSON value a line (NDJSON)."""

import re
from collections.abc import Iterator

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded, decode
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import JSON, JSON_LITERAL, PLAIN
from connectors.customs_files.parties import Node, group
from connectors.customs_files.passages import Document, Passage, Piece, UnreadableError
from connectors.customs_files.roles import role_of

_TOKEN = re.compile(
    r'\s*(?:"(?P<string>(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"'
    r"|(?P<mark>[{}\[\]:,])|(?P<literal>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))"
)
_BEGINS = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]\-0-9tfn])')
_SURELY = re.compile(r'\s*(?:\{\s*"|\[\s*[{\["])')


class _BrokenError(Exception):
    """Not JSON after all."""


def begins(text: str) -> bool:
    """True if a text begins as JSON."""
    return _BEGINS.match(text) is not None


def read(content: bytes, asked: Asked) -> Document | None:
    """Read JSON; None if it is none. Raises UnreadableError if it begins as JSON and breaks off."""
    decoded = decode(content, asked.charset)
    if decoded is None or not _BEGINS.match(decoded.text):
        return None
    reader = _Reader(decoded, asked.limits)
    try:
        reader.run()
    except _BrokenError:
        if _SURELY.match(decoded.text):
            raise UnreadableError("broken JSON") from None
        return None
    return reader.document


class _Reader:
    """One pass over the tokens. Duplicate keys stay two values."""

    def __init__(self, decoded: Decoded, limits: Limits) -> None:
        self.document = Document("json", decoded)
        self.limits = limits
        self.nodes: list[Node] = []
        self.free: list[Passage] = []
        self.tokens = self._tokens()

    def run(self) -> None:
        """Value by value, so that those of one line don't depend on those of another."""
        for token in self.tokens:
            nothing = Node("", None)
            self.nodes, self.free = [], []
            self._value(token, nothing, "", 0)
            self.nodes.append(nothing)
            self._close()

    def _close(self) -> None:
        unit = group(self.nodes, self.document.units)
        for passage in self.free:
            passage.unit, unit = unit, unit + 1
        self.document.units = unit
        in_order = [*self.free, *(each for node in self.nodes for each in node.values)]
        self.document.passages += sorted(in_order, key=lambda each: each.pieces[0].start)

    def _tokens(self) -> Iterator[re.Match[str]]:
        text, at = self.document.decoded.text, 0
        end = len(text.rstrip())
        while at < end:
            token = _TOKEN.match(text, at)
            if token is None:
                raise _BrokenError
            at = token.end()
            yield token

    def _next(self) -> re.Match[str]:
        token = next(self.tokens, None)
        if token is None:
            raise _BrokenError
        return token

    def _value(self, token: re.Match[str], node: Node, name: str, depth: int) -> None:
        if depth > self.limits.nesting_max:
            raise UnreadableError(f"values nested more than {self.limits.nesting_max} deep")
        if token["mark"] == "{":
            self._object(Node(name, node), depth)
        elif token["mark"] == "[":
            self._array(node, name, depth)
        elif token["mark"] is not None:
            raise _BrokenError
        else:
            node.values.append(self._passage(token, name))

    def _object(self, node: Node, depth: int) -> None:
        self.nodes.append(node)
        token = self._next()
        while token["mark"] != "}":
            if token["string"] is None:
                raise _BrokenError
            key = self._passage(token, "key")
            self._expect(":")
            self._value(self._next(), node, key.text, depth + 1)
            if not key.text.replace("_", "").isidentifier() or any(each.isdigit() for each in key.text):
                self.free.append(key)
            token = self._next()
            if token["mark"] == ",":
                token = self._next()
            elif token["mark"] != "}":
                raise _BrokenError

    def _array(self, node: Node, name: str, depth: int) -> None:
        token = self._next()
        while token["mark"] != "]":
            # Values of a list that tells nothing of a person stand each for itself.
            alone = token["mark"] is None and role_of(name) is None
            holder = Node(name, node) if alone else node
            if alone:
                self.nodes.append(holder)
            self._value(token, holder, name, depth + 1)
            token = self._next()
            if token["mark"] == ",":
                token = self._next()
            elif token["mark"] != "]":
                raise _BrokenError

    def _expect(self, mark: str) -> None:
        if self._next()["mark"] != mark:
            raise _BrokenError

    def _passage(self, token: re.Match[str], name: str) -> Passage:
        if token["string"] is None:
            start, stop = token.span("literal")
            raw = token["literal"]
            text = "" if raw in {"null", "true", "false"} else raw
            return Passage(text, (Piece(0, len(text), start, stop, JSON_LITERAL),), -1, name)
        start, stop = token.span("string")
        raw = token["string"]
        escaped = "\\" in raw
        text = JSON.text(raw) if escaped else raw
        return Passage(text, (Piece(0, len(text), start, stop, JSON if escaped else PLAIN),), -1, name)
