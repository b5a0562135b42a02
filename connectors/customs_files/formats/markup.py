"""XML: declarations to customs, transit messages, invoices, anything else."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from xml.parsers import expat

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded, decode
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import PLAIN, XML
from connectors.customs_files.parties import Node, group
from connectors.customs_files.passages import Document, Passage, Piece, UnreadableError

_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ROOT = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!DOCTYPE|(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*[\s/>])", re.DOTALL)
TOKEN = re.compile(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?(?P<pi>.*?)\?>"
    r"|</(?P<end>[^\s>]+)\s*>|<(?P<start>[^\s/>!?]+)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/)?>"
    r"|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def read(content: bytes, asked: Asked) -> Document | None:
    """Read XML; None if it is none. Raises UnreadableError if it only begins like it."""
    decoded = decoded_markup(content, asked.charset)
    if decoded is None or not begins(decoded.text):
        return None
    check(decoded.text)
    reader = _Reader(decoded, asked.limits)
    reader.run()
    return reader.document


def decoded_markup(content: bytes, charset: str | None) -> Decoded | None:
    """The text, in the encoding that an XML declaration names. Raises UndecodableError."""
    head = content[:400].replace(b"\0", b"").decode("latin-1")
    declared = _DECLARED.search(head)
    wide = b"\0" in content[:8]
    return decode(content, None if wide else (declared[1] if declared else charset))


def begins(text: str) -> bool:
    """True if a text begins as XML."""
    return text[:2000].lstrip().startswith("<?xml") or _ROOT.match(text) is not None


def check(text: str) -> None:
    """Refuse what is not well-formed, and what can hide text. Raises UnreadableError."""
    parser = expat.ParserCreate("utf-8")

    def doctype(*_: object) -> None:
        raise UnreadableError("has a document type definition")

    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise UnreadableError(f"not well-formed XML (line {error.lineno})") from None


class _Reader:
    """One pass over the tokens; well-formedness is known by now."""

    def __init__(self, decoded: Decoded, limits: Limits) -> None:
        self.limits = limits
        self.document = Document("xml", decoded)
        self.nodes: list[Node] = []
        self.free: list[Passage] = []
        self.mixed: list[tuple[int, int]] = []
        self.open: list[_Element] = []

    def run(self) -> None:
        for token in TOKEN.finditer(self.document.decoded.text):
            kind = token.lastgroup
            if kind in {"text", "cdata"}:
                self._characters(token, kind)
            elif kind == "end":
                self._end(token.start())
            elif kind in {"comment", "pi"}:
                self._aside(token, kind)
            else:
                self._start(token)
        self._finish()

    def _start(self, token: re.Match[str]) -> None:
        above = self.open[-1] if self.open else None
        element = _Element(token["start"].rpartition(":")[2], above, token.end())
        if above is not None:
            above.has_children = True
        self.open.append(element)
        if len(self.open) > self.limits.nesting_max:
            raise UnreadableError(f"elements nested more than {self.limits.nesting_max} deep")
        if token["attributes"].strip():
            self._attributes(element, token)
        if token["empty"]:
            self._end(token.end())

    def _attributes(self, element: "_Element", token: re.Match[str]) -> None:
        for each in _ATTRIBUTE.finditer(token.string, *token.span("attributes")):
            name = each[1]
            if name == "xmlns" or name.startswith(("xmlns:", "xsi:", "xml:")):
                continue
            start, stop = each.span(2 if each[2] is not None else 3)
            self._node(element).values.append(self._passage([(start, stop)], f"@{name.rpartition(':')[2]}"))

    def _characters(self, token: re.Match[str], kind: str) -> None:
        start, stop = token.span(kind)
        if self.open and start < stop:
            element = self.open[-1]
            element.runs.append((start, stop))
            element.has_text = element.has_text or not token[kind].isspace()
            if kind == "cdata":
                self.open[-1].literal.add(start)

    def _aside(self, token: re.Match[str], kind: str) -> None:
        if token[kind].strip() and not token[kind].startswith("xml "):
            start, stop = token.span(kind)
            self.free.append(self._passage([(start, stop)], kind, literal={start}))

    def _end(self, at: int) -> None:
        element = self.open.pop()
        if not element.has_text:
            return
        if element.has_children:
            while self.mixed and self.mixed[-1][0] >= element.begins:
                self.mixed.pop()
            self.mixed.append((element.begins, at))
        holder = self._node(element.above or element)
        holder.values.append(self._passage(element.runs, element.name, element.literal))

    def _node(self, element: "_Element") -> Node:
        if element.node is None:
            parent = self._node(element.above) if element.above is not None else None
            element.node = Node(element.name, parent)
            self.nodes.append(element.node)
        return element.node

    def _passage(self, runs: Sequence[tuple[int, int]], name: str, literal: AbstractSet[int] = frozenset()) -> Passage:
        source = self.document.decoded.text
        pieces, texts, at = [], [], 0
        for start, stop in runs:
            raw = source[start:stop]
            escaped = "&" in raw and start not in literal
            text = XML.text(raw) if escaped else raw
            pieces.append(Piece(at, at + len(text), start, stop, XML if escaped else PLAIN))
            texts.append(text)
            at += len(text)
        return Passage("".join(texts), tuple(pieces), -1, name)

    def _finish(self) -> None:
        unit = group(self.nodes)
        passages = [*self.free, *(each for node in self.nodes for each in node.values)]
        passages.sort(key=_place)
        passages = list(self._joined(passages)) if self.mixed else passages
        for passage in self.free:
            passage.unit, unit = unit, unit + 1
        self.document.passages = passages

    def _joined(self, passages: Sequence[Passage]) -> Iterator[Passage]:
        """Text that elements interrupt (`<p>anna<b>@example.org</b></p>`) as the one run that a reader sees."""
        starts = [start for start, _ in self.mixed]
        runs: dict[int, list[Passage]] = {}
        for passage in passages:
            number = bisect_right(starts, _place(passage)) - 1
            inside = number >= 0 and _place(passage) < self.mixed[number][1]
            if inside and passage.role is None and passage.name[:1] != "@" and passage.name not in {"comment", "pi"}:
                runs.setdefault(number, []).append(passage)
            else:
                yield passage
        for several in runs.values():
            yield _one(several)


def _one(several: Sequence[Passage]) -> Passage:
    pieces = sorted(
        ((piece, each.text[piece.begin : piece.end]) for each in several for piece in each.pieces),
        key=lambda pair: pair[0].start,
    )
    at, shifted = 0, []
    for piece, text in pieces:
        shifted.append(replace(piece, begin=at, end=at + len(text)))
        at += len(text)
    return Passage("".join(text for _, text in pieces), tuple(shifted), several[0].unit, several[0].name)


def _place(passage: Passage) -> int:
    return passage.pieces[0].start


class _Element:
    __slots__ = ("above", "begins", "has_children", "has_text", "literal", "name", "node", "runs")

    def __init__(self, name: str, above: "_Element | None", begins: int) -> None:
        self.name = name
        self.above = above
        self.begins = begins
        self.node: Node | None = None
        self.runs: list[tuple[int, int]] = []
        self.literal: set[int] = set()
        self.has_children = False
        self.has_text = False
