"""Replay: what has failed is set going again, once, and only by an operator's choice."""

from datetime import timedelta

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.errors import NotFoundError, PermanentError, RetriableError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import Message
from habeas.storage import ledger
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.tables import audit
from habeas.testing.messages import accepted
from habeas.testing.notebook import Note, Notebook
from schemas.events import BY_TYPE, ReplayRequested, RequestAccepted, ResponseAssembled, TaskCompleted
from schemas.topics import DEAD_LETTERS, REQUESTS

ADA, BOB = "ada@example.org", "bob@example.org"
ALL = Selection()


class Failing:
    """A pipeline of two systems, of which the CRM refuses everybody until it is mended."""

    def __init__(self, new_pipeline, **options):
        self.crm = Notebook([Note("1", ADA), Note("2", BOB)])
        self.pipeline = new_pipeline({"crm": self.crm, "billing": Notebook()}, **options)
        self.crm.before = self._refuse
        self.error = PermanentError("no")

    def _refuse(self, _name, _subject):
        raise self.error

    def mend(self):
        self.crm.before = lambda _name, _subject: None

    def submit(self, email, right=Right.ERASURE):
        request_id = self.pipeline.submit(right, email)
        self.pipeline.run()
        return request_id

    def replay(self, selection=ALL):
        return self.pipeline.habeas.replay.replay(selection, actor="operator")

    def letters(self, selection=ALL):
        with self.pipeline.habeas.database.reading() as connection:
            return select_letters(connection, selection)

    def trail(self):
        with self.pipeline.habeas.database.reading() as connection:
            rows = connection.execute(audit.select().where(audit.c.action == "dead_letter.replayed"))
            return [(row.actor, row.request_id, row.details["dead_letter"]) for row in rows]


@pytest.fixture
def failing(state_url, new_pipeline):
    return Failing(new_pipeline, state_url=state_url)


def test_a_replay_completes_the_request_and_repeats_nothing_that_was_done(failing):
    """The other system's task is not touched; the answer is given once."""
    request_id = failing.submit(ADA)
    failing.mend()
    (letter,) = failing.replay()
    failing.pipeline.run()
    case = failing.pipeline.case(request_id)
    assert case.state is CaseState.DELIVERED
    assert case.completions["crm"].attempts == 1
    assert len(failing.pipeline.events(TaskCompleted)) == 2
    assert len(failing.pipeline.events(ResponseAssembled)) == 1
    assert failing.trail() == [("operator", request_id, letter.id)]


def test_replaying_twice_does_nothing_twice(failing):
    """Neither the same command again, nor the same event again on the log."""
    failing.submit(ADA)
    failing.mend()
    assert len(failing.replay()) == 1
    assert failing.replay() == []
    assert failing.replay(Selection(with_replayed=True)) == []
    failing.pipeline.run()
    (record,) = [
        each for each in failing.pipeline.records(REQUESTS.name) if cloudevents.ce_type(each) == ReplayRequested.type
    ]
    failing.pipeline.habeas.event_log.append([Message(record.topic, record.key, record.value, record.headers)])
    failing.pipeline.run()
    assert failing.crm.count("apply").total() == 1
    assert len(failing.pipeline.events(ResponseAssembled)) == 1
    assert len(failing.trail()) == 1


def test_a_dry_run_shows_what_would_be_replayed_and_changes_nothing(failing):
    failing.submit(ADA)
    failing.mend()
    before = failing.letters()
    assert [each.id for each in failing.pipeline.habeas.replay.matching(ALL)] == [before[0].id]
    failing.pipeline.run()
    assert failing.letters() == before
    assert failing.trail() == []
    assert failing.pipeline.events(ReplayRequested) == []


def test_an_operator_chooses_by_system_error_time_or_the_beginning_of_an_id(failing):
    failing.submit(ADA)
    failing.error = KeyError("x")
    failing.pipeline.clock.advance(3_600)
    since = failing.pipeline.clock.now()
    bob = failing.submit(BOB)
    failing.pipeline.run_until(lambda: len(failing.letters()) == 2, step_s=5)
    first, second = failing.letters()
    assert failing.letters(Selection(system="billing")) == []
    assert failing.letters(Selection(system="crm", error_class="KeyError")) == [second]
    assert failing.letters(Selection(since=since)) == [second]
    assert failing.letters(Selection(ids=(first.id[:8],))) == [first]
    failing.mend()
    assert failing.replay(Selection(error_class="KeyError")) == [second]
    failing.pipeline.run()
    assert failing.pipeline.case(bob).state is CaseState.DELIVERED
    assert failing.letters() == [first]


