"""Sets what has failed going again: an operator's choice, told on the log and in the audit trail."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from habeas.errors import NotFoundError, PoisonError
from habeas.eventlog import cloudevents
from habeas.eventlog import dead_letters as letters_on_log
from habeas.eventlog.interface import EventLog, Message
from habeas.ports import Clock
from habeas.storage import audit, custody, dead_letters, outbox
from habeas.storage import cases as stored_cases
from habeas.storage.database import Database
from habeas.storage.dead_letters import DeadLetter, Selection
from habeas.storage.tables import cases
from producers.intake import LANE
from schemas.events import Event, ReplayRequested, UndoRequested
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired
from schemas.topics import DEAD_LETTERS


class Replay:
    """The replay producer."""

    def __init__(self, *, database: Database, event_log: EventLog, clock: Clock) -> None:
        self._database = database
        self._event_log = event_log
        self._clock = clock

    def matching(self, selection: Selection) -> Sequence[DeadLetter]:
        """The dry run: what would be replayed."""
        with self._database.reading() as connection:
            return dead_letters.select_letters(connection, selection)

    def hopeless(self, letters: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
        """Those that nobody can carry out: what was sealed for their requests is shredded."""
        with self._database.reading() as connection:
            gone = custody.gone(connection, {each.request_id for each in letters if each.request_id})
        return [each for each in letters if each.task_id and each.request_id in gone]

    def replay(self, selection: Selection, *, actor: str) -> Sequence[DeadLetter]:
        """Replay the selected letters that have not been replayed before and are not hopeless; those.

        A failed task is tried again, with fresh attempts. A record that could not be read is appended again as it
        was, for a consumer that can read it by now.
        """
        matching = self.matching(selection)
        hopeless = self.hopeless(matching)
        selected = [each for each in matching if each not in hopeless]
        unreadable = self._unreadable([each for each in selected if each.task_id is None])
        replayed = []
        with self._database.transaction() as connection:
            for letter in selected:
                if not self._mark(connection, letter):
                    continue
                message = self._request(connection, letter) if letter.task_id else unreadable[letter.id]
                outbox.add(connection, LANE, [message])
                self._note(connection, letter, actor)
                replayed.append(letter)
        return replayed

    def _mark(self, connection: Connection, letter: DeadLetter) -> bool:
        """False if there is nothing to do: it was replayed before, or just now with another letter of its record."""
        mark = dead_letters.mark_replayed if letter.task_id else dead_letters.mark_record_replayed
        return mark(connection, letter, now=self._clock.now())

    def _request(self, connection: Connection, letter: DeadLetter) -> Message:
        subject = connection.scalar(select(cases.c.subject).where(cases.c.request_id == letter.request_id))
        timeline = stored_cases.timeline(connection, letter.request_id or "")
        undone = [each.undo for each in timeline if isinstance(each, UndoRequested) and each.id == letter.task_id]
        event = ReplayRequested(
            request_id=UUID(letter.request_id),
            at=self._clock.now(),
            system=letter.system or "",
            dead_letter=UUID(letter.id),
            undo=undone[0] if undone else None,
            revisit=next((UUID(each.id) for each in timeline if _asks_revisit(each, letter)), None),
            task=None if any(each.id == letter.task_id for each in timeline) else _further_task(letter),
        )
        return cloudevents.to_message(event, key=subject or "", source="habeas/replay")

    def _unreadable(self, wanted: Sequence[DeadLetter]) -> dict[str, Message]:
        ids = {letter.id for letter in wanted}
        found: dict[str, Message] = {}
        for record in self._event_log.read(DEAD_LETTERS.name) if ids else ():
            try:
                letter = letters_on_log.of_record(record)
            except PoisonError:
                continue  # somebody else's record: it keeps no letter of ours from being replayed
            if letter.id in ids:
                original = letter.original
                found[letter.id] = Message(original.topic, original.key, original.value, original.headers)
        if missing := ids - found.keys():
            raise NotFoundError(
                f"{len(missing)} dead letters are not on the log: not published yet, or their retention time is over"
            )
        return found

    def _note(self, connection: Connection, letter: DeadLetter, actor: str) -> None:
        audit.note(
            connection,
            "dead_letter.replayed",
            actor=actor,
            now=self._clock.now(),
            request_id=letter.request_id,
            details={"dead_letter": letter.id, "system": letter.system},
        )


def _further_task(letter: DeadLetter) -> UUID | None:
    """The failed task, if it is not the request's own in that system."""
    own = str(uuid5(UUID(letter.request_id), letter.system or ""))
    return None if letter.task_id in {None, own} else UUID(letter.task_id)


def _asks_revisit(event: Event, letter: DeadLetter) -> bool:
    return isinstance(event, RetentionExpired | RescanDue | ReconciliationRequested) and event.id == letter.task_id
