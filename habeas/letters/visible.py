"""Foreign text made safe to show: what can't be seen can't spoof a page or a spreadsheet.

The JSON in the package keeps every value exactly; only what people look at goes through here.
"""

import re
import unicodedata

# C0 and C1 controls save tab and line feed; soft hyphen; zero-width and directional marks; embeddings, overrides and
# isolates; invisible operators; the byte order mark; interlinear marks; tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_KNOWN_BESIDES_LATIN = frozenset(
    map(chr, (*range(0x1E00, 0x1F00), *range(0x2010, 0x2028), 0x2030, 0x2039, 0x203A, 0x20AC))
)
_JOINERS = "\u200c\u200d"
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff0b\uff0d\uff1d\uff20")
_FILE_NAME_CHARS_MAX = 60
# Device names that Windows refuses as file names whatever the extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def visible(text: str) -> str:
    """The text with each unseen character replaced by its code, as <U+202E>.

    Joiners stay between letters of scripts that need them.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_code, text.replace("\r\n", "\n"))


def spreadsheet_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula (CWE-1236)."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text


def file_name(text: str) -> str:
    """A name that every file system takes, made of the text's letters, digits, dots, hyphens and underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:_FILE_NAME_CHARS_MAX].strip("-.")
    if not safe:
        return "data"
    return f"{safe}-data" if _RESERVED.fullmatch(safe) else safe


def known_letters(text: str) -> str:
    """The text in letters that the fonts shipped with Typst are sure to have; the others become a replacement mark."""
    return "".join(_known(each) for each in unicodedata.normalize("NFC", text))


def _known(char: str) -> str:
    if (char < "\u0250" and char.isprintable()) or char in _KNOWN_BESIDES_LATIN:
        return char
    folded = unicodedata.normalize("NFKD", char)
    if folded.isascii() and folded.isprintable():
        return folded
    return "\ufffd"


def _code(match: re.Match[str]) -> str:
    char = match.group()
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if char in _JOINERS and before > "\u036f" and after > "\u036f":
        return char
    return f"<U+{ord(char):04X}>"
