"""Keeps the log no longer than its topics say, where no broker does."""

from collections.abc import Sequence
from datetime import timedelta

from habeas.eventlog.interface import EventLog
from habeas.ports import Clock
from schemas.topics import Topic


class Retention:
    """For the embedded log; Kafka's brokers see to it by themselves."""

    def __init__(self, topics: Sequence[Topic], *, event_log: EventLog, clock: Clock) -> None:
        self._topics = topics
        self._event_log = event_log
        self._clock = clock

    def step(self) -> int:
        """Delete what is too old; how many records."""
        now = self._clock.now()
        deleted = 0
        for topic in self._topics:
            if topic.retention_days is not None:
                oldest = now - timedelta(days=topic.retention_days)
                deleted += self._event_log.trim(topic.name, int(oldest.timestamp() * 1000))
        return deleted
