"""RTF: the text as its reader sees it, and what its groups hide; searched, never changed."""

import re
from collections.abc import Iterator

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.passages import Document, Passage, UnreadableError

MAGIC = b"{\\rtf"
_TOKEN = re.compile(
    r"\\'(?P<byte>[0-9a-fA-F]{2})|\\u(?P<sign>-?\d{1,5}) ?|\\(?P<word>[a-z]+)(?P<number>-?\d+)? ?|\\(?P<mark>[^a-z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
_SEPARATORS = {"par": "\n", "line": "\n", "tab": "\t", "cell": "\t", "row": "\n", "page": "\n", "sect": "\n"}
_SIGNS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n"}
_PICTURES = {
    "pict",
    "fonttbl",
    "colortbl",
    "stylesheet",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
}
_CODE_PAGE = re.compile(rb"\\ansicpg(\d+)")


def read(content: bytes, asked: Asked) -> Document | None:
    """Read RTF; None if it is none. Raises UnreadableError if groups are nested too deep."""
    if not content.startswith(MAGIC):
        return None
    page = _CODE_PAGE.search(content[:1000])
    codec = f"cp{page[1].decode()}" if page else "cp1252"
    text = "".join(_shown(content.decode("latin-1"), codec, asked))
    document = Document("rtf", Decoded(content, "", "latin-1", 0), changeable=False)
    if text.strip():
        document.passages.append(Passage(text, (), 0, "text", lines=True))
    return document


def _shown(source: str, codec: str, asked: Asked) -> Iterator[str]:
    hidden = [False]
    skip = 0  # of what follows a sign for readers that don't know it
    for token in _TOKEN.finditer(source):
        if token["brace"] == "{":
            hidden.append(hidden[-1])
            if len(hidden) > asked.limits.nesting_max:
                raise UnreadableError(f"groups nested more than {asked.limits.nesting_max} deep")
        elif token["brace"] == "}":
            hidden = hidden[:-1] or [False]
        elif token["word"] in _PICTURES:
            hidden[-1] = True
        elif not hidden[-1]:
            said = _said(token, codec)
            if skip and said and token["sign"] is None:
                said, skip = said[skip:], max(0, skip - len(said))
            skip = 1 if token["sign"] is not None else skip
            yield said


def _said(token: "re.Match[str]", codec: str) -> str:
    if token["byte"] is not None:
        try:
            return bytes.fromhex(token["byte"]).decode(codec, "replace")
        except LookupError:
            return bytes.fromhex(token["byte"]).decode("cp1252", "replace")
    if token["sign"] is not None:
        return chr(int(token["sign"]) % 65_536)
    if token["word"] is not None:
        return _SEPARATORS.get(token["word"], "")
    if token["mark"] is not None:
        return _SIGNS.get(token["mark"], "")
    return token["text"] or ""
