"""Delivers answers and other letters into a folder, from which the data protection manager hands them over."""

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from uuid import UUID

import structlog

from consumers.lease_keeper import LeaseKeeper
from habeas import failpoints
from habeas.domain.letters import NoticeKind
from habeas.domain.requests import Matter, matter
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from habeas.ports import Clock
from habeas.storage import artefacts, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import ResponseAssembled, ResponseDelivered
from schemas.letters import LetterAssembled, LetterDelivered

log = structlog.get_logger()

PACKAGE_NAME = "answer.zip"
LETTER_NAME = "letter.pdf"
PAGE_NAME = "letter.html"
TEXT_NAME = "letter.txt"
UNFINISHED = ".unfinished-"
Assembled = ResponseAssembled | LetterAssembled


def answer_folder(root: Path, *, request_id: str, right: Matter) -> Path:
    """Where a request's answer goes, or a complaint's letters; nothing about the person is in the name."""
    return root / f"{right}-{request_id}"


def letter_folder(root: Path, *, request_id: str, right: Matter, kind: str, number: int) -> Path:
    """Where one of its other letters goes: `receipt`, the second of a kind `identity-2`, clients' always by number."""
    name = kind if number == 1 and kind != NoticeKind.CLIENT else f"{kind}-{number}"
    return answer_folder(root, request_id=request_id, right=right) / name


class FolderDelivery:
    """The handler of the delivery's worker. Delivering twice writes the same files again."""

    def __init__(self, root: Path, *, lane: str, database: Database, vault: Vault, clock: Clock) -> None:
        self._root = root
        self._lane = lane
        self._database = database
        self._vault = vault
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:  # noqa: ARG002 - a handler's signature
        """Deliver what each task's event tells of, then settle all of them at once."""
        events = [_assembled(task.trigger) for task in tasks]
        with self._database.reading() as connection:
            sealed = artefacts.fetch(connection, [str(id_) for each in events for id_ in _files(each).values()])
        vault = self._vault.unlocked(sorted({each.request_id for each in sealed.values()}))
        failpoints.reach("delivery.before")
        for event in events:
            _write_into(_folder(self._root, event), event, sealed, vault)
        failpoints.reach("delivery.after")
        self._settle(tasks, events)

    def _settle(self, tasks: Sequence[Task], events: Sequence[Assembled]) -> None:
        now = self._clock.now()
        source = f"habeas/{self._lane}"
        messages = [
            cloudevents.to_message(_delivered(event, now), key=task.subject, source=source)
            for task, event in zip(tasks, events, strict=True)
        ]
        with self._database.transaction() as connection:
            ledger.finish(connection, tasks, now=now)
            outbox.add(connection, self._lane, messages)
        for event in events:
            what = "answer.delivered" if isinstance(event, ResponseAssembled) else "letter.delivered"
            log.info(what, request_id=str(event.request_id))


def _assembled(trigger: LogRecord) -> Assembled:
    event = cloudevents.decode(trigger)
    assert isinstance(event, Assembled), "nothing else becomes a task of delivery"
    return event


def _folder(root: Path, event: Assembled) -> Path:
    request_id, right = str(event.request_id), matter(event.right)
    if isinstance(event, LetterAssembled):
        return letter_folder(root, request_id=request_id, right=right, kind=event.kind, number=event.number)
    folder = answer_folder(root, request_id=request_id, right=right)
    return folder if event.supplement is None else folder / f"supplement-{event.supplement}"


def _files(event: Assembled) -> dict[str, UUID]:
    if isinstance(event, LetterAssembled):
        return {LETTER_NAME: event.pdf, PAGE_NAME: event.html, TEXT_NAME: event.text}
    return {PACKAGE_NAME: event.package, LETTER_NAME: event.letter}


def _delivered(event: Assembled, now: datetime) -> LetterDelivered | ResponseDelivered:
    if isinstance(event, LetterAssembled):
        return LetterDelivered(
            request_id=event.request_id,
            at=now,
            letter=event.letter,
            kind=event.kind,
            number=event.number,
            channel="folder",
        )
    return ResponseDelivered(request_id=event.request_id, at=now, channel="folder", supplement=event.supplement)


def write_answer(folder: Path, answer: ResponseAssembled, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> None:
    """Write one answer, or a further one, over what is there of it."""
    if answer.supplement is not None:
        folder /= f"supplement-{answer.supplement}"
    _write_into(folder, answer, sealed, vault)


def _write_into(folder: Path, event: Assembled, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_unfinished(folder)
    for name, id_ in _files(event).items():
        _write(vault, sealed[str(id_)], folder / name)


def put_into(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write what is opened already, over what is there, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_unfinished(folder)
    for name, content in contents.items():
        _replace(io.BytesIO(content), folder / name)


def _remove_unfinished(folder: Path) -> None:
    """What a crash left behind holds personal data, and nobody would ever look for it."""
    for left in folder.glob(f"{UNFINISHED}*"):
        left.unlink(missing_ok=True)


def _write(vault: UnlockedVault, artefact: Artefact, target: Path) -> None:
    with vault.opening(artefact) as plain:
        _replace(plain, target)


def _replace(plain: BinaryIO, target: Path) -> None:
    with NamedTemporaryFile(dir=target.parent, prefix=UNFINISHED, delete=False) as temporary:
        shutil.copyfileobj(plain, temporary)
        temporary.flush()
        os.fsync(temporary.fileno())
    Path(temporary.name).replace(target)
