"""How a file is told of: by its path, without what would name a person."""

import hashlib
import os
from pathlib import PurePosixPath
from urllib.parse import quote, unquote_to_bytes

from connectors.customs_files.search import People
from habeas.domain.records import Record
from habeas.domain.subjects import Subject


def shown(path: str, subject: int, people: People) -> str:
    """The path as it may be told: what names the person, or is an address, is masked by a digest of itself."""
    return "/".join(
        _masked(part) if "@" in part or subject in people.named_in(part) else printable(part)
        for part in path.split("/")
    )


def printable(part: str) -> str:
    """A name in which what is not UTF-8 is escaped."""
    return os.fsencode(part).decode("utf-8", "backslashreplace")


def holder(subject: Subject, key: str) -> str:
    """For whose sake, and for which record, a file is restricted; tells nobody who it is."""
    return hashlib.sha256(f"{subject.token}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()


def locator_of(path: str, block: str | None = None, version: str = "") -> dict[str, object]:
    """Where a record is, in JSON."""
    locator: dict[str, object] = {"path": quote(os.fsencode(path))}
    if block is not None:
        locator["block"] = block
    if version:
        locator["version"] = version
    return locator


def place_of(record: Record) -> tuple[str, str]:
    """The file of a record by its path in the store, and the old version of it, "" for the file itself."""
    return os.fsdecode(unquote_to_bytes(str(record.locator["path"]))), str(record.locator.get("version", ""))


def _masked(part: str) -> str:
    suffix = PurePosixPath(part).suffix
    safe = suffix if suffix[1:].isalnum() and len(suffix) <= 6 and suffix.isascii() else ""
    return f"~{hashlib.sha256(os.fsencode(part)).hexdigest()[:10]}{safe}"
