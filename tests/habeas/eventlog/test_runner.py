"""The runner: a batch is handled once, whatever is redelivered, unreadable or in the way."""

from uuid import uuid4

import pytest

from consumers.connector.intake import intake_of
from habeas.domain.requests import Right
from habeas.errors import DeadLetterLimitError, PermanentError, RetriableError, SystemDownError
from habeas.eventlog import cloudevents, dead_letters
from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import LogRecord, Message
from habeas.eventlog.limits import check_messages
from habeas.eventlog.publisher import Publisher
from habeas.eventlog.runner import PoisonLimit, Runner
from habeas.storage import outbox
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.testing.clocks import HeldClock
from habeas.testing.messages import accepted
from schemas.events import RequestAccepted
from schemas.topics import COMPLETIONS, DEAD_LETTERS, REQUESTS, TOPICS

JUNK = Message(REQUESTS.name, b"\x00key", b"not an event \xff", (("ce_type", b"\xfe"), ("traceparent", b"00-a-b-01")))


class Consumer:
    """A group with one member, whose handler notes what it gets and fails when it is told to."""

    def __init__(self, database, log, **options):
        self.clock = HeldClock()
        self.database = database
        self.log = log
        self.handled = []
        self.refuse = lambda _event: None
        self.options = options
        self.runner = self.another()

    def another(self):
        return Runner(
            "group",
            [REQUESTS.name],
            self._handle,
            lane="lane",
            event_log=self.log,
            database=self.database,
            clock=self.clock,
            **self.options,
        )

    def _handle(self, connection, received):
        for each in received:
            self.refuse(each.event)
        answer = [Message(COMPLETIONS.name, b"k", each.event.id.encode()) for each in received]
        outbox.add(connection, "lane", answer)
        self.handled += [each.event.id for each in received]

    def step(self):
        return self.runner.step(timeout_s=0)

    def answers(self):
        with self.database.reading() as connection:
            waiting = outbox.take(connection, ["lane"], limit=1000)
        return [each.message.value.decode() for each in waiting if each.message.topic == COMPLETIONS.name]

    def letters(self):
        with self.database.reading() as connection:
            return select_letters(connection, Selection())

    def publish(self):
        publisher = Publisher(["lane"], log=self.log, database=self.database, clock=self.clock)
        while publisher.step():
            pass
        publisher.release()
        return [dead_letters.of_record(record) for record in self.log.read(DEAD_LETTERS.name)]


@pytest.fixture
def log(tmp_path):
    log = EmbeddedLog(tmp_path / "log.db")
    log.ensure_topics(TOPICS)
    yield log
    log.close()


@pytest.fixture
def consumer(database, log):
    consumer = Consumer(database, log)
    yield consumer
    consumer.runner.close()


class DyingLog:
    """A log whose members die when they commit."""

    def __init__(self, log):
        self._log = log

    def subscribe(self, *args, **kwargs):
        subscription = self._log.subscribe(*args, **kwargs)
        subscription.commit = self._die
        return subscription

    def _die(self, _positions):
        raise KeyboardInterrupt


def dying_before_the_logs_commit(database, log):
    crashed = Consumer(database, DyingLog(log))
    with pytest.raises(KeyboardInterrupt):
        crashed.step()
    crashed.runner.close()
    return crashed


def append(log, *events):
    log.append([cloudevents.to_message(event, key=event.subject, source="habeas/test") for event in events])


def test_an_event_that_lies_on_the_log_twice_is_handled_once(consumer, log):
    """In one batch or in two, as after a producer's crash."""
    event = accepted(Right.ACCESS)
    append(log, event, event)
    assert consumer.step() == 2
    append(log, event)
    assert consumer.step() == 1
    assert consumer.handled == [event.id]
    assert consumer.answers() == [event.id]


def test_what_was_handled_but_not_committed_on_the_log_is_not_handled_again(database, log, consumer):
    """The process died between the database's commit and the log's: the next member gets the batch again."""
    event = accepted(Right.ACCESS)
    append(log, event)
    crashed = dying_before_the_logs_commit(database, log)
    assert crashed.handled == [event.id]
    assert consumer.step() == 1
    assert consumer.handled == []
    assert consumer.answers() == [event.id]


def test_a_passing_fault_keeps_the_batch_for_the_next_step(consumer, log):
    """Nothing of it is committed, nothing lost, and it is handled once."""
    event = accepted(Right.ACCESS)
    append(log, event)
    for fault in (RetriableError, SystemDownError):

        def refuse(_event, fault=fault):
            raise fault("later")

        consumer.refuse = refuse
        with pytest.raises(fault):
            consumer.step()
    assert consumer.answers() == []
    assert consumer.letters() == []
    consumer.refuse = lambda _event: None
    assert consumer.step() == 1
    assert consumer.answers() == [event.id]


