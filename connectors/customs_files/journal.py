"""What a task has done to the files of a store, told again after a crash.

One journal a task, one line a step, each made durable before the step it announces. A record is counted once, however
often its step was begun. Paths are noted as digests: the journal outlives the data.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from connectors.customs_files.on_disk import Digests
from connectors.customs_files.stores.store import OWN_FOLDER, Store
from connectors.customs_files.together import Gathered
from connectors.customs_files.work import Step
from habeas.ports import Effects


class Journal:
    """The journal of one task. Threads may share it; what several announce at once is one line."""

    def __init__(self, store: Store, task_id: str) -> None:
        self._store = store
        self._path = f"{OWN_FOLDER}/applied/{hashlib.sha256(task_id.encode()).hexdigest()[:32]}.jsonl"
        self._steps = Digests()
        self._effects = Effects()
        self._announce = Gathered(self._announce_all)
        self.complete = False
        self._read()

    @property
    def effects(self) -> Effects:
        """All that the task has done."""
        return Effects.of_json(self._effects.as_json())

    def has(self, key: str, verb: str) -> bool:
        """True if the step was announced before."""
        return bytes.fromhex(_digest(key, verb)) in self._steps

    def announce(self, steps: Sequence[Step]) -> None:
        """Note steps that are about to be made."""
        if steps:
            self._announce(steps)

    def close(self) -> None:
        """Note that the task is done."""
        self._append({"complete": True})
        self.complete = True

    def _announce_all(self, together: Sequence[Sequence[Step]]) -> None:
        new = {_digest(key, verb): (collection, verb) for steps in together for key, collection, verb in steps}
        new = {step: what for step, what in new.items() if bytes.fromhex(step) not in self._steps}
        if new:
            self._append({"steps": new})
            self._count(new)

    def _count(self, steps: Mapping[str, Sequence[str]]) -> None:
        for step, (collection, verb) in steps.items():
            if self._steps.add(bytes.fromhex(step)):
                self._effects.note(collection, verb)

    def _read(self) -> None:
        for line in self._store.lines(self._path):
            try:
                entry = json.loads(line) if line else {}
            except ValueError:
                continue  # a crash cut the line off; what it announced was not begun
            self.complete = self.complete or bool(entry.get("complete"))
            self._count(entry.get("steps", {}))

    def _append(self, entry: dict[str, object]) -> None:
        self._store.append(self._path, json.dumps(entry).encode())


def _digest(key: str, verb: str) -> str:
    return hashlib.sha256(f"{verb}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
