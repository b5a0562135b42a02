from datetime import UTC, datetime, timedelta

from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import Message
from habeas.testing.clocks import HeldClock
from producers.retention import Retention
from schemas.topics import REQUESTS, STATUS


def test_the_embedded_log_forgets_what_is_older_than_its_topic_keeps_and_nothing_younger(tmp_path):
    """A request's event is dropped after fourteen days; the state of its case is kept for much longer."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    written_at = [int(start.timestamp() * 1000)]
    log = EmbeddedLog(tmp_path / "log.db", now_ms=lambda: written_at[0])
    log.ensure_topics([REQUESTS, STATUS])
    log.append([Message(REQUESTS.name, b"k", b"old"), Message(STATUS.name, b"k", b"old")])
    written_at[0] += 1000 * 86_400
    log.append([Message(REQUESTS.name, b"k", b"young")])
    clock = HeldClock(start + timedelta(days=14, hours=1))
    assert Retention([REQUESTS, STATUS], event_log=log, clock=clock).step() == 1
    assert [each.value for each in log.read(REQUESTS.name)] == [b"young"]
    assert [each.value for each in log.read(STATUS.name)] == [b"old"]
    log.close()
