"""Delivers answers into a folder, from which the data protection manager hands them over."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

import structlog

from consumers.lease_keeper import LeaseKeeper
from habeas import failpoints
from habeas.domain.requests import Right
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import ResponseAssembled, ResponseDelivered

log = structlog.get_logger()

PACKAGE_NAME = "answer.zip"
LETTER_NAME = "letter.pdf"
UNFINISHED = ".unfinished-"


def answer_folder(root: Path, *, request_id: str, right: Right) -> Path:
    """Where a request's answer goes; nothing about the person is in the name."""
    return root / f"{right}-{request_id}"


class FolderDelivery:
    """The handler of the delivery's worker. Delivering twice writes the same two files again."""

    def __init__(self, root: Path, *, lane: str, database: Database, vault: Vault, clock: Clock) -> None:
        self._root = root
        self._lane = lane
        self._database = database
        self._vault = vault
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:  # noqa: ARG002 - a handler's signature
        """Deliver each task's answer, then settle all of them at once."""
        events = [ResponseAssembled.read(task.trigger.value or b"") for task in tasks]
        with self._database.reading() as connection:
            sealed = artefacts.fetch(connection, [str(id_) for each in events for id_ in (each.package, each.letter)])
        vault = self._vault.unlocked([task.request_id for task in tasks])
        failpoints.reach("delivery.before")
        for task, event in zip(tasks, events, strict=True):
            folder = answer_folder(self._root, request_id=task.request_id, right=task.right)
            write_answer(folder, event, sealed, vault)
        failpoints.reach("delivery.after")
        self._settle(tasks, events)

    def _settle(self, tasks: Sequence[Task], answers: Sequence[ResponseAssembled]) -> None:
        now = self._clock.now()
        source = f"habeas/{self._lane}"
        messages = [
            cloudevents.to_message(
                ResponseDelivered(
                    request_id=UUID(task.request_id), at=now, channel="folder", supplement=answer.supplement
                ),
                key=task.subject,
                source=source,
            )
            for task, answer in zip(tasks, answers, strict=True)
        ]
        with self._database.transaction() as connection:
            ledger.finish(connection, tasks, now=now)
            outbox.add(connection, self._lane, messages)
        for task in tasks:
            log.info("answer.delivered", request_id=task.request_id)


def write_answer(folder: Path, answer: ResponseAssembled, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> None:
    """Write one answer, or a further one, over what is there of it."""
    if answer.supplement is not None:
        folder /= f"supplement-{answer.supplement}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_unfinished(folder)
    _write(vault, sealed[str(answer.package)], folder / PACKAGE_NAME)
    _write(vault, sealed[str(answer.letter)], folder / LETTER_NAME)


def _remove_unfinished(folder: Path) -> None:
    """What a crash left behind holds personal data, and nobody would ever look for it."""
    for left in folder.glob(f"{UNFINISHED}*"):
        left.unlink(missing_ok=True)


def _write(vault: UnlockedVault, artefact: Artefact, target: Path) -> None:
    with NamedTemporaryFile(dir=target.parent, prefix=UNFINISHED, delete=False) as temporary:
        with vault.opening(artefact) as plain:
            shutil.copyfileobj(plain, temporary)
        temporary.flush()
        os.fsync(temporary.fileno())
    Path(temporary.name).replace(target)
