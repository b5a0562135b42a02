"""HTML, read as markup: the text as a reader sees it, attributes, comments and scripts each for themselves."""

import re

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import decode
from connectors.customs_files.notations import HTML, PLAIN
from connectors.customs_files.passages import Document, Passage, Piece

_BEGINS = re.compile(
    r"(?is)\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html\b(?![^>]*\[)|(?:html|head|body|p|div|table|span|a|b|br|meta|style|font|center|h[1-6]|ul|ol)(?=[\s/>]))"
)
_CHARSET = re.compile(rb"""(?i)<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._-]+)""")
_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<(?P<raw>script|style)\b(?P<rawattributes>[^>]*)>(?P<inside>.*?)(?:</(?P=raw)\s*>|\Z)"
    r"|<(?P<tag>[!/?]?[A-Za-z][^\s/>]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)/?>|(?P<text>[^<]+|<)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_INLINE = {"a", "b", "i", "u", "em", "strong", "span", "font", "small", "big", "sub", "sup", "code", "tt", "s", "abbr",
           "wbr", "mark", "o:p", "bdi", "bdo", "cite", "q", "ins", "del"}  # fmt: skip


def begins(text: str) -> bool:
    """True if a text begins as a page."""
    return _BEGINS.match(text) is not None


def read(content: bytes, asked: Asked) -> Document | None:
    """Read a page; None if it is none."""
    told = _CHARSET.search(content[:4096])
    decoded = decode(content, asked.charset or (told[1].decode("ascii") if told else None))
    if decoded is None or not _BEGINS.match(decoded.text[:20_000]):
        return None
    document = Document("html", decoded)
    run: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(decoded.text):
        if token["text"] is not None:
            run.append(token.span("text"))
            continue
        tag = (token["tag"] or "!").lower().lstrip("/")
        if tag not in _INLINE:
            _add(document, run, "text")
            run = []
        for name in ("comment", "inside"):
            if token[name]:
                _add(document, [token.span(name)], name, plain=True)
        for span in (token.span("attributes"), token.span("rawattributes")):
            for each in _ATTRIBUTE.finditer(decoded.text, *span) if span[0] >= 0 else ():
                value = next(number for number in (2, 3, 4) if each[number] is not None)
                _add(document, [each.span(value)], f"@{each[1].lower()}")
    _add(document, run, "text")
    return document


def _add(document: Document, runs: list[tuple[int, int]], name: str, *, plain: bool = False) -> None:
    texts, pieces, at = [], [], 0
    for start, stop in runs:
        raw = document.decoded.text[start:stop]
        escaped = "&" in raw and not plain
        text = HTML.text(raw) if escaped else raw
        pieces.append(Piece(at, at + len(text), start, stop, HTML if escaped else PLAIN))
        texts.append(text)
        at += len(text)
    joined = "".join(texts)
    if joined.strip():
        document.passages.append(Passage(joined, tuple(pieces), len(document.passages), name, lines=True))