def test_an_undecodable_record_becomes_a_dead_letter_with_its_bytes_and_headers_as_they_were(consumer, log):
    """And the readable ones around it are handled."""
    before, after = accepted(Right.ACCESS), accepted(Right.ERASURE)
    append(log, before)
    (place, offset) = log.append([JUNK])[0]
    append(log, after)
    while consumer.step():
        pass
    assert sorted(consumer.handled) == sorted([before.id, after.id])
    (letter,) = consumer.publish()
    original = letter.original
    assert (original.key, original.value, original.headers) == (JUNK.key, JUNK.value, JUNK.headers)
    assert (original.topic, original.partition, original.offset) == (place.topic, place.partition, offset)
    assert (letter.consumer, letter.error_class, letter.attempts) == ("group", "PoisonError", 1)
    (stored,) = consumer.letters()
    assert (stored.id, stored.task_id, stored.offset) == (letter.id, None, offset)


def test_a_record_that_comes_again_brings_no_second_dead_letter(database, log, consumer):
    """A crash between the two commits, with an unreadable record in the batch."""
    log.append([JUNK])
    dying_before_the_logs_commit(database, log)
    assert consumer.step() == 1
    assert len(consumer.letters()) == 1
    assert len(consumer.publish()) == 1


def test_a_record_that_the_handler_can_not_take_becomes_a_dead_letter_and_the_others_are_handled(consumer, log):
    """An unexpected exception is told by its class alone."""
    events = [accepted(Right.ACCESS) for _ in range(5)]
    secret = "ada@example.org"

    def refuse(event):
        if event.id == events[2].id:
            raise KeyError(secret)

    consumer.refuse = refuse
    append(log, *events)
    while consumer.step():
        pass
    assert sorted(set(consumer.answers())) == sorted(each.id for each in events if each is not events[2])
    (letter,) = consumer.publish()
    assert letter.error_class == "KeyError"
    assert RequestAccepted.read(letter.original.value) == events[2]
    assert not any(secret.encode() in value for _, value in letter.original.headers)


@pytest.mark.postgres
def test_an_event_that_the_database_refuses_holds_up_nobody(postgres_url, log):
    """A value that passes the schema and that PostgreSQL can't store: the one record is a dead letter."""
    database = Database(postgres_url)
    migrate(database)
    clock = HeldClock()
    runner = Runner(
        "g", [REQUESTS.name], intake_of("crm", clock=clock), lane="lane", event_log=log, database=database, clock=clock
    )
    good, bad = accepted(Right.ACCESS), accepted(Right.ACCESS, subject="x" * 200)
    nul = accepted(Right.ACCESS, subject="a\x00b")
    append(log, good, bad, nul)
    while runner.step(timeout_s=0):
        pass
    with database.reading() as connection:
        assert {each.error_class for each in select_letters(connection, Selection())} == {"DataError"}
        assert connection.exec_driver_sql("SELECT subject FROM tasks").scalars().all() == [good.subject]
    runner.close()
    database.close()


def test_a_consumer_that_would_dead_letter_everything_stops_and_loses_nothing(database, log):
    """The fault is rather ours: nothing of the batch is committed, and a mended one reads it all."""
    stopping = Consumer(database, log, poison_limit=PoisonLimit(letters_max=3, window=100))
    log.append([JUNK] * 3)
    assert stopping.step() == 3
    log.append([JUNK])
    with pytest.raises(DeadLetterLimitError):
        stopping.step()
    with pytest.raises(DeadLetterLimitError):
        stopping.step()
    stopping.runner.close()
    assert len(stopping.letters()) == 3
    mended = Consumer(database, log)
    assert mended.step() == 1
    assert len(mended.letters()) == 4
    mended.runner.close()


def test_a_few_unreadable_messages_among_many_stop_nobody(database, log):
    """The limit counts among the last messages, not for ever."""
    patient = Consumer(database, log, poison_limit=PoisonLimit(letters_max=1, window=10))
    for _ in range(5):
        log.append([JUNK])
        append(log, *(accepted(Right.ACCESS) for _ in range(9)))
        while patient.step():
            pass
    patient.runner.close()
    assert len(patient.letters()) == 5
    assert len(patient.handled) == 45


def test_a_message_that_no_log_would_take_never_gets_into_the_outbox(database):
    """There it would hold up all that follow."""
    with pytest.raises(PermanentError), database.transaction() as connection:
        outbox.add(connection, "lane", [Message(REQUESTS.name, b"k", b"x" * 300_000)])
    with database.reading() as connection:
        assert outbox.length(connection) == {}


def test_the_dead_letter_of_the_largest_record_fits_on_the_log(consumer, log):
    """A record of the topic's full size, with the reasons added."""
    largest = next(
        size for size in range(262_144, 0, -1) if _fits(log, Message(REQUESTS.name, b"k", b"x" * size, JUNK.headers))
    )
    assert largest > 261_000
    consumer.step()
    (letter,) = consumer.publish()
    assert letter.original.value == b"x" * largest


def test_the_dead_letter_of_a_record_without_key_and_value_can_be_written():
    """Kafka carries such a record, and no client of ours can send one."""
    record = LogRecord(REQUESTS.name, 0, 7, 1, None, None, ())
    letter = dead_letters.to_message(
        record, letter_id=str(uuid4()), consumer="crm", error_class="PoisonError", attempts=1
    )
    check_messages([letter])
    assert letter.value is None


def _fits(log, message):
    try:
        log.append([message])
    except PermanentError:
        return False
    return True
