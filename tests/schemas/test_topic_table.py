"""The topics' table says what the program does."""

from habeas.roles import ROLES, groups
from schemas.asyncapi import carried
from schemas.events import EVENTS
from schemas.topics import DEAD_LETTERS, PARTITIONS, TOPICS

BY_NAME = {topic.name: topic for topic in TOPICS}


def test_every_event_type_is_on_one_topic_that_exists():
    for event in EVENTS:
        assert [topic.name for topic in TOPICS if event.type in carried(topic)] == [event.topic]


def test_every_topic_carries_something():
    assert all(carried(topic) for topic in TOPICS)


def test_who_reads_a_topic_is_who_subscribes_to_it():
    """`replay` reads dead letters when an operator asks, without a group."""
    subscribed = groups(["crm"])
    for topic in TOPICS:
        readers = {group.partition(".")[0] for group, names in subscribed.items() if topic.name in names}
        assert set(topic.consumers) - {"replay"} == readers


def test_who_writes_a_topic_is_who_sends_its_events():
    """Replay may append again what a consumer could not read, whatever topic it reads."""
    for topic in TOPICS:
        senders = {role for event in EVENTS if event.topic == topic.name for role in event.senders}
        if topic is DEAD_LETTERS:
            senders = {group.partition(".")[0] for group in groups(["crm"])}
        elif topic.consumers:
            senders |= {"replay"}
        assert set(topic.producers) == senders


def test_producers_and_consumers_are_roles_that_there_are():
    named = {role for topic in TOPICS for role in (*topic.producers, *topic.consumers)}
    assert named <= {*ROLES, "replay"}
    assert {topic.owner for topic in TOPICS} <= {*ROLES, "operator"}


def test_topics_are_kept_as_agreed():
    """Requests, completions and responses for 14 days, dead letters for 90, the status compacted within a day."""
    day_ms = 86_400_000
    for name in ("dsr.requests", "dsr.completions", "dsr.responses"):
        configs = BY_NAME[name].configs(replicas=3)
        assert (configs["cleanup.policy"], configs["retention.ms"]) == ("delete", str(14 * day_ms))
        assert configs["segment.ms"] == str(day_ms)
    assert BY_NAME["dsr.dead-letters"].configs(replicas=3)["retention.ms"] == str(90 * day_ms)
    status = BY_NAME["dsr.status"].configs(replicas=3)
    assert (status["cleanup.policy"], status["max.compaction.lag.ms"]) == ("compact,delete", str(day_ms))
    for topic in TOPICS:
        assert topic.partitions == PARTITIONS == 12
        configs = topic.configs(replicas=3)
        assert (configs["min.insync.replicas"], configs["unclean.leader.election.enable"]) == ("2", "false")
        room = 16_384 if topic is DEAD_LETTERS else 0  # for the reasons beside the record
        assert configs["max.message.bytes"] == str(262_144 + room)
        assert topic.configs(replicas=1)["min.insync.replicas"] == "1"
