"""Finds people in the corpus's files, by where customs and trade documents name them (docs: the corpus's FIELDS.md).

Nobody is named here: who it is, is read from the files.
"""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from email.utils import getaddresses
from pathlib import Path
from xml.parsers import expat

from habeas.domain.subjects import Identifier, IdentifierKind, identifier

_FILE_BYTES_MAX = 4 * 1024 * 1024
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_TITLE = re.compile(r"(Mr|Mrs|Ms|Dr)\.? ")
_EORI = re.compile(r"(GB|XI)\d{12}")
_TRADERS = ("Declarant", "Importer", "Exporter")
Finder = Callable[[Path], Iterator[tuple[Identifier, ...]]]


def most_often(folder: Path, finder: Finder) -> tuple[Identifier, ...] | None:
    """Who is found in the most files of a folder; None if nobody is in any."""
    found: Counter[tuple[Identifier, ...]] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _FILE_BYTES_MAX:
            found.update(set(finder(path)))
    return max(found, key=lambda who: (found[who], len(who), who), default=None)


def contacts(path: Path) -> Iterator[tuple[Identifier, ...]]:
    """Contact persons of transit declarations and invoices who have an e-mail address."""
    for fields in _elements(path):
        address = fields.get("eMailAddress") or fields.get("ElectronicMail") or ""
        name = fields.get("name") or fields.get("Name") or ""
        if _EMAIL.fullmatch(address):
            yield _person(IdentifierKind.EMAIL, address, name)


def traders(path: Path) -> Iterator[tuple[Identifier, ...]]:
    """Declarants, importers and exporters with an EORI number, and their name if it is given."""
    for fields in _elements(path, *_TRADERS):
        if _EORI.fullmatch(fields.get("ID", "")):
            yield _person(IdentifierKind.EORI, fields["ID"], fields.get("Name", ""))


def correspondents(path: Path) -> Iterator[tuple[Identifier, ...]]:
    """Who wrote a mail under a name."""
    if path.suffix != ".eml":
        return
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    for name, address in getaddresses([str(each) for each in message.get_all("From", [])]):
        if name and _EMAIL.fullmatch(address):
            yield _person(IdentifierKind.EMAIL, address, name)


def _elements(path: Path, *names: str) -> Iterator[Mapping[str, str]]:
    """The texts of each element's children by their local names; only of the elements so named, if any are."""
    if path.suffix != ".xml":
        return
    found: list[tuple[str, dict[str, str]]] = []
    around: list[tuple[str, dict[str, str]]] = []

    def start(name: str, _attributes: object) -> None:
        around.append((name.rpartition(":")[2], {}))
        found.append(around[-1])

    def text(content: str) -> None:
        name, _ = around[-1]
        if len(around) > 1:
            above = around[-2][1]
            above[name] = above.get(name, "") + content

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _name: around.pop()
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError:
        return  # the corpus has some that are not well-formed; they are searched, but nobody is picked from them
    for name, fields in found:
        if not names or name in names:
            yield {child: value.strip() for child, value in fields.items()}


def _person(kind: IdentifierKind, value: str, name: str) -> tuple[Identifier, ...]:
    """With the name, less any title, if it looks like one of a person: two words at least."""
    strong = identifier(kind, value)
    name = _TITLE.sub("", name)
    if len(name.split()) < 2 or "@" in name:
        return (strong,)
    return strong, identifier(IdentifierKind.NAME, name)
