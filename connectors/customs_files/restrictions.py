"""Files taken out of use (Article 18, recital 67): moved to where no program looks, unchanged, and moved back.

Why whole files: docs/decisions/0004-restricting-files.md. Each lies in a folder of its own beside a note that says
where it came from and for whose sake. Every step is safe to repeat: the note is written before the file moves, and
taken away after it has moved back.
"""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.customs_files.store import sync_folder
from habeas.errors import PermanentError, RetriableError


@dataclass(frozen=True, slots=True)
class _Note:
    path: str
    mode: int
    holders: frozenset[str]


class Area:
    """The files of one store that are out of use."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder

    def paths(self) -> Iterator[str]:
        """The places where the restricted files stood."""
        if self._folder.is_dir():
            for folder in sorted(self._folder.iterdir()):
                note = _read(folder)
                if note is not None and (folder / "content").is_file():
                    yield note.path

    def content(self, path: str) -> Path:
        """Where the file of that path is while it is restricted."""
        return self._of(path) / "content"

    def holders(self, path: str) -> frozenset[str]:
        """For whose sake that file is restricted."""
        note = _read(self._of(path))
        return note.holders if note is not None else frozenset()

    def restrict(self, path: str, holder: str) -> None:
        """Take a file out of use for the sake of one more holder. Raises PermanentError, RetriableError."""
        folder, original = self._of(path), self._root / path
        held = _read(folder)
        inside = (folder / "content").exists()
        if not inside and not original.exists():
            return
        mode = held.mode if held and inside else stat.S_IMODE(original.stat(follow_symlinks=False).st_mode)
        holders = (held.holders if held and inside else frozenset()) | {holder}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder, _Note(path, mode, holders))
        sync_folder(self._folder)
        if not inside:
            _move(original, folder / "content")
        (folder / "content").chmod(0o400)

    def lift(self, path: str, holder: str) -> None:
        """Put a file back once nobody holds it any more. Raises PermanentError if another file has its place."""
        folder, original = self._of(path), self._root / path
        held = _read(folder)
        if held is None:
            return
        left = held.holders - {holder}
        _write(folder, _Note(path, held.mode, left))
        if left:
            return
        if (folder / "content").exists():
            if original.exists():
                raise PermanentError("another file has taken the place of a restricted one: move it away first")
            original.parent.mkdir(parents=True, exist_ok=True)
            (folder / "content").chmod(held.mode)
            _move(folder / "content", original)
        (folder / "note.json").unlink()
        folder.rmdir()
        sync_folder(self._folder)

    def _of(self, path: str) -> Path:
        return self._folder / hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)  # noqa: PTH104 - refuses to copy where Path.rename does too; said plainly
    except OSError as error:
        if error.errno in {errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS}:
            raise PermanentError(f"a file can't be moved within the store ({errno.errorcode[error.errno]})") from None
        raise RetriableError("a file could not be moved") from None
    sync_folder(source.parent)
    sync_folder(target.parent)


def _read(folder: Path) -> _Note | None:
    try:
        raw = json.loads((folder / "note.json").read_bytes())
    except FileNotFoundError:
        return None
    return _Note(os.fsdecode(bytes.fromhex(raw["path"])), raw["mode"], frozenset(raw["holders"]))


def _write(folder: Path, note: _Note) -> None:
    raw = {"path": os.fsencode(note.path).hex(), "mode": note.mode, "holders": sorted(note.holders)}
    new = folder / "note.new"
    with new.open("wb") as stream:
        stream.write(json.dumps(raw).encode())
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(folder / "note.json")
    sync_folder(folder)