def test_a_replayed_task_has_fresh_attempts_however_old_it_is(failing):
    """A passing fault after the replay is tried again, not given up at once."""
    request_id = failing.submit(ADA)
    failing.pipeline.clock.advance(timedelta(days=10).total_seconds())
    faults = [RetriableError("one"), RetriableError("two")]

    def before(_name, _subject):
        if faults:
            raise faults.pop()

    failing.crm.before = before
    failing.replay()
    failing.pipeline.run_until(lambda: failing.pipeline.case(request_id).state is CaseState.DELIVERED, step_s=5)
    assert failing.pipeline.case(request_id).completions["crm"].attempts == 3


def test_a_task_that_fails_again_has_a_second_dead_letter(failing):
    """And the case needs attention again."""
    request_id = failing.submit(ADA)
    failing.replay()
    failing.pipeline.run()
    assert len(failing.letters(Selection(with_replayed=True))) == 2
    assert len(failing.letters()) == 1
    assert failing.pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION


@pytest.fixture
def newer(monkeypatch):
    """An event type that this version does not know, until it is told."""

    class RequestAcceptedLater(RequestAccepted):
        type = "habeas.request.accepted.v9"

    def told():
        monkeypatch.setitem(BY_TYPE, RequestAcceptedLater.type, RequestAcceptedLater)

    return RequestAcceptedLater, told


def test_a_record_that_could_not_be_read_is_read_once_it_is_replayed(failing, newer):
    """As after an upgrade: appended once, byte for byte, for all consumers that had not been able to read it."""
    later, told = newer
    pipeline = failing.pipeline
    known = accepted(Right.ACCESS, systems=("crm",))
    event = later.model_construct(**{name: getattr(known, name) for name in RequestAccepted.model_fields})
    message = cloudevents.to_message(known, key=known.subject, source="habeas/test")
    headers = tuple((n, later.type.encode() if n == "ce_type" else v) for n, v in message.headers)
    unknown = Message(message.topic, message.key, event.write(), headers)
    ((place, _),) = pipeline.habeas.event_log.append([unknown])
    pipeline.run()
    letters = failing.letters()
    assert {each.consumer for each in letters} == {"connector.crm", "connector.billing", "aggregator", "delivery"}
    assert len(pipeline.records(DEAD_LETTERS.name)) == 4
    told()
    assert len(failing.replay()) == 1
    pipeline.run()
    copies = [each for each in pipeline.records(REQUESTS.name) if each.place == place]
    assert [(each.key, each.value, each.headers) for each in copies] == [
        (unknown.key, unknown.value, unknown.headers)
    ] * 2
    (acted_on,) = failing.letters()
    assert (acted_on.system, acted_on.request_id) == ("crm", str(known.request_id))
    assert len(failing.trail()) == 1


def test_replaying_what_is_still_unreadable_does_not_multiply(failing):
    """Four consumers can't read one record: four letters, and as many after a replay of all of them."""
    pipeline = failing.pipeline
    pipeline.habeas.event_log.append([Message(REQUESTS.name, b"k", b"junk", ())])
    for _ in range(3):
        pipeline.run()
        assert len(failing.letters()) == 4
        failing.replay()
    assert len(pipeline.records(REQUESTS.name)) == 3


def test_a_dead_letter_that_is_not_on_the_log_any_more_is_told_and_stays(failing):
    pipeline = failing.pipeline
    pipeline.habeas.event_log.append([Message(REQUESTS.name, b"k", b"junk", ())])
    pipeline.run(without={"publisher"})
    with pytest.raises(NotFoundError, match="not on the log"):
        failing.replay()
    assert len(failing.letters()) == 4


def test_somebody_elses_record_among_the_dead_letters_hinders_no_replay(failing):
    pipeline = failing.pipeline
    pipeline.habeas.event_log.append([Message(DEAD_LETTERS.name, b"k", b"no letter", ())])
    pipeline.habeas.event_log.append([Message(REQUESTS.name, b"k", b"junk", ())])
    pipeline.run()
    assert len(failing.replay()) == 1


def test_a_replay_never_repeats_a_finished_task(failing):
    """The event on the log names a task that is done: nothing happens."""
    failing.mend()
    request_id = failing.submit(ADA)
    pipeline = failing.pipeline
    event = ReplayRequested(
        request_id=request_id, at=pipeline.clock.now(), system="crm", dead_letter="5ce722c6-5819-483d-bdf7-7e83ed718dfb"
    )
    key = pipeline.case(request_id).subject
    pipeline.habeas.event_log.append([cloudevents.to_message(event, key=key, source="habeas/test")])
    pipeline.run()
    with pipeline.habeas.database.transaction() as connection:
        now = pipeline.clock.now()
        assert ledger.lease(connection, "crm", owner="x", now=now, lease_s=1, limit=1) == []
    assert failing.crm.count("apply").total() == 1
