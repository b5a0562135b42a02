"""The sealed plans of one system's tasks: made by finding and deciding, stored before anything is changed."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date

from consumers.connector.revisiting import Revisit
from consumers.connector.tally import Tally
from consumers.progress import Stage
from habeas import failpoints
from habeas.domain import decisions, plans
from habeas.domain.masking import Masker
from habeas.domain.outcomes import Refer
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Found, Match, Record, Unsearched
from habeas.domain.register import Register
from habeas.domain.subjects import Subject
from habeas.domain.wishes import Wish
from habeas.ports import Clock, Connector
from habeas.storage import artefacts, ledger, other_people, task_rounds
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.record_marks import RecordMarks
from habeas.vault.vault import Vault


@dataclass(slots=True)
class Round:
    """One plan of a task. `effects` is what carrying it out did, None until then; `records` None if not counted."""

    number: int
    artefact: Artefact
    effects: Mapping[str, Mapping[str, int]] | None = None
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The records, by collection and key, on which alone somebody wants the right carried out.

    For a record that is held for a client, its controller; None for a weak match that is this person's after all.
    `records` is None where an objection was upheld: then they are those that waited for that.
    """

    records: Mapping[tuple[str, str], str | None] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A task with what was sealed for it: who asks, and what for.

    `key_id` names the key under which it was, and its plans are, sealed. `revisit` is set where the request was
    fulfilled before, and the system is looked at again, `decided` where the task is about single records only.
    """

    task: Task
    subject: Subject
    wish: Wish
    key_id: str
    revisit: Revisit | None = None
    decided: Decided | None = None


class PlanStore:
    """Makes, remembers and opens plans."""

    def __init__(
        self,
        system: str,
        connector: Connector,
        *,
        database: Database,
        vault: Vault,
        register: Register,
        clock: Clock,
        marks: RecordMarks | None = None,
    ) -> None:
        """With `marks` weak matches that a reviewer found to be somebody else's are passed over."""
        self._system = system
        self._connector = connector
        self._database = database
        self._vault = vault
        self._register = register
        self._clock = clock
        self._marks = marks

    def rounds_of(self, tasks: Sequence[Task]) -> dict[str, list[Round]]:
        """The plans that are stored already, by task id: those of an attempt that a crash or a fault ended."""
        return self.rounds_by_id([task.id for task in tasks])

    def rounds_by_id(self, task_ids: Sequence[str]) -> dict[str, list[Round]]:
        """The same for tasks that are over, too."""
        with self._database.reading() as connection:
            rows = task_rounds.of_tasks(connection, task_ids)
            ids = [row.artefact_id for rounds in rows.values() for row in rounds]
            found = artefacts.fetch(connection, ids) if ids else {}
        return {
            id_: [Round(row.round, found[row.artefact_id], row.effects) for row in rounds]
            for id_, rounds in rows.items()
        }

    def make(self, people: Mapping[str, Asked], stage: Stage) -> dict[str, tuple[Round, Tally]]:
        """Find, decide and store the first plan of several tasks in one pass over the system; by task id.

        `people` are by the subject's token.
        """
        if not people:
            return {}
        tallies = {token: Tally() for token in people}
        vault = self._vault.unlocked([each.key_id for each in people.values()])
        with ExitStack() as stack:
            writers = {
                token: stack.enter_context(vault.sealing(each.key_id, system=self._system, schema=plans.SCHEMA))
                for token, each in people.items()
            }
            today = self._clock.today()
            for token, item in self._items(people, today, stage):
                tallies[token].count(item)
                writers[token].write(plans.to_line(item))
        made = {
            each.task.id: (Round(1, writers[token].artefact, records=tallies[token].records), tallies[token])
            for token, each in people.items()
        }
        self._remember([(each.task, made[each.task.id][0]) for each in people.values()])
        return made

    def make_again(
        self,
        asked: Asked,
        number: int,
        stage: Stage,
        *,
        retained: AbstractSet[tuple[str, str]] = frozenset(),
    ) -> tuple[Round | None, int]:
        """Look again, and plan for what is not as it should be: the round, None if nothing is left, and how much is.

        Looking for what is left is the proof that the rounds before took hold (read-back). `retained` are the records,
        by collection and key, that the system itself has said it must keep.
        """
        left = 0
        today = self._clock.today()
        with self._vault.sealing(asked.key_id, system=self._system, schema=plans.SCHEMA) as writer:
            for found in self._found([asked], stage):
                item = self._decided(asked, found.what, today)
                if not isinstance(item, PlannedRecord) or decisions.is_done(item):
                    continue
                if (item.record.collection, item.record.key) not in retained:
                    left += 1
                    writer.write(plans.to_line(item.without_values()))
        if not left:
            self._vault.discard(writer.artefact)
            return None, 0
        return Round(number, writer.artefact, records=left), left

    def _items(self, people: Mapping[str, Asked], today: date, stage: Stage) -> Iterator[tuple[str, PlanItem]]:
        """What the system holds of each, decided; what is only to be changed without its values."""
        revisits = {token: each.revisit for token, each in people.items() if each.revisit is not None}
        for revisit in revisits.values():
            revisit.begin()
        maskers = {token: Masker(each.subject) for token, each in people.items() if each.wish.right.discloses}
        for found in self._found(list(people.values()), stage):
            asked = people[found.subject]
            item = self._decided(asked, found.what, today)
            if item is None:
                continue
            if isinstance(item, PlannedRecord):
                if asked.wish.right.changes_data:
                    item = item.without_values()
                elif found.subject in maskers:
                    item = maskers[found.subject].mask(item)
            yield found.subject, item
        for token, revisit in revisits.items():
            for planned in revisit.not_found(self._register, today):
                yield token, planned.without_values()

    def _decided(self, asked: Asked, what: Record | Unsearched, today: date) -> PlanItem | None:
        """With its values; None if the task is not about it."""
        if asked.revisit is not None and isinstance(what, Record):
            return asked.revisit.plan(what, self._register, today)
        return self._item(what, asked, today)

    def remember(self, task: Task, round_: Round) -> None:
        """Store one more plan of a task. Raises FencedError."""
        self._remember([(task, round_)])

    def discard(self, round_: Round) -> None:
        """Drop a plan that is not to be carried out."""
        self._vault.discard(round_.artefact)

    @contextmanager
    def opening(self, round_: Round) -> Iterator[Iterator[PlanItem]]:
        """The plan as a stream."""
        with self._vault.opening(round_.artefact) as lines:
            yield plans.from_lines(lines)

    def tally(self, round_: Round) -> Tally:
        """Count a plan that an earlier attempt stored."""
        tally = Tally()
        with self.opening(round_) as items:
            for item in items:
                tally.count(item)
        return tally

    def _found(self, people: Sequence[Asked], stage: Stage) -> Iterator[Found]:
        """What the system holds, without what a reviewer found to be somebody else's."""
        with self._database.reading() as connection:
            others = other_people.of(connection, [each.subject.token for each in people]) if self._marks else {}
        for found in stage.watching(self._connector).find([each.subject for each in people]):
            record, known = found.what, others.get(found.subject)
            stage.count(found)
            if self._marks is not None and known and isinstance(record, Record) and record.match is Match.WEAK:
                mark = self._marks.of(found.subject, self._system, record.collection, record.key)
                if mark in known:
                    continue
            yield found

    def _item(self, what: Record | Unsearched, asked: Asked, today: date) -> PlanItem | None:
        """What is to happen, None if the task is not about it."""
        instructed = False
        if asked.decided is not None and asked.decided.records is None:
            waited = decisions.waits_to_be_weighed(what, asked.wish, self._register, today, system=self._system)
            if not waited:
                return None
        elif asked.decided is not None and asked.decided.records is not None:
            if not isinstance(what, Record) or (what.collection, what.key) not in asked.decided.records:
                return None
            controller = asked.decided.records[what.collection, what.key]
            instructed = controller is not None
            if instructed and not self._is_held_for(what, controller, asked, today):
                return None
            what = replace(what, match=Match.STRONG) if not instructed else what
        return decisions.plan_item(
            what, asked.wish, self._register, today, system=self._system, keep_values=True, instructed=instructed
        )

    def _is_held_for(self, record: Record, controller: str | None, asked: Asked, today: date) -> bool:
        """True if the record is still that client's."""
        decided = decisions.decide(record, asked.wish, self._register, today, system=self._system)
        return any(isinstance(each.outcome, Refer) and each.outcome.controller == controller for each in decided)

    def _remember(self, rounds: Sequence[tuple[Task, Round]]) -> None:
        with self._database.transaction() as connection:
            ledger.ensure_held(connection, [task for task, _ in rounds])
            artefacts.add(connection, [each.artefact for _, each in rounds])
            task_rounds.remember(connection, [(task, each.number, each.artefact.id) for task, each in rounds])
            failpoints.reach("plan.before_commit")
        failpoints.reach("plan.after_commit")
