"""Knows what a sample made in its folder, so that making it again replaces that and touches nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from habeas.errors import UserError

MARKER = ".habeas-sample"
_BESIDE_DATABASES = ("-journal", "-wal", "-shm")
_NOTES_ON_FILES = Path("clients", ".habeas")  # what the files' connector has put aside and noted about them


class Made:
    """Writes files into the folder, and notes each before it is written."""

    def __init__(self, folder: Path, notes: TextIO) -> None:
        self._folder = folder
        self._notes = notes

    def place(self, name: str) -> Path:
        """Where a file of that name may now be made. Raises UserError if somebody else's file is there."""
        path = self._folder / name
        if path.exists():
            raise UserError(f"{path} is not part of the sample: move it away and try again")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._notes.write(f"{name}\n")
        self._notes.flush()
        return path


@contextmanager
def making(folder: Path) -> Iterator[Made]:
    """Empty the folder of an earlier sample, whatever requests have changed in it, and open it for a new one.

    Raises UserError if there is something in it and no sample was ever made there.
    """
    marker = folder / MARKER
    if marker.exists():
        _remove_earlier(folder, marker.read_text("utf-8").splitlines())
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not empty and holds no sample: choose a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    with marker.open("w", encoding="utf-8") as notes:
        yield Made(folder, notes)


def _remove_earlier(folder: Path, names: list[str]) -> None:
    root = folder.resolve()
    folders: set[Path] = set()
    if any(not (folder / name).parent.resolve().is_relative_to(root) for name in names):
        raise UserError(f"{folder / MARKER} names a file outside its folder: remove the folder by hand")
    notes = folder / _NOTES_ON_FILES
    if notes.is_dir() and notes.resolve().is_relative_to(root):
        shutil.rmtree(notes)
    for name in names:
        path = folder / name
        for each in (path, *(path.with_name(path.name + end) for end in _BESIDE_DATABASES)):
            each.unlink(missing_ok=True)
        folders.update(above for above in path.relative_to(folder).parents if above.name)
    for each in sorted(folders, key=lambda above: len(above.parts), reverse=True):
        if (folder / each).is_dir() and not any((folder / each).iterdir()):
            (folder / each).rmdir()
