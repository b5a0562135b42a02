"""What a task has done to the files of a store, told again after a crash.

One journal a task, one line a step, each made durable before the step it announces. A record is counted once, however
often its step was begun. Paths are noted as digests: the journal outlives the data.
"""

import hashlib
import json

from connectors.customs_files.stores.store import OWN_FOLDER, Store
from habeas.ports import Effects


class Journal:
    """The journal of one task."""

    def __init__(self, store: Store, task_id: str) -> None:
        self._store = store
        self._path = f"{OWN_FOLDER}/applied/{hashlib.sha256(task_id.encode()).hexdigest()[:32]}.jsonl"
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
        for line in self._store.lines(self._path):
            try:
                entry = json.loads(line) if line else {}
            except ValueError:
                continue  # a crash cut the line off; what it announced was not begun
            self.complete = self.complete or bool(entry.get("complete"))
            for step, (collection, verb) in entry.get("steps", {}).items():
                self._steps[step] = (collection, verb)

    def _append(self, entry: dict[str, object]) -> None:
        self._store.append(self._path, json.dumps(entry).encode())


def _digest(key: str, verb: str) -> str:
    return hashlib.sha256(f"{verb}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
