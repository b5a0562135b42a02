"""Planted names and addresses, and the search for them in raw bytes, however they may have been written."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import hyperscan

CANARIES = ("Zyzzogeton Quackenbush", "Quackenbush", "zyzzogeton.q@canary-mail.example", "canary-mail", "Wobbegong Row")
"""Words that stand nowhere but in the planted record."""


def forms(word: str) -> Iterator[bytes]:
    """The word as text in several cases and encodings, escaped, and inside base64 at each of its three offsets."""
    for text in {word, word.lower(), word.upper(), word.replace(" ", "_"), word.replace(" ", "-")}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield text.encode(encoding)
        yield quote(text).encode()
        yield json.dumps(text)[1:-1].encode()
        yield text.encode().hex().encode()
        for raw in (text.encode(), text.encode("utf-16-le")):
            for offset in range(3):
                coded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
                yield coded[4:-2] if offset else coded[:-2]


def _compiled() -> tuple[hyperscan.Database, list[str]]:
    """All forms as one automaton, case ignored; and whose form each is."""
    written = {form: word for word in CANARIES for form in forms(word)}
    expressions = [b"".join(b"\\x%02x" % byte for byte in form) for form in written]
    database = hyperscan.Database()
    database.compile(expressions=expressions, flags=hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH)
    return database, list(written.values())


_DATABASE, _WORDS = _compiled()


def found(data: bytes) -> set[str]:
    """The planted words that stand in these bytes."""
    words: set[str] = set()

    def note(number: int, *_: object) -> None:
        words.add(_WORDS[number])

    if data.strip(b"\0"):
        _DATABASE.scan(data, match_event_handler=note)
    return words


def searched(places: Iterable[Path]) -> tuple[dict[str, set[str]], int]:
    """Where planted words stand among these files and all below these folders, and how many bytes were searched."""
    finds: dict[str, set[str]] = {}
    size = 0
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                data = path.read_bytes()
                size += len(data)
                if words := found(data):
                    finds[str(path)] = words
    return finds, size
