"""What a task has done to the files of a store, told again after a crash.

One file a task, one line a step, each made durable before the step it announces. A record is counted once, however
often its step was begun. Paths are noted as digests: the journal outlives the data.
"""

import hashlib
import json
import os
from pathlib import Path

from connectors.customs_files.store import sync_folder
from habeas.ports import Effects


class Journal:
    """The journal of one task."""

    def __init__(self, folder: Path, task_id: str) -> None:
        self._path = folder / f"{hashlib.sha256(task_id.encode()).hexdigest()[:32]}.jsonl"
        self._steps: dict[str, tuple[str, str]] = {}
        self.complete = False
        self._read()

    @property
    def effects(self) -> Effects:
        """All that the task has done."""
        effects = Effects()
        for collection, verb in self._steps.values():
            effects.note(collection, verb)
        return effects

    def has(self, key: str, verb: str) -> bool:
        """True if the step was announced before."""
        return _digest(key, verb) in self._steps

    def announce(self, steps: list[tuple[str, str, str]]) -> None:
        """Note steps (key of the record, collection, verb) that are about to be made."""
        new = {_digest(key, verb): (collection, verb) for key, collection, verb in steps}
        new = {step: what for step, what in new.items() if step not in self._steps}
        if new:
            self._append({"steps": new})
            self._steps.update(new)

    def close(self) -> None:
        """Note that the task is done."""
        self._append({"complete": True})
        self.complete = True

    def _read(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                entry = json.loads(line) if line else {}
            except ValueError:
                continue  # a crash cut the line off; what it announced was not begun
            self.complete = self.complete or bool(entry.get("complete"))
            for step, (collection, verb) in entry.get("steps", {}).items():
                self._steps[step] = (collection, verb)

    def _append(self, entry: dict[str, object]) -> None:
        new = not self._path.exists()
        with self._path.open("ab") as stream:
            # the line feed before it closes a line that a crash has cut off
            stream.write(b"\n" + json.dumps(entry).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        if new:
            sync_folder(self._path.parent)


def _digest(key: str, verb: str) -> str:
    return hashlib.sha256(f"{verb}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
